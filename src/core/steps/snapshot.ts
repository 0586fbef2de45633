/** Managed-disk snapshots. https://learn.microsoft.com/azure/virtual-machines/disks-incremental-snapshots */
import { z } from 'zod';
import { diskOperation, moment, ofKind, optional, resourceId, stepKind, tags, type ValueOf } from './definition.ts';

const stored = {
  location: z.string(),
  sku: z.string(),
  networkAccess: z.enum(['allow-all', 'allow-private', 'deny-all']),
  publicNetworkAccess: z.boolean(),
  diskAccessId: optional(resourceId),
  encryption: optional(z.strictObject({ type: z.string(), encryptionSetId: optional(resourceId) })),
  hyperVGeneration: optional(z.enum(['V1', 'V2'])),
  securityType: optional(z.string()),
  architecture: optional(z.string()),
  tags,
};

const snapshotInput = z.strictObject({ ...stored, sourceDiskId: resourceId, incremental: z.boolean() });
export type SnapshotInput = ValueOf<typeof snapshotInput>;

/** Of an incremental snapshot, into another region (facts S-08). */
const snapshotCopyInput = z.strictObject({ ...stored, sourceSnapshotId: resourceId });
export type SnapshotCopyInput = ValueOf<typeof snapshotCopyInput>;

/** What the two have in common: where it is stored, and who can read it. */
export type StoredSnapshotInput = ValueOf<z.ZodObject<typeof stored>>;

export const snapshotSteps = {
  'snapshot.create': stepKind({
    input: snapshotInput,
    seconds: 15,
    makes: 'resource',
    leased: true,
    permissions: [
      { action: 'Microsoft.Compute/snapshots/write' },
      { action: 'Microsoft.Compute/disks/read', on: ({ sourceDiskId }) => sourceDiskId },
      { action: 'Microsoft.Compute/disks/beginGetAccess/action', on: ({ sourceDiskId }) => sourceDiskId },
      { action: 'Microsoft.Compute/diskEncryptionSets/read', on: ({ encryption }) => encryption?.encryptionSetId },
    ],
    follows: [diskOperation],
    assumes: ['machine-is', 'machine-disks-are', 'disk-is', 'power-is', 'no-newer-snapshot'],
    roles: ['snapshot', 'protect', 'capture'],
  }),
  // Copies across regions run for minutes to hours, by what changed; the goal follows them to the end.
  'snapshot.copy': stepKind({
    input: snapshotCopyInput,
    seconds: 30 * 60,
    makes: 'resource',
    permissions: [
      { action: 'Microsoft.Compute/snapshots/write' },
      { action: 'Microsoft.Compute/snapshots/read', on: ({ sourceSnapshotId }) => sourceSnapshotId },
      { action: 'Microsoft.Compute/snapshots/beginGetAccess/action', on: ({ sourceSnapshotId }) => sourceSnapshotId },
      { action: 'Microsoft.Compute/diskEncryptionSets/read', on: ({ encryption }) => encryption?.encryptionSetId },
    ],
    follows: [diskOperation],
    assumes: ['absent'],
    roles: ['snapshot', 'protect'],
  }),
};

export const snapshotGoals = {
  'snapshot-complete': ofKind('snapshot-complete', { resourceId, sourceDiskId: resourceId }),
  /** Its moment is fixed and it depends on nothing but its disk; the rest is copied in the background (facts S-11). */
  'snapshot-taken': ofKind('snapshot-taken', { resourceId, sourceDiskId: resourceId }),
  /** Azure has it in hand, however far it is: later runs of its job follow it. */
  'snapshot-copy-begun': ofKind('snapshot-copy-begun', { resourceId, sourceSnapshotId: resourceId }),
  /** Copied to 100 %: until then the source is needed (facts S-08). */
  'snapshot-copied': ofKind('snapshot-copied', { resourceId, sourceSnapshotId: resourceId }),
};

export const snapshotAssumptions = {
  'disk-is': ofKind('disk-is', { diskId: resourceId, uniqueId: z.string().min(1) }),
  /** The disk has no snapshot in that group younger than the newest the plan knew; `null`: it knew of none. */
  'no-newer-snapshot': ofKind('no-newer-snapshot', {
    diskId: resourceId,
    groupId: resourceId,
    than: moment.nullable(),
  }),
};
