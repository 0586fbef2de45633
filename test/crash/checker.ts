/**
 * Judges a history by what Azure took and what the journal claimed when. It knows the plan and the fake's own log, and nothing
 * of how the engine decides.
 */
import type { Plan, Step } from '../../src/core/plan.ts';
import type { FakeAzure, Taken } from '../engine/fake-azure.ts';

export interface Claim {
  readonly step: string;
  readonly event: string;
  readonly outcome?: string;
  readonly at: number;
  /** Whether the step's goal truly held when the line became durable. */
  readonly held: boolean;
}

export interface History {
  readonly plan: Plan;
  readonly taken: readonly Taken[];
  readonly claims: readonly Claim[];
  /** Moments at which each dependency's goal was reached, by step. */
  readonly reachedAt: (step: string) => number | undefined;
}

export const violations = ({ plan, taken, claims, reachedAt }: History): readonly string[] => [
  ...plan.steps.flatMap((step) => twice(step, taken)),
  ...taken.flatMap((t) => outOfOrder(t, plan, reachedAt)),
  ...taken.flatMap((t) =>
    claims.some((c) => c.event === 'intended' && c.step === t.step && c.at <= t.at)
      ? []
      : [`${t.step} was sent without a durable intent`],
  ),
  ...claims.flatMap((c) =>
    c.outcome !== undefined && /done/.test(c.outcome) && !c.held
      ? [`the journal claims ${c.step} ${c.outcome}, and it is not`]
      : [],
  ),
];

const twice = (step: Step, taken: readonly Taken[]): readonly string[] => {
  if (step.method !== 'POST') return [];
  const own = taken.filter((t) => t.step === step.id);
  // A second send is right only when the first has failed, and after that.
  return own.slice(1).flatMap((t, i) => (own[i]!.ok || own[i]!.endsAt > t.at ? [`${step.id} was accepted twice`] : []));
};

const outOfOrder = (t: Taken, plan: Plan, reachedAt: History['reachedAt']): readonly string[] => {
  const step = plan.steps.find((s) => s.id === t.step)!;
  if (step.runs === 'always') return [];
  return step.dependsOn.flatMap((id) => {
    const at = reachedAt(id);
    return at !== undefined && at <= t.at ? [] : [`${t.step} was sent before ${id} was done`];
  });
};

/** The plan is carried out, whatever happened on the way. */
export const unreached = (plan: Plan, azure: Pick<FakeAzure, 'holds'>): readonly string[] =>
  plan.steps.flatMap((step) => (azure.holds(step.id) ? [] : [`${step.id} is not done in the end`]));
