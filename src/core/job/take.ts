/** The points that a window still asks for, as steps: pure, and the same on every host but for the scripts run around them. */
import { assessEstate, byMachine, type Assessment } from '../assessment.ts';
import type { Consistency } from '../estate.ts';
import type { ResourceKey } from '../ids.ts';
import { optionName } from '../option-name.ts';
import { ownCollectionsOf } from '../options/restore-point.ts';
import type { Step } from '../plan.ts';
import { draftPoint } from '../plan-snapshot.ts';
import { collect, type DraftInput, type Drafts, type DraftedNeed } from '../planning.ts';
import { BackupPlanner } from '../planners/azure-backup.ts';
import { draftBackupVerb } from '../planners/backup-verbs.ts';
import { refuse, StepIds, type DraftContext, type Drafted, type Need } from '../planners/draft.ts';
import { makePlanners } from '../planners/index.ts';
import { opensMs } from '../planners/restore-point.ts';
import { decideMode } from '../restore-point-mode.ts';
import { sources } from '../sources.ts';
import type { Instant } from '../time.ts';
import { guidanceFor, modeFor, shortfall } from './consistency.ts';
import type { MachineDue, TakenOption } from './due.ts';
import { withHooks, type HookContext } from './hooks.ts';
import { seedOf } from './identity.ts';
import type { Job } from './job.ts';
import type { Openings } from './opening.ts';

export interface TakeRequest {
  readonly job: Job;
  readonly due: Instant;
  /** What the scripts of hooks are named by; absent where nothing is to be run. */
  readonly runId?: string;
  /** Only those that are due are taken. */
  readonly machines: readonly MachineDue[];
  /** Shared by the drafts of one run, whose steps are told apart by their ids. */
  readonly ids?: StepIds;
}

export interface TakeDrafts extends Drafts {
  /** What is to be said of a machine's point, beside how it went. */
  readonly notes: ReadonlyMap<ResourceKey, string>;
  /** Machines that Azure makes no point of yet. */
  readonly opens: Openings;
}

export const draftTake =
  (request: TakeRequest) =>
  (input: DraftInput): TakeDrafts =>
    draftAll(request, input);

const draftAll = (request: TakeRequest, input: DraftInput): TakeDrafts => {
  const { job, due, machines } = request;
  const guidance = guidanceFor(job, input.guidance);
  const wanted = machines.flatMap(({ assessment, option, standing }) =>
    standing.kind === 'due' ? [{ key: assessment.machine.key, option, attempt: standing.attempt }] : [],
  );
  const assessments = byMachine(assessEstate(only(input, new Set(wanted.map(({ key }) => key))), guidance, input.asOf));
  const ids = request.ids ?? new StepIds();
  const notes = new Map<ResourceKey, string>();
  const opens = new Map<ResourceKey, number>();
  const drafted = wanted.flatMap(({ key, option, attempt }): readonly DraftedNeed[] => {
    const assessment = assessments.get(key);
    if (assessment === undefined) return [];
    const { estate, asOf, preflight, madeBy } = input;
    const seed = seedOf(job.name, due, attempt);
    const window = { job: job.name, due };
    const runId = request.runId ?? '';
    const context: HookContext = { estate, guidance, asOf, preflight, madeBy, seed, ids, window, runId };
    const need: Need = { assessment, option, asked: true, prefer: modeFor(job) };
    const made = draftOne(job, need, option, context);
    if (made.kind === 'steps' && made.without !== undefined) notes.set(key, made.without);
    if (made.kind === 'refused' && made.reasons.some(({ code }) => code === 'too-soon'))
      opens.set(key, opening(need, context));
    return [{ need, drafted: made }];
  });
  return { ...collect(drafted), notes, opens };
};

/** Assessing is by the whole estate, of the machines in it. */
const only = ({ estate }: DraftInput, keys: ReadonlySet<ResourceKey>): DraftInput['estate'] => ({
  ...estate,
  machines: { ...estate.machines, items: estate.machines.items.filter(({ key }) => keys.has(key)) },
});

type DraftedPoint = Drafted & { readonly without?: string };

const draftOne = (job: Job, need: Need, option: TakenOption, context: HookContext): DraftedPoint => {
  const { assessment } = need;
  const drafted =
    option === 'azure-backup' ? backUp(assessment, context) : draftPoint(need, makePlanners(context), context.guidance);
  if (drafted.kind === 'refused') return drafted;
  const weak = tooWeak(job, assessment, drafted.steps);
  if (weak !== undefined) return weak;
  return job.hooks === undefined ? drafted : withHooks(drafted.steps, assessment.machine, job.hooks, context);
};

const backUp = (assessment: Assessment, context: DraftContext): Drafted =>
  draftBackupVerb({ verb: { kind: 'now' } }, assessment, context, new BackupPlanner(context));

const opening = ({ assessment, prefer }: Need, { estate }: DraftContext): number => {
  const decided = decideMode(assessment, prefer);
  return opensMs(ownCollectionsOf(estate, assessment.machine), decided.kind === 'mode' ? decided.mode : 'application');
};

/** Known before anything is written: such a point is not made where the job says so. */
const tooWeak = (job: Job, { machine }: Assessment, steps: readonly Step[]): Drafted | undefined => {
  if (job.consistency.otherwise !== 'fail') return undefined;
  for (const step of steps) {
    const expected = expectedOf(step);
    const lack = expected === undefined ? undefined : shortfall(job, machine, expected);
    if (lack !== undefined)
      return refuse('too-weak', `By ${optionName[step.option]} of ${machine.name} ${lack}.`, sources.RP, 'P-02');
  }
  return undefined;
};

const expectedOf = (step: Step): Consistency | undefined => {
  if (step.kind === 'snapshot.create') return step.input.tags['holdfast-consistency'] as Consistency | undefined;
  return step.kind === 'restore-point.create' && step.goal.kind === 'restore-point-complete'
    ? step.goal.consistency
    : undefined;
};
