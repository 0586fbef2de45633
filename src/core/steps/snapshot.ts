/** Managed-disk snapshots. https://learn.microsoft.com/azure/virtual-machines/disks-incremental-snapshots */
import { z } from 'zod';
import { allowed, moment, ofKind, optional, resourceId, stepKind, tags, type ValueOf } from './definition.ts';

const snapshotInput = z.strictObject({
  location: z.string(),
  sourceDiskId: resourceId,
  incremental: z.boolean(),
  sku: z.string(),
  networkAccess: z.enum(['allow-all', 'allow-private', 'deny-all']),
  publicNetworkAccess: z.boolean(),
  diskAccessId: optional(resourceId),
  encryption: optional(z.strictObject({ type: z.string(), encryptionSetId: optional(resourceId) })),
  hyperVGeneration: optional(z.enum(['V1', 'V2'])),
  securityType: optional(z.string()),
  architecture: optional(z.string()),
  tags,
});
export type SnapshotInput = ValueOf<typeof snapshotInput>;

export const snapshotSteps = {
  'snapshot.create': stepKind({
    input: snapshotInput,
    seconds: 15,
    makes: 'resource',
    permissions: ({ resourceId: id, input }) => [
      allowed('Microsoft.Compute/snapshots/write', id),
      allowed('Microsoft.Compute/disks/read', input.sourceDiskId),
      allowed('Microsoft.Compute/disks/beginGetAccess/action', input.sourceDiskId),
    ],
  }),
};

export const snapshotGoals = {
  'snapshot-complete': ofKind('snapshot-complete', { resourceId, sourceDiskId: resourceId }),
};

export const snapshotAssumptions = {
  'disk-is': ofKind('disk-is', { diskId: resourceId, uniqueId: z.string().min(1) }),
  /** The disk has no snapshot in that group younger than the newest the plan knew; `null`: it knew of none. */
  'no-newer-snapshot': ofKind('no-newer-snapshot', { diskId: resourceId, groupId: resourceId, than: moment.nullable() }),
};
