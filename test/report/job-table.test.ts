/** A run of a job for people. */
import { describe, expect, it } from 'vitest';
import type { JobMachine, JobRun } from '../../src/core/job/job-run.ts';
import { render } from '../../src/report/index.ts';
import { jobRun } from '../core/job/run-builder.ts';

const machines: readonly JobMachine[] = [
  {
    id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web01',
    name: 'web01',
    outcome: 'created',
    option: 'restore-point',
    consistency: 'application',
    late: true,
    missedWindows: 2,
    newestPoint: { id: '/p', at: '2026-11-02T02:31:00Z' },
  },
  {
    id: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/db01',
    name: 'db01',
    outcome: 'failed',
    option: 'restore-point',
    reason:
      'restore-point-db01 ended failed: the writers of the guest did not come to rest within their time, and Azure gave up',
  },
];

const table = (run: JobRun, width = 100): string => render('table', run, { width, colour: false });

describe('the table of a run', () => {
  it('has a line for each machine, every word of a failure, and the whole in one line', () => {
    const text = table(jobRun(machines));
    expect(text).toContain('late, after 2 missed windows');
    expect(text.replaceAll('\n', ' ')).toContain('did not come to rest within their time, and Azure gave up');
    expect(text.trimEnd().split('\n').at(-1)).toMatch(
      /^Job \S+, window of \S+: 1 created, 0 existing, 1 failed, 1 late\.$/,
    );
  });

  it('cuts neither a moment nor a reason in 80 columns, and tells machines of one reason together', () => {
    const [web] = machines;
    const reason = 'it is excluded: rebuilt nightly from its image';
    const left = ['a', 'b', 'c', 'd', 'e'].map((name): JobMachine => ({
      id: `${web!.id}-${name}`,
      name,
      outcome: 'skipped',
      reason,
    }));
    const text = table(jobRun([...machines, ...left]), 80);
    expect(text).toMatch(/^web01 +created, late +VM restore point +application +2026-11-02 02:31$/m);
    expect(text).toContain(`a, b, c and 2 more: ${reason}`);
    expect(
      Math.max(
        ...text
          .trimEnd()
          .split('\n')
          .slice(0, -1)
          .map(({ length }) => length),
      ),
    ).toBeLessThanOrEqual(80);
  });

  it('says who is at work when another is', () => {
    const heldBy = { host: 'backup01', pid: 4711, since: '2026-11-02T02:30:00Z' };
    expect(table(jobRun([], { outcome: 'held', heldBy }))).toMatch(
      /: process 4711 on backup01 has been at work since 2026-11-02T02:30:00Z; nothing was done\.\n$/,
    );
  });
});
