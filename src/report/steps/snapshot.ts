import { nameOf } from '../../core/ids.ts';
import { onOff, text, type AssumptionWords, type StepWords } from './words.ts';

type Kinds = 'snapshot.create';

export const snapshotWords: { readonly [K in Kinds]: StepWords<K> } = {
  'snapshot.create': {
    noun: ['incremental snapshot', 'incremental snapshots'],
    writes: ({ resourceId }) => `snapshot ${nameOf(resourceId)}`,
    settings: ({ input: { incremental, sku, networkAccess, publicNetworkAccess, tags } }) => [
      `Snapshot: ${incremental ? 'incremental' : 'full'}, ${sku}; export ${networkAccess}, public network access ${onOff(publicNetworkAccess)}`,
      ...(tags['holdfast-expires'] === undefined
        ? []
        : [`Tag \`holdfast-expires\`: ${text(tags['holdfast-expires'])}, a note for people: nothing deletes it in this release`]),
    ],
  },
};

type Assumed = 'disk-is' | 'no-newer-snapshot';

export const snapshotAssumptionWords: { readonly [K in Assumed]: AssumptionWords<K> } = {
  'disk-is': ({ diskId, uniqueId }) => `disk ${text(nameOf(diskId))} is still \`${uniqueId}\``,
  'no-newer-snapshot': ({ diskId, than }) =>
    than === null
      ? `disk ${text(nameOf(diskId))} has no snapshot where this one goes`
      : `disk ${text(nameOf(diskId))} has no snapshot newer than ${than} where this one goes`,
};
