/** The body of a managed image. https://learn.microsoft.com/rest/api/compute/images/create-or-update */
import type { ImageInput, ImageSource } from '../../core/steps/image.ts';
import { given } from '../raw.ts';

export const imageBody = ({ location, tags, source, osType, hyperVGeneration, zoneResilient }: ImageInput) => ({
  location,
  tags,
  properties: {
    hyperVGeneration,
    ...given('sourceVirtualMachine', source.kind === 'machine' ? { id: source.id } : undefined),
    storageProfile: {
      zoneResilient,
      ...given(
        'osDisk',
        source.kind === 'machine'
          ? undefined
          : { osType: osTypes[osType], osState: 'Generalized', ...diskFrom(source) },
      ),
    },
  },
});

const diskFrom = (source: Exclude<ImageSource, { kind: 'machine' }>) =>
  source.kind === 'vhd'
    ? { blobUri: source.uri }
    : source.kind === 'disk'
      ? { managedDisk: { id: source.id } }
      : { snapshot: { id: source.id } };

export const osTypes = { linux: 'Linux', windows: 'Windows' } as const;
