/** What a policy promises of points taken at these moments: the checker's own reading of the documentation. */
import { daysBefore, periodOf, type Period } from './calendar.ts';
import type { Promised } from './jobs.ts';

/** `moments` of whole points. The newest of each of the newest so many periods, all that are young enough, and the newest. */
export const promisedOf = (moments: readonly number[], promised: Promised, zone: string): ReadonlySet<number> => {
  const newestFirst = moments.toSorted((a, b) => b - a);
  const newest = newestFirst[0];
  if (newest === undefined) return new Set();
  const kept = new Set([newest]);
  const counts: readonly (readonly [Period, number | undefined])[] = [
    ['hour', promised.hours],
    ['day', promised.days],
    ['week', promised.weeks],
    ['month', promised.months],
    ['year', promised.years],
  ];
  for (const [period, most = 0] of counts) {
    const seen = new Set<string>();
    for (const at of newestFirst) {
      const its = periodOf(at, period, zone);
      if (seen.size >= most && !seen.has(its)) break;
      if (!seen.has(its) && seen.size < most) kept.add(at);
      seen.add(its);
    }
  }
  if (promised.withinDays !== undefined) {
    const since = daysBefore(newest, promised.withinDays, zone);
    for (const at of newestFirst) if (at >= since) kept.add(at);
  }
  return kept;
};
