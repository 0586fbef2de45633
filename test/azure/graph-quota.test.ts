/** Resource Graph's quota with several queries at once: what an answer leaves of it is kept to, and none is turned away for want of it. */
import { describe, expect, it } from 'vitest';
import { makeInquiry } from '../../src/azure/inquiry.ts';
import { makeGraph, type GraphEnd } from '../../src/azure/read-graph.ts';
import type { ArmResponse, Transport } from '../../src/azure/transport.ts';
import { virtualClock } from '../engine/virtual-clock.ts';

const start = Date.UTC(2026, 5, 3, 12);
const perWindow = 15;
const windowMs = 5000;
const subject = '/providers/Microsoft.ResourceGraph/resources';

interface Asking {
  readonly queries: number;
  readonly concurrency?: number;
  /** Of the first window, by somebody else before we ask at all. */
  readonly usedBefore?: number;
  /** Of every window, by somebody else as it opens. */
  readonly usedEach?: number;
  /** By somebody else after our first. */
  readonly usedMeanwhile?: number;
  /** Answers take these times in turn, ms. */
  readonly latencyMs?: readonly number[];
  /** Word on the n-th query instead of an answer. */
  readonly instead?: (nth: number) => ArmResponse | Error | undefined;
}

/** Resource Graph as its documentation has it: so many queries a window, the headers on every answer, refusals too. */
const asking = async ({
  queries,
  concurrency = 8,
  usedBefore = 0,
  usedEach = 0,
  usedMeanwhile = 0,
  latencyMs = [40],
  instead,
}: Asking) => {
  const clock = virtualClock(start);
  let window = { startedAt: start - 2000, used: usedBefore };
  const statuses: number[] = [];
  const sentAt: number[] = [];
  const send = async (): Promise<ArmResponse> => {
    const nth = sentAt.push(clock.now() - start);
    const latency = latencyMs[nth % latencyMs.length]!;
    await clock.sleep(latency / 2);
    const other = instead?.(nth);
    if (other instanceof Error) throw other;
    if (other) return other;
    const now = clock.now();
    if (now >= window.startedAt + windowMs) window = { startedAt: now, used: usedEach };
    const refused = window.used >= perWindow;
    if (!refused) window.used += 1 + (statuses.length === 1 ? usedMeanwhile : 0);
    const seconds = Math.ceil((window.startedAt + windowMs - now) / 1000);
    const headers = {
      'x-ms-user-quota-remaining': String(perWindow - window.used),
      'x-ms-user-quota-resets-after': `00:00:${String(seconds).padStart(2, '0')}`,
    };
    const body = refused
      ? { error: { code: 'RateLimiting', message: 'Please provide below info when asking for support.' } }
      : { totalRecords: 0, count: 0, data: [], resultTruncated: 'false' };
    statuses.push(refused ? 429 : 200);
    await clock.sleep(latency / 2);
    return { status: refused ? 429 : 200, headers, body, text: JSON.stringify(body), subject };
  };
  const waits: number[] = [];
  const transport = { send } as unknown as Transport;
  const inquiry = makeInquiry(transport, clock, { concurrency, patienceMs: 600_000, onWait: (ms) => waits.push(ms) });
  const graph = makeGraph(inquiry, clock);
  const ends: readonly GraphEnd[] = await Promise.all(
    Array.from({ length: queries }, () => graph.query('resources | order by id asc', ['s'], () => {})),
  );
  return { ends, statuses, sentAt, waits, tookMs: clock.now() - start };
};
const refusals = ({ statuses }: { readonly statuses: readonly number[] }): number =>
  statuses.filter((status) => status === 429).length;
const whole = ({ ends }: { readonly ends: readonly GraphEnd[] }): number =>
  ends.filter(({ kind }) => kind === 'whole').length;

const lostOnTheWay = (): Error => Object.assign(new Error('socket hang up'), { name: 'RestError', code: 'ECONNRESET' });

describe('several queries at once', () => {
  it('that find nothing left after the first wait for as long as its answer says, and none is answered 429', async () => {
    const ran = await asking({ queries: 8, usedBefore: perWindow - 1 });
    expect([whole(ran), refusals(ran)]).toEqual([8, 0]);
    expect(ran.sentAt[0]).toBe(0);
    // 2 s of the window's 5 are over: it is renewed in 3.
    expect(ran.sentAt.slice(1).every((ms) => ms >= 3000 && ms < 3200)).toBe(true);
    expect(new Set(ran.waits)).toEqual(new Set([3000]));
  });

  it.each([
    ['a few at a time', { queries: 100, concurrency: 4 }],
    ['more at a time than a window holds', { queries: 100, concurrency: 40 }],
    ['answered late and out of order', { queries: 100, latencyMs: [40, 900, 2500, 100, 6000] }],
    ['beside somebody who takes five while ours are under way', { queries: 20, usedMeanwhile: 5 }],
    ['beside somebody who takes a part of every window', { queries: 60, usedBefore: 9, usedEach: 9 }],
  ] as const)('%s: none is answered 429', async (_, how) => {
    const ran = await asking(how);
    expect([whole(ran), refusals(ran)]).toEqual([how.queries, 0]);
  });

  it('use the quota up: a hundred take no longer than seven windows of 15 must', async () => {
    const ran = await asking({ queries: 100 });
    expect(refusals(ran)).toBe(0);
    // The answers tell whole seconds, rounded up.
    expect(ran.tookMs).toBeLessThanOrEqual(7 * (windowMs + 1000));
  });

  it('slower than the quota is renewed never wait', async () => {
    const ran = await asking({ queries: 60, concurrency: 2, latencyMs: [1000] });
    expect([whole(ran), refusals(ran), ran.waits]).toEqual([60, 0, []]);
  });

  it('turned away for what somebody else used: one is, and all wait what resets-after says instead of a guess', async () => {
    const ran = await asking({ queries: 8, usedBefore: perWindow });
    expect([whole(ran), refusals(ran)]).toEqual([8, 1]);
    expect(ran.tookMs).toBeLessThan(3500);
  });

  it('go on when the one that was to tell is lost, or its answer says nothing of a quota', async () => {
    const lost = await asking({ queries: 8, instead: (nth) => (nth < 3 ? lostOnTheWay() : undefined) });
    expect([whole(lost), refusals(lost)]).toEqual([8, 0]);
    const body = { totalRecords: 0, count: 0, data: [], resultTruncated: 'false' };
    const silent = await asking({
      queries: 30,
      instead: () => ({ status: 200, headers: {}, body, text: JSON.stringify(body), subject }),
    });
    expect([whole(silent), silent.waits]).toEqual([30, []]);
  });

  it('say that they were throttled where the quota is renewed only after all patience', async () => {
    const body = { totalRecords: 0, count: 0, data: [], resultTruncated: 'false' };
    const headers = { 'x-ms-user-quota-remaining': '0', 'x-ms-user-quota-resets-after': '05:00:00' };
    const { ends, sentAt } = await asking({
      queries: 3,
      instead: () => ({ status: 200, headers, body, text: JSON.stringify(body), subject }),
    });
    expect(sentAt).toHaveLength(1);
    expect(ends.map((end) => (end.kind === 'failed' ? end.failure.kind : end.kind))).toEqual([
      'whole',
      'throttled',
      'throttled',
    ]);
  });
});
