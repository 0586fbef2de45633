/**
 * How near to what Azure's budgets allow a plan comes, and whether it is ever turned away, over a simulated Azure that
 * enforces them. `npm run bench` prints the same for a thousand snapshots.
 */
import { describe, expect, it } from 'vitest';
import { leastMs } from './budget-bound.ts';
import { group, pointSteps, runPaced, snapshotSteps } from './pacing-world.ts';

const shape = { machines: 150 };
/** An operation's own course, and the looks at it, come after the last write. */
const tailMs = 8_000;

describe('a plan of many snapshots', () => {
  it('takes hardly longer than the budgets allow, is never turned away, and reads no more than five times for each', async () => {
    const run = await runPaced(shape, snapshotSteps(shape));
    expect(run.throttled).toEqual([]);
    expect(run.outcomes).toEqual(new Map([['done', 150]]));
    expect(run.asked.reads).toBeLessThan(150 * 5 + 10);
    expect(run.tookMs).toBeLessThan(leastMs(run.log) * 1.05 + tailMs);
  });

  it('is not turned away where all disks are of few machines, though Azure counts the reads of each machine', async () => {
    const few = { machines: 2, disksEach: 45 };
    const run = await runPaced(few, snapshotSteps(few));
    expect(run.throttled).toEqual([]);
    expect(run.outcomes).toEqual(new Map([['done', 90]]));
    // 36 reads of a machine at once, then one every five seconds; one is kept back for others.
    expect(run.tookMs).toBeGreaterThan(45_000);
    expect(run.tookMs).toBeLessThan(50_000 + 5_000 + tailMs + 1_000);
  });

  it('is not turned away either where machines lie in several regions: Resource Manager does not ask which', async () => {
    const spread = { machines: 150, regions: ['westeurope', 'northeurope', 'eastus'] };
    const run = await runPaced(spread, snapshotSteps(spread), { concurrency: 16 });
    expect(run.throttled).toEqual([]);
    expect(run.tookMs).toBeLessThan(leastMs(run.log) * 1.05 + tailMs);
  });

  it.each([1, 40])('keeps that with %i requests in flight at most', async (concurrency) => {
    const run = await runPaced(shape, snapshotSteps(shape), { concurrency, latencyMs: 20 });
    expect(run.throttled).toEqual([]);
    expect(run.outcomes).toEqual(new Map([['done', 150]]));
  });
});

describe('a plan of many restore points', () => {
  it('keeps within Compute’s budget of them', async () => {
    const many = { machines: 180 };
    const run = await runPaced(many, pointSteps(many));
    expect(run.throttled).toEqual([]);
    expect(run.outcomes).toEqual(new Map([['done', 360]]));
  });

  it('takes no more than three an hour of one machine, and never two at once', async () => {
    const one = { machines: 1 };
    const run = await runPaced(one, pointSteps(one, 5));
    expect(run.throttled).toEqual([]);
    expect(run.outcomes).toEqual(new Map([['done', 6]]));
    const puts = run.log.filter(({ method, url }) => method === 'PUT' && url.includes('/restorePoints/'));
    expect(puts.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const at = puts.map((line) => Date.parse(line.at));
    expect(at[3]! - at[0]!).toBeGreaterThanOrEqual(3_600_000);
    const waits = run.events.flatMap((event) =>
      event.kind === 'step.waiting' && event.why.includes('RestorePoint')
        ? [Date.parse(event.until) - Date.parse(event.at)]
        : [],
    );
    expect(Math.max(...waits)).toBeGreaterThan(1_000_000);
  });
});

describe('a budget of which neither a document nor a header tells', () => {
  it.each([1, 8])(
    'is learnt from few refusals with %i requests in flight, and everything gets done',
    async (concurrency) => {
      const run = await runPaced(shape, snapshotSteps(shape), { concurrency, hidden: { size: 40, perSecond: 1 } });
      expect(run.outcomes).toEqual(new Map([['done', 150]]));
      // What was under way when the first was refused, and a few until the pace is found.
      expect(run.turnedAway).toBeGreaterThan(0);
      expect(run.turnedAway).toBeLessThanOrEqual(concurrency + 8);
      expect(run.tookMs).toBeLessThan(1.2 * 110_000);
    },
  );
});

describe('beside another user of the same budget', () => {
  const reads = { method: 'GET', path: () => `${group}?api-version=2021-04-01` };

  it('takes what that one leaves, and neither is turned away', async () => {
    const alone = await runPaced(shape, snapshotSteps(shape));
    const run = await runPaced(shape, snapshotSteps(shape), { other: { ...reads, perSecond: 12.5 } });
    expect(run.throttled).toEqual([]);
    expect(run.throttledOthers).toBe(0);
    expect(run.outcomes).toEqual(new Map([['done', 150]]));
    // Half of the refill is gone: what is beyond the bucketful takes twice as long.
    expect(run.tookMs).toBeGreaterThan(alone.tookMs * 1.5);
    expect(run.tookMs).toBeLessThan(leastMs(run.log, 0.5) * 1.05 + tailMs);
  });

  it('gets through where that one uses nearly all of it', async () => {
    const run = await runPaced({ machines: 40 }, snapshotSteps({ machines: 40 }), {
      other: { ...reads, perSecond: 24 },
    });
    expect(run.throttled).toEqual([]);
    expect(run.outcomes).toEqual(new Map([['done', 40]]));
  });
});
