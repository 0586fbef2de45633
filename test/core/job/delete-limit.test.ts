/** Whether a limit of deletions lets a job's retention do its work, held against the retention itself, window by window. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deleteLimitProblems } from '../../../src/core/job/delete-limit.ts';
import type { Job, Timing } from '../../../src/core/job/job.ts';
import { parseJob } from '../../../src/core/job/job-file.ts';
import { fewestAtRemoval } from '../../../src/core/job/steady-count.ts';
import { duesBetween } from '../../../src/core/job/windows.ts';
import { retain, type RetentionPoint } from '../../../src/core/retention/retain.ts';
import type { RetentionPolicy } from '../../../src/core/retention/policy.ts';
import { dayMs, toInstant } from '../../../src/core/time.ts';

const nowMs = Date.UTC(2026, 5, 3, 12);
const daily: Timing = { kind: 'window', lengthMinutes: 1440, timeZone: 'UTC' };

const job = (said: Partial<Job>): Job => ({
  name: 'j',
  selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
  option: 'auto',
  consistency: { want: 'any', otherwise: 'fail' },
  timing: daily,
  retention: { keepDaily: 7, keepWeekly: 4 },
  trashDays: 7,
  copies: [],
  limits: {},
  notify: [],
  ...said,
});
const said = (of: Partial<Job>, machines = 3): readonly string[] =>
  deleteLimitProblems(job(of), machines, nowMs).map(({ summary }) => summary);

/** By taking a point in every window from `fromMs` on until one goes. */
const pointsAtFirstRemoval = (policy: RetentionPolicy, fromMs: number): number => {
  const points: RetentionPoint[] = [];
  for (const due of duesBetween(daily, fromMs, fromMs + 400 * dayMs)) {
    points.push({ id: String(due), at: toInstant(due), complete: true, tags: {} });
    if (retain(points, policy, { asOf: toInstant(due), timeZone: 'UTC' }).some(({ keep }) => !keep))
      return points.length;
  }
  return Infinity;
};

describe('a limit of deletions', () => {
  it('in percent that the first point to go is over is told, with what would do', () => {
    expect(said({ limits: { maxDeletes: { percent: 10 } } })).toEqual([
      expect.stringContaining("is one of 8 (13 %), and the job's limit is 10 %"),
    ]);
    expect(said({ limits: { maxDeletes: { percent: 13 } } })).toEqual([]);
    expect(deleteLimitProblems(job({ limits: { maxDeletes: { percent: 10 } } }), 3, nowMs)[0]?.remedy).toContain('25%');
  });

  it('as a number that is less than a point of each machine and region is told', () => {
    const copies = [{ region: 'northeurope' }];
    expect(said({ limits: { maxDeletes: { count: 3 } } })).toEqual([]);
    expect(said({ limits: { maxDeletes: { count: 2 } } })).toEqual([expect.stringContaining('lets 3 points go')]);
    expect(said({ limits: { maxDeletes: { count: 5 } }, copies })).toEqual([
      expect.stringContaining('lets 6 points go'),
    ]);
  });

  it('is roomy enough in the jobs that are shipped', () => {
    for (const name of ['dev-daily', 'shop-four-hourly']) {
      const file = join(import.meta.dirname, '..', '..', '..', 'config', 'jobs', `${name}.yaml`);
      const { job: shipped } = parseJob(readFileSync(file, 'utf8'), file);
      expect(deleteLimitProblems(shipped!, 3, nowMs), name).toEqual([]);
      expect(shipped!.limits.maxDeletes).toBeDefined();
    }
  });

  it('is no matter where nothing ever goes, or where nobody is selected', () => {
    const limits = { maxDeletes: { percent: 1, count: 1 } };
    expect(said({ limits, retention: {} })).toEqual([]);
    expect(said({ limits }, 0)).toEqual([]);
    expect(said({})).toEqual([]);
  });

  it('is held against the fewest points of which one goes, whatever the weekday on which a series begins', () => {
    for (const policy of [
      { keepDaily: 7, keepWeekly: 4 },
      { keepLast: 3 },
      { keepLast: 2, keepDaily: 5, keepMonthly: 2 },
      { keepWithin: '10d' },
    ] satisfies readonly RetentionPolicy[]) {
      const begun = Array.from({ length: 8 }, (_, day) => pointsAtFirstRemoval(policy, nowMs - day * dayMs));
      for (let day = 0; day < 7; day += 1)
        expect(fewestAtRemoval(daily, policy, nowMs + day * dayMs), JSON.stringify(policy)).toBe(Math.min(...begun));
    }
  });
});
