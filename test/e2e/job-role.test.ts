/** `roles --for JOB`: enough for every run of the job, and nothing it writes can be taken from it unnoticed. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readActions } from '../../src/azure/read-actions.ts';
import { roleForJob } from '../../src/core/job/role.ts';
import type { Job } from '../../src/core/job/job.ts';
import { everythingConforms } from './conforming.ts';
import { jobOf, jobWorld, type JobRan, type JobWorld } from './job-rig.ts';
import { isRead } from './role-removals.ts';
import { holdfast, root } from './rig.ts';

const worlds: JobWorld[] = [];
afterEach(() => worlds.splice(0).forEach((each) => each.end()));
const under = (actions: readonly string[]): JobWorld => {
  const fleet = join(import.meta.dirname, 'job-fleet.yaml');
  const made = jobWorld({ fleet, role: { name: 'job', actions, notActions: [] } });
  worlds.push(made);
  return made;
};

/** A point of each kind, with scripts, copies and points to delete: what a job can come to write. */
const everything: Job = jobOf({
  selector: { ...jobOf().selector, tags: { take: ['one', 'point'] }, excludeTags: {} },
  retention: { keepLast: 1 },
  trashDays: 1,
  copies: [{ region: 'northeurope', retention: { keepLast: 1 } }],
  hooks: { pre: 'fsfreeze -f /data', post: 'fsfreeze -u /data', timeoutSeconds: 120, onError: 'fail' },
});
const actions = roleForJob(everything, readActions).Actions;

const days = async (here: JobWorld, count: number): Promise<readonly JobRan[]> => {
  const ran: JobRan[] = [];
  for (let day = 0; day < count; day += 1) {
    ran.push(await here.run(everything));
    here.simulator.clock.advance(25 * 3_600_000);
  }
  return ran;
};
const problemsOf = ({ run }: JobRan): string =>
  JSON.stringify([run.problems, run.machines.map(({ reason }) => reason ?? '')]);

/** A list over a subscription is missed at its own id; anything else in a group. */
const scoped = /\/subscriptions\/[0-9a-f-]{36}(?:\/resourceGroups\/[^/"']+|["'\s):])/i;
/** Without them a point cannot be made, or whether it is there already cannot be told: the machine has failed. */
const pointless: ReadonlySet<string> = new Set(
  [
    'disks',
    'restorePointCollections',
    'restorePointCollections/restorePoints',
    'snapshots',
    'virtualMachines/runCommands',
  ].map((kind) => `Microsoft.Compute/${kind}/read`),
);

describe('the role of a job', () => {
  it('is enough for points of every kind, their scripts, copies, marks and deletions', async () => {
    const ran = await days(under(actions), 4);
    expect(ran.map(problemsOf).join('\n')).not.toMatch(/authorization to perform action|may not/i);
    const { run } = ran.at(-1)!;
    expect(run.pruned).toBeGreaterThan(0);
    expect(run.trashed).toBeGreaterThan(0);
    expect(run.copies.complete).toBeGreaterThan(0);
    expect(run.created).toBe(2);
  }, 120_000);

  // Groups are there; no collection loses its last point; what Azure Backup takes has no scripts, and is a job of its own below.
  const idle = /resourceGroups\/write|restorePointCollections\/delete|^Microsoft\.RecoveryServices/;
  /** A write that is missed after the point is there, by the run's own words: what stays behind is told, and no step of a point fails. */
  const afterwards: ReadonlySet<string> = new Set(['Microsoft.Compute/virtualMachines/runCommands/delete']);
  it.each(actions.filter((action) => !isRead(action) && !idle.test(action)))(
    'without %s a step fails, and the runs say so',
    async (missing) => {
      const ran = await days(under(actions.filter((action) => action !== missing)), 3);
      const text = ran.map(problemsOf).join('\n');
      expect(text).toContain(missing);
      expect(text).toMatch(scoped);
      expect(ran.some(({ code }) => code === 1 || code === 3)).toBe(!afterwards.has(missing));
    },
    120_000,
  );

  /** Not asked for by the runs of this job, or asked in a way that leaves out instead of refusing; each with its reason. */
  const unasked: readonly (readonly [RegExp, string])[] = [
    [
      /^Microsoft\.ResourceGraph|permissions\/read$|subscriptions\/read$/,
      'anybody may ask, and is answered what may be seen',
    ],
    [/locations\/(?:\w+Operations|operations)\/read$/i, 'status URLs carry a signature of their own'],
    [
      /(?:diskEncryptionSets|subscriptions\/locations|galleries|galleries\/images)\/read$/,
      'its fleet has none to ask for',
    ],
    [
      /backupStatus|recoveryPoints\/read$|backupJobs|[bB]ackupProtectedItems|operationsStatus/,
      'of jobs that use Azure Backup',
    ],
    [/Vaults\/replicationProtectedItems\/read$/, 'of jobs that replicate: there are none'],
  ];
  const isAsked = (action: string): boolean => !unasked.some(([pattern]) => pattern.test(action));

  it.each(actions.filter((action) => isRead(action) && isAsked(action)))(
    'without %s what it tells is unknown: exit 6, or 1 or 3 where a machine got no point for want of it',
    async (missing) => {
      const here = under(actions.filter((action) => action !== missing));
      // What is missed of a point that is there shows only when there is one.
      await days(here, 1);
      const { code, run, err } = await here.run(everything);
      const wanted = run.failed === 0 ? 6 : run.created + run.existing > 0 ? 3 : 1;
      expect([code, run.failed > 0], err).toEqual([wanted, pointless.has(missing)]);
      const told = [...run.problems, ...run.machines].map((one) => JSON.stringify(one));
      expect(told.some((text) => text.includes(missing) && scoped.test(text))).toBe(true);
    },
    120_000,
  );

  it.each(unasked)('asks for nothing that would show the lack of %s: %s', (pattern) => {
    expect(actions.filter((action) => pattern.test(action))).not.toEqual([]);
  });

  it('lets a machine be backed up now, and without that right says so', async () => {
    const selector = {
      ...jobOf().selector,
      subscriptions: everything.selector.subscriptions,
      resourceGroups: [],
      tags: { take: ['backup'] },
    };
    const job = jobOf({ selector, option: 'azure-backup' });
    const may = roleForJob(job, readActions).Actions;
    const ran = await under(may).run(job);
    expect(ran.run.created, ran.err).toBe(1);
    const right = may.find((action) => action.endsWith('/backup/action'))!;
    const without = await under(may.filter((action) => action !== right)).run(job);
    expect(without.run.created).toBe(0);
    expect(problemsOf(without).toLowerCase()).toContain(right.toLowerCase());
  }, 120_000);

  it('is no more than the job asks for', () => {
    const plain = roleForJob(jobOf({ option: 'disk-snapshot' }), readActions).Actions.filter(
      (action) => !action.endsWith('/read'),
    );
    expect(plain).toEqual([
      'Microsoft.Compute/disks/beginGetAccess/action',
      'Microsoft.Compute/snapshots/write',
      'Microsoft.Resources/subscriptions/resourceGroups/write',
      'Microsoft.Resources/tags/write',
    ]);
  });

  it('is printed for a job file', async () => {
    const { code, out } = await holdfast(['roles', '--for', join(root, 'config', 'jobs', 'dev-daily.yaml')]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ Name: 'Holdfast Job dev-daily', IsCustom: true });
  });
});

everythingConforms('job role');
