import { nameOf } from '../../core/ids.ts';
import type { StoredSnapshotInput } from '../../core/steps/snapshot.ts';
import { onOff, text, type AssumptionWords, type StepWords } from './words.ts';

type Kinds = 'snapshot.create' | 'snapshot.copy';

export const snapshotWords: { readonly [K in Kinds]: StepWords<K> } = {
  'snapshot.create': {
    noun: ['snapshot', 'snapshots'],
    writes: ({ resourceId }) => `snapshot ${nameOf(resourceId)}`,
    settings: ({ input }) => [
      `Snapshot: ${input.incremental ? 'incremental' : 'full'}, ${storedAs(input)}`,
      ...consistencyOf(input),
      ...expiryOf(input),
    ],
  },
  'snapshot.copy': {
    noun: ['snapshot copied to another region', 'snapshots copied to another region'],
    writes: ({ resourceId, input }) => `copy ${nameOf(resourceId)} in ${input.location}`,
    settings: ({ input }) => [
      `Copy: of ${text(nameOf(input.sourceSnapshotId))}, in ${text(input.location)}, ${storedAs(input)}; done at 100 %`,
      ...expiryOf(input),
    ],
  },
};

const storedAs = ({ sku, networkAccess, publicNetworkAccess }: StoredSnapshotInput): string =>
  `${sku}; export ${networkAccess}, public network access ${onOff(publicNetworkAccess)}`;

/** Worth a line only where the disks do not agree with each other. */
const consistencyOf = ({ tags }: StoredSnapshotInput): readonly string[] =>
  tags['holdfast-consistency'] === 'none'
    ? ["**Not consistent** with the snapshots of the machine's other disks: each is of its own moment"]
    : [];

const expiryOf = ({ tags }: StoredSnapshotInput): readonly string[] =>
  tags['holdfast-expires'] === undefined
    ? []
    : [
        `Tag \`holdfast-expires\`: ${text(tags['holdfast-expires'])}, a note: \`audit\` tells what is still there then; nothing deletes it by this tag, and \`prune\` goes by its policy`,
      ];

type Assumed = 'disk-is' | 'no-newer-snapshot';

export const snapshotAssumptionWords: { readonly [K in Assumed]: AssumptionWords<K> } = {
  'disk-is': ({ diskId, uniqueId }) => `disk ${text(nameOf(diskId))} is still \`${uniqueId}\``,
  'no-newer-snapshot': ({ diskId, than }) =>
    than === null
      ? `disk ${text(nameOf(diskId))} has no snapshot where this one goes`
      : `disk ${text(nameOf(diskId))} has no snapshot newer than ${than} where this one goes`,
};
