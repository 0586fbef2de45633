/** A scenario's simulated Azure, and the plan that the real reading, audit, preflight and planners make over it. */
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Plan } from '../../src/core/plan.ts';
import { planBy, questionsOf } from '../../src/core/planning.ts';
import { answerPreflight } from '../../src/azure/preflight.ts';
import { readEstate } from '../../src/azure/read-estate.ts';
import { parseFleet } from '../../src/simulator/fleet-file.ts';
import { createSimulator, type CreateOptions, type Simulator } from '../../src/simulator/simulator.ts';
import { virtualClock } from '../engine/virtual-clock.ts';
import { guidanceWith } from '../core/guidance-shipped.ts';
import { transportOver } from './in-process.ts';
import { chosenBy, type Scenario } from './scenarios.ts';

export const startsAt = Date.UTC(2026, 10, 2, 8);

export type WorldOptions = Pick<CreateOptions, 'faults' | 'listLagMs' | 'tokenLifetimeSeconds' | 'coreQuota'>;

/** Everything is allowed: roles have their own suite. */
const subscription = '/subscriptions/8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01';
const principals = `principals: [{ clientId: cccccccc-0000-4000-8000-000000000001, name: applier, assignments: [{ scope: ${subscription}, actions: ['*'] }] }]\n`;

export const simulatorOf = (scenario: Scenario, seed: number, options: WorldOptions = {}): Simulator => {
  const parsed = parseFleet(`${scenario.fleet(chosenBy(seed))}${principals}`, scenario.name, startsAt);
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return createSimulator({ startsAt, listLagMs: 60_000, ...options, fleet: parsed.fleet });
};

export const planFor = async (scenario: Scenario, seed: number): Promise<Plan> => {
  const simulator = simulatorOf(scenario, seed);
  const chosen = chosenBy(seed);
  const clock = virtualClock(startsAt, (now) => simulator.clock.advance(now - simulator.clock.now()));
  const transport = transportOver(simulator, clock);
  const reading = await readEstate({ filter: {}, source: 'auto', deep: false, concurrency: 4 }, { transport, clock });
  if (reading.kind === 'failed') throw new Error(reading.problem.summary);
  const { estate } = reading;
  const shipped = guidanceWith(scenario.overlay ?? '');
  const guidance = scenario.guidance?.(shipped, chosen) ?? shipped;
  const { asOf } = estate;
  const audit = auditEstate(estate, guidance, asOf);
  const draft = scenario.draft(estate, chosen);
  const preflight = await answerPreflight(questionsOf(draft, { estate, audit, guidance, asOf }), {
    transport,
    clock,
    concurrency: 4,
  });
  const plan = planBy(draft, { estate, audit, guidance, asOf, preflight, limits: {}, madeBy: 'holdfast 0.1.0' });
  if (plan.refusals.length > 0)
    throw new Error(
      `${scenario.name}: ${plan.refusals.flatMap(({ reasons }) => reasons.map(({ text }) => text)).join('; ')}`,
    );
  return plan;
};
