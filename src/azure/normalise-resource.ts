/** What every ARM resource has, and the three outcomes of reading a row. */
import { bareId, keyOf, nameOf, parseId, type ParsedId } from '../core/ids.ts';
import type { Lock, ResourceGroup, Tags } from '../core/estate.ts';
import { at, isRecord, textAt, wordAt } from './raw.ts';

/**
 * `other`: a row of another kind, rightly passed over. `unintelligible`: one that should have been ours, and could not
 * be read.
 */
export type Normalised<T> =
  | { readonly kind: 'item'; readonly item: T }
  | { readonly kind: 'other' }
  /** `places`: the lower-cased resources that it leaves in doubt; without them, the place of the row itself. */
  | { readonly kind: 'unintelligible'; readonly why: string; readonly places?: readonly string[] };

export type Normaliser<T> = (raw: unknown) => Normalised<T>;

export const item = <T>(value: T): Normalised<T> => ({ kind: 'item', item: value });
export const other: Normalised<never> = { kind: 'other' };
export const unintelligible = (why: string, places?: readonly string[]): Normalised<never> => ({
  kind: 'unintelligible',
  why,
  ...(places === undefined ? {} : { places }),
});

export interface Resource {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly tags: Tags;
}

/** The common part of a row, or a sentence saying why there is none. */
export const resourceOf = (raw: unknown): (Resource & { readonly parsed: ParsedId }) | string => {
  if (!isRecord(raw)) return 'a row is not an object';
  const spelled = textAt(raw, 'id');
  if (spelled === undefined) return 'a row has no id';
  const parsed = parseId(spelled);
  if (parsed === undefined) return `an id is not a resource id: ${spelled}`;
  const id = bareId(spelled);
  const tags = tagsOf(at(raw, 'tags'));
  if (tags === undefined) return `the tags of ${id} are not names with values`;
  return {
    id,
    key: keyOf(id),
    name: nameOf(id),
    subscriptionId: parsed.subscriptionId.toLowerCase(),
    resourceGroup: parsed.resourceGroup ?? '',
    location: locationOf(textAt(raw, 'location')),
    tags,
    parsed,
  };
};

/** `West Europe` and `westeurope` are one region. */
export const locationOf = (location: string | undefined): string => (location ?? '').toLowerCase().replaceAll(' ', '');

/** Resource Graph writes no tags as null or as an empty text. `undefined`: in a form that nobody knows how to read. */
export const tagsOf = (raw: unknown): Tags | undefined => {
  if (raw === undefined || raw === null || raw === '') return {};
  if (!isRecord(raw) || Object.values(raw).some((value) => typeof value === 'object' && value !== null))
    return undefined;
  const pairs = Object.entries(raw).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)]] : [],
  );
  return Object.fromEntries(pairs);
};

/**
 * Facts O-01: a resource without a provisioning state is done.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 */
export const isProvisioned = (raw: unknown): boolean =>
  (textAt(raw, 'properties', 'provisioningState') ?? 'succeeded').toLowerCase() === 'succeeded';

/** A terminal state in which nothing more comes of it. */
export const hasFailed = (raw: unknown): boolean =>
  ['failed', 'canceled', 'cancelled'].includes(textAt(raw, 'properties', 'provisioningState')?.toLowerCase() ?? '');

/** The vault a child of it lives in: everything up to the vault's name. */
export const vaultIdOf = (childId: string): string | undefined =>
  /^.*?\/providers\/microsoft\.recoveryservices\/vaults\/[^/]+/i.exec(bareId(childId))?.[0];

export const normaliseLock: Normaliser<Lock> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const level = wordAt({ cannotdelete: 'can-not-delete', readonly: 'read-only' } as const, raw, 'properties', 'level');
  // NotSpecified is documented and locks nothing.
  if (level === undefined) return other;
  const scope = resource.key.replace(/\/providers\/microsoft\.authorization\/locks\/[^/]*$/, '');
  return item({ id: resource.id, name: resource.name, scope, level });
};

export const normaliseResourceGroup: Normaliser<ResourceGroup> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const { id, key, subscriptionId, location, tags } = resource;
  return item({ id, key, name: resource.resourceGroup || resource.name, subscriptionId, location, tags });
};
