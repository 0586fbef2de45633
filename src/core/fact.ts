/**
 * A fact is known, or unknown with a reason. Nothing in the estate is ever silently absent:
 * "we could not see a backup" and "there is no backup" are different answers.
 */

export interface Known<T> {
  readonly known: true;
  readonly value: T;
}

/** Why a fact is unknown. `detail` is a sentence for people; `action` and `scope` name a missing permission. */
export interface Unknown {
  readonly known: false;
  readonly reason: UnknownReason;
  readonly detail: string;
  readonly action?: string;
  readonly scope?: string;
}

export type UnknownReason =
  | 'no-permission' // the principal may not read it (403, or the grant is missing where Azure omits silently)
  | 'throttled' // asked, and turned away until patience ended
  | 'truncated' // the answer was cut and the rest could not be had
  | 'not-answered' // something names it and no answer holds it
  | 'not-exported' // an offline bundle without that file
  | 'not-registered' // the resource provider is not registered
  | 'not-read' // nobody asked (points without --deep)
  | 'unintelligible' // Azure answered in words this version does not know
  | 'not-knowable'; // Azure Resource Manager cannot tell (guest facts)

export type Fact<T> = Known<T> | Unknown;

export const known = <T>(value: T): Known<T> => ({ known: true, value });

export const unknown = (
  reason: UnknownReason,
  detail: string,
  permission: { readonly action?: string; readonly scope?: string } = {},
): Unknown => ({ known: false, reason, detail, ...permission });

/** Applies `f` to a known value; an unknown passes through with its reason. */
export const mapFact = <T, U>(fact: Fact<T>, f: (value: T) => U): Fact<U> => (fact.known ? known(f(fact.value)) : fact);

/** Azure's own words without the id of the request they answered. */
export const withoutRequestId = (detail: string): string => detail.replace(/\s*\(request [^)]*\)/gi, '');

/**
 * What was read of one kind, and where it could not be read. An item missing from `items` is absent
 * only where no gap covers the place it would be in.
 */
export interface Collected<T> {
  readonly items: readonly T[];
  readonly gaps: readonly Gap[];
}

/** A place (`scope`: lower-cased ARM scope, `/` for everywhere) in which a kind of resource could not be read wholly. */
export interface Gap extends Unknown {
  readonly scope: string;
}

export const gap = (scope: string, reason: UnknownReason, detail: string, action?: string): Gap => ({
  known: false,
  reason,
  detail,
  scope: scope.toLowerCase(),
  ...(action === undefined ? {} : { action }),
});

/** The first gap that could hide a resource at or under `scope`, or that lies inside it. */
export const gapOver = (collected: Collected<unknown>, scope: string): Gap | undefined => {
  const place = scope.toLowerCase();
  return collected.gaps.find((g) => g.scope === '/' || within(place, g.scope) || within(g.scope, place));
};

const within = (inner: string, outer: string): boolean =>
  inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`);
