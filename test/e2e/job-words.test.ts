/** What a person reads of a run that did not go well: one line for the whole, and one for what failed alike. */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { render } from '../../src/report/index.ts';
import { jobOf, jobWorld, type JobWorld } from './job-rig.ts';

const worlds: JobWorld[] = [];
const world = (options: Parameters<typeof jobWorld>[0] = {}): JobWorld => {
  const made = jobWorld({ fleet: join(import.meta.dirname, 'job-fleet.yaml'), ...options });
  worlds.push(made);
  return made;
};
afterEach(() => worlds.splice(0).forEach((each) => each.end()));

const hour = 3_600_000;
const linesOf = (run: JobRun): readonly string[] =>
  render('table', run, { width: 200, colour: false }).trimEnd().split('\n');

describe('the words of a run', () => {
  it('say that retention was refused by the limit on deletions', async () => {
    const here = world();
    const job = jobOf();
    await here.run(job);
    here.simulator.clock.advance(24 * hour);
    await here.run(job);
    here.simulator.clock.advance(24 * hour);
    const { code, run } = await here.run({ ...job, retention: { keepLast: 1 }, limits: { maxDeletes: { count: 1 } } });
    expect([code, run.pruned]).toEqual([5, 0]);
    expect(linesOf(run).at(-1)).toContain("nothing deleted, since it is more than the job's maxDeletes");
  });

  it('name the scope once, though a run reads twice, and nothing of steps that go well', async () => {
    const { err } = await world().run(jobOf({ selector: { ...jobOf().selector, subscriptions: [] } }));
    expect(err.match(/No --subscription given/g)).toHaveLength(1);
    expect(err).not.toMatch(/accepted by Azure|was asked for|: done$/m);
    expect(err).toMatch(/Applying \d+ steps/);
  });

  it('tell machines that Azure refused alike in one line, with its code and without the ids of steps', async () => {
    const here = world({
      faults: [{ fault: 'forbidden', method: 'PUT', path: '/(snapshots|restorePoints)/', times: 99 }],
    });
    const { run } = await here.run(jobOf());
    const failed = run.machines.filter(({ cause }) => cause !== undefined);
    expect(failed.length).toBeGreaterThan(1);
    const told = linesOf(run).filter((line) => line.includes('(AuthorizationFailed)'));
    expect(told.length).toBe(new Set(failed.map(({ cause }) => cause)).size);
    expect(told.join('\n')).toMatch(/the login may not do this \(AuthorizationFailed\): Microsoft\.Compute\/\w+/);
    expect(linesOf(run).join('\n')).not.toMatch(/ended failed|\(request /);
    expect(failed.every(({ reason }) => reason?.includes('(request '))).toBe(true);
  });
});
