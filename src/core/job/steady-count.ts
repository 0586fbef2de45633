/** How many points a retention policy comes to keep, once it has worked for long enough. */
import { Temporal } from 'temporal-polyfill';
import { before, type Period } from '../retention/calendar.ts';
import type { RetentionPolicy, Span } from '../retention/policy.ts';
import { hourMs, instantMs } from '../time.ts';
import type { Timing } from './job.ts';
import { windowAt } from './windows.ts';

/** No rule: everything is kept, and their number has no end. Points with a tag to keep are not foreseen. */
export const hasEnd = (policy: RetentionPolicy): boolean => Object.keys(policy).some((rule) => rule !== 'keepTag');

/** Counting stops here: beyond it, it makes no difference by how much. */
export const countedAtMost = 1_000;

/** Of a point in every window until `nowMs`, taken when it was due. */
export const steadyCount = (timing: Timing, policy: RetentionPolicy, nowMs: number): number =>
  keptOf(timing, policy, dueAt(timing, nowMs)).size;

/**
 * How many points there are of a series at the least when its first one goes, the one that goes among them: with seven days kept,
 * eight. Weekdays make a difference, so the series ends at one due after the other.
 */
export const fewestAtRemoval = (timing: Timing, policy: RetentionPolicy, nowMs: number): number => {
  let fewest = countedAtMost;
  let newest = dueAt(timing, nowMs);
  for (let series = 0; series < seriesTried; series += 1) {
    const kept = keptOf(timing, policy, newest);
    let points = 0;
    for (const due of newestOfEach(timing, undefined, newest)) {
      points += 1;
      if (points >= fewest || !kept.has(due)) break;
    }
    fewest = Math.min(fewest, points);
    newest = dueAt(timing, newest - 1);
  }
  return fewest;
};
const seriesTried = 8;

const keptOf = (timing: Timing, policy: RetentionPolicy, newest: number): ReadonlySet<number> => {
  const kept = new Set<number>();
  for (const dues of rulesOf(timing, policy, newest)) {
    for (const due of dues) {
      if (kept.size >= countedAtMost) return kept;
      kept.add(due);
    }
  }
  return kept;
};

const dueAt = (timing: Timing, ms: number): number => instantMs(windowAt(timing, ms).due) ?? 0;

const rulesOf = (timing: Timing, policy: RetentionPolicy, newest: number): readonly Iterable<number>[] => {
  const zone = timing.timeZone;
  const last = (count: number | undefined, period?: Period) =>
    newestOfEach(timing, period, newest).take(Math.min(count ?? 0, countedAtMost));
  const within = (span: Span | undefined, period?: Period) =>
    span === undefined ? [] : since(newestOfEach(timing, period, newest), before(newest, span, zone));
  return [
    last(policy.keepLast),
    last(policy.keepHourly, 'hour'),
    last(policy.keepDaily, 'day'),
    last(policy.keepWeekly, 'week'),
    last(policy.keepMonthly, 'month'),
    last(policy.keepYearly, 'year'),
    within(policy.keepWithin),
    within(policy.keepWithinHourly, 'hour'),
    within(policy.keepWithinDaily, 'day'),
    within(policy.keepWithinWeekly, 'week'),
    within(policy.keepWithinMonthly, 'month'),
    within(policy.keepWithinYearly, 'year'),
  ];
};

const since = function* (dues: Iterable<number>, fromMs: number): Generator<number, void, void> {
  for (const due of dues) {
    if (due < fromMs) return;
    yield due;
  }
};

/** The newest due of each period that has one, backwards from `newest`; without a period, every due. */
const newestOfEach = function* (
  timing: Timing,
  period: Period | undefined,
  newest: number,
): Generator<number, void, void> {
  for (let due = newest; due > 0;) {
    yield due;
    due = dueAt(timing, (period === undefined ? due : startOf(period, due, timing.timeZone)) - 1);
  }
};

const startOf = (period: Period, ms: number, zone: string): number => {
  if (period === 'hour') return ms - (ms % hourMs);
  const day = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDate();
  const first = {
    day,
    week: day.subtract({ days: day.dayOfWeek - 1 }),
    month: day.with({ day: 1 }),
    year: day.with({ month: 1, day: 1 }),
  }[period];
  return first.toZonedDateTime(zone).epochMilliseconds;
};
