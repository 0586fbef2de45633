import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, Step } from '../../src/core/plan.ts';
import { fakeAzure, type Fault, type FakeOptions, type Taken } from '../engine/fake-azure.ts';
import { backupStep, planOf, snapshotStep } from '../engine/plan-builder.ts';
import { unreached, violations, type Claim } from './checker.ts';
import { mutants, type Mutant } from './mutants.ts';
import { withAPerson } from './person.ts';
import { live, type Life } from './process.ts';

const start = Date.UTC(2026, 5, 3, 1);
const downMs = 45_000;

interface World {
  readonly plan: Plan;
  readonly lines: string[];
  readonly taken: Taken[];
  readonly claims: Claim[];
  readonly options: Omit<FakeOptions, 'now'>;
  now: number;
}

const worldOf = (plan: Plan, options: World['options'] = {}): World => ({
  plan,
  options,
  lines: [],
  taken: [],
  claims: [],
  now: start,
});

/** One process in a world that outlives it. */
const liveIn = async (world: World, dieAt?: number, mutant?: Mutant, resend: readonly string[] = []): Promise<Life> => {
  const at = { now: world.now };
  const azureAt = (now: () => number, onRequest?: FakeOptions['onRequest']) =>
    fakeAzure({ ...world.options, now, ...(onRequest ? { onRequest } : {}) }, world.taken);
  const truth = azureAt(() => at.now);
  const life = await live({
    plan: mutant?.plan?.(world.plan) ?? world.plan,
    startAt: world.now,
    dieAt,
    lines: world.lines,
    onJump: (now) => (at.now = now),
    onDurable: (line) => {
      const entry = JSON.parse(line) as { event?: string; step?: string; outcome?: string };
      if (entry.event && entry.step)
        world.claims.push({
          step: entry.step,
          event: entry.event,
          at: at.now,
          held: truth.holds(entry.step),
          ...(entry.outcome ? { outcome: entry.outcome } : {}),
        });
    },
    azure: (clock, reaper) =>
      azureAt(
        () => clock.now(),
        (r, when) => reaper.pass(`${when} ${r.kind} ${r.step}`),
      ),
    ...(mutant?.wrap ? { wrap: mutant.wrap } : {}),
    resend,
  });
  world.now = life.endedAt + downMs;
  return life;
};

const reachedIn =
  ({ options, taken }: World) =>
  (step: string): number | undefined => {
    const good = taken.find((t) => t.step === step && t.ok);
    return good && good.endsAt + (options.goalMs?.(step) ?? 0);
  };

const judge = (world: World): readonly string[] => {
  const truth = fakeAzure({ ...world.options, now: () => world.now }, world.taken);
  return [...violations({ ...world, reachedAt: reachedIn(world) }), ...unreached(world.plan, truth)];
};

const plan = planOf([
  snapshotStep('freeze'),
  backupStep('backup', { dependsOn: ['freeze'] }),
  snapshotStep('copy', { dependsOn: ['backup'] }),
  snapshotStep('thaw', { dependsOn: ['freeze', 'copy'], runs: 'always' }),
  backupStep('other'),
]);
const slow: World['options'] = {
  operationMs: (s) => (s === 'backup' ? 2_460_000 : 15_000),
  goalMs: (s) => (s === 'copy' ? 30_000 : 0),
  lagMs: (s) => (s === 'other' ? 240_000 : 1_000),
};

const helped = (world: World, mutant?: Mutant) =>
  withAPerson(
    (resend) => liveIn(world, undefined, mutant, resend),
    (step) => world.taken.some((t) => t.step === step),
  );

/** Kills at every point in turn, resumes, and judges each history. */
const everyPoint = async (mutant?: Mutant): Promise<{ points: number; asked: number; bad: readonly string[] }> => {
  const whole = await liveIn(worldOf(plan, slow), undefined, mutant);
  const bad: string[] = [];
  let asked = 0;
  for (let point = 0; point < whole.points.length; point += 1) {
    const world = worldOf(plan, slow);
    const first = await liveIn(world, point, mutant);
    expect(first.kind).toBe('killed');
    const second = await helped(world, mutant);
    asked += second.asked;
    const ends = second.life.outcomes
      .filter((o) => !/done/.test(o.outcome))
      .map((o) => `${o.id} ended ${o.outcome}: ${o.detail}`);
    bad.push(...[...judge(world), ...second.needless, ...ends].map((v) => `${first.points.at(-1)}: ${v}`));
  }
  return { points: whole.points.length, asked, bad };
};

describe('a process killed at every point', () => {
  it('resumes to the same end: no backup twice, order kept, no claim that is not so', async () => {
    const { points, asked, bad } = await everyPoint();
    console.log(
      `killed at ${points} points (before and after each request; before, within and after each journal line); ` +
        `${asked} left a backup noted and not sent, which a person had sent`,
    );
    expect(bad).toEqual([]);
    expect(points).toBeGreaterThan(100);
    // Between the line that says so and the request itself: two points for each of two backups.
    expect(asked).toBe(4);
  });

  it('never has a backup taken twice, even where reads show nothing of it for longer than any bound', async () => {
    const blind = { ...slow, lagMs: (s: string) => (/backup|other/.test(s) ? 30 * 86_400_000 : 1_000) };
    const whole = await liveIn(worldOf(plan, slow));
    const bad: string[] = [];
    let taken = 0;
    for (let point = 0; point < whole.points.length; point += 1) {
      const world = worldOf(plan, blind);
      await liveIn(world, point);
      for (let again = 0; again < 3; again += 1) await liveIn(world);
      taken += world.taken.filter(({ step }) => /backup|other/.test(step)).length;
      bad.push(...violations({ ...world, reachedAt: reachedIn(world) }).map((v) => `${whole.points[point]}: ${v}`));
    }
    expect(bad).toEqual([]);
    expect(taken).toBeGreaterThan(whole.points.length);
  });

  it('also when the resuming process is killed again', async () => {
    const whole = await liveIn(worldOf(plan, slow));
    const bad: string[] = [];
    for (let first = 3; first < whole.points.length; first += 7) {
      for (let second = 1; second < 60; second += 11) {
        const world = worldOf(plan, slow);
        await liveIn(world, first);
        await liveIn(world, second);
        await helped(world);
        bad.push(...judge(world).map((v) => `${first}/${second}: ${v}`));
      }
    }
    expect(bad).toEqual([]);
  });

  it.each(mutants)('would be caught: an engine that $name', async (mutant) => {
    const { bad } = await everyPoint(mutant);
    const caught = bad.filter((b) => mutant.caughtBy.test(b));
    console.log(`${mutant.name}: ${bad.length} violations, ${caught.length} of them like "${caught[0]}"`);
    expect(caught.length).toBeGreaterThan(0);
  });
});

describe('random plans, faults and deaths', () => {
  const faults: readonly Fault[] = ['throttled', 'lost-before', 'lost-after', 'server-error'];

  const stepsOf = (shapes: readonly { post: boolean; always: boolean; needs: readonly number[] }[]): readonly Step[] =>
    shapes.map((shape, i) => {
      const dependsOn = [...new Set(shape.needs.filter((n) => n < i).map((n) => `s${n}`))];
      const more = { dependsOn, runs: shape.always ? ('always' as const) : ('on-success' as const) };
      return shape.post ? backupStep(`s${i}`, more) : snapshotStep(`s${i}`, more);
    });

  it('never sends a backup twice, keeps the order, claims only what is so, and comes to the same end', async () => {
    const shape = fc.record({ post: fc.boolean(), always: fc.boolean(), needs: fc.array(fc.nat(5), { maxLength: 2 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(90), { maxLength: 3 }),
        fc.array(fc.nat(40), { minLength: 40, maxLength: 80 }),
        fc.nat(300_000),
        async (shapes, deaths, dice, lag) => {
          let thrown = 0;
          const fault = (request: { kind: string; step: string }): Fault | undefined => {
            if (request.step.endsWith('!')) return undefined;
            thrown += 1;
            return thrown < 400 ? faults[dice[thrown % dice.length]!] : undefined;
          };
          const world = worldOf(planOf(stepsOf(shapes)), {
            fault,
            lagMs: () => lag,
            operationMs: (s) => 5_000 + s.length * 1_000,
            goalMs: () => lag / 3,
          });
          for (const death of deaths) await liveIn(world, death);
          let last: Life | undefined;
          for (let again = 0; again < 8 && !last?.outcomes.every((o) => /done/.test(o.outcome)); again += 1) {
            // As a person would who reads what apply says: reads lag within the bound, so even that does nothing twice.
            const inDoubt = last?.outcomes.filter(({ resend }) => resend !== undefined).map(({ id }) => id);
            last = await liveIn(world, undefined, undefined, inDoubt);
          }
          expect(judge(world)).toEqual([]);
          expect(last!.outcomes.map((o) => o.outcome).filter((o) => !/done/.test(o))).toEqual([]);
        },
      ),
      { numRuns: 150, seed: 20260603 },
    );
  });
});
