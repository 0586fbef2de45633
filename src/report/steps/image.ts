import { nameOf } from '../../core/ids.ts';
import type { ImageSource } from '../../core/steps/image.ts';
import { onOff, text, type StepWords } from './words.ts';

type Kinds = 'image.create' | 'gallery.create' | 'image-definition.create' | 'image-version.create';

export const imageWords: { readonly [K in Kinds]: StepWords<K> } = {
  'image.create': {
    noun: ['managed image', 'managed images'],
    writes: ({ resourceId }) => `image ${nameOf(resourceId)}`,
    settings: ({ input: { source, hyperVGeneration, zoneResilient, location } }) => [
      `Managed image: of ${sourceText(source)}, ${location}, generation ${hyperVGeneration}, zone-resilient ${onOff(zoneResilient)}`,
    ],
  },
  'gallery.create': {
    noun: ['gallery', 'galleries'],
    writes: ({ resourceId }) => `gallery ${nameOf(resourceId)}`,
    settings: ({ input: { location } }) => [`Compute Gallery: ${location}`],
  },
  'image-definition.create': {
    noun: ['image definition', 'image definitions'],
    writes: ({ resourceId }) => `definition ${nameOf(resourceId)}`,
    settings: ({ input: { osType, osState, hyperVGeneration, architecture, securityType, nvme } }) => [
      `Image definition: ${osType}, ${osState}, generation ${hyperVGeneration}, ${architecture}, ${securityType} security${nvme ? ', SCSI and NVMe' : ''}`,
    ],
  },
  'image-version.create': {
    noun: ['gallery image version', 'gallery image versions'],
    writes: ({ resourceId }) => `version ${nameOf(resourceId)}`,
    settings: ({ input: { source, targetRegions, replicaSku, shallow } }) => [
      `Gallery image version: of ${sourceText(source)}, one replica (${replicaSku}) in ${targetRegions.join(', ')}${shallow ? ', shallow' : ''}`,
    ],
  },
};

const sourceText = (source: ImageSource): string =>
  source.kind === 'vhd' ? `the VHD ${text(source.uri)}` : `${source.kind} ${text(nameOf(source.id))}`;
