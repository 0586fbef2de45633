/** Taking back what was made: points, and collections left empty. Never anything that somebody else made. */
import { z } from 'zod';
import {
  computeOperation,
  diskOperation,
  galleryOperation,
  networkOperation,
  ofKind,
  resourceId,
  stepKind,
  type ValueOf,
  type WritingRole,
} from './definition.ts';

export const removables = [
  'snapshot',
  'restore-point',
  'restore-point-collection',
  'managed-image',
  'gallery-image-version',
  // Of temporary copies.
  'machine',
  'disk',
  'network-interface',
  'virtual-network',
  // Of hooks.
  'run-command',
] as const;
export type Removable = (typeof removables)[number];

const deleteInput = z.strictObject({ what: z.enum(removables) });
export type DeleteInput = ValueOf<typeof deleteInput>;

interface Deletable {
  readonly type: string;
  /** Whose status URLs tell of its deletion. */
  readonly operation: string;
  /** Points go by `remove`; a capture takes back the copy it worked on, and hooks what they ran. */
  readonly roles: readonly WritingRole[];
}

const kinds: Readonly<Record<Removable, Deletable>> = {
  snapshot: { type: 'Microsoft.Compute/snapshots', operation: diskOperation, roles: ['remove', 'capture', 'prune'] },
  'restore-point': {
    type: 'Microsoft.Compute/restorePointCollections/restorePoints',
    operation: computeOperation,
    roles: ['remove', 'prune'],
  },
  'restore-point-collection': {
    type: 'Microsoft.Compute/restorePointCollections',
    operation: computeOperation,
    roles: ['remove', 'prune'],
  },
  'managed-image': { type: 'Microsoft.Compute/images', operation: computeOperation, roles: ['remove'] },
  'gallery-image-version': {
    type: 'Microsoft.Compute/galleries/images/versions',
    operation: galleryOperation,
    roles: ['remove'],
  },
  machine: { type: 'Microsoft.Compute/virtualMachines', operation: computeOperation, roles: ['capture'] },
  disk: { type: 'Microsoft.Compute/disks', operation: diskOperation, roles: ['capture'] },
  'network-interface': { type: 'Microsoft.Network/networkInterfaces', operation: networkOperation, roles: ['capture'] },
  'virtual-network': { type: 'Microsoft.Network/virtualNetworks', operation: networkOperation, roles: ['capture'] },
  'run-command': {
    type: 'Microsoft.Compute/virtualMachines/runCommands',
    operation: computeOperation,
    roles: ['hooks'],
  },
};

export const removalSteps = {
  'resource.delete': stepKind({
    input: deleteInput,
    seconds: 15,
    cannotBeUndone: true,
    permissions: removables.map((one) => ({
      action: `${kinds[one].type}/delete`,
      when: ({ what }: DeleteInput) => what === one,
      roles: kinds[one].roles,
      follows: [kinds[one].operation],
    })),
    follows: [],
    assumes: ['made-by-holdfast', 'adopted', 'in-trash', 'copy-failed', 'collection-empty'],
    roles: ['remove', 'capture', 'hooks', 'prune'],
  }),
};

export const removalGoals = {
  gone: ofKind('gone', { resourceId }),
};

export const removalAssumptions = {
  /** It still carries the tags of the run that made it; of a restore point its collection does (Azure takes none on points). No legal hold is on it. */
  'made-by-holdfast': ofKind('made-by-holdfast', { taggedId: resourceId, run: z.string().min(1) }),
  /** Somebody else made it, and says by a tag that holdfast may delete it. */
  adopted: ofKind('adopted', { taggedId: resourceId }),
  /** It is still marked to be deleted: a person may have taken the mark away since. */
  'in-trash': ofKind('in-trash', { taggedId: resourceId, mark: z.string().min(1) }),
  /** Azure says that it will never be whole. */
  'copy-failed': ofKind('copy-failed', { copyId: resourceId }),
  'collection-empty': ofKind('collection-empty', { collectionId: resourceId }),
};
