/** What Site Recovery keeps besides its items: their disks in the target groups. */
import type { Disk, ReplicatedItem, SiteRecoveryDisk } from '../core/estate.ts';
import { gapOver, known, unknown, type Collected, type Fact } from '../core/fact.ts';
import type { ResourceKey } from '../core/ids.ts';
import { hiddenBy } from './link-points.ts';

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
    if (gap !== undefined) return hiddenBy(gap);
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
