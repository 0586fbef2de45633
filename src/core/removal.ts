/** What an id names that could be deleted, and all that goes with it. Pure look-ups; plan-remove.ts decides. */
import type { Estate, Machine, RestorePoint, RestorePointCollection, Snapshot, Tags } from './estate.ts';
import { keyOf, type ResourceId, type ResourceKey } from './ids.ts';
import type { OptionId } from './option.ts';
import { isAdopted } from './adoption.ts';
import { joinBy } from './join.ts';
import { conditionOf } from './options/disk-snapshot.ts';
import type { Removable } from './steps/removal.ts';

type PointKind = Extract<
  Removable,
  'snapshot' | 'restore-point' | 'restore-point-collection' | 'managed-image' | 'gallery-image-version'
>;

/** One resource to delete. */
export interface Removal {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly what: PointKind;
  readonly option: OptionId;
  /** Where its tags are: on itself, or on its collection. */
  readonly taggedId: ResourceId;
  readonly tags: Tags;
  readonly machine?: Machine;
  /** The service it belongs to. */
  readonly owner?: string;
  /** Why it is needed just now. */
  readonly busy?: string;
}

export interface Found {
  /** The same whichever of its members was named. */
  readonly id: ResourceId;
  readonly option: OptionId;
  readonly machine?: Machine;
  readonly removals: readonly Removal[];
  /** Of a machine that is gone: whether another whole point of it is left. */
  readonly remains: (estate: Estate) => boolean;
}

export const findPoint = (estate: Estate, id: ResourceId): Found | undefined => {
  const key = keyOf(id);
  const snapshot = estate.snapshots.items.find((item) => item.key === key);
  if (snapshot) return snapshotSet(snapshot, estate);
  for (const collection of estate.restorePointCollections.items) {
    const points = collection.points.known ? collection.points.value : [];
    const point = points.find((item) => item.key === key);
    if (point) return restorePoint(point, collection, estate);
    if (collection.key === key)
      return one(collectionOf(collection, estate), (left) => left.restorePointCollections.items.length > 0);
  }
  return image(key, estate);
};

const tagOf = (tags: Tags, name: string): string | undefined =>
  Object.entries(tags).find(([key]) => key.toLowerCase() === name)?.[1];

const isCopy = ({ sourceSnapshotKey }: Snapshot): boolean => sourceSnapshotKey !== undefined;

/** One of a set is no point, so the set goes as one. Copies elsewhere are a set of their own. */
const snapshotSet = (snapshot: Snapshot, estate: Estate): Found => {
  const set = tagOf(snapshot.tags, 'holdfast-set');
  const alike = (other: Snapshot) =>
    tagOf(other.tags, 'holdfast-set') === set &&
    isCopy(other) === isCopy(snapshot) &&
    other.location === snapshot.location;
  const members =
    set === undefined ? [snapshot] : estate.snapshots.items.filter(alike).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const removals = members.map((member) => snapshotRemoval(member, estate));
  const machine = removals.find((removal) => removal.machine !== undefined)?.machine;
  const of = tagOf(snapshot.tags, 'holdfast-machine');
  return {
    id: members[0]!.id,
    option: 'disk-snapshot',
    ...(machine ? { machine } : {}),
    removals,
    remains: (left) =>
      of !== undefined &&
      left.snapshots.items.some(
        (other) => tagOf(other.tags, 'holdfast-machine') === of && conditionOf(other) === 'complete',
      ),
  };
};

const machineCalled = joinBy<Machine>(({ key }) => [key]);
const copiesOf = joinBy<Snapshot>(({ sourceSnapshotKey }) => [sourceSnapshotKey]);
const machinesWith = joinBy<Machine>(({ disks }) => disks.map((disk) => disk.key));

const snapshotRemoval = (snapshot: Snapshot, estate: Estate): Removal => {
  const { sourceDiskKey } = snapshot;
  const [machine] = sourceDiskKey === undefined ? [] : machinesWith(estate.machines, sourceDiskKey);
  return snapshotOf(snapshot, estate, machine);
};

export const snapshotOf = (snapshot: Snapshot, estate: Estate, machine: Machine | undefined): Removal => {
  const { id, key, tags } = snapshot;
  const copy = copiesOf(estate.snapshots, key).find((other) => conditionOf(other) === 'copying');
  return {
    id,
    key,
    tags,
    what: 'snapshot',
    option: 'disk-snapshot',
    taggedId: id,
    ...(machine ? { machine } : {}),
    ...(copy ? { busy: `copy ${copy.name} in ${copy.location} is not whole yet` } : {}),
  };
};

const restorePoint = (point: RestorePoint, collection: RestorePointCollection, estate: Estate): Found =>
  one(restorePointOf(point, collection, estate), (left) =>
    left.restorePointCollections.items.some(
      (other) => other.key === collection.key && other.points.known && other.points.value.some((p) => p.provisioned),
    ),
  );

/** In a collection of ours, or in one that its tag lets us treat as such. */
export const restorePointOf = (point: RestorePoint, collection: RestorePointCollection, estate: Estate): Removal => {
  const whole = collectionOf(collection, estate);
  const { id, key, name } = point;
  const copying = copyUnderWay(estate, key);
  // Azure takes no tags on a restore point: the collection's are holdfast's, and so is the name.
  const tags = name.startsWith('hf-') || isAdopted(whole.tags) ? whole.tags : {};
  return {
    ...whole,
    id,
    key,
    what: 'restore-point',
    tags,
    ...(copying ? { busy: `copy ${copying.name} is not whole yet` } : {}),
  };
};

// Remembering an index changes no answer: estates are never written to.
const copies = new WeakMap<Estate, ReadonlyMap<ResourceKey | undefined, readonly RestorePoint[]>>();

/** One whose progress Azure does not tell may be under way. */
const copyUnderWay = (estate: Estate, key: ResourceKey): RestorePoint | undefined => {
  const found =
    copies.get(estate) ??
    Map.groupBy(
      estate.restorePointCollections.items.flatMap(({ points }) => (points.known ? points.value : [])),
      ({ sourcePointKey }) => sourcePointKey,
    );
  copies.set(estate, found);
  return found
    .get(key)
    ?.find(({ failed, provisioned, copiedPercent }) => failed !== true && !(provisioned && copiedPercent === 100));
};

export const collectionOf = (
  { id, key, tags, sourceKey, ownedByBackup }: RestorePointCollection,
  estate: Estate,
): Removal => {
  const [machine] = sourceKey === undefined ? [] : machineCalled(estate.machines, sourceKey);
  return {
    id,
    key,
    tags,
    what: 'restore-point-collection',
    option: 'restore-point',
    taggedId: id,
    ...(machine ? { machine } : {}),
    ...(ownedByBackup ? { owner: 'Azure Backup' } : {}),
  };
};

const image = (key: ResourceKey, estate: Estate): Found | undefined => {
  const managed = estate.images.items.find((item) => item.key === key);
  const version =
    managed === undefined ? estate.galleryImageVersions.items.find((item) => item.key === key) : undefined;
  const found = managed ?? version;
  if (found === undefined) return undefined;
  const sourceKey = managed?.sourceMachineKey ?? version?.sourceKey;
  const machine = estate.machines.items.find((item) => item.key === sourceKey);
  const { id, tags } = found;
  const kind = managed
    ? ({ what: 'managed-image', option: 'managed-image' } as const)
    : ({ what: 'gallery-image-version', option: 'gallery-image' } as const);
  return one({ id, key, tags, taggedId: id, ...kind, ...(machine ? { machine } : {}) }, () => false);
};

const one = (removal: Removal, remains: Found['remains']): Found => ({
  id: removal.id,
  option: removal.option,
  ...(removal.machine ? { machine: removal.machine } : {}),
  removals: [removal],
  remains,
});
