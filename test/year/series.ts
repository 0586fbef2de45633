/** What is promised of the points of one machine in one region. */
import type { YearJob } from './jobs.ts';
import { isWhole, type Entry } from './ledger.ts';
import { promisedOf } from './promises.ts';

export const promiseFor = (job: YearJob, series: readonly Entry[], copies: boolean): ReadonlySet<Entry> => {
  const promised = copies ? (job.copies?.promised ?? job.promised) : job.promised;
  const whole = series.filter((entry) => isWhole(entry) && !entry.deleting);
  const kept = promisedOf(
    whole.map(({ takenAt }) => takenAt),
    promised,
    job.rhythm.zone,
  );
  return new Set(whole.filter(({ takenAt }) => kept.has(takenAt)));
};

export const minuteOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;
