/** The points that a window still asks for, as steps: pure, and the same on every host. */
import { assessEstate, byMachine, type Assessment } from '../assessment.ts';
import type { Consistency } from '../estate.ts';
import type { ResourceKey } from '../ids.ts';
import { optionName } from '../option-name.ts';
import type { Step } from '../plan.ts';
import { draftPoint } from '../plan-snapshot.ts';
import { collect, type DraftInput, type Drafts, type PlanDraft } from '../planning.ts';
import { BackupPlanner } from '../planners/azure-backup.ts';
import { draftBackupVerb } from '../planners/backup-verbs.ts';
import { refuse, StepIds, type DraftContext, type Drafted, type Need } from '../planners/draft.ts';
import { makePlanners } from '../planners/index.ts';
import { sources } from '../sources.ts';
import type { Instant } from '../time.ts';
import { guidanceFor, modeFor, shortfall } from './consistency.ts';
import type { MachineDue, TakenOption } from './due.ts';
import { seedOf } from './identity.ts';
import type { Job } from './job.ts';

export interface TakeRequest {
  readonly job: Job;
  readonly due: Instant;
  /** Only those that are due are taken. */
  readonly machines: readonly MachineDue[];
}

export const draftTake =
  (request: TakeRequest): PlanDraft =>
  (input) =>
    draftAll(request, { ...input, guidance: guidanceFor(request.job, input.guidance) });

const draftAll = ({ job, due, machines }: TakeRequest, input: DraftInput): Drafts => {
  const wanted = new Map(
    machines.flatMap(({ assessment, option, standing }) =>
      standing.kind === 'due' ? [[assessment.machine.key, { option, attempt: standing.attempt }] as const] : [],
    ),
  );
  const assessments = byMachine(assessEstate(only(input, new Set(wanted.keys())), input.guidance, input.asOf));
  const ids = new StepIds();
  return collect(
    [...wanted].flatMap(([key, { option, attempt }]) => {
      const assessment = assessments.get(key);
      if (assessment === undefined) return [];
      const { estate, guidance, asOf, preflight, madeBy } = input;
      const seed = seedOf(job.name, due, attempt);
      const context: DraftContext = {
        estate,
        guidance,
        asOf,
        preflight,
        madeBy,
        seed,
        ids,
        window: { job: job.name, due },
      };
      const need: Need = { assessment, option, asked: true, prefer: modeFor(job) };
      return [{ need, drafted: draftOne(job, need, option, context) }];
    }),
  );
};

/** Assessing is by the whole estate, of the machines in it. */
const only = ({ estate }: DraftInput, keys: ReadonlySet<ResourceKey>): DraftInput['estate'] => ({
  ...estate,
  machines: { ...estate.machines, items: estate.machines.items.filter(({ key }) => keys.has(key)) },
});

const draftOne = (job: Job, need: Need, option: TakenOption, context: DraftContext): Drafted => {
  if (option === 'azure-backup') return backUp(need.assessment, context);
  const drafted = draftPoint(need, makePlanners(context), context.guidance);
  if (drafted.kind === 'refused') return drafted;
  return tooWeak(job, need.assessment, drafted.steps) ?? drafted;
};

const backUp = (assessment: Assessment, context: DraftContext): Drafted => {
  const drafted = draftBackupVerb({ verb: { kind: 'now' } }, assessment, context, new BackupPlanner(context));
  return drafted;
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
