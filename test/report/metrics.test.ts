/** Metrics as Prometheus reads them, and what of them outlives a run that went wrong. */
import { describe, expect, it } from 'vitest';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { metricsAfter, metricsText, parseMetrics, type Sample } from '../../src/report/metrics.ts';
import { expectGolden } from '../core/golden.ts';
import { jobRun, machine } from '../core/job/run-builder.ts';
import { parseExposition } from './exposition.ts';

const after = (...runs: readonly JobRun[]): string =>
  metricsText(runs.reduce<readonly Sample[]>((before, run) => metricsAfter(run, before), []));

/** The value of a series, as an independent reader finds it. */
const value = (text: string, name: string, labels: Readonly<Record<string, string>> = {}): number | undefined => {
  const found = parseExposition(text)
    .flatMap(({ samples }) => samples)
    .filter((sample) => sample.name === name && Object.entries(labels).every(([k, v]) => sample.labels[k] === v));
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.value;
};

const newest = 'holdfast_job_machine_newest_point_timestamp_seconds';
const at = (moment: string): number => Date.parse(moment) / 1000;
const whole = jobRun([machine('a'), machine('b', { late: true })], {
  pruned: 2,
  trashed: 1,
  throttledSeconds: 7.5,
  copies: { begun: 1, underWay: 2, complete: 0, failed: 0 },
});

describe('the metrics of a run', () => {
  it('are what a strict reader of the format takes, with help and type for each', () => {
    const text = after(whole, jobRun([machine('a', { outcome: 'failed', reason: 'x' })]));
    expect(parseExposition(text).map(({ name }) => name)).toHaveLength(19);
    expectGolden('report/metrics.prom', text);
  });

  it('add up over runs where they count, and are of the last run where they do not', () => {
    const text = after(whole, whole, jobRun([machine('a', { outcome: 'failed' })]));
    expect(value(text, 'holdfast_job_points_taken_total')).toBe(4);
    expect(value(text, 'holdfast_job_points_late_total')).toBe(2);
    expect(value(text, 'holdfast_job_points_failed_total')).toBe(1);
    expect(value(text, 'holdfast_job_points_pruned_total')).toBe(4);
    expect(value(text, 'holdfast_job_throttled_seconds_total')).toBe(15);
    expect(value(text, 'holdfast_job_runs_total', { outcome: 'ended' })).toBe(3);
    expect(value(text, 'holdfast_job_run_duration_seconds_count')).toBe(3);
    expect(value(text, 'holdfast_job_run_duration_seconds_sum')).toBe(3 * 270);
    expect(value(text, 'holdfast_job_machines', { outcome: 'failed' })).toBe(1);
    expect(value(text, 'holdfast_job_machines', { outcome: 'created' })).toBe(0);
  });

  it('keep the moment of the last success through a failure, and say 0 where there never was one', () => {
    const failed = jobRun([machine('a', { outcome: 'failed' })], { endedAt: '2026-06-04T01:00:00Z' });
    const name = 'holdfast_job_last_success_timestamp_seconds';
    expect(value(after(failed), name)).toBe(0);
    expect(value(after(whole, failed), name)).toBe(at(whole.endedAt));
    expect(value(after(whole, failed), 'holdfast_job_last_run_timestamp_seconds')).toBe(at('2026-06-04T01:00:00Z'));
  });

  it('take a run that left something unpruned for no success', () => {
    const problem = { code: 'not-pruned', severity: 'medium', subject: 's', summary: 's' } as const;
    const left = jobRun([machine('a')], { problems: [problem], endedAt: '2026-06-04T01:00:00Z' });
    expect(value(after(whole, left), 'holdfast_job_last_success_timestamp_seconds')).toBe(at(whole.endedAt));
  });

  it('count messages that were lost, not files that others may read', () => {
    const lost = (code: string) => ({ code, severity: 'medium' as const, subject: 's', summary: 's' });
    const run = jobRun([], { problems: ['notify-failed', 'notify-key', 'notify-secret-open'].map(lost) });
    expect(value(after(run), 'holdfast_job_notification_failures_total')).toBe(2);
  });
});

describe("a machine's newest point", () => {
  it('is told by the machine, its group and subscription in lower case, so that it stays one series', () => {
    const shouting = machine('A');
    const run = jobRun([{ ...shouting, id: shouting.id.toUpperCase() }]);
    const text = after(jobRun([machine('a')]), run);
    expect(value(text, newest, { machine: 'a', resource_group: 'shop' })).toBe(at('2026-06-03T01:00:00Z'));
  });

  it('stays when the machine fails and its points are not told', () => {
    const { newestPoint: _, ...failed } = machine('a', { outcome: 'failed' });
    const text = after(jobRun([machine('a')]), jobRun([failed]));
    expect(value(text, newest, { machine: 'a' })).toBe(at('2026-06-03T01:00:00Z'));
    expect(value(text, 'holdfast_job_machine_failed', { machine: 'a' })).toBe(1);
  });

  it('is 0 where none is known, so that an age is alarming and not absent', () => {
    const { newestPoint: _, ...failed } = machine('a', { outcome: 'failed' });
    expect(value(after(jobRun([failed])), newest, { machine: 'a' })).toBe(0);
  });

  it('is not made up for a machine that was only passed over', () => {
    const { newestPoint: _, ...skipped } = machine('a', { outcome: 'skipped' });
    expect(value(after(jobRun([skipped])), newest, { machine: 'a' })).toBeUndefined();
  });

  it.each(['failed', 'interrupted', 'held'] as const)('outlives a run that %s', (outcome) => {
    const run = jobRun([], { outcome, endedAt: '2026-06-04T01:00:00Z' });
    const text = after(whole, run);
    expect(value(text, newest, { machine: 'a' })).toBe(at('2026-06-03T01:00:00Z'));
    expect(value(text, 'holdfast_job_machines', { outcome: 'created' })).toBe(2);
    expect(value(text, 'holdfast_job_copies_under_way')).toBe(2);
    expect(value(text, 'holdfast_job_runs_total', { outcome })).toBe(1);
  });

  it('goes with its machine, but not while something grave kept a run from seeing everything', () => {
    const without = jobRun([machine('b')]);
    expect(value(after(whole, without), newest, { machine: 'a' })).toBeUndefined();
    const problem = { code: 'unread', severity: 'high', subject: 's', summary: 's' } as const;
    expect(value(after(whole, { ...without, problems: [problem] }), newest, { machine: 'a' })).toBeDefined();
  });
});

describe('a run that was held off by another', () => {
  it('changes nothing but the count of runs and of lost messages', () => {
    const changed = (text: string): readonly string[] =>
      text.split('\n').filter((line) => !after(whole).includes(line));
    const held = jobRun([], { outcome: 'held', startedAt: '2026-06-03T02:00:00Z', endedAt: '2026-06-03T02:00:01Z' });
    expect(changed(after(whole, held))).toEqual(['holdfast_job_runs_total{job="nightly",outcome="held"} 1']);
  });
});

describe('a machine that was left to another run', () => {
  const heldBy = { run: 'r', host: 'cron-1', since: '2026-06-04T00:59:00Z' };
  const left = jobRun([machine('a'), machine('b', { outcome: 'skipped', heldBy })], {
    endedAt: '2026-06-04T01:00:00Z',
  });
  const success = 'holdfast_job_last_success_timestamp_seconds';

  it('makes the run no success', () => {
    expect(value(after(whole, left), success)).toBe(value(after(whole), success));
    expect(value(after(whole, { ...left, machines: [machine('a')] }), success)).toBe(at('2026-06-04T01:00:00Z'));
  });

  it('goes on to count as failed where the run before failed on it, and not otherwise', () => {
    const failed = jobRun([machine('a'), machine('b', { outcome: 'failed' })]);
    const failing = (...runs: readonly JobRun[]) =>
      value(after(...runs), 'holdfast_job_machine_failed', { machine: 'b' });
    expect([failing(failed, left), failing(whole, left)]).toEqual([1, 0]);
  });
});

describe('a file of several jobs', () => {
  it('keeps what another job wrote', () => {
    const other = { ...whole, job: 'hourly' };
    const text = after(other, whole);
    for (const job of ['hourly', 'nightly']) expect(value(text, 'holdfast_job_points_taken_total', { job })).toBe(2);
  });
});

describe('reading back', () => {
  it('gives what was written, odd characters included', () => {
    const odd: readonly Sample[] = [
      { name: 'holdfast_job_machine_failed', labels: { job: 'a"b\\c\nd,e="f"', machine: 'x}' }, value: 1 },
      { name: 'holdfast_job_throttled_seconds_total', labels: { job: 'j' }, value: 0.1 + 0.2 },
      { name: 'holdfast_job_points_taken_total', labels: { job: 'j' }, value: 1e21 },
    ];
    const text = metricsText(odd);
    const byName = (a: { readonly name: string }, b: { readonly name: string }) => a.name.localeCompare(b.name);
    expect(parseMetrics(text)?.toSorted(byName)).toEqual(odd.toSorted(byName));
    expect(
      parseExposition(text)
        .flatMap(({ samples }) => samples)
        .toSorted(byName),
    ).toEqual(odd.toSorted(byName));
  });

  it.each([
    ['what somebody else wrote', 'node_x 1\n'],
    ['a line that is none of ours', `${metricsText([])}x{} y\n`],
    [
      'a file cut short',
      metricsText([{ name: 'holdfast_job_machine_failed', labels: { job: 'j' }, value: 12 }]).slice(0, -2),
    ],
  ])('refuses %s', (_, text) => {
    expect(parseMetrics(text)).toBeUndefined();
  });
});
