/** The suite over all kinds of write would see an engine that is broken: each mutant is tried until it is caught. */
import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults.ts';
import { helpedIn, judged, liveIn, undisturbed, unfinished, worldOf, type Undisturbed } from './lives.ts';
import { mutants, mutantsOfSome, type Mutant } from './mutants.ts';
import { scenarios } from './scenarios.ts';

const called = (name: string) => scenarios.find((scenario) => scenario.name === name)!;

const wrongsOf = async (
  mutant: Mutant,
  { scenario, seed, plan, outcome }: Undisturbed,
  point: number | undefined,
  faults: readonly FaultRule[],
): Promise<readonly string[]> => {
  const world = worldOf(scenario, seed, plan, { faults });
  if (point !== undefined) await liveIn(world, point, mutant);
  const { life, needless } = await helpedIn(world, mutant);
  return [...unfinished(life.outcomes), ...needless, ...judged(world, outcome)];
};

/** Where a process dies does not matter to some mutants: they are tried undisturbed first, then nearest to the last write. */
const caught = async (mutant: Mutant, name: string, faults: readonly FaultRule[] = []): Promise<string> => {
  const calm = await undisturbed(called(name), 0);
  const lastWrite = calm.life.points.findLastIndex((point) => /^after (?:PUT|POST|DELETE)/.test(point));
  const points = [
    undefined,
    ...calm.life.points
      .keys()
      .toArray()
      .toSorted((a, b) => Math.abs(a - lastWrite) - Math.abs(b - lastWrite)),
  ];
  for (const [tried, point] of points.entries()) {
    const found = (await wrongsOf(mutant, calm, point, faults)).find((wrong) => mutant.caughtBy.test(wrong));
    if (found !== undefined) return `caught at try ${tried + 1}: ${found}`;
  }
  return 'not caught';
};

describe.each([
  // What a machine is shows in the machine itself: of a write's fate nobody need ask there, so those mutants do no harm.
  ['an image of the machine itself', mutants.filter(({ name }) => /asking|order|202/.test(name))],
  ['a backup now', mutants.filter(({ name }) => name !== 'ignores order')],
] as const)('over %s', (name, all) => {
  it.each(all)(
    'an engine that $name is caught',
    async (mutant) => {
      const result = await caught(mutant, name);
      console.log(`mutant that ${mutant.name}, over ${name}: ${result}`);
      expect(result).toMatch(/^caught/);
    },
    300_000,
  );
});

it.each(mutantsOfSome)(
  'over $scenario, an engine that $name is caught',
  async (mutant) => {
    const result = await caught(mutant, mutant.scenario, mutant.faults);
    console.log(`mutant that ${mutant.name}, over ${mutant.scenario}: ${result}`);
    expect(result).toMatch(/^caught/);
  },
  300_000,
);
