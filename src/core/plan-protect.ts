/**
 * From what is missing to a plan that closes it, or says why not. Pure: the same input gives the same plan, digest and all.
 * Every need of every machine that is not left out ends in exactly one of: it is there, steps, a refusal.
 */
import { assessEstate } from './assessment.ts';
import type { Audit } from './audit.ts';
import type { Estate } from './estate.ts';
import { isExecutable } from './executable.ts';
import type { Guidance } from './guidance.ts';
import { keyOf } from './ids.ts';
import { canonicalJson, sealPlan, sha256 } from './plan-digest.ts';
import { durationOf } from './plan-duration.ts';
import { permissionsFor } from './plan-permissions.ts';
import { planSchemaVersion, type Plan, type Refusal, type Step } from './plan.ts';
import { refusalOf, StepIds, type DraftContext, type Drafted, type Need } from './planners/draft.ts';
import { makePlanners, type Planners } from './planners/index.ts';
import { notExecutable, triage } from './planners/needs.ts';
import { permissionKey, type PreflightFacts, type PreflightQuestions } from './preflight.ts';
import { stepKinds } from './steps/index.ts';
import { hourMs, instantMs, toInstant, type Instant } from './time.ts';

export interface PlanInput {
  readonly estate: Estate;
  /** Of this estate, by this guidance, as of this moment. */
  readonly audit: Audit;
  readonly guidance: Guidance;
  readonly asOf: Instant;
  readonly preflight: PreflightFacts;
  readonly limits: Plan['limits'];
  /** `holdfast 0.1.0`. */
  readonly madeBy: string;
  readonly cloud?: string;
}

/** The plan is made whole even when it is over its limits; `limitProblems` says so, and nobody applies it. */
export const planProtect = (input: PlanInput): Plan => {
  const { estate, guidance, limits, madeBy } = input;
  const { steps, refusals } = draft(input);
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
    duration: durationOf(steps),
    cost: { monthlyUsd: steps.length === 0 ? 0 : 'unknown', assumptions: steps.length === 0 ? [] : ['this release does not estimate prices'] },
    steps,
    refusals,
    guidance,
  });
};

/**
 * What Azure is to be asked before the plan is made: found by planning as if every answer were the best one, so nothing is
 * asked that no step depends on.
 */
export const preflightQuestions = (estate: Estate, audit: Audit, guidance: Guidance, asOf: Instant): PreflightQuestions => {
  const { steps } = draft({ estate, audit, guidance, asOf, preflight: hopeful(estate), madeBy: '' });
  const machines = new Map(estate.machines.items.map((machine) => [machine.key, machine]));
  const owners = steps.flatMap((step) => {
    const machine = step.kind === 'backup.enable' ? machines.get(keyOf(step.input.machineId)) : undefined;
    return machine ? [{ machineId: machine.id, subscriptionId: machine.subscriptionId, location: machine.location }] : [];
  });
  const permissions = new Map(steps.flatMap(permissionsFor).map((question) => [permissionKey(question.action, question.scope), question]));
  const made = steps.filter(({ kind }) => stepKinds[kind].makes !== undefined);
  // A policy or a point in a place yet to be made cannot be there.
  const taken = made.filter((step) => stepKinds[step.kind].makes === 'resource' || step.dependsOn.length === 0).map(({ resourceId }) => resourceId);
  return { owners, permissions: [...permissions.values()], taken };
};

const hopeful = (estate: Estate): PreflightFacts => ({
  owners: new Map(estate.machines.items.map(({ key }) => [key, { known: true, value: { protected: false } }])),
  permissions: new Map(),
  taken: new Map(),
});

type DraftInput = Omit<PlanInput, 'limits'>;

const draft = ({ estate, audit, guidance, asOf, preflight, madeBy }: DraftInput): { readonly steps: readonly Step[]; readonly refusals: readonly Refusal[] } => {
  const audited = new Map(audit.machines.map((machine) => [keyOf(machine.id), machine]));
  const outcomes = assessEstate(estate, guidance, asOf)
    .filter(({ classification, machine }) => !classification.excluded && audited.has(machine.key))
    .flatMap((assessment) => assessment.results.map((result) => triage(assessment, result, audited.get(assessment.machine.key)!, estate, preflight)))
    .filter((outcome) => outcome.kind !== 'there');
  const subjects = [...new Set(outcomes.map(({ need }) => need.assessment.machine.key))];
  const seed = sha256(canonicalJson({ scope: estate.scope, asOf, subjects }));
  const context: DraftContext = { estate, guidance, asOf, preflight, madeBy, seed, ids: new StepIds() };
  const planners = makePlanners(context);
  const steps = new Map<string, Step>();
  const refusals = new Map<string, Refusal>();
  const planned = new Set<string>();
  for (const outcome of outcomes) {
    const { need } = outcome;
    const subject = `${need.assessment.machine.key}|${need.option}`;
    if (planned.has(subject)) continue;
    planned.add(subject);
    const drafted = outcome.kind === 'refused' ? outcome : draftNeed(need, planners);
    if (drafted.kind === 'refused') refusals.set(subject, refusalOf(need, drafted.reasons));
    else for (const step of drafted.steps) if (!steps.has(step.id)) steps.set(step.id, step);
  }
  return { steps: sharedFirst([...steps.values()]), refusals: [...refusals.values()] };
};

/** What several machines wait for comes first; within that, dependencies before dependants as they were drafted. */
const sharedFirst = (steps: readonly Step[]): readonly Step[] => {
  const isShared = ({ kind }: Step) => kind === 'resource-group.create' || kind === 'vault.create' || kind === 'backup-policy.create';
  return [...steps.filter(isShared), ...steps.filter((step) => !isShared(step))];
};

const draftNeed = (need: Need, planners: Planners): Drafted =>
  isExecutable(need.option) ? planners[need.option](need) : { kind: 'refused', reasons: notExecutable(need.option) };
