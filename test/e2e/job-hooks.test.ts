/** Hooks of a job: what a run says of them, what they leave behind, and the role they take. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readActions } from '../../src/azure/read-actions.ts';
import type { Hooks, Job } from '../../src/core/job/job.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { roleFor, type CustomRole } from '../../src/core/roles.ts';
import { everythingConforms } from './conforming.ts';
import { jobOf, jobWorld, type JobWorld, type JobWorldOptions } from './job-rig.ts';
import { temporaryFolder } from './rig.ts';

const worlds: JobWorld[] = [];
afterEach(() => worlds.splice(0).forEach((each) => each.end()));
const world = (machines: string, options: JobWorldOptions = {}): JobWorld => {
  const path = join(temporaryFolder(), 'fleet.yaml');
  writeFileSync(
    path,
    `subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
${machines}`,
  );
  const made = jobWorld({ fleet: path, ...options });
  worlds.push(made);
  return made;
};

const freezing = (changes: Partial<Hooks> = {}, job: Partial<Job> = {}): Job =>
  jobOf({
    hooks: {
      pre: 'fsfreeze -f /data',
      post: 'fsfreeze -u /data',
      timeoutSeconds: 120,
      onError: 'fail',
      ...changes,
    },
    ...job,
  });
const db = '  - { name: db, tags: { environment: dev } }\n';
const off = '  - { name: off, power: deallocated, tags: { environment: dev } }\n';
const deaf = '  - { name: deaf, agent: missing, tags: { environment: dev } }\n';

const left = ({ simulator }: JobWorld) =>
  simulator
    .state()
    .resources.flatMap(({ id, type, hidden }) => [
      ...((hidden['frozen'] as readonly string[] | undefined) ?? []),
      ...(/runCommands$/i.test(type) ? [id] : []),
    ]);
const thaws = ({ simulator }: JobWorld) =>
  simulator
    .log()
    .filter(({ method, url, accepted }) => method === 'PUT' && accepted && /runCommands\/hf-post-/.test(url));
const minute = 60_000;
const machine = (run: JobRun, name: string) => run.machines.find((one) => one.name === name)!;

describe('a job with hooks', () => {
  it('freezes and thaws what runs, takes what is off without, and says so', async () => {
    const here = world(db + off);
    const { code, run, err } = await here.run(freezing());
    expect(code, err).toBe(0);
    expect(run).toMatchObject({ created: 2, failed: 0 });
    expect(machine(run, 'db').reason).toBeUndefined();
    expect(machine(run, 'off').reason).toContain('without hooks: off is deallocated');
    expect(left(here)).toEqual([]);
  });

  it('does not call a point application-consistent because a script ran', async () => {
    const { run } = await world(db).run(freezing());
    expect(machine(run, 'db').consistency).toBe('crash');
  });

  it('makes no point of a machine whose freeze failed, says why, and lets the others have theirs', async () => {
    const here = world(db + off);
    const { code, run } = await here.run(freezing({ pre: 'fsfreeze -f /data\necho no room >&2\nexit 3' }));
    expect(code).toBe(3);
    expect(machine(run, 'db')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('no room') as string,
    });
    expect(machine(run, 'off').outcome).toBe('created');
    expect(left(here)).toEqual([]);
  });

  it('makes one all the same where the job says so, and says that it went without', async () => {
    const here = world(db + deaf);
    const { code, run, err } = await here.run(freezing({ pre: 'exit 3', post: 'true', onError: 'continue' }));
    expect(code, err).toBe(0);
    expect(machine(run, 'db')).toMatchObject({
      outcome: 'created',
      reason: expect.stringContaining('exit code 3') as string,
    });
    expect(machine(run, 'deaf')).toMatchObject({
      outcome: 'created',
      reason: expect.stringContaining('agent') as string,
    });
  });

  it('makes none of a machine whose agent is not ready, where they must run', async () => {
    const { code, run } = await world(db + deaf).run(freezing());
    expect(code).toBe(3);
    expect(machine(run, 'deaf')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('agent') as string,
    });
  });

  it.each(['fail', 'continue'] as const)(
    'leaves a machine that another host holds to it, on error %s: no failure, and no script',
    async (onError) => {
      const here = world(db);
      const marked = (request: Request): boolean => request.method === 'PATCH' && /tags\/default/i.test(request.url);
      expect(await here.kill(freezing({ onError }), marked, 'after', { host: 'b' })).toBeNull();
      // The dead process is this one, and holds its plan for as long as it lives.
      here.simulator.clock.advance(2000);
      const { code, run, err } = await here.run(freezing({ onError }));
      expect([code, run.outcome, run.failed, run.skipped], err).toEqual([3, 'held', 0, 1]);
      expect(machine(run, 'db')).toMatchObject({
        outcome: 'skipped',
        heldBy: { run: expect.any(String) as string },
        reason: expect.stringMatching(/^db is held by run /) as string,
      });
      expect(left(here)).toEqual([]);
    },
  );

  it('says loudly that a machine whose thaw failed twice may still be frozen, though the point is there', async () => {
    const here = world(db);
    const { run, code } = await here.run(freezing({ post: 'echo stuck >&2\nexit 1' }));
    expect([code, run.created]).toEqual([3, 1]);
    expect(machine(run, 'db').reason).toMatch(/stuck.*run once more, it ended failed.*stuck.*it may still be frozen/);
    expect(run.problems).toMatchObject([{ code: 'may-be-frozen', severity: 'critical' }]);
    expect(thaws(here)).toHaveLength(2);
  });

  const failing = (times: number): JobWorldOptions => ({
    faults: [{ fault: 'operation-fails', method: 'PUT', path: '/runCommands/hf-post-', times }],
  });

  it('thaws once more where Azure could not run the script, and says so', async () => {
    const here = world(db, failing(1));
    const { run, code, err } = await here.run(freezing());
    expect([code, run.created], err).toEqual([0, 1]);
    expect(left(here)).toEqual([]);
    expect(thaws(here)).toHaveLength(2);
    expect(run.problems).toMatchObject([{ code: 'thawed-again', summary: 'db was thawed at the second try' }]);
    // Nothing of it is left to do.
    here.simulator.clock.advance(minute);
    expect((await here.run(freezing())).run.problems).toEqual([]);
    expect(thaws(here)).toHaveLength(2);
  });

  it('thaws what two tries left frozen when it runs again, also in the same window', async () => {
    const here = world(db, failing(2));
    expect((await here.run(freezing())).code).toBe(3);
    expect(left(here)).toEqual(['/data']);
    here.simulator.clock.advance(minute);
    const { code, run, err } = await here.run(freezing());
    expect([code, run.existing], err).toEqual([0, 1]);
    expect(left(here)).toEqual([]);
    expect(run.problems).toMatchObject([{ code: 'thawed-again' }]);
    here.simulator.clock.advance(minute);
    expect((await here.run(freezing())).run.problems).toEqual([]);
    expect(thaws(here)).toHaveLength(3);
  });

  it('thaws it too where the freeze had failed after it froze', async () => {
    const here = world(db, failing(2));
    const job = freezing({ pre: 'fsfreeze -f /data\nexit 3', onError: 'continue' });
    await here.run(job);
    expect(left(here)).toEqual(['/data']);
    here.simulator.clock.advance(minute);
    const { code, err } = await here.run(job);
    expect([code, left(here)], err).toEqual([0, []]);
  });

  it('tries again once the machine is free, where another run held it', async () => {
    const here = world(db, failing(2));
    const marked = (request: Request): boolean => request.method === 'PATCH' && /tags\/default/i.test(request.url);
    await here.run(freezing());
    here.simulator.clock.advance(minute);
    expect(await here.kill(freezing({}, { name: 'other' }), marked, 'after', { host: 'b' })).toBeNull();
    here.simulator.clock.advance(2000);
    const held = await here.run(freezing());
    expect([held.code, held.run.problems.map(({ code }) => code)], held.err).toEqual([3, ['may-be-frozen']]);
    here.simulator.clock.advance(30 * minute);
    const { code, err } = await here.run(freezing());
    expect([code, left(here)], err).toEqual([0, []]);
  });

  it('does not thaw again what was thawed, though its part stays for another machine’s sake', async () => {
    const web = '  - { name: web, tags: { environment: dev } }\n';
    const path = '/virtualMachines/db/runCommands/hf-post-';
    const here = world(db + web, { faults: [{ fault: 'operation-fails', method: 'PUT', path, times: 1 }] });
    const forbids = ({ method, url }: Request): boolean =>
      method === 'DELETE' && /virtualMachines\/web\/runCommands/i.test(url);
    await here.run(freezing(), { forbids });
    here.simulator.clock.advance(minute);
    const { run } = await here.run(freezing(), { forbids });
    expect(run.problems).toEqual([]);
    expect(thaws(here)).toHaveLength(3);
  });

  it('is not kept from its second try by who stops the run then', async () => {
    const here = world(db, failing(1));
    const stop = new AbortController();
    const { code, run } = await here.run(freezing(), {
      signal: stop.signal,
      onAnswer: () => {
        if (thaws(here).length === 2) stop.abort(new Error('stopped'));
      },
    });
    expect([code, run.outcome]).toEqual([130, 'interrupted']);
    expect(left(here)).toEqual([]);
  });
});

describe('the role of hooks', () => {
  const both: CustomRole = {
    ...roleFor('snapshot', readActions),
    Actions: [...new Set([...roleFor('snapshot', readActions).Actions, ...roleFor('hooks', readActions).Actions])],
  };
  const under = ({ Actions: actions, NotActions: notActions }: CustomRole) =>
    world(db, { role: { name: 'job', actions, notActions } });

  it('is enough beside that of snapshots', async () => {
    const here = under(both);
    const { code, run, err } = await here.run(freezing());
    expect(code, err).toBe(0);
    expect(run.created).toBe(1);
    expect(left(here)).toEqual([]);
  });

  it.each([
    ['write', 1],
    ['read', 1],
    // The point is there by then; what stays behind is told.
    ['delete', 0],
  ] as const)('is missed where it lacks runCommands/%s, by name', async (verb, wanted) => {
    const action = `Microsoft.Compute/virtualMachines/runCommands/${verb}`;
    const without = { ...both, Actions: both.Actions.filter((one) => one !== action) };
    const { code, run } = await under(without).run(freezing());
    expect(code).toBe(wanted);
    expect(JSON.stringify(run)).toMatch(
      new RegExp(`action '${action}' over scope '/subscriptions/[^/']+/resourceGroups/[^/']+/[^']+'`, 'i'),
    );
  });

  it('holds no other action beside what is read of the fleet', () => {
    const own = roleFor('hooks', readActions).Actions.filter(
      (one) => !roleFor('snapshot', readActions).Actions.includes(one),
    );
    expect(own.map((one) => one.replace('Microsoft.Compute/virtualMachines/', ''))).toEqual([
      'runCommands/delete',
      'runCommands/read',
      'runCommands/write',
    ]);
  });

  it('is not that of snapshots alone: nothing is run, and no point is made', async () => {
    const here = under(roleFor('snapshot', readActions));
    const { run } = await here.run(freezing());
    expect(run).toMatchObject({ created: 0, failed: 1 });
    expect(left(here)).toEqual([]);
    // Nobody is called out of bed for a machine that was never frozen.
    expect(run.problems.map(({ code }) => code)).not.toContain('may-be-frozen');
    const failed = run.machines.find(({ outcome }) => outcome === 'failed');
    expect(failed?.reason).toMatch(/^no point was made; its pre hook ended failed/);
    expect(failed?.reason).not.toMatch(/frozen|post hook/);
  });
});

everythingConforms('job hooks');
