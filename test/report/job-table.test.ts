/** A run of a job for people. */
import { describe, expect, it } from 'vitest';
import type { JobMachine, JobRun } from '../../src/core/job/job-run.ts';
import { render } from '../../src/report/index.ts';
import { jobRun, machine } from '../core/job/run-builder.ts';

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

  it('says in that line that not all was pruned which was to go', () => {
    const problem = { code: 'not-pruned', severity: 'medium', subject: '/p', summary: 'it is as it was' } as const;
    expect(table(jobRun([machines[0]!], { pruned: 1, problems: [problem] }))).toMatch(
      /1 late, 1 pruned, not all was pruned\.\n$/,
    );
    expect(table(jobRun([machines[0]!], { pruned: 1 }))).toMatch(/1 late, 1 pruned\.\n$/);
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
    expect(text.replaceAll('\n', ' ')).toContain(`a, b, c and 2 more machines for the same reason: ${reason}`);
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

  it('tells what failed alike in one line, with what to do next, and leaves the whole text to the JSON', () => {
    const cause = 'the login may not do this (AuthorizationFailed): Microsoft.Compute/snapshots/write';
    const failed = Array.from({ length: 12 }, (_, i): JobMachine => ({
      ...machine(`web${10 + i}`, { outcome: 'failed', cause }),
      reason: `snapshot-web${10 + i}-osdisk-e4c93d09fafa ended failed: AuthorizationFailed: at length (request r${i})`,
    }));
    const text = table(jobRun(failed), 120);
    expect(text.replaceAll('\n', ' ')).toContain(
      `web10, web11, web12 and 9 more machines for the same reason: ${cause}`,
    );
    expect(text).toContain('`holdfast history --machine web10 --output json`');
    expect(text.replaceAll('\n', ' ')).toContain('`holdfast roles --for JOB.yaml` prints');
    expect(text).not.toContain('osdisk');
    expect(render('json', jobRun(failed), { width: 120, colour: false })).toContain('at length (request r11)');
  });

  it.each([
    ['over-limit', "nothing deleted, since it is more than the job's maxDeletes"],
    ['not-pruned', 'not all was pruned'],
    ['may-be-frozen', '1 machine may still be frozen'],
    ['machines-unread', 'machines may be out of sight'],
    ['no-permission', 'not all could be read'],
  ])('says in its one line what makes the exit code other than 0: %s', (code, words) => {
    const problems = [{ code, severity: 'high', subject: 's', summary: 'at length' } as const];
    const line = table(jobRun([machine('web01')], { problems }))
      .trimEnd()
      .split('\n')
      .at(-1);
    expect(line).toMatch(/^Job nightly, window of \S+: 1 created, 0 existing, .*\.$/);
    expect(line).toContain(words);
  });

  it('says in its one line why a run could not be carried out', () => {
    const problems = [
      { code: 'note', severity: 'low', subject: 's', summary: 'by the way' },
      { code: 'azure-unreachable', severity: 'high', subject: 's', summary: 'The login host x cannot be reached' },
    ] as const;
    expect(table(jobRun([], { outcome: 'failed', problems }))).toMatch(
      /^Job nightly, window of \S+: failed: The login host x cannot be reached\n$/,
    );
  });

  it('says who is at work when another is', () => {
    const heldBy = { host: 'backup01', pid: 4711, since: '2026-11-02T02:30:00Z' };
    expect(table(jobRun([], { outcome: 'held', heldBy }))).toMatch(
      /: process 4711 on backup01 has been at work since 2026-11-02T02:30:00Z; nothing was done\.\n$/,
    );
  });

  it('says how many machines were left to another run, which makes it end 3', () => {
    const heldBy = { run: 'r', host: 'backup01', since: '2026-11-02T02:30:00Z' };
    const left = jobRun([machine('a'), machine('b', { outcome: 'skipped', heldBy })]);
    expect(table(left)).toMatch(/: 1 created, 0 existing, 1 skipped, 1 machine left to another run\.\n$/);
  });
});
