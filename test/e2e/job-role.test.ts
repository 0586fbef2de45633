/** `roles --for JOB`: enough for every run of the job, and nothing it writes can be taken from it unnoticed. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readActions } from '../../src/azure/read-actions.ts';
import { roleForJob } from '../../src/core/job/role.ts';
import type { Job } from '../../src/core/job/job.ts';
import { everythingConforms } from './conforming.ts';
import { jobOf, jobWorld, type JobRan, type JobWorld } from './job-rig.ts';
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
  it.each(actions.filter((action) => /\/(?:write|delete|action)$/.test(action) && !idle.test(action)))(
    'without %s the runs say so',
    async (missing) => {
      const ran = await days(under(actions.filter((action) => action !== missing)), 3);
      expect(ran.map(problemsOf).join('\n')).toContain(missing);
    },
    120_000,
  );

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
