/** Taking back what was made: points, and collections left empty. Never anything that somebody else made. */
import { z } from 'zod';
import { allowed, ofKind, resourceId, stepKind, type ValueOf } from './definition.ts';

export const removables = [
  'snapshot', 'restore-point', 'restore-point-collection', 'managed-image', 'gallery-image-version',
  // Of temporary copies.
  'machine', 'disk', 'network-interface', 'virtual-network',
] as const;
export type Removable = (typeof removables)[number];

const deleteInput = z.strictObject({ what: z.enum(removables) });
export type DeleteInput = ValueOf<typeof deleteInput>;

const actions: Readonly<Record<Removable, string>> = {
  snapshot: 'Microsoft.Compute/snapshots/delete',
  'restore-point': 'Microsoft.Compute/restorePointCollections/restorePoints/delete',
  'restore-point-collection': 'Microsoft.Compute/restorePointCollections/delete',
  'managed-image': 'Microsoft.Compute/images/delete',
  'gallery-image-version': 'Microsoft.Compute/galleries/images/versions/delete',
  machine: 'Microsoft.Compute/virtualMachines/delete',
  disk: 'Microsoft.Compute/disks/delete',
  'network-interface': 'Microsoft.Network/networkInterfaces/delete',
  'virtual-network': 'Microsoft.Network/virtualNetworks/delete',
};

export const removalSteps = {
  'resource.delete': stepKind({
    input: deleteInput,
    seconds: 15,
    permissions: ({ resourceId: id, input }) => [allowed(actions[input.what], id)],
  }),
};

export const removalGoals = {
  gone: ofKind('gone', { resourceId }),
};

export const removalAssumptions = {
  /** It still carries the tags of the run that made it; of a restore point its collection does (Azure takes none on points). */
  'made-by-holdfast': ofKind('made-by-holdfast', { taggedId: resourceId, run: z.string().min(1) }),
  'collection-empty': ofKind('collection-empty', { collectionId: resourceId }),
};
