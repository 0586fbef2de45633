/** ARM resource ids. Azure compares them without regard to case and returns them in any; so a *key* is the lower-cased id. */
import { createHash } from 'node:crypto';

/** A resource id spelled as Azure spelled it: for people and for requests. */
export type ResourceId = string;

/** A lower-cased resource id without a trailing slash: for joins, maps and comparison. Never by name. */
export type ResourceKey = string;

/** `/subscriptions/…` from an id in any form: a scheme and host in front (vault ids carry them) is dropped. */
export const bareId = (id: ResourceId): ResourceId =>
  id
    .replace(/^https?:\/\/[^/]+/i, '')
    .replace(/\/{2,}/g, '/')
    .replace(/\/+$/, '');

export const keyOf = (id: ResourceId): ResourceKey => bareId(id).toLowerCase();

export const sameResource = (a: ResourceId, b: ResourceId): boolean => keyOf(a) === keyOf(b);

export interface ParsedId {
  readonly subscriptionId: string;
  readonly resourceGroup?: string;
  /** `Microsoft.Compute/virtualMachines`, in the id's own spelling; absent for a subscription or resource group. */
  readonly type?: string;
  /** The last name. */
  readonly name?: string;
  /** All names, outermost first: a restore point has its collection's and its own. */
  readonly names: readonly string[];
}

/** Takes an ARM id apart; `undefined` when it is not one. */
export const parseId = (id: ResourceId): ParsedId | undefined => {
  const parts = bareId(id).split('/');
  if (parts[0] !== '' || parts[1]?.toLowerCase() !== 'subscriptions' || !parts[2]) return undefined;
  const subscriptionId = parts[2];
  const inGroup = parts[3]?.toLowerCase() === 'resourcegroups' && parts[4];
  const rest = parts.slice(inGroup ? 5 : 3);
  const group = inGroup ? { resourceGroup: parts[4]! } : {};
  const at = rest.map((p) => p.toLowerCase()).lastIndexOf('providers');
  if (at < 0 || rest.length < at + 4) return { subscriptionId, ...group, names: [] };
  const types: string[] = [];
  const names: string[] = [];
  for (let i = at + 2; i + 1 < rest.length; i += 2) {
    types.push(rest[i]!);
    names.push(rest[i + 1]!);
  }
  return { subscriptionId, ...group, type: [rest[at + 1]!, ...types].join('/'), name: names.at(-1)!, names };
};

export const subscriptionOf = (id: ResourceId): string => parseId(id)?.subscriptionId.toLowerCase() ?? '';

export const resourceGroupId = (id: ResourceId): ResourceId => {
  const p = parseId(id);
  return p?.resourceGroup ? `/subscriptions/${p.subscriptionId}/resourceGroups/${p.resourceGroup}` : '';
};

/** The vault that a backup item, policy or job lies in. */
export const vaultOf = (id: ResourceId): ResourceId => /^.*?\/vaults\/[^/]+/i.exec(id)?.[0] ?? id;

/** The last segment, whatever the id: for showing, never for joining. */
export const nameOf = (id: ResourceId): string => bareId(id).split('/').at(-1) ?? '';

/** First `digits` hex digits of sha256: deterministic short ids (finding ids, step names, tags). */
export const shortHash = (text: string, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);
