import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.ts';
import { jitterMs, makePace, type Lane } from '../../src/engine/pace.ts';
import { virtualClock } from './virtual-clock.ts';

const lane: Lane = { subscriptionId: 'S', region: 'westeurope', kind: 'write' };
const open = new AbortController().signal;

const bench = () => {
  const clock = virtualClock(0);
  const events: EngineEvent[] = [];
  const pace = makePace(clock, (e) => void events.push(e));
  return { clock, events, pace };
};

describe('pace', () => {
  it('lets a bucketful through at once and then keeps the rate', async () => {
    const { clock, pace } = bench();
    for (let i = 0; i < 200; i += 1) await pace.take(lane, 'a', open);
    expect(clock.now()).toBe(0);
    for (let i = 0; i < 80; i += 1) await pace.take(lane, 'a', open);
    expect(clock.now()).toBe(10_000);
  });

  it('counts subscriptions, regions and kinds apart', async () => {
    const { clock, pace } = bench();
    for (let i = 0; i < 200; i += 1) await pace.take(lane, 'a', open);
    await pace.take({ ...lane, region: 'northeurope' }, 'a', open);
    await pace.take({ ...lane, kind: 'read' }, 'a', open);
    await pace.take({ ...lane, subscriptionId: 'T' }, 'a', open);
    expect(clock.now()).toBe(0);
  });

  it('keeps everybody away as long as Azure asked, and wakes them apart but always alike', async () => {
    const wokenAt = async (): Promise<readonly number[]> => {
      const { clock, pace, events } = bench();
      pace.close(lane, 60_000, 'b');
      pace.close(lane, 30_000, 'b');
      const at = await Promise.all(['one', 'two', 'three'].map(async (step) => (await pace.take(lane, step, open), clock.now())));
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

  it('slows down when Azure says that little is left, and recovers', async () => {
    const { clock, pace } = bench();
    for (let i = 0; i < 200; i += 1) await pace.take(lane, 'a', open);
    pace.observe({ subscriptionId: 's', kind: 'write', bucket: 'x', remaining: 5 });
    await pace.take(lane, 'a', open);
    expect(clock.now()).toBe(625);
    pace.observe({ subscriptionId: 's', kind: 'write', bucket: 'x', remaining: 150 });
    for (let i = 0; i < 40; i += 1) await pace.take(lane, 'a', open);
    expect(clock.now()).toBe(625 + 40 * 125);
  });

  it('slows those down too who stand in line already, and serves them in the order they came', async () => {
    const { clock, pace } = bench();
    for (let i = 0; i < 200; i += 1) await pace.take(lane, 'a', open);
    const served: number[] = [];
    const line = [1, 2, 3].map((n) => pace.take(lane, 'a', open).then(() => served.push(n)));
    await clock.sleep(125);
    pace.observe({ subscriptionId: 's', kind: 'write', bucket: 'x', remaining: 1 });
    await Promise.all(line);
    expect(served).toEqual([1, 2, 3]);
    expect(clock.now()).toBeGreaterThan(3_000);
  });

  it('lets nobody overtake who came while the first in line still waits at an older, slower rate', async () => {
    const { clock, pace } = bench();
    for (let i = 0; i < 200; i += 1) await pace.take(lane, 'a', open);
    pace.observe({ subscriptionId: 's', kind: 'write', bucket: 'x', remaining: 1 });
    const served: number[] = [];
    const first = pace.take(lane, 'a', open).then(() => served.push(1));
    await clock.sleep(100);
    pace.observe({ subscriptionId: 's', kind: 'write', bucket: 'x', remaining: 150 });
    await Promise.all([first, pace.take(lane, 'b', open).then(() => served.push(2))]);
    expect(served).toEqual([1, 2]);
  });

  it('forgets what was said of the headroom a minute ago', async () => {
    const { clock, pace } = bench();
    pace.observe({ subscriptionId: 's', kind: 'write', bucket: 'x', remaining: 0 });
    await clock.sleep(61_000);
    for (let i = 0; i < 208; i += 1) await pace.take(lane, 'a', open);
    expect(clock.now()).toBe(62_000);
  });

  it('wakes a waiter when the run is stopped', async () => {
    const { pace } = bench();
    const stop = new AbortController();
    pace.close(lane, 3_600_000, 'b');
    const waiting = pace.take(lane, 'a', stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('wakes everybody in line when the run is stopped, and lets the next run’s requests through', async () => {
    const { pace, clock } = bench();
    for (let i = 0; i < 200; i += 1) await pace.take(lane, 'a', open);
    const stop = new AbortController();
    const waiting = ['b', 'c'].map((step) => pace.take(lane, step, stop.signal));
    stop.abort(new Error('stopped'));
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await pace.take(lane, 'a', open);
    expect(clock.now()).toBe(125);
  });
});
