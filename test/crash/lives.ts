/** A scenario's world that outlives its processes, and one life after another in it. */
import type { Plan, StepOutcome } from '../../src/core/plan.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { planFor, simulatorOf, type WorldOptions } from './drafted.ts';
import { azureOver } from './in-process.ts';
import { differences, isDoneBy, isWrite, outcomeOf, wrongs, writesOf } from './log-checker.ts';
import type { Mutant } from './mutants.ts';
import { withAPerson, type Helped } from './person.ts';
import { live, type Life } from './process.ts';
import type { Scenario } from './scenarios.ts';

export interface World {
  readonly plan: Plan;
  readonly simulator: Simulator;
  readonly lines: string[];
  readonly violations: string[];
}

export const worldOf = (scenario: Scenario, seed: number, plan: Plan, options: WorldOptions = {}): World => ({
  plan,
  simulator: simulatorOf(scenario, seed, options),
  lines: [],
  violations: [],
});

const downMs = 30_000;

export const liveIn = async (
  { plan, simulator, lines, violations }: World,
  dieAt?: number,
  mutant?: Mutant,
  resend: readonly string[] = [],
): Promise<Life> => {
  const life = await live({
    plan: mutant?.plan?.(plan) ?? plan,
    startAt: simulator.clock.now(),
    dieAt,
    lines,
    onDurable: (line) => {
      const { event, step, outcome } = JSON.parse(line) as { event?: string; step?: string; outcome?: string };
      if (event !== 'settled' || outcome !== 'done') return;
      const own = plan.steps.find(({ id }) => id === step)!;
      if (!isDoneBy(own, simulator)) violations.push(`the journal claims ${own.id} ${outcome}, and it is not`);
    },
    onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
    azure: (clock, reaper) =>
      azureOver(simulator, clock, reaper, (method, path) => {
        const line = { method, url: path, accepted: true, request: null } as never;
        if (!isWrite(line)) return;
        const noted = plan.steps.some(
          (step) =>
            writesOf(
              {
                ...step,
                kind: step.kind === 'backup.undelete' || step.kind === 'backup.reconfigure' ? 'backup.stop' : step.kind,
              } as never,
              [line],
            ).length > 0 && lines.some((text) => text.includes(`"intended","step":"${step.id}"`)),
        );
        if (!noted) violations.push(`${method} ${path} was sent without a durable intent`);
      }),
    ...(mutant?.wrap ? { wrap: mutant.wrap } : {}),
    resend,
  });
  // A life that ended later than the last jump: the world goes on while nobody looks.
  simulator.clock.advance(Math.max(0, life.endedAt - simulator.clock.now()) + downMs);
  return life;
};

/** Left to its end, whatever a person has to do for it. */
export const helpedIn = (world: World, mutant?: Mutant): Promise<Helped> =>
  withAPerson(
    (resend) => liveIn(world, undefined, mutant, resend),
    (id) => {
      const step = world.plan.steps.find((one) => one.id === id)!;
      return writesOf(step, world.simulator.log()).some(({ accepted }) => accepted);
    },
  );

/** What a run that nothing disturbs comes to. */
export interface Undisturbed {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly plan: Plan;
  readonly life: Life;
  readonly world: World;
  readonly outcome: readonly string[];
}

export const undisturbed = async (scenario: Scenario, seed: number): Promise<Undisturbed> => {
  const plan = await planFor(scenario, seed);
  const world = worldOf(scenario, seed, plan);
  const life = await liveIn(world);
  return { scenario, seed, plan, life, world, outcome: outcomeOf(world.simulator) };
};

export const unfinished = (outcomes: readonly StepOutcome[]): readonly string[] =>
  outcomes
    .filter(({ outcome }) => !/done/.test(outcome))
    .map(({ id, outcome, detail }) => `${id} ended ${outcome}: ${detail}`);

/** Everything wrong with a world in which the plan has come to its end. */
export const judged = (world: World, wanted: readonly string[]): readonly string[] => [
  ...world.violations,
  ...wrongs(world),
  ...world.plan.steps.flatMap((step) => (isDoneBy(step, world.simulator) ? [] : [`${step.id} was never carried out`])),
  ...differences(wanted, outcomeOf(world.simulator)),
];
