/**
 * From what is missing to a plan that closes it, or says why not. Pure: the same input gives the same plan, digest and all.
 * Every need of every machine that is not left out ends in exactly one of: it is there, steps, a refusal.
 */
import { assessEstate, presenceOf, type Assessment } from './assessment.ts';
import type { Audit, AuditedMachine, FindingCode } from './audit.ts';
import type { Estate } from './estate.ts';
import { blocking, executable } from './findings/required.ts';
import { withArticle } from './option-name.ts';
import type { Guidance } from './guidance.ts';
import { keyOf } from './ids.ts';
import type { OptionId, Reason } from './option.ts';
import { options } from './options/index.ts';
import { BackupPlanner } from './plan-backup.ts';
import { canonicalJson, sealPlan, sha256 } from './plan-digest.ts';
import { refusalOf, refusalReason, StepIds, type DraftContext, type Drafted, type Need } from './plan-draft.ts';
import { durationOf } from './plan-duration.ts';
import { draftRestorePoint } from './plan-restore-point.ts';
import { draftSnapshot } from './plan-snapshot.ts';
import { planSchemaVersion, type Plan, type Refusal, type Step, type StepKind } from './plan.ts';
import { permissionsFor } from './plan-permissions.ts';
import { permissionKey, type PreflightFacts, type PreflightQuestions } from './preflight.ts';
import { sources } from './sources.ts';
import { standingCodes } from './standing.ts';
import { hourMs, instantMs, toInstant, type Instant } from './time.ts';
import type { RequirementResult } from './verdict.ts';

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
  const made = steps.filter(({ kind }) => named.has(kind));
  // A policy or a point in a place yet to be made cannot be there.
  const taken = made.filter((step) => !inside.has(step.kind) || step.dependsOn.length === 0).map(({ resourceId }) => resourceId);
  return { owners, permissions: [...permissions.values()], taken };
};

const inside: ReadonlySet<StepKind> = new Set(['backup-policy.create', 'restore-point.create']);
const named: ReadonlySet<StepKind> = new Set([...inside, 'snapshot.create', 'vault.create', 'restore-point-collection.create']);

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
  const backup = new BackupPlanner(context);
  const steps = new Map<string, Step>();
  const refusals = new Map<string, Refusal>();
  const planned = new Set<string>();
  for (const outcome of outcomes) {
    const { need } = outcome;
    const subject = `${need.assessment.machine.key}|${need.option}`;
    if (planned.has(subject)) continue;
    planned.add(subject);
    const drafted = outcome.kind === 'refused' ? outcome : draftNeed(need, context, backup);
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

const draftNeed = (need: Need, context: DraftContext, backup: BackupPlanner): Drafted => {
  if (need.option === 'azure-backup') return backup.draft(need);
  if (need.option === 'restore-point') return draftRestorePoint(need, context);
  return draftSnapshot(need, context);
};

type Triaged =
  | { readonly kind: 'there' }
  | { readonly kind: 'wanted'; readonly need: Need }
  | { readonly kind: 'refused'; readonly need: Need; readonly reasons: readonly Reason[] };

const triage = (assessment: Assessment, result: RequirementResult, audited: AuditedMachine, estate: Estate, preflight: PreflightFacts): Triaged => {
  const presence = presenceOf(assessment, result, estate);
  const refused = (option: OptionId, reasons: readonly Reason[]): Triaged => ({ kind: 'refused', need: { assessment, option }, reasons });
  const name = assessment.machine.name;
  switch (presence.kind) {
    case 'present':
      return repair(assessment, presence.protection.option, audited);
    case 'lapsed':
      return refused(presence.protection.option, findingReasons(audited, presence.protection.option, ['soft-deleted', 'stopped']));
    case 'hidden': {
      const owner = preflight.owners.get(assessment.machine.key);
      // Azure's own answer on who protects the machine settles what the lists could not show.
      const settled = presence.behind.every((option) => option === 'azure-backup') && owner?.known;
      if (settled) return wanted(assessment, result.option);
      const text = `Whether ${name} has ${withArticle(presence.option, 'a')} cannot be told: ${presence.why}. A second protection is not made on a guess.`;
      return refused(presence.option, [refusalReason('presence-unknown', text, sources.BDR)]);
    }
    case 'undecided':
      return refused(presence.option, [
        presence.why === undefined
          ? refusalReason('undecided', `Whether ${withArticle(presence.option, 'a')} fits ${name} cannot be told.`, sources.BDR)
          : refusalReason('class-undecided', `Whether ${name} needs ${withArticle(presence.option, 'a')} cannot be told: ${presence.why}.`, sources.BDR),
        ...blocking(assessment, presence.option),
      ]);
    case 'unmeetable':
      return refused(presence.option, result.requirement.anyOf.flatMap((option) => blocking(assessment, option)));
    default:
      return wanted(assessment, presence.option);
  }
};

const wanted = (assessment: Assessment, option: OptionId): Triaged => {
  const need = { assessment, option };
  if (executable.has(option)) return { kind: 'wanted', need };
  const text = `${withArticle(option, 'A')} is not executable in this release: set it up by hand.`;
  return { kind: 'refused', need, reasons: [refusalReason('not-executable', text, sourceOf(option))] };
};

/**
 * Something is in force. In order, or on its way: nothing to do. A stale snapshot or restore point is mended by a new one, and
 * so is a restore point that lacks a disk; anything else that ails needs a person.
 */
const repair = (assessment: Assessment, option: OptionId, audited: AuditedMachine): Triaged => {
  const ailing = audited.findings.filter((finding) => finding.option === option && standingCodes.has(finding.code));
  if (ailing.length === 0) return { kind: 'there' };
  if (ailing.every(({ code }) => mendedByAnother[option]?.has(code))) return wanted(assessment, option);
  return { kind: 'refused', need: { assessment, option }, reasons: findingReasons(audited, option, ailing.map(({ code }) => code)) };
};

const mendedByAnother: Readonly<Partial<Record<OptionId, ReadonlySet<FindingCode>>>> = {
  'disk-snapshot': new Set(['stale']),
  'restore-point': new Set(['stale', 'partial']),
};

/** Azure's page on the option itself. */
const sourceOf = (option: OptionId): string => options.find(({ id }) => id === option)?.source ?? sources.BDR;

const findingReasons = (audited: AuditedMachine, option: OptionId, codes: readonly FindingCode[]): readonly Reason[] => {
  const found = audited.findings
    .filter((finding) => finding.option === option && codes.includes(finding.code))
    .map(({ code, summary, remedy }) => refusalReason(code, `${summary} To do: ${remedy}.`, sourceOf(option)));
  const text = `${withArticle(option, 'The')} of ${audited.name} was set up and is no longer in force.`;
  return found.length > 0 ? found : [refusalReason('lapsed', text, sourceOf(option))];
};
