import { nameOf } from '../../core/ids.ts';
import type { Removable } from '../../core/steps/removal.ts';
import { text, type AssumptionWords, type StepWords } from './words.ts';

const names: Readonly<Record<Removable, string>> = {
  snapshot: 'snapshot',
  'restore-point': 'restore point',
  'restore-point-collection': 'empty collection',
  'managed-image': 'image',
  'gallery-image-version': 'image version',
  machine: 'machine',
  disk: 'disk',
  'network-interface': 'interface',
  'virtual-network': 'network',
  'run-command': 'run command',
};

export const removalWords: { readonly 'resource.delete': StepWords<'resource.delete'> } = {
  'resource.delete': {
    noun: ['deletion', 'deletions'],
    writes: ({ resourceId, input }) => `deletes ${names[input.what]} ${nameOf(resourceId)}`,
    settings: ({ resourceId, input }) => [
      `**Deletes** the ${names[input.what]} ${text(nameOf(resourceId))} for good: Azure keeps no copy of it`,
    ],
  },
};

type Assumed = 'made-by-holdfast' | 'adopted' | 'in-trash' | 'copy-failed' | 'collection-empty';

export const removalAssumptionWords: { readonly [K in Assumed]: AssumptionWords<K> } = {
  'made-by-holdfast': ({ taggedId, run }) =>
    `${text(nameOf(taggedId))} still carries the tags of run \`${text(run)}\`, and no legal hold`,
  adopted: ({ taggedId }) => `${text(nameOf(taggedId))} still carries the tag \`holdfast-adopt\``,
  'in-trash': ({ taggedId, mark }) => `${text(nameOf(taggedId))} still carries the mark \`${text(mark)}\` of the trash`,
  'copy-failed': ({ copyId }) => `copy ${text(nameOf(copyId))} has failed`,
  'collection-empty': ({ collectionId }) => `collection ${text(nameOf(collectionId))} holds no restore point any more`,
};
