/**
 * Which machines were asked for, and what of the rest of the estate concerns them. The same for Azure and for a
 * bundle.
 */
import type { Estate, Machine, Scope } from '../core/estate.ts';
import { parseId, subscriptionOf } from '../core/ids.ts';
import type { Problem } from '../core/problem.ts';

/** Flags as given; subscriptions are ids, tags `k=v1,v2`, excludeTags `k` or `k=v1,v2`. */
export interface ScopeFilter {
  readonly subscriptions?: readonly string[];
  readonly managementGroup?: string;
  readonly resourceGroups?: readonly string[];
  readonly tags?: readonly string[];
  readonly excludeTags?: readonly string[];
}

interface TagTest {
  readonly name: string;
  /** Folded; empty means any value. */
  readonly values: readonly string[];
}

const parseTag = (text: string): TagTest => {
  const [name = '', ...rest] = text.split('=');
  const values = rest
    .join('=')
    .split(',')
    .map((v) => v.trim().toLowerCase())
    .filter((v) => v !== '');
  return { name: name.trim().toLowerCase(), values };
};

/** Tags without a name, or wanted tags without a value: wrong usage. */
export const scopeProblems = (filter: ScopeFilter): readonly Problem[] => [
  ...(filter.tags ?? [])
    .filter((t) => parseTag(t).name === '' || parseTag(t).values.length === 0)
    .map((t) => badTag('--tag', t, 'name=value')),
  ...(filter.excludeTags ?? [])
    .filter((t) => parseTag(t).name === '')
    .map((t) => badTag('--exclude-tag', t, 'name or name=value')),
];

const badTag = (flag: string, text: string, form: string): Problem => ({
  code: 'tag-filter',
  severity: 'high',
  subject: flag,
  summary: `${flag} ${text} is not of the form ${form}`,
});

const carries = (machine: Machine, test: TagTest): boolean =>
  Object.entries(machine.tags).some(
    ([name, value]) =>
      name.toLowerCase() === test.name &&
      (test.values.length === 0 || test.values.includes(value.trim().toLowerCase())),
  );

/** Whether a machine of this id, were it there, would be in scope by place. */
const placeTest = (filter: ScopeFilter): ((machineId: string) => boolean) => {
  const subscriptions = new Set((filter.subscriptions ?? []).map((s) => s.toLowerCase()));
  const groups = new Set((filter.resourceGroups ?? []).map((g) => g.toLowerCase()));
  return (machineId) =>
    (subscriptions.size === 0 || subscriptions.has(subscriptionOf(machineId))) &&
    (groups.size === 0 || groups.has((parseId(machineId)?.resourceGroup ?? '').toLowerCase()));
};

/**
 * The estate with only the machines asked for, and without protection of machines that were not: those are neither
 * audited
 * nor orphans. A gone machine has no tags, so under `--tag` nothing is called its orphan.
 */
export const applyScope = (estate: Estate, filter: ScopeFilter): Estate => {
  const inPlace = placeTest(filter);
  const wanted = (filter.tags ?? []).map(parseTag);
  const unwanted = (filter.excludeTags ?? []).map(parseTag);
  const asked = (m: Machine): boolean =>
    inPlace(m.key) && wanted.every((t) => carries(m, t)) && !unwanted.some((t) => carries(m, t));
  const machines = estate.machines.items.filter(asked);
  const inScope = new Set(machines.map((m) => m.key));
  const read = new Set(estate.machines.items.map((m) => m.key));
  const concerns = (machineKey: string): boolean =>
    inScope.has(machineKey) || (!read.has(machineKey) && inPlace(machineKey) && wanted.length === 0);

  const backupItems = estate.backupItems.items.filter((item) => concerns(item.machineKey));
  const replicated = estate.replicatedItems.items.filter(
    (item) => item.machineKey === undefined || concerns(item.machineKey),
  );
  const used = new Set([...backupItems, ...replicated].map((item) => item.vaultKey));
  const subscriptions = new Set((filter.subscriptions ?? []).map((s) => s.toLowerCase()));
  const vaults = estate.vaults.items.filter(
    (v) => subscriptions.size === 0 || subscriptions.has(v.subscriptionId) || used.has(v.key),
  );
  const vaultKeys = new Set(vaults.map((v) => v.key));
  return {
    ...estate,
    machines: { ...estate.machines, items: machines },
    backupItems: { ...estate.backupItems, items: backupItems },
    replicatedItems: { ...estate.replicatedItems, items: replicated },
    vaults: { ...estate.vaults, items: vaults },
    backupPolicies: {
      ...estate.backupPolicies,
      items: estate.backupPolicies.items.filter((p) => vaultKeys.has(p.vaultKey) || subscriptions.size === 0),
    },
  };
};

/** The scope in words a person or a plan can repeat. */
export const describeScope = (filter: ScopeFilter, subscriptions: readonly string[]): Scope => {
  const parts = [
    filter.managementGroup === undefined ? '' : `management group ${filter.managementGroup}`,
    filter.subscriptions?.length
      ? `${plural(subscriptions.length, 'subscription')}: ${subscriptions.join(', ')}`
      : `every subscription the login can see (${subscriptions.length})`,
    filter.resourceGroups?.length ? `resource groups ${filter.resourceGroups.join(', ')}` : '',
    ...(filter.tags ?? []).map((t) => `tag ${t}`),
    ...(filter.excludeTags ?? []).map((t) => `without tag ${t}`),
  ];
  return {
    description: parts.filter((p) => p !== '').join('; '),
    subscriptions,
    resourceGroups: filter.resourceGroups ?? [],
    tags: filter.tags ?? [],
    excludeTags: filter.excludeTags ?? [],
  };
};

/**
 * What is left of a scope that a filter narrows further. Without it a machine that the filter leaves out would count as
 * looked for and not found, and what is kept for it as orphaned.
 */
export const narrowScope = (scope: Scope, filter: ScopeFilter): Scope => {
  const words = [
    filter.subscriptions?.length ? `of them ${filter.subscriptions.join(', ')}` : '',
    filter.resourceGroups?.length ? `resource groups ${filter.resourceGroups.join(', ')}` : '',
    ...(filter.tags ?? []).map((tag) => `tag ${tag}`),
    ...(filter.excludeTags ?? []).map((tag) => `without tag ${tag}`),
  ];
  return {
    description: [scope.description, ...words.filter((word) => word !== '')].join('; '),
    subscriptions: both(scope.subscriptions, filter.subscriptions ?? []),
    resourceGroups: both(scope.resourceGroups, filter.resourceGroups ?? []),
    tags: [...scope.tags, ...(filter.tags ?? [])],
    excludeTags: [...scope.excludeTags, ...(filter.excludeTags ?? [])],
  };
};

/** What both lists name, where an empty one names everything; a name that nothing has where they share none. */
const both = (a: readonly string[], b: readonly string[]): readonly string[] => {
  if (a.length === 0 || b.length === 0) return [...a, ...b];
  const shared = b.filter((name) => a.some((other) => other.toLowerCase() === name.toLowerCase()));
  return shared.length === 0 ? ['-'] : shared;
};

const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
