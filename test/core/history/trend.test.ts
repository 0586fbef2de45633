/** What records come to: counts that add up, points told once, and gaps only where a window was missed. */
import { describe, expect, it } from 'vitest';
import { applyOutcomeOf, entryOf } from '../../../src/core/history/entry.ts';
import { totalsOf } from '../../../src/core/history/history.ts';
import type { AppliedStep, Recorded } from '../../../src/core/history/recorded.ts';
import { machinesIn } from '../../../src/core/history/recorded.ts';
import { trendOf } from '../../../src/core/history/trend.ts';
import { keyOf } from '../../../src/core/ids.ts';
import type { JobMachine } from '../../../src/core/job/job-run.ts';
import { toInstant } from '../../../src/core/time.ts';
import { aJobMachine, aJobRun, anApplyRun, anAuditRecord, began, machineIdOf } from '../../cli/history-runs.ts';

const day = 86_400_000;
const web = keyOf(machineIdOf('web01'));
const point = (number: number) => ({ id: `/p/${number}`, at: toInstant(began + number * day) });
const nights = (of: Readonly<Record<number, Partial<JobMachine>>>): readonly Recorded[] =>
  Object.entries(of).map(([number, parts]) =>
    aJobRun(Number(number), { machines: [aJobMachine('web01', parts), aJobMachine('db01')] }),
  );
const told = (records: readonly Recorded[]) => records.map((recorded) => entryOf(recorded, 'here', web));

describe('an entry of the history', () => {
  it('holds what the run says of itself, and of its machines the one that was asked for', () => {
    const entry = entryOf(aJobRun(1), 'AzurePublic', web);
    expect(entry).toMatchObject({ entry: 'job', job: 'nightly', created: 2, machines: 2, machine: { name: 'web01' } });
    expect(entryOf(aJobRun(1), 'AzurePublic')).not.toHaveProperty('machine');
    expect(entryOf(anAuditRecord(1), '', web)).toMatchObject({
      entry: 'audit',
      machine: { standing: 'protected', findings: [] },
    });
    const applied = entryOf(anApplyRun(1), '', web);
    expect(applied).toMatchObject({ outcome: 'partly', steps: { done: 1, failed: 1 } });
    expect(applied.entry === 'apply' && applied.machine?.map(({ id }) => id)).toEqual(['snapshot-web01-os']);
  });

  it.each<[string, readonly AppliedStep['outcome'][]]>([
    ['done', ['done', 'already-done']],
    ['partly', ['done', 'failed']],
    ['partly', ['in-doubt', 'skipped']],
    ['failed', ['failed', 'skipped']],
    ['interrupted', ['done', 'interrupted']],
  ])('calls a plan %s whose steps are %s', (outcome, steps) => {
    const [step] = anApplyRun(1).steps;
    expect(applyOutcomeOf(steps.map((one) => ({ ...step!, outcome: one })))).toBe(outcome);
  });

  it('is found by machines alone, each once', () => {
    const vault = {
      ...anApplyRun(1).steps[0]!,
      subject: '/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v',
    };
    const run = anApplyRun(1, { steps: [...anApplyRun(1).steps, ...anApplyRun(1).steps, vault] });
    expect(machinesIn(run).map(({ name }) => name)).toEqual(['web01', 'db01']);
  });
});

describe('the totals', () => {
  it('are of whole runs without a machine, and of the machine alone with one', () => {
    const records = [
      ...nights({ 1: {}, 2: { outcome: 'failed', late: true } }),
      aJobRun(3, { outcome: 'held', machines: [] }),
      anApplyRun(4),
      anAuditRecord(5),
    ];
    const whole = totalsOf(records.map((recorded) => entryOf(recorded, '')));
    expect(whole).toEqual({
      jobs: { ended: 2, held: 1 },
      applies: { partly: 1 },
      audits: 1,
      created: 3,
      failed: 1,
      late: 1,
      pruned: 3,
    });
    expect(totalsOf(told(records.slice(0, 2)))).toMatchObject({ created: 1, failed: 1, late: 1, pruned: 0 });
  });
});

describe('the trend of a machine', () => {
  it('tells each point once, the newest first, with the consistency that its own run told', () => {
    const trend = trendOf(
      told(
        nights({
          1: { newestPoint: point(1), consistency: 'crash' },
          2: { outcome: 'existing', newestPoint: point(1), consistency: 'application' },
          3: { newestPoint: point(3), consistency: 'application' },
        }),
      ),
    );
    expect(trend.points).toEqual([
      { ...point(3), job: 'nightly', consistency: 'application' },
      { ...point(1), job: 'nightly', consistency: 'crash' },
    ]);
    expect(trend.outcomes).toEqual({ created: 2, existing: 1, failed: 0, skipped: 0 });
    expect(trend.longestGapSeconds).toBe((2 * day) / 1000);
    expect(trend.gaps).toEqual([]);
  });

  it('tells a gap where windows were missed, from the point before it, and none where points are merely far apart', () => {
    const trend = trendOf(
      told(
        nights({
          1: { newestPoint: point(1) },
          2: { outcome: 'failed', newestPoint: point(1), missedWindows: 1 },
          4: { newestPoint: point(4), missedWindows: 2, late: true },
          9: { newestPoint: point(9) },
        }),
      ),
    );
    expect(trend.gaps).toEqual([
      { job: 'nightly', from: point(1).at, to: point(4).at, seconds: (3 * day) / 1000, missedWindows: 2 },
    ]);
    expect(trend.late).toBe(1);
  });

  it('does not close a gap of one job with the point of another', () => {
    const hourly = aJobRun(2, {
      runId: 'other',
      job: 'hourly',
      machines: [aJobMachine('web01', { newestPoint: point(2) })],
    });
    const trend = trendOf(
      told([...nights({ 1: { newestPoint: point(1) }, 4: { newestPoint: point(4), missedWindows: 2 } }), hourly]),
    );
    expect(trend.gaps).toMatchObject([{ job: 'nightly', from: point(1).at, to: point(4).at }]);
  });

  it('tells how audits judged it only where that changed, and is the same in whatever order records come', () => {
    const audits = [1, 2, 3, 4].map((number) =>
      anAuditRecord(number, {
        machines: [
          {
            id: machineIdOf('web01'),
            name: 'web01',
            class: 'production',
            standing: number < 3 ? 'at-risk' : 'protected',
            findings: [],
          },
        ],
      }),
    );
    const entries = told([...audits, ...nights({ 1: { newestPoint: point(1) } })]);
    const trend = trendOf(entries);
    expect(trend.standings).toEqual([
      { at: audits[2]!.startedAt, standing: 'protected' },
      { at: audits[0]!.startedAt, standing: 'at-risk' },
    ]);
    expect(trendOf(entries.toReversed())).toEqual(trend);
  });
});
