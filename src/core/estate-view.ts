/** The estate, indexed once per audit: findings look things up by key and never search. */
import type { BackupItem, BackupPolicy, Disk, Estate, Machine, Vault } from './estate.ts';
import type { Guidance } from './guidance.ts';
import type { ResourceKey } from './ids.ts';
import { instantMs, type Instant } from './time.ts';

export interface EstateView {
  readonly estate: Estate;
  readonly guidance: Guidance;
  readonly asOf: Instant;
  readonly asOfMs: number;
  readonly machines: ReadonlyMap<ResourceKey, Machine>;
  readonly disks: ReadonlyMap<ResourceKey, Disk>;
  readonly backupItems: ReadonlyMap<ResourceKey, BackupItem>;
  readonly policies: ReadonlyMap<ResourceKey, BackupPolicy>;
  readonly vaults: ReadonlyMap<ResourceKey, Vault>;
}

export const viewOf = (estate: Estate, guidance: Guidance, asOf: Instant): EstateView => {
  const asOfMs = instantMs(asOf);
  if (asOfMs === undefined) throw new RangeError(`not a moment: ${asOf}`);
  return {
    estate,
    guidance,
    asOf,
    asOfMs,
    machines: keyed(estate.machines.items),
    disks: keyed(estate.disks.items),
    backupItems: keyed(estate.backupItems.items),
    policies: keyed(estate.backupPolicies.items),
    vaults: keyed(estate.vaults.items),
  };
};

const keyed = <T extends { readonly key: ResourceKey }>(items: readonly T[]): ReadonlyMap<ResourceKey, T> =>
  new Map(items.map((item) => [item.key, item]));

/**
 * Whether a machine or disk under `id` was asked for: within the scope's subscriptions and groups, with no tag filter
 * that could have left it out. Outside of that its absence from the estate says nothing.
 */
export const wasAskedFor = ({ scope }: Estate, subscriptionId: string, resourceGroup: string | undefined): boolean => {
  if (scope.tags.length > 0 || scope.excludeTags.length > 0) return false;
  const holds = (list: readonly string[], one: string) => list.some((item) => item.toLowerCase() === one.toLowerCase());
  if (scope.subscriptions.length > 0 && !holds(scope.subscriptions, subscriptionId)) return false;
  return scope.resourceGroups.length === 0 || holds(scope.resourceGroups.map(lastSegment), resourceGroup ?? '');
};

/** A scope may name a group, or give its id. */
const lastSegment = (group: string): string => group.split('/').at(-1) ?? group;
