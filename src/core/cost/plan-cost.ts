/** Puts prices on a plan: each step's monthly cost, the sum, and in words what the figures rest on. */
import type { Estate } from '../estate.ts';
import { counted } from '../duration.ts';
import { keyOf, type ResourceKey } from '../ids.ts';
import { sealPlan } from '../plan-digest.ts';
import type { Plan, PlanCost, Step, StepCost } from '../plan.ts';
import { partsText } from './cost-words.ts';
import { cents, sumOf, type CostEstimate, type MeterCost } from './estimate.ts';
import { meterKey, type Meter } from './meter.ts';
import type { PriceBook } from './price-book.ts';
import { defaultBase, type ReckoningBase } from './size.ts';
import { costOfStep, worldOf } from './step-cost.ts';

/** The plan with costs, sealed anew: its steps are the same. */
export const pricePlan = (plan: Plan, estate: Estate, book: PriceBook, base: ReckoningBase = defaultBase): Plan => {
  const { digest: _, ...rest } = plan;
  const estimates = costsOf(plan, estate, book, base);
  const payers = payersOf(plan.steps);
  const steps = plan.steps.map((step) => withCost(step, payers, estimates.get(step.id)));
  return sealPlan({ ...rest, steps, cost: totalOf(steps, [...estimates.values()], book) });
};

/** The meters a plan's costs depend on, to ask prices of. */
export const metersOfPlan = (plan: Plan, estate: Estate, nothing: PriceBook): readonly Meter[] =>
  metersOf([...costsOf(plan, estate, nothing, defaultBase).values()]);

export const metersOf = (estimates: readonly CostEstimate[]): readonly Meter[] => {
  const meters = estimates.flatMap((cost) => cost.meters.filter(isMeter));
  return [...new Map(meters.map((meter) => [meterKey(meter), meter])).values()];
};

const isMeter = (cost: MeterCost): cost is MeterCost & Meter => cost.meter !== undefined && cost.region !== '';

const costsOf = (
  { steps }: Plan,
  estate: Estate,
  book: PriceBook,
  base: ReckoningBase,
): ReadonlyMap<string, CostEstimate> => {
  const world = worldOf(estate, steps, book, base);
  const { removers } = payersOf(steps);
  return new Map(
    steps.flatMap((step) => {
      if (removers.has(step.id)) return [];
      const cost = costOfStep(step, world);
      return cost === undefined ? [] : [[step.id, cost] as const];
    }),
  );
};

/** Where the cost of a step is told that has none of its own. */
interface Payers {
  /** By step: the one that deletes again what it made, so that there is nothing to pay every month. */
  readonly removers: ReadonlyMap<string, Step>;
  /** By protected item: the step that enables its protection. */
  readonly enablers: ReadonlyMap<ResourceKey, Step>;
}

const payersOf = (steps: readonly Step[]): Payers => ({
  removers: new Map(
    steps.flatMap((step) =>
      step.kind === 'resource.delete' && step.undoes !== undefined ? [[step.undoes, step]] : [],
    ),
  ),
  enablers: new Map(steps.flatMap((step) => (step.kind === 'backup.enable' ? [[keyOf(step.resourceId), step]] : []))),
});

const withCost = (step: Step, { removers, enablers }: Payers, cost: CostEstimate | undefined): Step => {
  if (cost !== undefined) return { ...step, cost: stepCost(cost) };
  const remover = removers.get(step.id);
  if (remover)
    return { ...step, cost: { monthlyUsd: 0, basis: `deleted again by ${remover.id}: billed for that while only` } };
  const enabled = step.kind === 'backup.trigger' ? enablers.get(keyOf(step.resourceId)) : undefined;
  return enabled === undefined ? step : { ...step, cost: { monthlyUsd: 0, basis: `counted in ${enabled.id}` } };
};

const stepCost = (cost: CostEstimate): StepCost => ({
  monthlyUsd: cost.monthlyUsd,
  ...(cost.atMostUsd === undefined ? {} : { atMostUsd: cost.atMostUsd }),
  basis: partsText(cost),
  meters: cost.meters,
});

const totalOf = (steps: readonly Step[], estimates: readonly CostEstimate[], book: PriceBook): PlanCost => {
  const costs = steps.flatMap(({ cost }) => (cost === undefined ? [] : [cost]));
  const most = costs.map(({ monthlyUsd, atMostUsd }) => ({ monthlyUsd: atMostUsd ?? monthlyUsd }));
  const unknownSteps = steps.filter(({ cost }) => cost?.monthlyUsd === 'unknown').length;
  const notCounted = distinct(estimates.flatMap((estimate) => estimate.notCounted));
  return {
    monthlyUsd: sumOf(costs),
    ...(costs.some(({ atMostUsd }) => atMostUsd !== undefined) ? { atMostUsd: sumOf(most) } : {}),
    ...(unknownSteps === 0 ? {} : { knownUsd: knownOf(steps, estimates), unknownSteps }),
    assumptions: [
      ...(estimates.length === 0 ? [] : [`Prices are list prices in US dollars, from the ${book.title}.`]),
      ...(unknownSteps === 0 ? [] : [`Of ${counted(unknownSteps, 'step')} a part of the cost is not known.`]),
      ...distinct(estimates.flatMap((estimate) => estimate.assumptions)),
      ...(notCounted.length === 0 ? [] : [`Not counted: ${notCounted.join(', ')}.`]),
    ],
    ...(estimates.length === 0 ? {} : { prices: { title: book.title, asOf: book.asOf, source: book.source } }),
  };
};

const knownOf = (steps: readonly Step[], estimates: readonly CostEstimate[]): number =>
  cents(estimates.reduce((sum, { knownUsd }) => sum + knownUsd, 0) + flatOf(steps));

/** What steps cost that have no meters. */
const flatOf = (steps: readonly Step[]): number =>
  steps.reduce((sum, { cost }) => {
    if (cost === undefined || cost.meters !== undefined || cost.monthlyUsd === 'unknown') return sum;
    return sum + cost.monthlyUsd;
  }, 0);

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
