/** What a job would do, without doing any of it: when it is due, and what each machine that it selects now would get. */
import { Temporal } from 'temporal-polyfill';
import type { Assessment } from '../assessment.ts';
import type { Consistency, Machine } from '../estate.ts';
import type { Guidance } from '../guidance.ts';
import { keyOf, type ResourceId, type ResourceKey } from '../ids.ts';
import type { OptionId } from '../option.ts';
import type { Refusal, Step } from '../plan.ts';
import type { DraftInput } from '../planning.ts';
import type { Problem } from '../problem.ts';
import { instantMs, toInstant, type Instant } from '../time.ts';
import { backupClashProblems } from './backup-clash.ts';
import { deleteLimitProblems } from './delete-limit.ts';
import { dueOf, type MachineDue } from './due.ts';
import { floorProblems, takingOf, type Taking } from './floors.ts';
import type { Job } from './job.ts';
import { awaited } from './opening.ts';
import { draftTake } from './take.ts';
import { nextDue, windowAt, type Window } from './windows.ts';

export const jobPreviewSchemaVersion = 1;

/** The JSON of `job check`. */
export interface JobPreview {
  readonly schemaVersion: typeof jobPreviewSchemaVersion;
  readonly kind: 'holdfast.job-check';
  readonly job: string;
  readonly asOf: Instant;
  readonly timeZone: string;
  /** `refused`: Azure's floors forbid it whatever the machines are, or the guidance lacks a class that it names. */
  readonly schedule: 'fits' | 'refused';
  /** The one that `asOf` lies in. */
  readonly window: { readonly due: Moment; readonly end: Moment };
  /** After `asOf`. */
  readonly nextDue: readonly Moment[];
  readonly machines: readonly PreviewedMachine[];
  /** Floors of Azure that the schedule breaks or will break, and what else is doubtful of the job. */
  readonly problems: readonly Problem[];
}

export interface Moment {
  readonly utc: Instant;
  /** As clocks in the job's zone show it, with their offset. */
  readonly local: string;
}

export interface PreviewedMachine {
  readonly id: ResourceId;
  readonly name: string;
  readonly class: string;
  readonly option: OptionId;
  /** Of a restore point. */
  readonly mode?: 'application' | 'crash';
  /** What the point would be worth at least, where that is known beforehand. */
  readonly consistency?: Consistency;
  /**
   * `due`: a run now takes a point. `existing`: this window has one; the rest is said of the next window. `refused`: none can be
   * taken. `skipped`: excluded. `unknown`: something about it could not be read.
   */
  readonly outcome: 'due' | 'existing' | 'refused' | 'skipped' | 'unknown';
  readonly late?: true;
  readonly reason?: string;
}

/** `input.estate` and `assessments`: the machines that the job selects. */
export const previewJob = (job: Job, assessments: readonly Assessment[], input: DraftInput): JobPreview => {
  const nowMs = instantMs(input.asOf)!;
  const window = windowAt(job.timing, nowMs);
  const due = dueOf(job, window, assessments, input.estate, nowMs);
  const drafted = draftAll(job, window, due, input);
  const incremental = input.guidance.plan.snapshot.incremental;
  const found = due.map((each) => previewed(each, drafted));
  const floors = floorsByTaking(job, found, incremental, nowMs);
  const machines = found.map((machine) => refusedByFloor(machine, floors.get(takingKey(machine))));
  const ofJob = [...unknownClasses(job, input.guidance), ...jobFloors(job, incremental, nowMs)];
  const pruned = machines.filter(
    ({ option, outcome }) => option !== 'azure-backup' && (outcome === 'due' || outcome === 'existing'),
  );
  const problems = [
    ...ofJob,
    ...[...floors.values()].flat(),
    ...deleteLimitProblems(job, pruned.length, nowMs),
    ...backupClashProblems(job.timing, gettingPoints(due, pruned), input.estate, nowMs),
    ...tooMany(job, machines),
    ...nobody(job, machines),
  ];
  const moment = (at: Instant) => momentIn(at, job.timing.timeZone);
  return {
    schemaVersion: jobPreviewSchemaVersion,
    kind: 'holdfast.job-check',
    job: job.name,
    asOf: input.asOf,
    timeZone: job.timing.timeZone,
    schedule: ofJob.some(({ severity }) => severity === 'high') ? 'refused' : 'fits',
    window: { due: moment(window.due), end: moment(window.end) },
    nextDue: nextDue(job.timing, nowMs, 5).map(moment),
    machines,
    problems: [...new Map(problems.map((problem) => [problem.summary, problem])).values()],
  };
};

/** Machines of which restore points are, or will be, made. */
const gettingPoints = (due: readonly MachineDue[], machines: readonly PreviewedMachine[]): readonly Machine[] => {
  const keys = new Set(machines.flatMap(({ id, option }) => (option === 'restore-point' ? [keyOf(id)] : [])));
  return due.flatMap(({ assessment: { machine } }) => (keys.has(machine.key) ? [machine] : []));
};

/** Of what the job says by itself. */
const jobFloors = (job: Job, incremental: boolean, nowMs: number): readonly Problem[] => {
  const taking = takingOf(job, incremental);
  return taking === undefined ? [] : floorProblems(job, taking, nowMs);
};

const momentIn = (utc: Instant, zone: string): Moment => ({
  utc,
  local: Temporal.Instant.from(utc)
    .toZonedDateTimeISO(zone)
    .toString({ smallestUnit: 'second', timeZoneName: 'never' }),
});

interface Drafted {
  readonly steps: ReadonlyMap<ResourceKey, readonly Step[]>;
  /** Machines that Azure makes no point of just yet, and that a run would wait for. */
  readonly awaited: ReadonlySet<ResourceKey>;
  readonly refusals: ReadonlyMap<ResourceKey, Refusal>;
}

/** Who has this window's point already is shown what the next window brings, as of its begin. */
const draftAll = (job: Job, window: Window, due: readonly MachineDue[], input: DraftInput): Drafted => {
  const later = due.flatMap((each): readonly MachineDue[] =>
    each.standing.kind === 'existing' && each.standing.reason === undefined
      ? [{ ...each, standing: { kind: 'due', attempt: 0, missed: 0, late: false } }]
      : [],
  );
  const nowMs = instantMs(input.asOf)!;
  const laterMs = Math.max(instantMs(window.end)!, nowMs);
  const runId = 'check';
  const present = draftTake({ job, due: window.due, runId, machines: due })(input);
  const next = draftTake({ job, due: window.end, runId, machines: later })({ ...input, asOf: toInstant(laterMs) });
  const parts = [present, next];
  return {
    steps: Map.groupBy(
      parts.flatMap(({ steps }) => steps),
      ({ subject }) => keyOf(subject),
    ),
    awaited: new Set([
      ...awaited(job, window, nowMs, present.opens).keys(),
      ...awaited(job, windowAt(job.timing, laterMs), laterMs, next.opens).keys(),
    ]),
    refusals: new Map(parts.flatMap(({ refusals }) => refusals.map((each) => [keyOf(each.subject), each] as const))),
  };
};

const previewed = (
  { assessment, option, standing }: MachineDue,
  { steps, refusals, ...drafted }: Drafted,
): PreviewedMachine => {
  const { machine, classification } = assessment;
  const refusal = refusals.get(machine.key);
  const what = {
    id: machine.id,
    name: machine.name,
    class: classification.classId,
    option,
    ...gotBy(steps.get(machine.key) ?? []),
  };
  if (standing.kind === 'skipped' || standing.kind === 'unknown')
    return { ...what, outcome: standing.kind, reason: standing.reason };
  if (standing.kind === 'exhausted') return { ...what, outcome: 'refused', reason: standing.reason };
  const late = standing.kind === 'due' && standing.late ? { late: true as const } : {};
  if (refusal && drafted.awaited.has(machine.key))
    return { ...what, outcome: standing.kind, ...late, reason: textOf(refusal) };
  if (refusal) return { ...what, outcome: 'refused', reason: textOf(refusal) };
  if (standing.kind === 'existing')
    return { ...what, outcome: 'existing', ...(standing.reason === undefined ? {} : { reason: standing.reason }) };
  return { ...what, outcome: 'due', ...late };
};

const textOf = ({ reasons }: Refusal): string => reasons.map(({ text }) => text).join(' ');

/** `auto` may come to another option than the machine's first choice, so the steps say which. */
const gotBy = (steps: readonly Step[]): Partial<Pick<PreviewedMachine, 'option' | 'mode' | 'consistency'>> => {
  for (const step of steps) {
    if (step.kind === 'restore-point.create') {
      const { goal, input } = step;
      const consistency = goal.kind === 'restore-point-complete' ? goal.consistency : undefined;
      return { option: step.option, mode: input.mode, ...(consistency === undefined ? {} : { consistency }) };
    }
    if (step.kind === 'snapshot.create') {
      const consistency = step.input.tags['holdfast-consistency'] as Consistency | undefined;
      return { option: step.option, ...(consistency === undefined ? {} : { consistency }) };
    }
  }
  return {};
};

const takingKey = ({ option, mode }: PreviewedMachine): string => `${option}|${mode ?? ''}`;

/** Where the job leaves option or mode to the machines, each pair that came out is held against the floors. */
const floorsByTaking = (
  job: Job,
  machines: readonly PreviewedMachine[],
  incremental: boolean,
  nowMs: number,
): ReadonlyMap<string, readonly Problem[]> =>
  new Map(
    machines.map((machine) => {
      const taking = { option: machine.option, ...(machine.mode ? { mode: machine.mode } : {}), incremental } as Taking;
      return [takingKey(machine), floorProblems(job, taking, nowMs)];
    }),
  );

const refusedByFloor = (machine: PreviewedMachine, floors: readonly Problem[] = []): PreviewedMachine => {
  const broken = floors.find(({ severity }) => severity === 'high');
  if (broken === undefined || (machine.outcome !== 'due' && machine.outcome !== 'existing')) return machine;
  return { ...machine, outcome: 'refused', reason: broken.summary };
};

/** A class that the guidance does not have selects nothing, and nobody would notice. */
export const unknownClasses = ({ selector }: Job, { classes }: Guidance): readonly Problem[] =>
  selector.classes
    .filter((name) => !classes.some(({ id }) => id.toLowerCase() === name.toLowerCase()))
    .map((name) => ({
      code: 'job-unknown-class',
      severity: 'high',
      subject: name,
      summary: `the guidance has no class "${name}"`,
      remedy: `it has ${classes.map(({ id }) => id).join(', ')}`,
    }));

/** As the run reckons it: all that are selected. */
const tooMany = ({ limits: { maxMachines } }: Job, machines: readonly PreviewedMachine[]): readonly Problem[] => {
  if (maxMachines === undefined || machines.length <= maxMachines) return [];
  return [
    {
      code: 'max-machines',
      severity: 'high',
      subject: 'limits.maxMachines',
      summary: `the job selects ${machines.length} machines, and its limit is ${maxMachines}`,
      remedy: 'narrow the selector, or raise limits.maxMachines',
    },
  ];
};

const nobody = ({ name }: Job, machines: readonly PreviewedMachine[]): readonly Problem[] =>
  machines.length > 0
    ? []
    : [
        {
          code: 'job-selects-nothing',
          severity: 'medium',
          subject: name,
          summary: 'the job selects no machine that the login can see',
          remedy: 'compare the selector with `holdfast inventory`',
        },
      ];
