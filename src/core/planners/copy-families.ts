/** Snapshots of one disk and their copies in other regions, whoever made them: Azure's limits on copies go by disk (facts S-08). */
import type { Estate, Snapshot } from '../estate.ts';
import { shortHash, type ResourceKey } from '../ids.ts';
import { joinBy } from '../join.ts';
import { tagOf } from '../points/point.ts';
import { instantMs } from '../time.ts';
import { isCopying, snapshotsOf } from './disk-snapshot-limits.ts';

export interface CopyFamilies {
  /** The name of a copy of one of the disk's snapshots that is on its way, in any region. */
  underWay(diskKey: ResourceKey): string | undefined;
  /** The name of a copy in the region of something taken later than that. */
  laterIn(diskKey: ResourceKey, region: string, takenMs: number): string | undefined;
  /** Copies on their way into a region, of a whole subscription. */
  inHand(subscriptionId: string, region: string): number;
}

interface Copy {
  readonly snapshot: Snapshot;
  /** When what it is a copy of was taken; its window, where the source is gone. */
  readonly takenMs: number;
}

const bySource = joinBy<Snapshot>(({ sourceSnapshotKey }) => [sourceSnapshotKey]);
const byDiskTag = joinBy<Snapshot>(({ tags, sourceSnapshotKey }) => [
  sourceSnapshotKey === undefined ? undefined : tagOf(tags, 'holdfast-disk')?.toLowerCase(),
]);

export const copyFamilies = ({ snapshots }: Estate): CopyFamilies => {
  const known = new Map<ResourceKey, readonly Copy[]>();
  const copiesOf = (diskKey: ResourceKey): readonly Copy[] => {
    const found = known.get(diskKey) ?? copiesIn(snapshots, diskKey);
    known.set(diskKey, found);
    return found;
  };
  const hands = Map.groupBy(
    snapshots.items.filter((one) => one.sourceSnapshotKey !== undefined && isCopying(one)),
    ({ subscriptionId, location }) => `${subscriptionId.toLowerCase()}|${location}`,
  );
  return {
    underWay: (diskKey) => copiesOf(diskKey).find(({ snapshot }) => isCopying(snapshot))?.snapshot.name,
    laterIn: (diskKey, region, takenMs) =>
      copiesOf(diskKey).find((copy) => copy.snapshot.location === region && copy.takenMs > takenMs)?.snapshot.name,
    inHand: (subscriptionId, region) => hands.get(`${subscriptionId.toLowerCase()}|${region}`)?.length ?? 0,
  };
};

const copiesIn = (snapshots: Estate['snapshots'], diskKey: ResourceKey): readonly Copy[] => {
  const taken = new Map(snapshotsOf(snapshots, diskKey).map(({ key, createdAt }) => [key, instantMs(createdAt)]));
  const named = [...taken.keys()].flatMap((key) => bySource(snapshots, key));
  const marked = byDiskTag(snapshots, shortHash(diskKey, 12));
  return [...new Set([...named, ...marked])].map((snapshot) => ({
    snapshot,
    takenMs: taken.get(snapshot.sourceSnapshotKey ?? '') ?? instantMs(tagOf(snapshot.tags, 'holdfast-window')) ?? 0,
  }));
};
