/**
 * Every kind of write, in plans that the real planners make over seeded fleets: apply is killed before and after every request and
 * before, within and after every journal line, resumed, and judged by the simulator's own log.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { stepKinds } from '../../src/core/steps/index.ts';
import { planFor } from './drafted.ts';
import { exchangeShare } from './exchange-share.ts';
import { helpedIn, judged, liveIn, undisturbed, unfinished, worldOf, type Undisturbed } from './lives.ts';
import { wrongs } from './log-checker.ts';
import { scenarios } from './scenarios.ts';
import { randomOf, shareOf, whole } from './share.ts';

const seeds = whole ? [0, 1, 2, 3, 4, 5] : [0, 1];
const worlds = scenarios.flatMap((scenario) =>
  seeds.slice(0, scenario.seeds).map((seed) => [scenario.name, seed, scenario] as const),
);

describe('the plans that are killed', () => {
  it.each(worlds)('%s, seed %i: hold the kinds of write that they are there for', async (_name, seed, scenario) => {
    const { steps } = await planFor(scenario, seed);
    const kinds = new Set(steps.map(({ kind }) => kind));
    expect(scenario.kinds.filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it('hold every kind of write that there is', () => {
    const covered = new Set<string>(scenarios.flatMap(({ kinds }) => kinds));
    expect(Object.keys(stepKinds).filter((kind) => !covered.has(kind))).toEqual([]);
  });
});

/** An operation is polled forty times alike: of equal neighbours the first two and the last are tried. */
const worthTrying = (points: readonly string[]): readonly number[] =>
  points.flatMap((point, i) =>
    point === points[i - 2] && point === points[i - 4] && point === points[i + 2] ? [] : [i],
  );

const exchanges = exchangeShare('apply, killed at every point');
const figures = { tried: 0, of: 0, plans: 0, asked: 0, over: 0 };

/** Killed at the point, and in every other case once more while it resumes; then left to its end. */
const killedAt = async (
  { scenario, seed, plan, life, outcome }: Undisturbed,
  point: number,
): Promise<readonly string[]> => {
  const world = worldOf(scenario, seed, plan);
  const first = await liveIn(world, point);
  expect(first.kind).toBe('killed');
  const random = randomOf(`${scenario.name} ${seed} ${point}`);
  const again = random(2) === 0 ? random(60) : undefined;
  if (again !== undefined) await liveIn(world, again);
  const { life: last, asked, needless } = await helpedIn(world);
  figures.asked += asked;
  exchanges.take(world.simulator);
  const at = `${life.points[point]} (point ${point}${again === undefined ? '' : `, then ${again}`})`;
  // What must run always has run meanwhile, while a person was asked or in a life that was cut short too: what was to be done to a
  // temporary machine is over with it, and said to be.
  if (
    (asked > 0 || again !== undefined) &&
    last.outcomes.some(({ detail }) => /has been begun since/.test(detail ?? ''))
  ) {
    figures.over += 1;
    return [...world.violations, ...wrongs(world), ...needless].map((wrong) => `${at}: ${wrong}`);
  }
  return [...unfinished(last.outcomes), ...needless, ...judged(world, outcome)].map((wrong) => `${at}: ${wrong}`);
};

describe('killed at every point and resumed', () => {
  afterAll(() =>
    console.log(
      `killed at ${figures.tried} of ${figures.of} points of ${figures.plans} plans over the simulator${whole ? '' : ' (a share)'}; ` +
        `${figures.asked} times a person had sent what was noted and never left, ${figures.over} times too late for it`,
    ),
  );

  it.each(worlds)(
    '%s, seed %i: each write is taken as promised, in order, and the world comes to be as if nothing had happened',
    async (name, seed, scenario) => {
      const calm = await undisturbed(scenario, seed);
      expect(unfinished(calm.life.outcomes)).toEqual([]);
      expect(judged(calm.world, calm.outcome)).toEqual([]);
      const points = worthTrying(calm.life.points);
      const tried = shareOf(points, 40, `${name} ${seed}`);
      const bad: string[] = [];
      for (const point of tried) bad.push(...(await killedAt(calm, point)));
      figures.tried += tried.length;
      figures.of += points.length;
      figures.plans += 1;
      expect(bad.slice(0, 12)).toEqual([]);
    },
    1_800_000,
  );
});

it(
  'what killed processes sent and were answered is as Azure documents it, in a seeded share',
  (context) => exchanges.judge(context),
  60_000,
);
