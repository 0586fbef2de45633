/**
 * Whole, valid pieces of an estate from which a case changes one thing: a running Windows machine with one readable
 * premium disk, a geo-redundant vault with soft delete, a healthy backup item of this morning. Every fact is known
 * unless the case makes it unknown, and every collection is without gaps. The pieces come from the files beside this.
 */
import type { Collected } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import type { Estate, Lock, ResourceGroup } from '../../src/core/estate.ts';
import { asOf, location, machineId, resourceGroup, subscriptionId } from './place-builder.ts';

export { asOf, diskId, machineId, resourceGroup, subscriptionId } from './place-builder.ts';
export {
  aDataDisk,
  aDisk,
  aMachine,
  anAttachedDisk,
  anEphemeralOsDisk,
  anOsDisk,
  anUnmanagedDisk,
  disksOf,
} from './machine-builder.ts';
export {
  aBackupItem,
  aBackupItemId,
  aBackupPoint,
  aBackupPolicy,
  aGalleryImageVersion,
  anImage,
  aReplicatedItem,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  aVault,
} from './protection-builder.ts';

export const aLock = (over: Partial<Lock> = {}): Lock => ({
  id: `${machineId()}/providers/Microsoft.Authorization/locks/keep`,
  name: 'keep',
  scope: keyOf(machineId()),
  level: 'can-not-delete',
  ...over,
});

export const aResourceGroup = (over: Partial<ResourceGroup> = {}): ResourceGroup => {
  const id = over.id ?? `/subscriptions/${subscriptionId}/resourceGroups/${over.name ?? resourceGroup}`;
  return { id, key: keyOf(id), name: resourceGroup, subscriptionId, location, tags: {}, ...over };
};

/** Items read wholly. */
export const read = <T>(items: readonly T[] = []): Collected<T> => ({ items, gaps: [] });

type Lists = {
  readonly [K in keyof Estate]?: Estate[K] extends Collected<infer T> ? readonly T[] | Collected<T> : Estate[K];
};

/**
 * An estate read without gaps. A list may be given bare, or as a `Collected` with gaps. Disks default to those the
 * given machines hold; everything else defaults to none.
 */
export const anEstate = (over: Lists = {}): Estate => {
  const list = <T>(given: readonly T[] | Collected<T> | undefined, fallback: readonly T[] = []): Collected<T> =>
    given === undefined ? read(fallback) : 'items' in given ? given : read(given);
  const machines = list(over.machines);
  const heldDisks = machines.items.flatMap((m) => m.disks.flatMap((d) => (d.disk.known ? [d.disk.value] : [])));
  return {
    asOf: over.asOf ?? asOf,
    scope: over.scope ?? {
      description: `subscription ${subscriptionId}`,
      subscriptions: [subscriptionId],
      resourceGroups: [],
      tags: [],
      excludeTags: [],
    },
    machines,
    disks: list(over.disks, heldDisks),
    snapshots: list(over.snapshots),
    images: list(over.images),
    galleryImageVersions: list(over.galleryImageVersions),
    restorePointCollections: list(over.restorePointCollections),
    vaults: list(over.vaults),
    backupPolicies: list(over.backupPolicies),
    backupItems: list(over.backupItems),
    replicatedItems: list(over.replicatedItems),
    locks: list(over.locks),
    resourceGroups: list(over.resourceGroups, [aResourceGroup()]),
  };
};
