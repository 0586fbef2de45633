/** `holdfast job run` from a job to its summary, in one process over a simulated Azure. */
import { afterEach, describe, expect, it } from 'vitest';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { jobOf, jobWorld, type JobWorld } from './job-rig.ts';

const worlds: JobWorld[] = [];
const world = (...options: Parameters<typeof jobWorld>): JobWorld => {
  const made = jobWorld(...options);
  worlds.push(made);
  return made;
};
afterEach(() => worlds.splice(0).forEach((each) => each.end()));

const outcomes = ({ machines }: JobRun): Record<string, string> =>
  Object.fromEntries(machines.map(({ name, outcome }) => [name, outcome]));

describe('a run of a job', () => {
  it('takes a point of every machine that it selects, and a second run in the window makes nothing', async () => {
    const here = world();
    const first = await here.run(jobOf());
    const second = await here.run(jobOf());
    expect(first.code, first.err).toBe(0);
    expect(first.run).toMatchObject({ outcome: 'ended', created: 8, existing: 0, failed: 0, skipped: 1, late: 0 });
    expect(second.run).toMatchObject({ outcome: 'ended', created: 0, existing: 8, failed: 0, skipped: 1 });
    expect(outcomes(second.run)).toMatchObject({ 'dev-01': 'existing', 'qa-02': 'existing', 'scratch-01': 'skipped' });
  });
});
