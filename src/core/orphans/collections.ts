/** Restore point collections whose machine is gone. */
import type { RestorePoint, RestorePointCollection } from '../estate.ts';
import type { EstateView } from '../estate-view.ts';
import { counted } from '../duration.ts';
import type { ResourceKey } from '../ids.ts';
import { overRetained } from '../over-retained.ts';
import { newest } from '../protection.ts';
import { fateOf, machineFate, there, type Fate, type Thing } from './thing.ts';

/** Collections of Azure Backup are its own to keep and to delete (facts B-73). */
export const orphanedCollections = (view: EstateView): readonly Thing[] => {
  const all = new Map(view.estate.restorePointCollections.items.map((collection) => [collection.key, collection]));
  return view.estate.restorePointCollections.items
    .filter(({ ownedByBackup }) => !ownedByBackup)
    .map((collection) => {
      const late = overRetained(collection, 'restore-point', view.asOfMs);
      const machineKey = machineOf(collection, all);
      const points = collection.points.known ? collection.points.value : undefined;
      const latest = points && newest(points, ({ at }) => at);
      return {
        id: collection.id,
        option: 'restore-point',
        what: `restore point collection${points === undefined ? '' : ` with ${counted(points.length, 'point')}`}`,
        ...(machineKey === undefined ? {} : { machineKey }),
        fate: collectionFate(collection, all, view),
        ...(late ? { overdue: late } : {}),
        since: latest?.at,
        sizeGiB: latest?.sizeGiB,
        stored: {
          kind: 'restore-point',
          region: collection.location,
          disks: disksIn(points, latest),
          incremental: true,
        },
        remedy:
          points?.length === 0
            ? 'delete it: it is empty, and costs nothing'
            : 'decide whether its points are still wanted; delete points and collection if not, since they are billed',
      };
    });
};

/** Points are increments of the first: reckoned as one whole copy. An empty collection holds nothing to bill. */
const disksIn = (points: readonly RestorePoint[] | undefined, latest: RestorePoint | undefined) =>
  points?.length === 0 ? [] : [{ name: 'the disks in its points', sizeGiB: latest?.sizeGiB }];

type Collections = ReadonlyMap<ResourceKey, RestorePointCollection>;

const isMachine = (key: ResourceKey | undefined): key is ResourceKey =>
  key !== undefined && /\/virtualmachines\/[^/]+$/.test(key);

const machineOf = ({ sourceKey }: RestorePointCollection, all: Collections): ResourceKey | undefined => {
  const through = sourceKey === undefined || isMachine(sourceKey) ? sourceKey : all.get(sourceKey)?.sourceKey;
  return isMachine(through) ? through : undefined;
};

/** A collection of copies shares the fate of the one it copies; that may be gone while the machine is there. */
const collectionFate = ({ sourceKey }: RestorePointCollection, all: Collections, view: EstateView): Fate => {
  if (sourceKey === undefined) return there;
  if (isMachine(sourceKey)) return machineFate(sourceKey, view);
  const source = all.get(sourceKey);
  if (source !== undefined) return isMachine(source.sourceKey) ? machineFate(source.sourceKey, view) : there;
  return fateOf(sourceKey, 'restore point collection', false, view.estate.restorePointCollections, view);
};
