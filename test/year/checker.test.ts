/** The year's checker sees what it is there for: each wrong is done by hand, behind holdfast's back or in its name, and is found. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mutable, Stored } from '../../src/simulator/service.ts';
import { day, hour } from './calendar.ts';
import { judgeDay } from './judge-day.ts';
import { judgeRequest, type Heard } from './judge-request.ts';
import { judgeRun, wholeIn } from './judge-run.ts';
import { Ledger, jobNamed } from './ledger.ts';
import { startYear, type YearWorld } from './world.ts';

const startsAt = Date.UTC(2026, 5, 1);
const heard: Heard = { faults: new Map(), hurt: new Set(), requests: 0, throttled: 0 };
let world: YearWorld;
let ledger: Ledger;

beforeEach(() => {
  world = startYear(1, startsAt, (line) => judgeRequest(line, ledger, heard), []);
  ledger = new Ledger(
    () => world.simulator.world.store.all(),
    () => world.clock.now(),
  );
});
afterEach(() => world.end());

const rules = (): readonly string[] => ledger.violations.map(({ rule }) => rule);
const stored = (pattern: RegExp): readonly Stored[] =>
  world.simulator.world.store.all().filter(({ id }) => pattern.test(id));

/** A run of a job and its judgement; `then`: what happens before it is judged. */
const run = async (name: string, then: () => void | Promise<void> = () => {}): Promise<void> => {
  const job = jobNamed(name)!;
  const before = ledger.look();
  const at = world.clock.now();
  const { code, err } = await world.run(name, 'host', new AbortController().signal);
  expect(code, err).toBe(0);
  await then();
  judgeRun(
    {
      job,
      startedAt: at,
      before,
      wholeBefore: wholeIn(before, at),
      hurt: new Set(),
      locked: [],
      heldFast: [],
      toldFrozen: new Set(),
      whole: true,
    },
    ledger,
  );
};

/** A request in holdfast's name, and the time it takes to be done. */
const request = async (method: string, id: string, version: string, body?: Mutable): Promise<number> => {
  const { status } = await world.simulator.handle(
    new Request(`https://localhost:1${id}?api-version=${version}`, {
      method,
      headers: { authorization: `Bearer ${world.simulator.token()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  await world.clock.sleep(60_000);
  return status;
};
const compute = '2024-07-01';
const disks = '2024-03-02';
const forget = (id: string): void => void world.simulator.world.store.delete(id);
const hourlyPoints = (): readonly Stored[] => stored(/\/restorePoints\/hf-hourly-linux-1-[^/]+$/);

describe('the checker', { timeout: 60_000 }, () => {
  it('finds nothing wrong with what is right', async () => {
    await run('hourly');
    await run('daily');
    await world.clock.sleep(hour);
    await run('hourly');
    judgeDay(ledger);
    expect(ledger.violations).toEqual([]);
    expect(ledger.counts.made).toBe(23);
  });
  it('a machine without its point after a run that ended well, and points that are gone without a deletion', async () => {
    await run('daily', () => forget(stored(/snapshots\/hf-daily-linux-2-/)[0]!.id));
    expect(rules()).toContain('missing');
    await run('daily');
    forget(stored(/snapshots\/hf-daily-linux-3-/)[0]!.id);
    ledger.look();
    expect(rules()).toContain('vanished');
  });
  it('a set without a disk of its machine, which is no point', async () => {
    await run('daily', () => forget(stored(/snapshots\/hf-daily-off-1-/)[0]!.id));
    expect(rules()).toEqual(['missing']);
  });
  it('a deleted point that was promised, and the last whole one', async () => {
    await run('hourly');
    await world.clock.sleep(hour);
    await run('hourly');
    const [first, second] = hourlyPoints() as [Stored, Stored];
    await request('DELETE', first.id, compute);
    expect(rules()).toEqual(['too-soon']);
    await request('DELETE', second.id, compute);
    expect(rules()).toEqual(['too-soon', 'last', 'too-soon']);
  });
  it('half a set deleted, once for the set', async () => {
    await run('daily');
    await request('DELETE', stored(/snapshots\/hf-daily-off-1-/)[0]!.id, disks);
    ledger.look();
    expect(rules()).toEqual(['last', 'too-soon', 'no-trash']);
  });
  it('a second point in one window, and one sooner than Azure lets them be made', async () => {
    await run('hourly');
    const point = hourlyPoints()[0]!;
    const again = point.id.replace(/restorePoints\/.*/, 'restorePoints/hf-hourly-linux-1-202606010000-0123456789');
    await run('hourly', async () => {
      expect(await request('PUT', again, compute, { properties: { consistencyMode: 'CrashConsistent' } })).toBe(201);
    });
    expect(rules()).toEqual(expect.arrayContaining(['twice', 'floor']));
  });
  it('a point that nothing promises and nobody prunes, and one that is not in the trash', async () => {
    await run('hourly');
    await run('daily');
    const extra = (from: Stored, name: string, at: number): void => {
      const { simulator } = world;
      const body = structuredClone(from.body);
      simulator.world.store.put({ ...from, id: from.id.replace(/[^/]+$/, name), body: { ...body, name } });
      expect(at).toBeLessThan(simulator.clock.now());
    };
    await world.clock.sleep(2 * day);
    await run('hourly', () => extra(hourlyPoints()[0]!, 'hf-hourly-linux-1-202606030000-0123456789', startsAt));
    expect(rules()).toContain('left');
  });
  it('what is of others: touched, or left behind in holdfast’s name', async () => {
    const theirs = stored(/\/snapshots\/(?!hf-)/)[0]!;
    expect(await request('DELETE', theirs.id, disks)).toBe(202);
    expect(rules()).toEqual(['foreign']);
    const vm = stored(/virtualMachines\/hourly-linux-1$/)[0]!;
    world.simulator.world.store.put({
      id: `${vm.id}/runCommands/hf-freeze`,
      type: 'Microsoft.Compute/virtualMachines/runCommands',
      body: {},
    });
    judgeDay(ledger);
    expect(rules()).toEqual(['foreign', 'stray']);
  });
  it('what froze and was not thawed, and a point of what did not freeze', async () => {
    await run('frozen');
    expect(stored(/\/snapshots\/hf-frozen-linux-1-/)).toHaveLength(1);
    expect(rules()).toEqual([]);
    const vm = stored(/virtualMachines\/frozen-linux-1$/)[0]!;
    await world.clock.sleep(day);
    const freeze = (mounts: readonly string[]): void =>
      void world.simulator.world.store.update(vm.id, ({ hidden }) => (hidden['frozen'] = mounts));
    await run('frozen', () => freeze(['/data']));
    expect(rules()).toEqual(['frozen']);
    ledger.violations.length = 0;
    freeze([]);
    const point = stored(/\/snapshots\/hf-frozen-linux-1-/)[0]!;
    const { sku: _, ...body } = structuredClone(point.body);
    const again = point.id.replace(/[^/]+$/, 'hf-frozen-linux-1-202606010001-0123456789');
    const creationData = { createOption: 'Copy', sourceResourceId: body['properties'].creationData.sourceResourceId };
    await request('PUT', again, disks, { location: body['location'], properties: { creationData, incremental: true } });
    expect(rules()).toEqual(['restless']);
  });
  it('a script that a run left where it was, and one in a machine of a job that has none', async () => {
    const frozen = stored(/virtualMachines\/frozen-linux-1$/)[0]!;
    const type = 'Microsoft.Compute/virtualMachines/runCommands';
    await run(
      'frozen',
      () => void world.simulator.world.store.put({ id: `${frozen.id}/runCommands/hf-pre-a`, type, body: {} }),
    );
    expect(rules()).toEqual(['script']);
    ledger.violations.length = 0;
    const vm = stored(/virtualMachines\/hourly-linux-1$/)[0]!;
    const properties = { source: { script: 'true' } };
    await request('PUT', `${vm.id}/runCommands/hf-pre-1`, compute, { location: vm.body['location'], properties });
    expect(rules()).toEqual(['foreign']);
  });
  it('a lease that nobody gave back', async () => {
    const vm = stored(/virtualMachines\/hourly-linux-1$/)[0]!;
    world.simulator.world.store.update(vm.id, ({ body }) => {
      body['tags']['holdfast-lease'] = 'run host 2026-06-01T00:00:00Z 2026-06-01T00:20:00Z';
    });
    judgeDay(ledger);
    expect(rules()).toEqual(['lease']);
  });
  it('a snapshot deleted out of the trash before its time, and a copy that never came', async () => {
    await run('copied');
    expect(stored(/snapshots\/hf-copied/).some(({ body }) => body['location'] === 'northeurope')).toBe(true);
    for (const { id } of stored(/snapshots\/hf-copied-linux-1-/).filter(
      ({ body }) => body['location'] === 'northeurope',
    ))
      forget(id);
    ledger.look();
    ledger.violations.length = 0;
    await world.clock.sleep(3.5 * day);
    const job = jobNamed('copied')!;
    const at = world.clock.now();
    const before = ledger.look();
    judgeRun(
      {
        job,
        startedAt: at,
        before,
        wholeBefore: wholeIn(before, at),
        hurt: new Set(),
        locked: [],
        heldFast: [],
        toldFrozen: new Set(),
        whole: true,
      },
      ledger,
    );
    expect(rules()).toContain('not-copied');
  });
});
