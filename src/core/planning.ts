/**
 * From drafts to a plan. A verb (protect, replicate, snapshot, capture, …) is one pure function that drafts steps and refusals
 * over what was read; everything else about a plan is the same for all of them.
 */
import type { Audit } from './audit.ts';
import type { Estate } from './estate.ts';
import type { Guidance } from './guidance.ts';
import { keyOf } from './ids.ts';
import { canonicalJson, sealPlan, sha256 } from './plan-digest.ts';
import { durationOf } from './plan-duration.ts';
import { permissionsFor } from './plan-permissions.ts';
import { planSchemaVersion, type Plan, type Refusal, type Step } from './plan.ts';
import { refusalOf, StepIds, type DraftContext, type Drafted, type Need } from './planners/draft.ts';
import { hopefulGuidance, hopefulReplication, replicationQuestions } from './planners/replication/questions.ts';
import { backupChecksFor } from './planners/backup-questions.ts';
import { regionQuestions } from './regions.ts';
import { permissionKey, type PreflightFacts, type PreflightQuestions } from './preflight.ts';
import { stepKinds } from './steps/index.ts';
import { hourMs, instantMs, toInstant, type Instant } from './time.ts';

export interface DraftInput {
  readonly estate: Estate;
  /** Of this estate, by this guidance, as of this moment. */
  readonly audit: Audit;
  readonly guidance: Guidance;
  readonly asOf: Instant;
  readonly preflight: PreflightFacts;
  /** `holdfast 0.1.0`. */
  readonly madeBy: string;
}

export interface PlanInput extends DraftInput {
  readonly limits: Plan['limits'];
  readonly cloud?: string;
}

export interface Drafts {
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  /** Of a prune. */
  readonly points?: NonNullable<Plan['points']>;
}

/** Pure: the same input gives the same drafts, names and all. */
export type PlanDraft = (input: DraftInput) => Drafts;

/** The plan is made whole even when it is over its limits; `limitProblems` says so, and nobody applies it. */
export const planBy = (draft: PlanDraft, input: PlanInput): Plan => {
  const { estate, guidance, limits, madeBy } = input;
  const { steps, refusals, points } = draft(input);
  const createdAt = toInstant(instantMs(input.asOf)!);
  return sealPlan({
    schemaVersion: planSchemaVersion,
    kind: 'holdfast.plan',
    createdAt,
    expiresAt: toInstant(instantMs(createdAt)! + guidance.plan.expiresHours * hourMs),
    madeBy,
    ...(input.cloud === undefined ? {} : { cloud: input.cloud }),
    scope: estate.scope,
    limits,
    ...(points === undefined ? {} : { points }),
    duration: durationOf(steps),
    cost: {
      monthlyUsd: steps.length === 0 ? 0 : 'unknown',
      assumptions: steps.length === 0 ? [] : ['no prices were put on it'],
    },
    steps,
    refusals,
    guidance,
  });
};

/**
 * What Azure is to be asked before the plan is made: found by drafting as if every answer were the best one, so nothing is
 * asked that no step depends on.
 */
export const questionsOf = (draft: PlanDraft, input: Omit<DraftInput, 'preflight' | 'madeBy'>): PreflightQuestions => {
  const { estate } = input;
  const { steps } = draft({
    ...input,
    guidance: hopefulGuidance(input.guidance),
    preflight: hopeful(estate),
    madeBy: '',
  });
  const machines = new Map(estate.machines.items.map((machine) => [machine.key, machine]));
  const owners = steps.flatMap((step) => {
    const machine = step.kind === 'backup.enable' ? machines.get(keyOf(step.input.machineId)) : undefined;
    return machine
      ? [{ machineId: machine.id, subscriptionId: machine.subscriptionId, location: machine.location }]
      : [];
  });
  const permissions = new Map(
    steps.flatMap(permissionsFor).map((question) => [permissionKey(question.action, question.scope), question]),
  );
  const made = steps.filter(({ kind }) => stepKinds[kind].makes !== undefined);
  // A policy or a point in a place yet to be made cannot be there.
  const taken = made.filter(({ kind, dependsOn }) => stepKinds[kind].makes === 'resource' || dependsOn.length === 0);
  return {
    owners,
    permissions: [...permissions.values()],
    taken: taken.map(({ resourceId }) => resourceId),
    replication: replicationQuestions(steps, estate, input.guidance),
    backupChecks: backupChecksFor(steps, machines),
    regions: regionQuestions(steps, estate),
  };
};

const hopeful = (estate: Estate): PreflightFacts => ({
  owners: new Map(estate.machines.items.map(({ key }) => [key, { known: true, value: { protected: false } }])),
  permissions: new Map(),
  taken: new Map(),
  replication: hopefulReplication(estate),
});

/** `subjects`: keys of what the plan is about. With scope and moment they seed the names of what it makes. */
export const contextFor = (
  { estate, guidance, asOf, preflight, madeBy }: DraftInput,
  subjects: readonly string[],
): DraftContext => ({
  estate,
  guidance,
  asOf,
  preflight,
  madeBy,
  seed: sha256(canonicalJson({ scope: estate.scope, asOf, subjects: [...new Set(subjects)] })),
  ids: new StepIds(),
});

/** A machine's need with what its planner made of it. */
export interface DraftedNeed {
  readonly need: Need;
  readonly drafted: Drafted;
}

/** A step that several machines share (a vault, a policy) was drafted for each of them under one id, and is kept once. */
export const collect = (drafted: Iterable<DraftedNeed>): Drafts => {
  const steps = new Map<string, Step>();
  const refusals: Refusal[] = [];
  for (const { need, drafted: found } of drafted) {
    if (found.kind === 'refused') refusals.push(refusalOf(need, found.reasons));
    else for (const step of found.steps) if (!steps.has(step.id)) steps.set(step.id, step);
  }
  return { steps: sharedFirst([...steps.values()]), refusals };
};

const shared: ReadonlySet<Step['kind']> = new Set<Step['kind']>([
  'resource-group.create',
  'vault.create',
  'backup-policy.create',
  'replication-fabric.create',
  'replication-container.create',
  'replication-policy.create',
  'replication-mapping.create',
  'virtual-network.create',
  'network-mapping.create',
  'cache-account.create',
]);

/** What several machines wait for comes first; within that, dependencies before dependants as they were drafted. */
const sharedFirst = (steps: readonly Step[]): readonly Step[] => {
  const isShared = ({ kind }: Step) => shared.has(kind);
  return [...steps.filter(isShared), ...steps.filter((step) => !isShared(step))];
};
