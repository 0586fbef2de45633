/**
 * A job's run killed at its every exchange with Azure, before the request leaves and before its answer arrives, and run again: on
 * the same host, and on another that knows of nothing. Judged by what stands in Azure.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Job } from '../../src/core/job/job.ts';
import { jobOf, jobWorld, type JobRan, type JobWorld } from '../e2e/job-rig.ts';
import { shareOf } from './share.ts';

// A process that is killed lets go of its locks; here it lives on beside the next one, and waits for ever.
vi.mock('../../src/cli/plan-lock.ts', async (original) => ({
  ...(await original<object>()),
  lockPlan: async () => ({ release: async () => undefined }),
}));

/** What the machines of `take` get, and what a day's run makes of it. */
interface Case {
  readonly name: string;
  readonly job: Job;
  readonly sets: number;
  readonly points: number;
}

const caseOf = (
  name: string,
  take: readonly string[],
  changes: Partial<Job>,
  made: Omit<Case, 'name' | 'job'>,
): Case => ({
  name,
  ...made,
  job: jobOf({
    selector: { ...jobOf().selector, tags: { take } },
    retention: { keepLast: 1 },
    hooks: { pre: 'echo freeze', post: 'echo thaw', timeoutSeconds: 60, onError: 'fail' },
    ...changes,
  }),
});

const cases: readonly Case[] = [
  caseOf('snapshots of one disk and of several', ['one', 'set'], { option: 'disk-snapshot' }, { sets: 2, points: 0 }),
  caseOf('a snapshot and a restore point', ['one', 'point'], {}, { sets: 1, points: 1 }),
];

const exchanges = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

const day = 24 * 3_600_000;

/** With a point of the day before, so that the run that is killed prunes too. */
const prepared = async ({ job, sets, points }: Case): Promise<JobWorld> => {
  const here = jobWorld({ fleet: join(import.meta.dirname, '..', 'e2e', 'job-fleet.yaml') });
  const before = await here.run(job, { host: 'before' });
  expect(before.run, before.err).toMatchObject({ created: sets + points, failed: 0 });
  here.simulator.clock.advance(day);
  return here;
};

const tagsOf = (body: Readonly<Record<string, unknown>>) => (body['tags'] ?? {}) as Readonly<Record<string, string>>;

/** Everything wrong with what stands in Azure once the window's run has ended well. */
const wrongs = ({ simulator }: JobWorld, ended: JobRan, made: Case): readonly string[] => {
  const { resources } = simulator.state();
  const of = (type: string) => resources.filter((each) => each.type.toLowerCase() === type.toLowerCase());
  const sets = Map.groupBy(of('Microsoft.Compute/snapshots'), ({ body }) => tagsOf(body)['holdfast-set'] ?? '');
  const today = [...sets.values()].filter(
    (members) => tagsOf(members[0]!.body)['holdfast-window'] === '2026-11-03T00:00:00Z',
  );
  const whole = today.filter((members) => members.length === Number(tagsOf(members[0]!.body)['holdfast-disks']));
  const machines = Map.groupBy(whole, (members) => tagsOf(members[0]!.body)['holdfast-machine']);
  const points = of('Microsoft.Compute/restorePointCollections/restorePoints').filter(({ id }) =>
    id.includes('-202611030000-'),
  );
  return [
    ...(ended.code === 0
      ? []
      : [`ended ${ended.code}: ${JSON.stringify(ended.run.machines)} ${JSON.stringify(ended.run.problems)}`]),
    ...(machines.size === made.sets ? [] : [`${machines.size} machines have a set of today`]),
    ...[...machines.values()].flatMap((their) => (their.length === 1 ? [] : [`a machine has ${their.length} sets`])),
    ...(points.length === made.points ? [] : [`there are ${points.length} restore points of today`]),
    ...of('Microsoft.Compute/virtualMachines/runCommands').map(({ id }) => `${id} is left`),
    ...frozen(simulator),
  ];
};

/** Every freeze that Azure took has a thaw after it. */
const frozen = (simulator: JobWorld['simulator']): readonly string[] => {
  const scripts = simulator
    .log()
    .filter(({ method, accepted, url }) => method === 'PUT' && accepted && /runcommands/i.test(url))
    .map(({ request }) => JSON.stringify(request).match(/freeze|thaw/)?.[0]);
  return scripts.findLastIndex((each) => each === 'freeze') > scripts.findLastIndex((each) => each === 'thaw')
    ? [`the last script is a freeze: ${scripts.join(', ')}`]
    : [];
};

describe.each(cases)('a run of a job that takes $name, killed at an exchange', { timeout: 1_800_000 }, (made) => {
  const { job } = made;
  const measured = async (): Promise<readonly number[]> => {
    const here = await prepared(made);
    const { requests } = await here.run(job, { host: 'a' });
    here.end();
    expect(requests).toBeGreaterThan(60);
    return exchanges(requests);
  };

  it('is ended by the next one on its host: each machine has one whole point of the window, and none is left frozen', async () => {
    const all = await measured();
    const tried = shareOf(all, 30, made.name);
    const found: string[] = [];
    let killed = 0;
    for (const at of tried) {
      for (const when of ['before', 'after'] as const) {
        const here = await prepared(made);
        if ((await here.kill(job, at, when, { host: 'a' })) === null) killed += 1;
        const again = await here.run(job, { host: 'a' });
        found.push(...wrongs(here, again, made).map((wrong) => `${when} exchange ${at}: ${wrong}`));
        here.end();
      }
    }
    expect(found).toEqual([]);
    expect(killed).toBeGreaterThan(0);
    console.log(`killed ${killed} times, at ${tried.length} of ${all.length} exchanges`);
  });

  it('is ended by another host, once the machines that it held are free', async () => {
    const found: string[] = [];
    for (const at of shareOf(await measured(), 30, `${made.name}, elsewhere`)) {
      const here = await prepared(made);
      await here.kill(job, at, 'after', { host: 'a' });
      await here.run(job, { host: 'b' });
      here.simulator.clock.advance(30 * 60_000);
      const again = await here.run(job, { host: 'b' });
      // A freeze that nobody knows of any more is for a person: the host's journal went with it.
      const known = wrongs(here, again, made).filter((wrong) => !/freeze|is left/.test(wrong));
      found.push(...known.map((wrong) => `after exchange ${at}: ${wrong}`));
      here.end();
    }
    expect(found).toEqual([]);
  });
});

describe('a run whose thaw Azure could not run', { timeout: 1_800_000 }, () => {
  const { job } = caseOf('a machine', ['one'], { option: 'disk-snapshot', retention: {} }, cases[0]!);
  const hooks = { ...job.hooks!, post: 'fsfreeze -u /data' };
  const freezing: readonly (readonly [string, Job])[] = [
    ['froze', { ...job, hooks: { ...hooks, pre: 'fsfreeze -f /data' } }],
    ['froze and failed', { ...job, hooks: { ...hooks, pre: 'fsfreeze -f /data\nexit 3', onError: 'continue' } }],
  ];
  const world = (): JobWorld =>
    jobWorld({
      fleet: join(import.meta.dirname, '..', 'e2e', 'job-fleet.yaml'),
      faults: [{ fault: 'operation-fails', method: 'PUT', path: '/runCommands/hf-post-', times: 1 }],
    });
  /** Of the guest, and of what was put into it. */
  const left = ({ simulator }: JobWorld): readonly string[] =>
    simulator
      .state()
      .resources.flatMap(({ id, type, hidden }) => [
        ...((hidden['frozen'] ?? []) as readonly string[]).map((mount) => `${mount} is frozen`),
        ...(/runCommands$/i.test(type) ? [`${id} is left`] : []),
      ]);

  it.each(freezing)('is thawed in the end, wherever it is killed, where its pre hook %s', async (name, made) => {
    const calm = world();
    const { requests } = await calm.run(made);
    calm.end();
    const found: string[] = [];
    let killed = 0;
    for (const at of shareOf(exchanges(requests), 20, `a failed thaw, ${name}`)) {
      for (const when of ['before', 'after'] as const) {
        const here = world();
        if ((await here.kill(made, at, when)) === null) killed += 1;
        const lines = readdirSync(here.folder, { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.ndjson'))
          .flatMap((file) => readFileSync(join(here.folder, file), 'utf8').split('\n'));
        // A freeze that was noted and never left is not known to be none, and its thaw finds nothing to thaw.
        const unsure =
          lines.some((line) => /"intended","step":"hook-pre/.test(line)) &&
          !here.simulator.log().some(({ accepted, url }) => accepted && /runCommands\/hf-pre-/.test(url));
        const { code, run } = await here.run(made);
        const wrong = [
          ...left(here),
          ...(code === 0 || (code === 3 && unsure)
            ? []
            : [`ended ${code}: ${JSON.stringify([run.machines, run.problems])}`]),
        ];
        found.push(...wrong.map((each) => `${when} exchange ${at}: ${each}`));
        here.end();
      }
    }
    expect(found).toEqual([]);
    expect(killed).toBeGreaterThan(0);
    console.log(`a failed thaw (${name}): killed ${killed} times of ${requests} exchanges`);
  });
});

describe('a set that a killed run began', () => {
  it('is never topped up by a later run, which makes a whole one of its own moment', async () => {
    const [made] = cases;
    const { job } = caseOf('a set', ['set'], { option: 'disk-snapshot', retention: {} }, made!);
    const here = jobWorld({ fleet: join(import.meta.dirname, '..', 'e2e', 'job-fleet.yaml') });
    const isSnapshot = ({ method, url }: Request) => method === 'PUT' && /\/snapshots\//i.test(url);
    // One after the other, so that two of the three disks have none yet.
    expect(await here.kill(job, isSnapshot, 'after', { flags: { concurrency: 1 } })).toBeNull();
    here.simulator.clock.advance(day);
    const ended = await here.run(job);
    expect(ended.run, ended.err).toMatchObject({ created: 1, failed: 0 });
    const members = (window: string): number =>
      here.simulator
        .state()
        .resources.filter(({ type, body }) => /\/snapshots$/i.test(type) && tagsOf(body)['holdfast-window'] === window)
        .length;
    expect([members('2026-11-02T00:00:00Z'), members('2026-11-03T00:00:00Z')]).toEqual([1, 3]);
    here.end();
  });
});

describe('a freeze that a killed run left in one cloud', () => {
  it('is left alone and told of by a run in another cloud, and thawed by the next in its own', async () => {
    const { job } = caseOf('a machine', ['one'], { option: 'disk-snapshot', retention: {} }, cases[0]!);
    const here = jobWorld({ fleet: join(import.meta.dirname, '..', 'e2e', 'job-fleet.yaml') });
    const isFreeze = ({ method, url }: Request) => method === 'PUT' && /\/runcommands\//i.test(url);
    expect(await here.kill(job, isFreeze, 'after')).toBeNull();
    here.simulator.clock.advance(day);
    const abroad = await here.run(
      { ...job, selector: { ...job.selector, tags: { take: ['nobody'] } } },
      { flags: { cloud: 'AzureChina' } },
    );
    expect(abroad.run.problems).toContainEqual(expect.objectContaining({ code: 'other-cloud', severity: 'medium' }));
    expect(frozen(here.simulator)).toHaveLength(1);
    const home = await here.run(job);
    expect(home.run, home.err).toMatchObject({ created: 1, failed: 0, problems: [] });
    expect(frozen(here.simulator)).toEqual([]);
    here.end();
  });
});
