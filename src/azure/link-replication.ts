/** What Site Recovery keeps besides its items: their points, and their disks in the target groups. */
import type { Disk, ReplicaPoint, ReplicatedItem, SiteRecoveryDisk } from '../core/estate.ts';
import { gapOver, known, unknown, type Collected, type Fact, type Gap } from '../core/fact.ts';
import type { ResourceKey } from '../core/ids.ts';
import { instantMs } from '../core/time.ts';
import { replicatedItemKeyOf } from './normalise-replication.ts';

/** Points into their items. An item says `not-read` of its own accord until its points were asked for. */
export const linkReplicaPoints = (
  items: Collected<ReplicatedItem>,
  points: Collected<readonly [string, ReplicaPoint]>,
  everywhere: readonly Gap[],
): Collected<ReplicatedItem> => {
  const byItem = Map.groupBy(points.items, ([key]) => replicatedItemKeyOf(key));
  return {
    ...items,
    items: items.items.map((item) => {
      const mine = byItem.get(item.key)?.map(([, point]) => point);
      const hidden = gapOver(points, item.key) ?? (mine === undefined ? everywhere[0] : undefined);
      if (hidden === undefined) return { ...item, points: known(newestFirst(mine ?? [])) };
      if (hidden.reason === 'not-read') return item;
      const { reason, detail, action, scope } = hidden;
      return { ...item, points: unknown(reason, detail, action === undefined ? {} : { action, scope }) };
    }),
  };
};

const newestFirst = (points: readonly ReplicaPoint[]): readonly ReplicaPoint[] =>
  points.toSorted((a, b) => (instantMs(b.at) ?? 0) - (instantMs(a.at) ?? 0));

/**
 * Marks the disks that are named as Site Recovery names its own (observed: `…-ASRReplica`, `…-ASRtest`), before any
 * scope leaves out the items of other machines: a replica that some item keeps is nobody's waste, whatever was asked for.
 */
export const linkReplicaDisks = (disks: Collected<Disk>, items: Collected<ReplicatedItem>): Collected<Disk> => {
  const keptBy = new Map(items.items.flatMap((item) => item.targetDiskKeys.map((key) => [key, item.key] as const)));
  // An item between states, or an answer cut short, may keep disks that it does not tell.
  const silent = items.items.find((item) => /^a2a$/i.test(item.provider) && item.targetDiskKeys.length === 0);
  const keeper = (key: ResourceKey): Fact<ResourceKey | null> => {
    const found = keptBy.get(key);
    if (found !== undefined) return known(found);
    const gap = gapOver(items, '/') ?? items.gaps[0];
    if (gap !== undefined)
      return unknown(gap.reason, gap.detail, gap.action === undefined ? {} : { action: gap.action, scope: gap.scope });
    return silent === undefined
      ? known(null)
      : unknown('not-answered', `Replicated item ${silent.name} does not tell its disks in the target group.`);
  };
  return {
    ...disks,
    items: disks.items.map((disk) => {
      const kind = kindOf(disk.name) ?? (keptBy.has(disk.key) ? 'replica' : undefined);
      return kind === undefined ? disk : { ...disk, siteRecovery: { kind, itemKey: keeper(disk.key) } };
    }),
  };
};

const kindOf = (name: string): SiteRecoveryDisk['kind'] | undefined =>
  /-asrreplica$/i.test(name) ? 'replica' : /-asrtest$/i.test(name) ? 'test-failover' : undefined;
