/** How long apply waits, and for what: never shorter than Azure asks, never for ever. */
import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs } from '../../src/core/time.ts';
import { apply } from '../../src/engine/apply.ts';
import { pollMs } from '../../src/engine/patience.ts';
import type { Accepted, Azure, Headroom, StepRunner } from '../../src/engine/ports.ts';
import { bench, firstTimes, named, start, type Bench } from './bench.ts';
import { problem } from './fake-azure.ts';
import { memoryJournal } from './memory-journal.ts';
import { backupStep, planOf, snapshotStep } from './plan-builder.ts';

/** The fake with some answers of its runners changed. */
const answering = ({ azure }: Bench, change: (runner: StepRunner) => Partial<StepRunner>): Azure => ({
  ...azure,
  runner: (step) => ({ ...azure.runner(step), ...change(azure.runner(step)) }),
});

/** Notes when each poll was asked, ms since the start. */
const pollsOf =
  (b: Bench, at: number[], poll: StepRunner['poll']): StepRunner['poll'] =>
  (...args) => {
    at.push(b.clock.now() - start);
    return poll(...args);
  };

/** Ends a wait without end as `interrupted`, so that a case about it goes red instead of hanging. */
const stopAfter = (b: Bench, ms: number): void =>
  void b.clock.sleep(ms).then(() => b.stop.abort(new Error('too late')));

describe('between two looks at an operation', () => {
  it('passes at least what Azure asked, and ever more the longer it runs', () => {
    expect(pollMs(undefined, 0)).toBe(5_000);
    expect(pollMs(40_000, 0)).toBe(40_000);
    expect(pollMs(2_000, hourMs)).toBe(3 * minuteMs);
    expect(pollMs(2_000, 24 * hourMs)).toBe(5 * minuteMs);
    expect(pollMs(10 * minuteMs, 24 * hourMs)).toBe(10 * minuteMs);
  });

  it('the first look comes no earlier than the accepted write’s Retry-After, the next no earlier than the last answer’s', async () => {
    const b = bench({ operationMs: () => 200_000 });
    const at: number[] = [];
    const azure = answering(b, (runner) => ({
      begin: async (...args) => ({ ...((await runner.begin(...args)) as Accepted), retryAfterMs: 25_000 }),
      poll: pollsOf(b, at, async (...args) => {
        const polled = await runner.poll(...args);
        return polled.kind === 'running' ? { kind: 'running', retryAfterMs: 70_000 } : polled;
      }),
    }));
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
    expect(at).toEqual([25_000, 95_000, 165_000, 235_000]);
  });

  it('also the job that an operation hands over to is looked at no earlier than asked', async () => {
    const b = bench();
    const at: number[] = [];
    const azure = answering(b, (runner) => ({
      poll: pollsOf(b, at, async (operation, signal) =>
        operation.jobId === undefined
          ? { kind: 'running', next: { kind: 'accepted', jobId: '0', retryAfterMs: 45_000 } }
          : runner.poll(operation, signal),
      ),
    }));
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
    expect(at[1]! - at[0]!).toBe(45_000);
  });

  it('a goal on its way is looked at no earlier than asked', async () => {
    const b = bench({ operationMs: () => 1_000, goalMs: () => 400_000 });
    const at: number[] = [];
    const azure: Azure = {
      ...b.azure,
      goal: async (...args) => {
        at.push(b.clock.now() - start);
        const goal = await b.azure.goal(...args);
        return goal.kind === 'coming' ? { ...goal, retryAfterMs: 90_000 } : goal;
      },
    };
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
    const looks = at.slice(1);
    expect(looks.slice(1).map((t, i) => t - looks[i]!)).toEqual([90_000, 90_000, 90_000, 90_000, 90_000]);
  });

  it('what is on its way before anything was written is looked at no earlier than asked', async () => {
    const b = bench();
    const at: number[] = [];
    const azure: Azure = {
      ...b.azure,
      goal: async () => {
        at.push(b.clock.now() - start);
        return at.length < 3 ? { kind: 'coming', phase: 'being made', retryAfterMs: 90_000 } : { kind: 'holds' };
      },
    };
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: already-done']);
    expect(at).toEqual([0, 90_000, 180_000]);
    expect(b.azure.taken).toEqual([]);
  });

  it('a write that Azure is too busy for is sent again no earlier than asked', async () => {
    const b = bench();
    const at: number[] = [];
    const azure = answering(b, (runner) => ({
      begin: (...args) => {
        at.push(b.clock.now() - start);
        return at.length < 3
          ? Promise.resolve({ kind: 'not-yet', phase: 'a discovery runs', retryAfterMs: 100_000 })
          : runner.begin(...args);
      },
    }));
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
    expect(at).toEqual([0, 100_000, 200_000]);
  });

  it('a goal that shows and does not show by turns is looked at ever more rarely, and not for ever', async () => {
    const b = bench();
    let looks = 0;
    const azure: Azure = {
      ...b.azure,
      goal: async () => ((looks += 1) % 2 === 1 ? { kind: 'coming', phase: 'being made' } : { kind: 'absent' }),
    };
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: in-doubt']);
    expect(b.clock.now() - start).toBeGreaterThan(24 * hourMs);
    expect(looks).toBeLessThan(1_000);
    expect(b.azure.taken).toEqual([]);
  });

  it('an unclear answer’s Retry-After is kept too', async () => {
    const b = bench();
    const at: number[] = [];
    let asked = 0;
    const azure = answering(b, (runner) => ({
      poll: pollsOf(b, at, (...args) =>
        (asked += 1) === 1
          ? Promise.resolve({ kind: 'uncertain', problem: problem('a', '503'), retryAfterMs: 120_000 })
          : runner.poll(...args),
      ),
    }));
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: done']);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(120_000);
  });
});

describe('patience', () => {
  it('outlasts throttling of an hour', async () => {
    const b = bench({ fault: (r) => (r.kind === 'begin' && b.clock.now() < start + hourMs ? 'throttled' : undefined) });
    expect(await b.run([snapshotStep('a')])).toEqual(['a: done']);
    expect(b.azure.taken).toHaveLength(1);
  });

  it.each([
    ['the write is throttled without end: failed, nothing written', 'begin', 'failed', 0],
    ['looks at its operation are throttled without end: in doubt', 'poll', 'in-doubt', 1],
  ] as const)('ends after two hours when %s', async (_, kind, outcome, taken) => {
    const b = bench({ fault: (r) => (r.kind === kind && !r.step.endsWith('!') ? 'throttled' : undefined) });
    stopAfter(b, 10 * hourMs);
    expect(await b.run([backupStep('a')])).toEqual([`a: ${outcome}`]);
    expect(b.clock.now() - start).toBeGreaterThan(1.9 * hourMs);
    expect(b.clock.now() - start).toBeLessThan(2.5 * hourMs);
    expect(b.azure.taken).toHaveLength(taken);
  });

  it('ends after two hours where each unclear answer asks for an hour, however few they were', async () => {
    const b = bench();
    let looks = 0;
    const azure: Azure = {
      ...b.azure,
      goal: async () => {
        looks += 1;
        return { kind: 'uncertain', problem: problem('a', '503'), retryAfterMs: hourMs };
      },
    };
    expect(await b.run([snapshotStep('a')], { azure })).toEqual(['a: failed']);
    expect(b.clock.now() - start).toBeLessThanOrEqual(2 * hourMs);
    expect(looks).toBe(2);
    expect(b.azure.taken).toEqual([]);
  });

  it('begins anew after a clear answer: throttling now and then for a day ends nothing', async () => {
    const b = bench({
      operationMs: () => 20 * hourMs,
      fault: (r) => (r.kind === 'poll' && !r.step.endsWith('!') && (polls += 1) % 2 === 0 ? 'throttled' : undefined),
    });
    let polls = 0;
    expect(await b.run([backupStep('a')])).toEqual(['a: done']);
    expect(named(b.events, 'throttled').length).toBeGreaterThan(50);
  });
});

describe('the pace', () => {
  /** How long 260 snapshots take when every answer says that `remaining` requests are left. */
  const tookMs = async (remaining: number | undefined): Promise<number> => {
    const b = bench({ operationMs: () => 1_000 });
    let tell: (headroom: Headroom) => void = () => {};
    const azure: Azure = {
      ...answering(b, (runner) => ({
        begin: (...args) => {
          if (remaining !== undefined)
            tell({
              subscriptionId: '00000000-0000-0000-0000-00000000000a',
              kind: 'write',
              bucket: 'subscription-writes',
              remaining,
            });
          return runner.begin(...args);
        },
      })),
      observe: (listener) => (tell = listener),
    };
    const outcomes = await b.run(
      Array.from({ length: 260 }, (_, i) => snapshotStep(`s${i}`)),
      { azure, concurrency: 8 },
    );
    expect(new Set(outcomes.map((o) => o.split(': ')[1]))).toEqual(new Set(['done']));
    return b.clock.now() - start;
  };

  it('falls when Azure’s headers say that few requests are left, and not before', async () => {
    const free = await tookMs(undefined);
    expect(await tookMs(11_000)).toBe(free);
    // What is beyond a full bucket of 200 goes out at a twenty-fifth of the usual rate with one of 25 left.
    expect(await tookMs(1)).toBeGreaterThan(free + 60_000);
  });
});

describe('an operation that ended well without reaching its goal', () => {
  it.each([
    ['failed', snapshotStep('a')],
    ['in-doubt', backupStep('a')],
  ] as const)('is waited for as long as reads may lag, and then %s, never done', async (outcome, step) => {
    const b = bench();
    const azure: Azure = {
      ...b.azure,
      goal: () => Promise.resolve({ kind: 'absent', detail: 'there is no such point' }),
    };
    expect(await b.run([step], { azure })).toEqual([`a: ${outcome}`]);
    expect(b.clock.now() - start).toBeGreaterThanOrEqual(6 * minuteMs);
    expect(b.azure.taken).toHaveLength(1);
    expect(b.journal.lines.at(-1)).toContain('its goal is not reached: there is no such point');
  });

  it('is not sent again by applying again where twice would be twice, and is done once the goal shows', async () => {
    const b = bench({ lagMs: () => 90 * minuteMs, operationMs: () => 1_000 });
    expect(await b.run([backupStep('a')])).toEqual(['a: in-doubt']);
    expect(await b.run([backupStep('a')])).toEqual(['a: in-doubt']);
    await b.clock.sleep(90 * minuteMs);
    expect(await b.run([backupStep('a')])).toEqual(['a: done']);
    expect(b.azure.taken).toHaveLength(1);
  });

  it('is done, with a part of it unread, where nobody may ask about it and the goal shows; whoever hears of it is told so', async () => {
    const b = bench({ fault: (r) => (r.kind === 'poll' && r.step === 'a!' ? 'forbidden' : undefined) });
    const { clock, journal, azure, stop } = b;
    const ports = { azure, clock, journal, emit: () => {}, signal: stop.signal, concurrency: 1 };
    expect(await apply(planOf([snapshotStep('a'), snapshotStep('b')]), ports)).toMatchObject([
      { id: 'a', outcome: 'done', unread: true, detail: expect.stringContaining('no operations/read') as string },
      { id: 'b', outcome: 'done' },
    ]);
    expect((await apply(planOf([snapshotStep('c')]), { ...ports, journal: memoryJournal() }))[0]).not.toHaveProperty(
      'unread',
    );
  });

  it('is in doubt where its operation vanishes each time that it is sent, and is not sent for ever', async () => {
    const b = bench({
      lagMs: () => 30 * 24 * hourMs,
      fault: (r) => (r.kind === 'poll' && r.step === 'a!' ? 'vanished' : undefined),
    });
    stopAfter(b, 10 * hourMs);
    expect(await b.run([snapshotStep('a')])).toEqual(['a: in-doubt']);
    expect(b.azure.taken).toHaveLength(3);
  });

  it('is done where the goal shows within that time', async () => {
    const b = bench({ lagMs: () => 5 * minuteMs, operationMs: () => 1_000 });
    expect(await b.run([snapshotStep('a')])).toEqual(['a: done']);
  });

  it('is asked about patiently where the look at the goal is unclear at first', async () => {
    const b = bench({ fault: firstTimes(3, (r) => r.kind === 'goal' && b.azure.taken.length > 0, 'server-error') });
    expect(await b.run([snapshotStep('a')])).toEqual(['a: done']);
  });
});
