/** What of a run is told to whom. */
import { describe, expect, it } from 'vitest';
import type { NotifyOn } from '../../../src/core/job/job.ts';
import { newsOf, testNews, type PreviousRun } from '../../../src/core/job/news.ts';
import type { Problem } from '../../../src/core/problem.ts';
import { jobRun, machine } from './run-builder.ts';

const all: readonly NotifyOn[] = ['failure', 'late', 'recovered', 'success'];
const good = jobRun([machine('a'), machine('b', { outcome: 'existing' })]);
const failing = jobRun([machine('a', { outcome: 'failed', reason: 'quota' }), machine('b')]);
const problem = (severity: Problem['severity']): Problem => ({ code: 'x', severity, subject: 's', summary: 'odd' });
const before = (outcomeOfA: 'failed' | 'created' | 'skipped'): PreviousRun => ({
  outcome: 'ended',
  machines: [{ id: machine('a').id.toUpperCase(), outcome: outcomeOfA }],
});

describe('the news of a run', () => {
  it.each([
    ['a machine failed', failing, 'Job nightly: 1 of 2 machines failed'],
    ['it could not be carried out', jobRun([], { outcome: 'failed' }), 'Job nightly: could not be carried out'],
    ['it was stopped', jobRun([], { outcome: 'interrupted' }), 'Job nightly: was stopped before it was done'],
    [
      'a copy failed',
      jobRun([machine('a')], { copies: { begun: 0, underWay: 0, complete: 0, failed: 2 } }),
      'Job nightly: 2 copies failed',
    ],
    [
      'a problem is grave',
      jobRun([machine('a')], { problems: [problem('high')] }),
      'Job nightly: ended with 1 problem',
    ],
    [
      'something was not pruned',
      jobRun([machine('a')], { problems: [{ ...problem('medium'), code: 'not-pruned' }] }),
      'Job nightly: not all was pruned',
    ],
  ])('is a failure when %s, and no success', (_, run, headline) => {
    expect(newsOf(run, undefined, all)).toMatchObject({ kind: 'failure', headline });
    expect(newsOf(run, undefined, ['success', 'recovered', 'late'])).toBeUndefined();
  });

  it('is a success when nothing is wrong, and nothing to who waits for trouble', () => {
    expect(newsOf(good, undefined, all)).toMatchObject({
      kind: 'success',
      headline: 'Job nightly: 1 point made, 1 already there',
    });
    expect(newsOf(good, undefined, ['failure', 'late', 'recovered'])).toBeUndefined();
    expect(newsOf(jobRun([machine('a')], { problems: [problem('medium')] }), undefined, ['failure'])).toBeUndefined();
  });

  it('is late when a point was, once: a run that only finds that point says nothing of it', () => {
    const late = jobRun([machine('a', { late: true, missedWindows: 2 })]);
    expect(newsOf(late, undefined, all)).toMatchObject({
      kind: 'late',
      headline: 'Job nightly: 1 machine late',
      late: { total: 1, machines: [{ name: 'a', missedWindows: 2 }] },
    });
    const found = jobRun([machine('a', { late: true, outcome: 'existing' })]);
    expect(newsOf(found, undefined, ['late'])).toBeUndefined();
  });

  it('is a recovery when a machine failed in the run before and has its point now', () => {
    expect(newsOf(good, before('failed'), all)).toMatchObject({
      kind: 'recovered',
      headline: 'Job nightly: 1 machine recovered',
      recovered: { total: 1, machines: [{ name: 'a' }] },
    });
    expect(newsOf(good, before('created'), ['recovered'])).toBeUndefined();
    expect(newsOf(good, undefined, ['recovered'])).toBeUndefined();
  });

  it('is no recovery while the point is still being made, or the machine was only passed over', () => {
    const making = jobRun([machine('a', { outcome: 'existing', reason: 'still being made' })]);
    const skipped = jobRun([machine('a', { outcome: 'skipped' })]);
    for (const run of [making, skipped]) expect(newsOf(run, before('failed'), ['recovered'])).toBeUndefined();
  });

  it('is a recovery of the whole job after a run that could not be carried out', () => {
    const previous: PreviousRun = { outcome: 'failed', machines: [] };
    expect(newsOf(good, previous, ['recovered'])).toMatchObject({
      kind: 'recovered',
      headline: 'Job nightly: runs again, after one that could not be carried out',
    });
    expect(newsOf(failing, previous, ['recovered'])).toBeUndefined();
  });

  it('takes the gravest kind that the receiver asked for, and lists only what it asked for', () => {
    const run = jobRun([
      machine('a'),
      machine('c', { outcome: 'failed', reason: 'quota' }),
      machine('d', { late: true }),
    ]);
    const told = newsOf(run, before('failed'), all);
    expect(told).toMatchObject({ kind: 'failure', failed: { total: 1 }, late: { total: 1 }, recovered: { total: 1 } });
    expect(newsOf(run, before('failed'), ['recovered', 'late'])).toMatchObject({
      kind: 'late',
      failed: { total: 0, machines: [] },
      recovered: { total: 1 },
    });
  });

  it('tells a machine that failed again from one that fails for the first time, where the run before is known', () => {
    const again = (previous: PreviousRun | undefined) => newsOf(failing, previous, all)?.failed.machines[0]?.again;
    expect([again(before('failed')), again(before('created')), again(undefined)]).toEqual([true, false, undefined]);
  });

  it('says nothing when another run is at work, unless that one has been for longer than a window', () => {
    const held = (since: string) => jobRun([], { outcome: 'held', heldBy: { host: 'cron-1', pid: 7, since } });
    expect(newsOf(held('2026-06-03T00:30:00Z'), undefined, all)).toBeUndefined();
    expect(newsOf(held('2026-06-02T01:00:00Z'), undefined, all)).toMatchObject({
      kind: 'failure',
      headline:
        'Job nightly: did nothing: the run of 2026-06-02T01:00:00Z on cron-1 is still at work, for longer than a window',
    });
  });

  it('of machines left to another run is no success, and a failure when that one has held them for longer than a window', () => {
    const left = (since: string) =>
      jobRun([machine('a'), machine('b', { outcome: 'skipped', heldBy: { run: 'r', host: 'cron-1', since } })]);
    expect(newsOf(left('2026-06-03T00:30:00Z'), undefined, all)).toBeUndefined();
    expect(newsOf(left('2026-06-02T01:00:00Z'), undefined, all)).toMatchObject({
      kind: 'failure',
      headline: 'Job nightly: 1 machine held by another run for longer than a window',
    });
  });

  it('tells what is grave of a run that was held too: a machine that an earlier one froze', () => {
    const held = jobRun([], { outcome: 'held', problems: [problem('critical')] });
    expect(newsOf(held, undefined, all)).toMatchObject({
      kind: 'failure',
      headline: 'Job nightly: ended with 1 problem',
    });
  });

  it('lists twenty machines at most, counts the rest, and shortens a long reason', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      machine(`m-${i}`, { outcome: 'failed', reason: 'x'.repeat(5000) }),
    );
    const told = newsOf(jobRun(many), undefined, all);
    expect([told?.failed.total, told?.failed.machines.length]).toEqual([30, 20]);
    expect(told?.failed.machines[0]?.reason).toHaveLength(500);
  });

  it('shows grave problems before others, and all of them where none is', () => {
    const mixed = jobRun([], { problems: [problem('low'), problem('critical')] });
    expect(newsOf(mixed, undefined, all)?.problems).toMatchObject({ total: 2, list: [{ severity: 'critical' }] });
    const mild = jobRun([], { problems: [problem('low')] });
    expect(newsOf(mild, undefined, all)?.problems).toMatchObject({ total: 1, list: [{ severity: 'low' }] });
  });

  it('looks at each machine of the run before once, however many there are', () => {
    let looked = 0;
    const machines = Array.from({ length: 50 }, (_, i) => machine(`m-${i}`));
    const previous: PreviousRun = {
      outcome: 'ended',
      machines: machines.map(({ id }) => ({
        outcome: 'failed',
        get id() {
          looked += 1;
          return id;
        },
      })),
    };
    expect(newsOf(jobRun(machines), previous, all)?.recovered.total).toBe(50);
    expect(looked).toBe(50);
  });

  it('of a test says that nothing happened', () => {
    expect(testNews(good)).toMatchObject({ kind: 'test', headline: expect.stringContaining('nothing happened') });
  });
});
