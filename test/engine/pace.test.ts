import { describe, expect, it } from 'vitest';
import { chargesFor, managerBudgets, pointsAnHour } from '../../src/core/request-budgets.ts';
import type { Lane } from '../../src/core/step-requests.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { jitterMs, makePace } from '../../src/engine/pace.ts';
import type { Headroom } from '../../src/engine/ports.ts';
import { virtualClock } from './virtual-clock.ts';

const lane: Lane = {
  subscriptionId: 's',
  region: 'westeurope',
  kind: 'write',
  alike: 'write snapshot.create',
  charges: [],
};
const open = new AbortController().signal;
const compute = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute';
const writesLeft = (remaining: number): Headroom => ({
  subscriptionId: 's',
  kind: 'write',
  bucket: 'subscription-writes',
  remaining,
});
/** What is kept back of 200 for those who share the budget. */
const kept = 6;
const bucketful = managerBudgets.write.capacity - kept;

const bench = () => {
  const clock = virtualClock(0);
  const events: EngineEvent[] = [];
  const pace = makePace(clock, (e) => void events.push(e));
  /** Sent and answered, one after the other. */
  const send = async (count: number, of: Lane = lane, step = 'a'): Promise<void> => {
    for (let i = 0; i < count; i += 1) (await pace.take([of], step, open)).end(1);
  };
  return { clock, events, pace, send };
};

describe('pace', () => {
  it('lets a bucketful through at once, but for a few, and then keeps exactly the rate that Azure documents', async () => {
    const { clock, send } = bench();
    await send(bucketful);
    expect(clock.now()).toBe(0);
    await send(80);
    expect(clock.now()).toBe(8_000);
  });

  it('counts subscriptions and kinds apart, and what Resource Manager counts not by the region of what is written', async () => {
    const { clock, send } = bench();
    await send(bucketful);
    await send(1, { ...lane, kind: 'read' });
    await send(1, { ...lane, subscriptionId: 't' });
    expect(clock.now()).toBe(0);
    await send(1, { ...lane, region: 'northeurope' });
    expect(clock.now()).toBe(100);
  });

  it('counts Compute’s own budgets by the region of the resource, and some by the resource', async () => {
    const { clock, send } = bench();
    const machine = (name: string, region = 'westeurope'): Lane => ({
      ...lane,
      region,
      charges: chargesFor(`${compute}/virtualMachines/${name}`, 'write'),
    });
    await send(12, machine('one'));
    await send(12, machine('two'));
    expect(clock.now()).toBe(0);
    await send(1, machine('one'));
    expect(clock.now()).toBe(15_000);
    const image = (region: string): Lane => ({ ...lane, region, charges: chargesFor(`${compute}/images/i`, 'write') });
    await send(59, image('westeurope'));
    await send(59, image('northeurope'));
    expect(clock.now()).toBe(15_000);
    await send(1, image('westeurope'));
    expect(clock.now()).toBe(18_000);
  });

  it('keeps restore points of one machine to three an hour, and says until when the fourth waits, and why', async () => {
    const { clock, send, events } = bench();
    const point: Lane = { ...lane, charges: [{ budget: pointsAnHour.crash, of: 'vm' }] };
    await send(4, point);
    expect(clock.now()).toBe(60 * 60_000);
    expect(events).toEqual([
      {
        kind: 'step.waiting',
        at: '1970-01-01T00:00:00Z',
        step: 'a',
        until: '1970-01-01T01:00:00Z',
        why: 'the request budget is used up: CreateCrashConsistentRestorePoint of vm',
        shared: true,
      },
    ]);
  });

  it('counts a restore point from its answer, and those that are not answered yet as taken', async () => {
    const { clock, pace, send } = bench();
    const point: Lane = { ...lane, charges: [{ budget: pointsAnHour.crash, of: 'vm' }] };
    const turns = await Promise.all([1, 2, 3].map(() => pace.take([point], 'a', open)));
    const fourth = send(1, point).then(() => clock.now());
    await clock.sleep(30 * 60_000);
    for (const turn of turns) turn.end(1);
    expect(await fourth).toBe(90 * 60_000);
  });

  it('keeps everybody away as long as Azure asked, and lets them in one by one afterwards, always alike', async () => {
    const wokenAt = async (): Promise<readonly number[]> => {
      const { clock, pace, events } = bench();
      pace.close(lane, 60_000, 'SubscriptionRequestsThrottled');
      pace.close(lane, 30_000, 'SubscriptionRequestsThrottled');
      const at = await Promise.all(
        ['one', 'two', 'three'].map(async (step) => ((await pace.take([lane], step, open)).end(1), clock.now())),
      );
      expect(events.filter((e) => e.kind === 'throttled')).toHaveLength(1);
      expect(events.filter((e) => e.kind === 'step.waiting')).toHaveLength(3);
      return at;
    };
    const at = await wokenAt();
    expect(Math.min(...at)).toBeGreaterThanOrEqual(60_000);
    expect(new Set(at).size).toBe(3);
    expect(await wokenAt()).toEqual(at);
    expect(jitterMs('one', 1_200_000)).toBeLessThanOrEqual(10_000);
  });

  it('keeps only requests alike away where the budget is not Resource Manager’s', async () => {
    const { clock, pace, send } = bench();
    const snapshot: Lane = { ...lane, charges: chargesFor(`${compute}/snapshots/x`, 'write') };
    pace.close(snapshot, 1_200_000, 'HighCostSnapshotCreateHydrate3Min');
    expect(pace.closedMs(snapshot)).toBeGreaterThanOrEqual(1_200_000);
    await send(1);
    expect(clock.now()).toBe(0);
    pace.close(lane, 600_000, 'SomethingNobodyDocuments');
    await send(1, { ...lane, alike: 'write vault.create' });
    expect(clock.now()).toBe(0);
  });

  it('learns a budget that nobody documents from its refusals: half the pace it had, then what got through since', async () => {
    const { clock, pace, send } = bench();
    const gap = async (): Promise<number> => {
      await send(1);
      const from = clock.now();
      await send(1);
      return clock.now() - from;
    };
    // Four a second were sent when Azure first refused.
    for (let i = 0; i < 40; i += 1) {
      await send(1);
      await clock.sleep(250);
    }
    pace.close(lane, 10_000, 'SomethingNobodyDocuments');
    expect(await gap()).toBe(500);
    pace.close(lane, 10_000, 'SomethingNobodyDocuments');
    // Two got through in the eleven seconds since, and hardly so many are sent from now on.
    expect(await gap()).toBeGreaterThan(11_000 / 2);
  });

  it('goes by what Azure says is left: less where others use the budget, more where its own reckoning was too low', async () => {
    const { clock, pace, send } = bench();
    await send(1);
    // Azure tells whole tokens: there may be nearly one more.
    pace.observe(writesLeft(kept + 1));
    await send(4);
    expect(clock.now()).toBe(200);
    pace.observe(writesLeft(kept + 100));
    await send(100);
    expect(clock.now()).toBe(200);
  });

  it('takes what Azure says for the region, and for the resource, that it is said of', async () => {
    const { clock, pace, send } = bench();
    const image = (region: string): Lane => ({ ...lane, region, charges: chargesFor(`${compute}/images/i`, 'write') });
    const machine = (name: string): Lane => ({
      ...lane,
      charges: chargesFor(`${compute}/virtualMachines/${name}`, 'write'),
    });
    for (const known of [image('westeurope'), image('northeurope'), machine('one'), machine('two')])
      await send(1, known);
    const said = { subscriptionId: 's', kind: 'write', remaining: 1 } as const;
    pace.observe({ ...said, bucket: 'Microsoft.Compute/CreateImagesSubscriptionMaximum', region: 'northeurope' });
    pace.observe({
      ...said,
      bucket: 'Microsoft.Compute/UpdateVMResource',
      region: 'westeurope',
      resource: `${compute}/virtualMachines/one`.toLowerCase(),
    });
    await send(40, image('westeurope'));
    await send(8, machine('two'));
    expect(clock.now()).toBe(0);
    await send(2, image('northeurope'));
    expect(clock.now()).toBeGreaterThan(0);
    await clock.sleep(60_000);
    pace.observe({
      ...said,
      remaining: 0,
      bucket: 'Microsoft.Compute/UpdateVMResource',
      region: 'westeurope',
      resource: `${compute}/virtualMachines/one`.toLowerCase(),
    });
    const from = clock.now();
    await send(2, machine('one'));
    expect(clock.now()).toBeGreaterThan(from);
  });

  it('counts what was sent and is not answered yet as gone, since Azure may not have counted it', async () => {
    const { clock, pace, send } = bench();
    const first = await pace.take([lane], 'a', open);
    const unanswered = await Promise.all(Array.from({ length: 10 }, () => pace.take([lane], 'a', open)));
    pace.observe(writesLeft(kept + 14));
    first.end(1);
    await send(5);
    expect(clock.now()).toBe(0);
    await send(1);
    expect(clock.now()).toBe(100);
    for (const turn of unanswered) turn.end(1);
  });

  it('reckons no refill for turns taken and not used yet: Azure’s bucket is full all the while', async () => {
    const { clock, pace, send } = bench();
    await Promise.all(Array.from({ length: 100 }, () => pace.take([lane], 'a', open)));
    await clock.sleep(60_000);
    await send(bucketful - 100);
    expect(clock.now()).toBe(60_000);
    await send(1);
    expect(clock.now()).toBeGreaterThan(60_000);
  });

  it('tells that a turn is worth nothing once Azure has turned such a request away, and only such', async () => {
    const { clock, pace } = bench();
    const alike = await pace.take([lane], 'a', open);
    const other = await pace.take([{ ...lane, alike: 'write vault.create' }], 'b', open);
    pace.close(lane, 1_000, 'SomethingNobodyDocuments');
    await clock.sleep(60_000);
    expect([alike.holds(), other.holds()]).toEqual([false, true]);
    expect((await pace.take([lane], 'a', open)).holds()).toBe(true);
  });

  it('gives a turn that was not used to the next', async () => {
    const { clock, pace, send } = bench();
    await send(bucketful - 1);
    (await pace.take([lane], 'a', open)).end(0);
    await send(1);
    expect(clock.now()).toBe(0);
  });

  it('slows all of a kind down while Azure says that little is left of a budget nobody documents, and forgets it after a minute', async () => {
    const { clock, pace, send } = bench();
    await send(bucketful);
    pace.observe({ ...writesLeft(5), bucket: 'x' });
    await send(1);
    expect(clock.now()).toBe(500);
    pace.observe({ ...writesLeft(150), bucket: 'x' });
    await send(40);
    expect(clock.now()).toBe(500 + 40 * 100);
    pace.observe({ ...writesLeft(0), bucket: 'x' });
    await clock.sleep(61_000);
    const from = clock.now();
    await send(bucketful + 10);
    expect(clock.now()).toBe(from + 1_000);
  });

  it('slows those down too who stand in line already, and serves them in the order they came', async () => {
    const { clock, pace, send } = bench();
    await send(bucketful);
    const served: number[] = [];
    const line = [1, 2, 3].map((n) => pace.take([lane], 'a', open).then(() => served.push(n)));
    await clock.sleep(100);
    pace.observe({ ...writesLeft(1), bucket: 'x' });
    await Promise.all(line);
    expect(served).toEqual([1, 2, 3]);
    expect(clock.now()).toBeGreaterThan(3_000);
  });

  it('lets nobody overtake who came while the first in line still waits at an older, slower rate', async () => {
    const { clock, pace, send } = bench();
    await send(bucketful);
    pace.observe({ ...writesLeft(1), bucket: 'x' });
    const served: number[] = [];
    const first = pace.take([lane], 'a', open).then(() => served.push(1));
    await clock.sleep(100);
    pace.observe({ ...writesLeft(150), bucket: 'x' });
    await Promise.all([first, pace.take([lane], 'b', open).then(() => served.push(2))]);
    expect(served).toEqual([1, 2]);
  });

  it('wakes a waiter when the run is stopped', async () => {
    const { pace } = bench();
    const stop = new AbortController();
    pace.close(lane, 3_600_000, 'SubscriptionRequestsThrottled');
    const waiting = pace.take([lane], 'a', stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('wakes everybody in line when the run is stopped, and lets the next run’s requests through', async () => {
    const { pace, clock, send } = bench();
    await send(bucketful);
    const stop = new AbortController();
    const waiting = ['b', 'c'].map((step) => pace.take([lane], step, stop.signal));
    stop.abort(new Error('stopped'));
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await send(1);
    expect(clock.now()).toBe(100);
  });
});
