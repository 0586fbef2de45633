/** `holdfast job run` from a job to its summary, in one process over a simulated Azure. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Job } from '../../src/core/job/job.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { newsOf } from '../../src/core/job/news.ts';
import { everythingConforms } from './conforming.ts';
import { jobOf, jobWorld, type JobWorld } from './job-rig.ts';

const worlds: JobWorld[] = [];
const world = (...options: Parameters<typeof jobWorld>): JobWorld => {
  const made = jobWorld({ fleet: join(import.meta.dirname, 'job-fleet.yaml'), ...options[0] });
  worlds.push(made);
  return made;
};
afterEach(() => worlds.splice(0).forEach((each) => each.end()));

const hour = 3_600_000;
const minute = 60_000;

const outcomes = ({ machines }: JobRun): Record<string, string> =>
  Object.fromEntries(machines.map(({ name, outcome }) => [name, outcome]));
const machine = (run: JobRun, name: string) => run.machines.find((each) => each.name === name)!;
const taking = (...take: readonly string[]): Job['selector'] => ({ ...jobOf().selector, tags: { take } });

const pathOf = (url: string): string => decodeURIComponent(new URL(url).pathname).toLowerCase();
/** Writes that Azure took since, marks of runs on machines left out. */
const writes = ({ simulator }: JobWorld, since = 0): readonly string[] =>
  simulator
    .log()
    .slice(since)
    .filter(
      ({ method, accepted, url }) => accepted && method !== 'GET' && !/resourcegraph|oauth2|tags\/default/i.test(url),
    )
    .map(({ method, url }) => `${method} ${pathOf(url)}`);

const fileIn = ({ folder }: JobWorld): string => {
  const path = join(folder, 'file');
  writeFileSync(path, '');
  return path;
};

const stored = ({ simulator }: JobWorld, type: string) =>
  simulator.state().resources.filter((each) => each.type.toLowerCase() === type.toLowerCase());
const snapshots = (here: JobWorld) => stored(here, 'Microsoft.Compute/snapshots');
const restorePoints = (here: JobWorld) => stored(here, 'Microsoft.Compute/restorePointCollections/restorePoints');

describe('a run of a job', () => {
  it('takes a point of every machine of the demo lab, says what each is worth, and leaves out whom the guidance excludes', async () => {
    const here = jobWorld();
    worlds.push(here);
    const { code, run, err } = await here.run(jobOf());
    expect(code, err).toBe(0);
    expect(run).toMatchObject({ outcome: 'ended', created: 8, existing: 0, failed: 0, skipped: 1, late: 0 });
    expect(machine(run, 'dev-01')).toMatchObject({ option: 'disk-snapshot', consistency: 'crash' });
    expect(machine(run, 'qa-01')).toMatchObject({ option: 'restore-point', consistency: 'file-system' });
    expect(machine(run, 'scratch-01')).toMatchObject({
      outcome: 'skipped',
      reason: 'it is excluded: rebuilt nightly from its image',
    });
  });

  it('says where machines may be that it could not see, and ends 6', async () => {
    const here = jobWorld();
    worlds.push(here);
    const everywhere = { ...jobOf().selector, subscriptions: [], resourceGroups: ['rg-lab'] };
    const { code, run } = await here.run(jobOf({ selector: everywhere }));
    expect(code).toBe(6);
    expect(run.problems).toMatchObject([{ code: 'machines-unread', subject: expect.stringMatching(/4a03/) }]);
  });

  it('makes nothing a second time in its window, by hand again or on another host that knows of nothing', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one', 'set', 'point'), option: 'auto' });
    const first = await here.run(job);
    expect(first.run).toMatchObject({ created: 3, existing: 0 });
    const made = here.simulator.log().length;
    for (const host of ['a', 'b']) {
      const again = await here.run(job, { host });
      expect(again.code, again.err).toBe(0);
      expect(again.run).toMatchObject({ created: 0, existing: 3, failed: 0 });
      expect(again.run.machines.map(({ pointId }) => pointId)).toEqual(
        first.run.machines.map(({ pointId }) => pointId),
      );
    }
    expect(writes(here, made)).toEqual([]);
  });

  it('reads once where nothing is to be written, and twice where something was', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one', 'point') });
    const first = await here.run(job);
    // Until Resource Graph shows what was written.
    here.simulator.clock.advance(minute);
    const second = await here.run(job);
    const listings = here.simulator.log().filter(({ url }) => pathOf(url) === '/subscriptions').length;
    // Each run asks the time first, and the first run looks again when it has written.
    expect(listings).toBe(2 + 2 + 1);
    console.log(
      `${first.requests} requests for a run that takes two points, ${second.requests} for one that finds them`,
    );
    expect(second.requests).toBeLessThan(30);
  });

  it('catches a missed window up once, and says so; older ones are not made up', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one') });
    await here.run(job);
    here.simulator.clock.advance(72 * hour);
    const late = await here.run(job);
    expect(late.run).toMatchObject({ created: 1, existing: 0, late: 1, due: '2026-11-05T00:00:00Z' });
    expect(machine(late.run, 'one-01')).toMatchObject({ missedWindows: 2, late: true });
    expect(snapshots(here)).toHaveLength(2);
    const again = await here.run(job);
    expect(again.run).toMatchObject({ created: 0, existing: 1, late: 0 });
  });

  it('says late of a schedule whose tolerance is over, and nothing of one within it', async () => {
    const here = world();
    const timing = (cron: string): Job['timing'] => ({ kind: 'schedule', cron, timeZone: 'UTC' });
    const onTime = await here.run(jobOf({ name: 'on-time', selector: taking('one'), timing: timing('30 7 * * *') }));
    const late = await here.run(jobOf({ name: 'too-late', selector: taking('one'), timing: timing('30 6 * * *') }));
    expect(onTime.run).toMatchObject({ created: 1, late: 0, due: '2026-11-02T07:30:00Z' });
    expect(late.run).toMatchObject({ created: 1, late: 1, due: '2026-11-02T06:30:00Z' });
  });

  it.each(['one', 'point'])(
    'that Azure keeps waiting past its window counts for that one and says so, and the next run takes its own (%s)',
    async (take) => {
      const put = take === 'one' ? '/snapshots/hf-' : '/restorePoints/hf-';
      const fault = { fault: 'throttled', method: 'PUT', path: put, retryAfterSeconds: 3600 } as const;
      const here = world({ faults: [fault] });
      const hourly = jobOf({
        name: 'hourly',
        selector: taking(take),
        consistency: { want: 'crash', otherwise: 'fail' },
        timing: { kind: 'window', lengthMinutes: 60, timeZone: 'UTC' },
      });
      const { code, run, err } = await here.run(hourly);
      expect(code, err).toBe(0);
      expect(run).toMatchObject({ created: 1, late: 1, windowEnd: '2026-11-02T09:00:00Z', throttledSeconds: 3600 });
      const [waited] = run.machines;
      expect(waited).toMatchObject({ late: true, newestPoint: { at: expect.stringContaining('T09:') as string } });
      expect(waited!.reason).toMatch(
        /^it was taken at \S+T09:\S+, .* counts for the window of 2026-11-02T08:00:00Z, and/,
      );
      here.simulator.clock.advance(hour);
      const next = await here.run(hourly);
      expect(next.run, next.err).toMatchObject({ created: 1, existing: 0, due: '2026-11-02T10:00:00Z' });
      expect(next.run.machines[0]).toMatchObject({ missedWindows: 1, late: true });
    },
  );

  it('counts what it waits for Azure to be read as throttled too, and no wait after an error', async () => {
    const job = jobOf({ selector: taking('one') });
    const path = 'Microsoft.ResourceGraph/resources';
    const throttled = world({ faults: [{ fault: 'throttled', path, retryAfterSeconds: 40, times: 3 }] });
    const waited = await throttled.run(job);
    // Every question has three waits of 40 s; a line a minute says it of those that were turned away, and of those behind them.
    expect(waited.err.match(/^Waiting 40 s: /gm)).toHaveLength(4);
    expect(waited.run).toMatchObject({ created: 1, throttledSeconds: 120 });
    const broken = world({ faults: [{ fault: 'unavailable', path, times: 2 }] });
    const tried = await broken.run(job);
    expect(tried.err).toMatch(/^Waiting \d+ s: /m);
    expect(tried.run).toMatchObject({ created: 1, throttledSeconds: 0 });
  });

  it('does not wait beyond its window for a floor of Azure: the machine fails, and the next window has its turn', async () => {
    const fault = {
      fault: 'throttled',
      method: 'PUT',
      path: '/restorePoints/hf-',
      retryAfterSeconds: 64 * 60,
    } as const;
    const here = world({ faults: [fault] });
    const job = jobOf({
      name: 'hourly',
      selector: taking('point'),
      consistency: { want: 'crash', otherwise: 'fail' },
      timing: { kind: 'window', lengthMinutes: 60, timeZone: 'UTC' },
    });
    expect((await here.run(job)).run.machines[0]?.newestPoint?.at).toContain('2026-11-02T09:05:');
    // Ten minutes before Azure makes another, which a run would wait for, and five before the window is over.
    here.simulator.clock.advance(Date.UTC(2026, 10, 2, 9, 55) - here.simulator.clock.now());
    const { code, run } = await here.run(job);
    expect([code, run.failed, run.windowEnd]).toEqual([1, 1, '2026-11-02T10:00:00Z']);
    expect(run.machines[0]!.reason).toContain('the next one after 2026-11-02T10:05:');
    expect(run.endedAt < run.windowEnd).toBe(true);
    expect(restorePoints(here)).toHaveLength(1);
    here.simulator.clock.advance(Date.UTC(2026, 10, 2, 10, 4) - here.simulator.clock.now());
    const next = await here.run(job);
    expect(next.run, next.err).toMatchObject({ created: 1, due: '2026-11-02T10:00:00Z' });
  });

  it('makes another set where one is broken, and never tops it up', async () => {
    const here = world();
    const job = jobOf({ selector: taking('set'), option: 'disk-snapshot' });
    await here.run(job);
    const [lost] = snapshots(here);
    here.simulator.world.store.delete(lost!.id);
    const again = await here.run(job, { host: 'b' });
    expect(again.run, again.err).toMatchObject({ created: 1, existing: 0 });
    const sets = Map.groupBy(snapshots(here), ({ body }) => (body['tags'] as Record<string, string>)['holdfast-set']);
    expect([...sets.values()].map((members) => members.length)).toEqual([2, 3]);
    expect((await here.run(job)).run).toMatchObject({ created: 0, existing: 1 });
  });

  it('finds a broken set that lists do not show yet, and does not top it up either', async () => {
    const here = world({ graphLagMs: 10 * minute });
    const job = jobOf({ selector: taking('set'), option: 'disk-snapshot' });
    await here.run(job);
    here.simulator.world.store.delete(snapshots(here)[0]!.id);
    const again = await here.run(job, { host: 'b' });
    expect(again.run, again.err).toMatchObject({ created: 1 });
    expect(snapshots(here)).toHaveLength(5);
  });

  it('goes on with the others when one machine fails, and ends 3', async () => {
    const here = world({ faults: [{ fault: 'forbidden', method: 'PUT', path: 'hf-one-01', times: 50 }] });
    const { code, run } = await here.run(jobOf({ selector: taking('one', 'set', 'point') }));
    expect(code).toBe(3);
    expect(outcomes(run)).toEqual({ 'one-01': 'failed', 'off-01': 'created', 'app-01': 'created' });
    expect(machine(run, 'one-01').reason).toContain('ended failed');
  });

  it('ends 1 when all fail, and takes the point when it is run again in the window', async () => {
    const here = world({ faults: [{ fault: 'forbidden', method: 'PUT', path: 'hf-one-01', times: 1 }] });
    const job = jobOf({ selector: taking('one') });
    const failed = await here.run(job);
    expect([failed.code, failed.run.failed]).toEqual([1, 1]);
    const again = await here.run(job);
    expect([again.code, again.run.created], again.err).toEqual([0, 1]);
  });

  it('takes a restore point of a machine that was off when its last set was taken, and runs now', async () => {
    const here = world();
    const job = jobOf({ selector: taking('set') });
    expect((await here.run({ ...job, option: 'disk-snapshot' })).run.created).toBe(1);
    const [off] = stored(here, 'Microsoft.Compute/virtualMachines').filter(({ id }) => id.endsWith('/off-01'));
    here.simulator.world.store.update(off!.id, ({ hidden }) => (hidden['power'] = 'running'));
    here.simulator.clock.advance(24 * hour);
    const { code, run, err } = await here.run(job);
    expect([code, run.machines[0]!.option], err).toEqual([0, 'restore-point']);
  });

  it('gives an operation up that hangs, by half its window, and its copies and its pruning have their turn', async () => {
    const here = world({ faults: [{ fault: 'operation-never-ends', method: 'PUT', path: 'hf-one-01' }] });
    const began = here.simulator.clock.now();
    const { code, run } = await here.run(jobOf({ selector: taking('one', 'point') }));
    expect(code).toBe(3);
    expect(outcomes(run)).toEqual({ 'one-01': 'failed', 'app-01': 'created' });
    expect(here.simulator.clock.now() - began).toBeLessThan(13 * hour);
  });

  it('writes nothing when it selects more machines than its limit, and ends 5', async () => {
    const here = world();
    const { code, run } = await here.run(
      jobOf({ selector: taking('one', 'set', 'point'), limits: { maxMachines: 2 } }),
    );
    expect([code, run.outcome]).toEqual([5, 'failed']);
    expect(run.problems.map(({ code }) => code)).toEqual(['max-machines']);
    expect(writes(here)).toEqual([]);
    const within = await here.run(jobOf({ selector: taking('one', 'set', 'point'), limits: { maxMachines: 3 } }));
    expect([within.code, within.run.created]).toEqual([0, 3]);
  });

  it('never takes snapshots of a running machine whose disks are striped, whatever it is told', async () => {
    const here = world();
    const guidance = join(here.folder, 'independent.yaml');
    writeFileSync(guidance, 'extends: default\nname: independent\nplan: { snapshot: { severalDisks: independent } }\n');
    const job = jobOf({ selector: taking('stripe'), option: 'disk-snapshot' });
    const { code, run } = await here.run(job, { flags: { config: guidance } });
    expect(code).toBe(1);
    expect(machine(run, 'stripe-01').reason).toMatch(/striped/);
    expect(snapshots(here)).toEqual([]);
  });

  it('backs a machine up now where the guidance wants Azure Backup and it has it, and says so where it has not', async () => {
    const here = world();
    const job = jobOf({ selector: taking('backup') });
    const { code, run, err } = await here.run(job);
    expect(code, err).toBe(3);
    expect(machine(run, 'prod-01')).toMatchObject({
      outcome: 'created',
      option: 'azure-backup',
      consistency: 'application',
    });
    expect(machine(run, 'prod-02')).toMatchObject({ outcome: 'failed', option: 'azure-backup' });
    expect(machine(run, 'prod-02').reason).toContain('`holdfast protect prod-02` enables it first');
    const again = await here.run(job);
    expect(machine(again.run, 'prod-01')).toMatchObject({ outcome: 'existing' });
  });
});

describe('what a point has to be worth', () => {
  const linux = taking('point');

  it('fails beforehand, and makes none, where it cannot be had', async () => {
    const here = world();
    const job = jobOf({ selector: linux, consistency: { want: 'application', otherwise: 'fail' } });
    const { code, run } = await here.run(job);
    expect(code).toBe(1);
    expect(machine(run, 'app-01').reason).toContain('needs application-consistent');
    expect(restorePoints(here)).toEqual([]);
  });

  it('is made weaker, and said to be, where the job takes that too', async () => {
    const here = world();
    const job = jobOf({ selector: linux, consistency: { want: 'application', otherwise: 'weaker-with-finding' } });
    const { code, run } = await here.run(job);
    expect(code).toBe(0);
    expect(machine(run, 'app-01')).toMatchObject({
      outcome: 'created',
      consistency: 'file-system',
      reason: 'the point is file-system-consistent, and the job wants application-consistent',
    });
  });

  it('is crash-consistent where no more is wanted, and may then be an hour apart', async () => {
    const here = world();
    const job = jobOf({
      name: 'hourly',
      selector: linux,
      consistency: { want: 'crash', otherwise: 'fail' },
      timing: { kind: 'window', lengthMinutes: 60, timeZone: 'UTC' },
    });
    for (let n = 0; n < 3; n += 1) {
      const startedAt = here.simulator.clock.now();
      const { code, run, err } = await here.run(job);
      expect(code, err).toBe(0);
      expect(machine(run, 'app-01')).toMatchObject({ outcome: 'created', consistency: 'crash' });
      // As cron does: on the hour, whenever the one before ended.
      here.simulator.clock.advance(startedAt + hour - here.simulator.clock.now());
    }
    expect(restorePoints(here)).toHaveLength(3);
  });
});

describe('a run beside another', () => {
  it('leaves with 3 and says who is at work since when, and the other is not disturbed', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one') });
    let second: Awaited<ReturnType<JobWorld['run']>> | undefined;
    const first = await here.run(job, {
      onAnswer: async ({ method }) => {
        if (method !== 'PUT' || second !== undefined) return;
        second = await here.run(job);
      },
    });
    expect(second).toMatchObject({ code: 3, run: { outcome: 'held', created: 0, heldBy: { pid: process.pid } } });
    // By Azure's clock, from which this host's may be days away, as here.
    const { heldBy, startedAt } = second!.run;
    expect(Math.abs(Date.parse(heldBy!.since) - Date.parse(startedAt))).toBeLessThan(hour);
    expect(first).toMatchObject({ code: 0, run: { outcome: 'ended', created: 1 } });
  });

  it('on another host leaves the machines to it that it holds, and counts them as no failures', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one', 'point') });
    let other: Awaited<ReturnType<JobWorld['run']>> | undefined;
    const first = await here.run(job, {
      onAnswer: async ({ method, url }) => {
        if (method !== 'PUT' || other !== undefined || !/snapshots\/[^/]+$/.test(pathOf(url))) return;
        // Or the two would come to the same plan, and be told apart by nothing.
        here.simulator.clock.advance(2000);
        other = await here.run(job, { host: 'b' });
      },
    });
    expect(other!.run, other!.err).toMatchObject({ failed: 0, created: 0 });
    expect(machine(other!.run, 'app-01')).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringMatching(/is held by run \S+ on host \S+ since/),
    });
    expect(first.run).toMatchObject({ created: 2, failed: 0 });
    expect(snapshots(here)).toHaveLength(1);
    expect(restorePoints(here)).toHaveLength(1);
  });
});

describe('a run whose machines another host holds', () => {
  /** The other host marked its machines, and was killed. */
  const marked = (request: Request): boolean => request.method === 'PATCH' && /tags\/default/i.test(request.url);
  const successAt = (file: string): string =>
    /^holdfast_job_last_success_timestamp_seconds\{.*$/m.exec(readFileSync(file, 'utf8'))![0];

  it('is held where it holds them all, and no success, until the marks of the killed one have expired', async () => {
    const here = world();
    const job = jobOf({ selector: taking('point') });
    const flags = { 'metrics-file': join(here.folder, 'holdfast.prom') };
    await here.run(job, { flags });
    const before = successAt(flags['metrics-file']);
    here.simulator.clock.advance(24 * hour);
    expect(await here.kill(job, marked, 'after', { host: 'b' })).toBeNull();
    // The dead process is this one, and holds its plan for as long as it lives.
    here.simulator.clock.advance(2000);
    const { code, run, err } = await here.run(job, { flags });
    expect([code, run.outcome, run.created, run.failed, run.skipped], err).toEqual([3, 'held', 0, 0, 1]);
    expect(run.machines).toMatchObject([
      { name: 'app-01', outcome: 'skipped', reason: expect.stringContaining('is held by run ') as string },
    ]);
    const { host, since } = run.machines[0]!.heldBy!;
    expect(run.heldBy).toEqual({ host, since });
    expect(newsOf(run, undefined, ['failure', 'late', 'recovered', 'success'])).toBeUndefined();
    expect(successAt(flags['metrics-file'])).toBe(before);
    here.simulator.clock.advance(21 * minute);
    const later = await here.run(job, { flags });
    expect([later.code, later.run.outcome, later.run.created], later.err).toEqual([0, 'ended', 1]);
    expect(successAt(flags['metrics-file'])).not.toBe(before);
  });

  it('ends 3 where it holds some: the others get their points, and the run is no success', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one', 'point') });
    const flags = { 'metrics-file': join(here.folder, 'holdfast.prom') };
    expect(await here.kill({ ...job, selector: taking('point') }, marked, 'after', { host: 'b' })).toBeNull();
    // The dead process is this one, and holds its plan for as long as it lives.
    here.simulator.clock.advance(2000);
    const { code, run, err } = await here.run(job, { flags });
    expect([code, run.outcome, run.created, run.failed, run.skipped], err).toEqual([3, 'ended', 1, 0, 1]);
    expect(run.heldBy).toBeUndefined();
    expect(newsOf(run, undefined, ['failure', 'late', 'recovered', 'success'])).toBeUndefined();
    expect(successAt(flags['metrics-file'])).toMatch(/ 0$/);
  });

  it('ends 1 where the others failed and one is excluded, which is none that got its point', async () => {
    const here = jobWorld({ faults: [{ fault: 'forbidden', method: 'PUT', path: '/hf-', times: 500 }] });
    worlds.push(here);
    const { code, run } = await here.run(jobOf());
    expect([code, run.created, run.existing, run.failed, run.skipped]).toEqual([1, 0, 0, 8, 1]);
  });
});

describe('what a run leaves behind', () => {
  it('is readable by its owner alone, and goes after 30 days', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one') });
    await here.run(job);
    const done = join(here.folder, 'host-a', 'jobs', 'nightly', 'done');
    const files = readdirSync(done);
    expect(files.toSorted()).toEqual([
      expect.stringMatching(/^202611020000-[0-9a-f]{6}\.take\.json$/),
      expect.stringMatching(/^202611020000-[0-9a-f]{6}\.take\.json\.journal\.ndjson$/),
    ]);
    for (const file of files) expect(statSync(join(done, file)).mode & 0o777).toBe(0o600);
    expect(statSync(done).mode & 0o777).toBe(0o700);
    here.simulator.clock.advance(29 * 24 * hour);
    await here.run(job);
    expect(readdirSync(done).filter((file) => files.includes(file))).toEqual(files);
    here.simulator.clock.advance(2 * 24 * hour);
    await here.run(job);
    expect(readdirSync(done).filter((file) => files.includes(file))).toEqual([]);
  });

  it('is looked for in files alone: a folder and a link that leads nowhere are told, and hold up nothing', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one') });
    await here.run(job);
    const folder = join(here.folder, 'host-a', 'jobs', 'nightly');
    const odd = ['202601010000-aaaaaa.take.json', '202601010000-bbbbbb.take.json'].map((name) => join(folder, name));
    mkdirSync(odd[0]!);
    symlinkSync(join(folder, 'nowhere'), odd[1]!);
    const { run, code } = await here.run(job);
    expect({ code, existing: run.existing }).toEqual({ code: 0, existing: 1 });
    expect(run.problems).toMatchObject(odd.map((subject) => ({ code: 'not-our-part', severity: 'high', subject })));
    expect(run.problems.map(({ summary }) => summary)).toEqual(
      odd.map((path) => `${path} is no file, so it is not carried out`),
    );
  });

  it.each(['its plan', 'its journal'])(
    'is told where %s is damaged, since a machine may still be frozen; the others get their points',
    async (what) => {
      const here = world();
      const job = jobOf({ selector: taking('one') });
      await here.run(job);
      const folder = join(here.folder, 'host-a', 'jobs', 'nightly');
      const [plan] = readdirSync(join(folder, 'done')).filter((file) => file.endsWith('.take.json'));
      const [part, journal] = [plan!, `${plan!}.journal.ndjson`];
      for (const file of [part, journal]) copyFileSync(join(folder, 'done', file), join(folder, file));
      const damaged = join(folder, what === 'its plan' ? part : journal);
      writeFileSync(
        damaged,
        readFileSync(damaged, 'utf8')
          .replace(/"digest": ?"../, '"digest":"xx')
          .replace(/"plan":"../, '"plan":"xx'),
      );
      const { run, code, err } = await here.run(job);
      expect({ code, existing: run.existing }, err).toEqual({ code: 3, existing: 1 });
      // Whoever is to move it aside is told where it is.
      expect(run.problems).toMatchObject([{ code: 'part-damaged', severity: 'high', subject: join(folder, part) }]);
      expect(run.problems[0]!.summary).toContain('may still be frozen');
      expect(readdirSync(folder)).toContain(part);
    },
  );

  it('is carried out later only as this user left it: a part that others could have written is left alone, and told', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one') });
    await here.run(job);
    const folder = join(here.folder, 'host-a', 'jobs', 'nightly');
    const [plan] = readdirSync(join(folder, 'done')).filter((file) => file.endsWith('.take.json'));
    const planted = join(folder, plan!);
    copyFileSync(join(folder, 'done', plan!), planted);
    chmodSync(planted, 0o666);
    const { run } = await here.run(job);
    expect(run.problems).toMatchObject([{ code: 'not-our-part', severity: 'high', subject: planted }]);
    expect(readdirSync(folder)).toContain(plan);
    chmodSync(planted, 0o600);
    const followed = await here.run(job);
    expect(followed.run.problems).toEqual([]);
    expect(readdirSync(folder)).not.toContain(plan);
  });

  it('tells a failed beginning too: without Azure it ends 1, with a summary', async () => {
    const here = world({ faults: [{ fault: 'unavailable', path: '^/subscriptions$', times: 500 }] });
    const { code, run } = await here.run(jobOf({ selector: taking('one') }));
    expect([code, run.outcome]).toEqual([1, 'failed']);
    expect(run.problems).toHaveLength(1);
  });

  it.each([
    ['where nothing can be made', () => '/proc/nothing/here', /nothing can be made in \/proc/],
    ['that is a device', () => '/dev/null/state', /a part of the path is not a folder/],
    ['that is a file', (here: JobWorld) => fileIn(here), /a part of the path is not a folder/],
    ['that takes no file', () => '/proc/self', /nothing can be made in \/proc\/self/],
  ] as const)('ends 1 with one problem and without a write, in a state folder %s', async (_, place, says) => {
    const here = world();
    const { code, run, err } = await here.run(jobOf({ selector: taking('one') }), {
      flags: { 'state-dir': place(here) },
    });
    expect([code, run.outcome], err).toEqual([1, 'failed']);
    expect(run.problems).toMatchObject([{ code: 'file', summary: expect.stringMatching(says) as string }]);
    expect(writes(here)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('ends 1 in a state folder that takes no file of this user', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one') });
    await here.run(job);
    const folder = join(here.folder, 'host-a', 'jobs', 'nightly');
    chmodSync(folder, 0o500);
    here.simulator.clock.advance(24 * hour);
    const { code, run } = await here.run(job);
    chmodSync(folder, 0o700);
    expect([code, run.outcome, run.created]).toEqual([1, 'failed', 0]);
    expect(run.problems).toMatchObject([
      { code: 'file', summary: expect.stringContaining('permission denied') as string },
    ]);
  });

  // A place where no file can be made, for whoever asks.
  it.skipIf(!existsSync('/proc/self'))('ends 1, not 2, when its own folder can no longer be written to', async () => {
    const here = world();
    const folder = join(here.folder, 'host-a', 'jobs', 'nightly');
    const { code, run } = await here.run(jobOf({ selector: taking('one') }), {
      onAnswer: ({ url }) => {
        if (!/virtualmachines/i.test(pathOf(url)) || lstatSync(folder).isSymbolicLink()) return;
        rmSync(folder, { recursive: true });
        symlinkSync('/proc/self', folder);
      },
    });
    expect(run.problems).toMatchObject([{ code: 'file' }]);
    expect([code, run.outcome]).toEqual([1, 'failed']);
    expect(snapshots(here)).toEqual([]);
  });

  it('is interrupted at the first Ctrl-C, and the same line again ends it', async () => {
    const here = world();
    const stop = new AbortController();
    const job = jobOf({ selector: taking('set', 'point') });
    const cut = await here.run(job, {
      signal: stop.signal,
      onAnswer: ({ method }) => void (method === 'PUT' && stop.abort(new Error('interrupted'))),
    });
    expect([cut.code, cut.run.outcome]).toEqual([130, 'interrupted']);
    const again = await here.run(job);
    expect(again.code, again.err).toBe(0);
    expect(again.run).toMatchObject({ failed: 0, outcome: 'ended' });
    expect(again.run.created + again.run.existing).toBe(2);
  });
});

describe('retention in a job', () => {
  it('deletes what its policy does not keep, and nothing that another made', async () => {
    const here = world();
    await here.run(jobOf({ name: 'other', selector: taking('one') }));
    const job = jobOf({ selector: taking('one'), retention: { keepLast: 2 } });
    for (let day = 0; day < 4; day += 1) {
      const { code, run, err } = await here.run(job);
      expect(code, err).toBe(0);
      expect(run).toMatchObject({ created: 1, pruned: day < 2 ? 0 : 1 });
      here.simulator.clock.advance(24 * hour);
    }
    const jobs = snapshots(here).map(({ body }) => (body['tags'] as Record<string, string>)['holdfast-job'] ?? '');
    expect(jobs.toSorted((a, b) => a.localeCompare(b))).toEqual(['nightly', 'nightly', 'other']);
  });

  it('deletes nothing over its limit, and ends 5 with its points taken', async () => {
    const here = world();
    const job = jobOf({ selector: taking('one') });
    for (let day = 0; day < 4; day += 1) {
      await here.run(job);
      here.simulator.clock.advance(24 * hour);
    }
    const limited = { ...job, retention: { keepLast: 1 }, limits: { maxDeletes: { count: 2 } } };
    const { code, run } = await here.run(limited);
    expect([code, run.created, run.pruned]).toEqual([5, 1, 0]);
    expect(snapshots(here)).toHaveLength(5);
  });
});

describe('pruning that goes wrong', () => {
  const keepOne = jobOf({ selector: taking('one'), retention: { keepLast: 1 } });
  const twoDays = async (here: JobWorld, job: Job) => {
    expect((await here.run(job)).code).toBe(0);
    here.simulator.clock.advance(24 * hour);
    return here.run(job);
  };

  it.each([
    [
      'a deletion',
      { fault: 'forbidden', method: 'DELETE', path: '/snapshots/', times: 50 },
      { trashDays: 0 },
      'was to be deleted',
    ],
    [
      'a mark',
      { fault: 'forbidden', method: 'PATCH', path: '/snapshots/.*/tags/default', times: 50 },
      { trashDays: 7 },
      'was to be marked',
    ],
  ] as const)(
    '%s that fails ends 3 and is told, though every machine has its point',
    async (_, fault, change, said) => {
      const here = world({ faults: [fault] });
      const { code, run } = await twoDays(here, { ...keepOne, ...change });
      expect(code).toBe(3);
      expect(run).toMatchObject({ outcome: 'ended', created: 1, failed: 0, pruned: 0, trashed: 0 });
      const old = snapshots(here).find(({ id }) => id.includes('-202611020000-'))!;
      expect(run.problems).toMatchObject([
        { code: 'not-pruned', severity: 'medium', subject: old.id, summary: expect.stringContaining(said) as string },
      ]);
      expect(snapshots(here)).toHaveLength(2);
    },
  );

  it('is made good by a later run, which ends 0', async () => {
    const here = world({ faults: [{ fault: 'forbidden', method: 'DELETE', path: '/snapshots/', times: 1 }] });
    expect((await twoDays(here, keepOne)).code).toBe(3);
    const { code, run } = await here.run(keepOne);
    expect([code, run.pruned, run.problems]).toEqual([0, 1, []]);
    expect(snapshots(here)).toHaveLength(1);
  });
});

describe('copies in a job', () => {
  it('are begun with their point, found whole by a later run, and kept by their own retention', async () => {
    const here = world();
    const job = jobOf({
      selector: taking('one', 'point'),
      retention: { keepLast: 1 },
      copies: [{ region: 'northeurope', retention: { keepLast: 2 } }],
    });
    const days: JobRun[] = [];
    for (let day = 0; day < 4; day += 1) {
      const { code, run, err } = await here.run(job);
      expect(code, err).toBe(0);
      days.push(run);
      here.simulator.clock.advance(24 * hour);
    }
    expect(days.map(({ created, copies, pruned }) => ({ created, ...copies, pruned }))).toEqual([
      { created: 2, begun: 2, underWay: 0, complete: 0, failed: 0, pruned: 0 },
      { created: 2, begun: 2, underWay: 0, complete: 2, failed: 0, pruned: 2 },
      { created: 2, begun: 2, underWay: 0, complete: 4, failed: 0, pruned: 2 },
      // A copy that is just begun counts for nothing yet; so of three whole ones the oldest goes.
      { created: 2, begun: 2, underWay: 0, complete: 6, failed: 0, pruned: 4 },
    ]);
  });
});

everythingConforms('job run');
