/**
 * Which points of one series (a machine's points in one region, or its copies there) a policy keeps, and why; pure. A set of
 * snapshots is one point. After restic's and kopia's forget: https://restic.readthedocs.io/en/stable/060_forget.html
 */
import { compareText } from '../assessment.ts';
import type { Tags } from '../estate.ts';
import type { Reason } from '../option.ts';
import type { Problem } from '../problem.ts';
import { hourMs, instantMs, type Instant } from '../time.ts';
import { before, periodsOf, type Period, type Periods } from './calendar.ts';
import type { RetentionPolicy, Span } from './policy.ts';

export interface RetentionPoint {
  readonly id: string;
  /** `undefined` where Azure does not tell. */
  readonly at: Instant | undefined;
  /** Whole as it was meant to be: every member of the set, wholly copied. */
  readonly complete: boolean;
  readonly tags: Tags;
  /** Why it stays whatever the policy says: a lock, a legal hold, a copy or a making in flight. */
  readonly held?: Reason;
}

export interface Retained<P extends RetentionPoint = RetentionPoint> {
  readonly point: P;
  readonly keep: boolean;
  /** At least one, whether kept or not. */
  readonly reasons: readonly string[];
  readonly problem?: Problem;
}

export interface RetainContext {
  readonly asOf: Instant;
  readonly timeZone: string;
  /** The last complete point may go, where no rule keeps it. */
  readonly unsafeLastPoint?: boolean;
}

interface Dated<P> {
  readonly point: P;
  readonly ms: number;
}

/** Oldest first; those without a moment last. */
export const retain = <P extends RetentionPoint>(
  points: readonly P[],
  policy: RetentionPolicy,
  context: RetainContext,
): readonly Retained<P>[] => {
  const asOfMs = instantMs(context.asOf);
  if (asOfMs === undefined) throw new RangeError(`not a moment: ${context.asOf}`);
  const sorted = points
    .map((point) => ({ point, ms: instantMs(point.at) ?? Infinity }))
    .toSorted((a, b) => (a.ms === b.ms ? compareText(a.point.id, b.point.id) : a.ms - b.ms));
  // What claims to be of the future is neither counted nor counted from: one such point would age all others at once.
  const past = sorted.filter(({ ms }) => ms <= asOfMs + tolerableMs);
  const complete = past.filter(({ point }) => point.complete).toReversed();
  const kept = isEmpty(policy) ? undefined : keptBy(complete, past, policy, context);
  const newestMs = complete[0]?.ms ?? -Infinity;
  return sorted.map(({ point, ms }): Retained<P> => {
    const timely = ms <= asOfMs + tolerableMs;
    const held = point.held === undefined ? [] : [point.held.text];
    const doubt = timely ? [] : [ms === Infinity ? 'its moment is not known' : 'it is dated after now'];
    const rules = kept === undefined ? ['there is no rule, and then everything is kept'] : (kept.get(point.id) ?? []);
    const unfinished = !point.complete && timely && ms >= newestMs ? ['no complete point is newer'] : [];
    const reasons = [...rules, ...doubt, ...unfinished, ...held];
    return {
      point,
      keep: reasons.length > 0,
      reasons: reasons.length > 0 ? reasons : [goes(point)],
      ...(timely || ms === Infinity ? {} : { problem: fromTheFuture(point, context) }),
    };
  });
};

/** Clocks differ a little. */
const tolerableMs = hourMs;

const goes = ({ complete }: RetentionPoint): string =>
  complete ? 'no rule keeps it' : 'it is not complete, and a newer point is';

export const isEmpty = (policy: RetentionPolicy): boolean =>
  Object.values(policy).every((rule) => rule === undefined || (Array.isArray(rule) && rule.length === 0));

const fromTheFuture = ({ id, at }: RetentionPoint, { asOf }: RetainContext): Problem => ({
  code: 'future-point',
  severity: 'medium',
  subject: id,
  summary: `${id.split('/').at(-1)} is dated ${at}, after now (${asOf}): it is kept, and counts for nothing`,
  remedy: 'look at what made it, and delete it by hand if it is worth nothing',
});

/** Ids to the rules that keep them. `complete`: newest first. */
const keptBy = <P extends RetentionPoint>(
  complete: readonly Dated<P>[],
  all: readonly Dated<P>[],
  policy: RetentionPolicy,
  { timeZone, unsafeLastPoint }: RetainContext,
): ReadonlyMap<string, readonly string[]> => {
  const reasons = new Map<string, string[]>();
  const keep = ({ point }: Dated<P>, reason: string) => {
    const found = reasons.get(point.id);
    if (found === undefined) reasons.set(point.id, [reason]);
    else found.push(reason);
  };
  const [newest] = complete;
  for (const [i, one] of complete.slice(0, policy.keepLast ?? 0).entries())
    keep(one, `keep-last: ${i + 1} of ${policy.keepLast}`);
  if (newest !== undefined) {
    keepPeriods(complete, newest.ms, policy, timeZone, keep);
    if (policy.keepWithin !== undefined) {
      const sinceMs = before(newest.ms, policy.keepWithin, timeZone);
      for (const one of complete) if (one.ms >= sinceMs) keep(one, `keep-within ${policy.keepWithin}`);
    }
  }
  for (const wanted of policy.keepTag ?? [])
    for (const one of all) if (hasTag(one.point.tags, wanted)) keep(one, `keep-tag ${wanted}`);
  if (newest !== undefined && unsafeLastPoint !== true && !complete.some(({ point }) => reasons.has(point.id)))
    keep(newest, 'it is the last complete point');
  return reasons;
};

const periods: readonly {
  readonly period: Period;
  readonly count: keyof RetentionPolicy & `keep${string}ly`;
  readonly within: keyof RetentionPolicy & `keepWithin${string}ly`;
  readonly flag: string;
}[] = [
  { period: 'hour', count: 'keepHourly', within: 'keepWithinHourly', flag: 'hourly' },
  { period: 'day', count: 'keepDaily', within: 'keepWithinDaily', flag: 'daily' },
  { period: 'week', count: 'keepWeekly', within: 'keepWithinWeekly', flag: 'weekly' },
  { period: 'month', count: 'keepMonthly', within: 'keepWithinMonthly', flag: 'monthly' },
  { period: 'year', count: 'keepYearly', within: 'keepWithinYearly', flag: 'yearly' },
];

/** Of each period that has a complete point, the newest one; so many periods, or those since a moment. */
const keepPeriods = <P extends RetentionPoint>(
  complete: readonly Dated<P>[],
  newestMs: number,
  policy: RetentionPolicy,
  timeZone: string,
  keep: (one: Dated<P>, reason: string) => void,
): void => {
  const asked = periods.filter(({ count, within }) => policy[count] !== undefined || policy[within] !== undefined);
  if (asked.length === 0) return;
  const dated = complete.map((one): { readonly one: Dated<P>; readonly in: Periods } => ({
    one,
    in: periodsOf(one.ms, timeZone),
  }));
  for (const { period, count, within, flag } of asked) {
    const most = (policy[count] as number | undefined) ?? 0;
    const span = policy[within] as Span | undefined;
    const sinceMs = span === undefined ? Infinity : before(newestMs, span, timeZone);
    let last: string | undefined;
    let nth = 0;
    for (const { one, in: its } of dated) {
      if (its[period] === last) continue;
      last = its[period];
      nth += 1;
      if (nth <= most) keep(one, `keep-${flag}: ${nth} of ${most} (${last})`);
      if (one.ms >= sinceMs) keep(one, `keep-within-${flag} ${span} (${last})`);
    }
  }
};

/** `name` or `name=value`; names regardless of case, as Azure compares them. */
const hasTag = (tags: Tags, wanted: string): boolean => {
  const [name = '', ...rest] = wanted.split('=');
  const value = rest.length === 0 ? undefined : rest.join('=');
  return Object.entries(tags).some(
    ([key, its]) => key.toLowerCase() === name.toLowerCase() && (value === undefined || its === value),
  );
};
