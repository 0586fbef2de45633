/** Whether a job's run is worth telling somebody about, and what of it. */
import { keyOf, type ResourceId, type ResourceKey } from '../ids.ts';
import type { Problem } from '../problem.ts';
import { instantMs, type Instant } from '../time.ts';
import type { NotifyOn } from './job.ts';
import { leftToOthers, leftUnpruned, type JobMachine, type JobRun } from './job-run.ts';

/**
 * What has to be known of the run before, which is the last one that was not held. A whole `JobRun` will do. Without it
 * nobody can tell what has recovered.
 */
export interface PreviousRun {
  readonly outcome: JobRun['outcome'];
  readonly machines: readonly Pick<JobMachine, 'id' | 'outcome'>[];
}

/** `test`: nothing happened; somebody wants to see whether messages arrive. */
export type NewsKind = NotifyOn | 'test';

export interface News {
  /** The gravest of what there is to tell: failure, then late, recovered, success. */
  readonly kind: NewsKind;
  /** Of the run as a whole, in one sentence. */
  readonly headline: string;
  readonly run: JobRun;
  readonly failed: MachineList;
  readonly late: MachineList;
  readonly recovered: MachineList;
  readonly problems: { readonly total: number; readonly list: readonly Problem[] };
}

/** At most `listed` machines; `total` counts all. */
export interface MachineList {
  readonly total: number;
  readonly machines: readonly NewsMachine[];
}

export interface NewsMachine {
  readonly id: ResourceId;
  readonly name: string;
  readonly reason?: string;
  /** The reason in a line, without what Azure says to each machine alike. */
  readonly cause?: string;
  /** Failed in the run before too. Absent where that run is not known. */
  readonly again?: boolean;
  readonly missedWindows?: number;
  /** When its newest complete point of this job was made. */
  readonly newestPointAt?: Instant;
}

/** A message is read on a telephone: what is left out is counted, and stands in the summary. */
const listed = 20;
/** Azure's refusals name the action that is missing and its place, at length. */
const reasonLength = 500;

const gravest: readonly NotifyOn[] = ['failure', 'late', 'recovered', 'success'];

/** `undefined`: nothing that this receiver wants to hear. */
export const newsOf = (run: JobRun, previous: PreviousRun | undefined, on: readonly NotifyOn[]): News | undefined => {
  const before = outcomesBefore(previous);
  const failed = run.machines.filter(({ outcome }) => outcome === 'failed');
  // A later run of the same window finds the point that was taken late, and has nothing new to say of it.
  const late = run.machines.filter((machine) => machine.late === true && machine.outcome !== 'existing');
  const recovered = run.machines.filter((machine) => hasRecovered(machine, before));
  const trouble = troubleOf(run, failed.length);
  const healed = trouble === undefined && run.outcome === 'ended' && previous?.outcome === 'failed';
  const happened: Readonly<Record<NotifyOn, boolean>> = {
    failure: trouble !== undefined,
    late: late.length > 0,
    recovered: recovered.length > 0 || healed,
    success: trouble === undefined && run.outcome === 'ended' && leftToOthers(run).length === 0,
  };
  const kind = gravest.find((one) => happened[one] && on.includes(one));
  if (kind === undefined) return undefined;
  const told = (want: NotifyOn, machines: readonly JobMachine[]): MachineList =>
    listOf(on.includes(want) ? machines : [], before);
  const grave = run.problems.filter(isGrave);
  return {
    kind,
    headline: headlineOf(kind, run, { trouble, late: late.length, recovered: recovered.length }),
    run,
    failed: told('failure', failed),
    late: told('late', late),
    recovered: told('recovered', recovered),
    problems: { total: run.problems.length, list: (grave.length > 0 ? grave : run.problems).slice(0, listed) },
  };
};

/** A message of a run that never was, for who wants to see one arrive. */
export const testNews = (run: JobRun): News => ({
  kind: 'test',
  headline: `A test of the messages of job ${run.job}: nothing happened`,
  run,
  failed: listOf([], undefined),
  late: listOf([], undefined),
  recovered: listOf([], undefined),
  problems: { total: 0, list: [] },
});

const isGrave = ({ severity }: Problem): boolean => severity === 'critical' || severity === 'high';

/** What makes the run a failed one, in words; `undefined` where nothing does. */
const troubleOf = (run: JobRun, failed: number): string | undefined => {
  if (run.outcome === 'failed') return 'could not be carried out';
  if (run.outcome === 'interrupted') return 'was stopped before it was done';
  const grave = run.problems.filter(isGrave);
  const problems = grave.length > 0 ? `ended with ${count(grave.length, 'problem')}` : undefined;
  if (run.outcome === 'held') return stuck(run) ?? problems;
  const parts = [
    ...(failed > 0 ? [`${failed} of ${count(run.machines.length, 'machine')} failed`] : []),
    ...(run.copies.failed > 0 ? [`${count(run.copies.failed, 'copy', 'copies')} failed`] : []),
    ...(leftUnpruned(run) ? ['not all was pruned'] : []),
    ...stuckMachines(run),
  ];
  return parts.length > 0 ? parts.join(', ') : problems;
};

/**
 * Another run at work is in order; one that has been for longer than a window keeps the job from ever running again.
 */
const stuck = (run: JobRun): string | undefined => {
  if (!isBeyondWindow(run, run.heldBy?.since)) return undefined;
  const other = `the run of ${run.heldBy?.since ?? ''} on ${run.heldBy?.host ?? 'another host'}`;
  return `did nothing: ${other} is still at work, for longer than a window`;
};

/** The same of single machines, where others are not held. */
const stuckMachines = (run: JobRun): readonly string[] => {
  const held = leftToOthers(run).filter(({ heldBy }) => isBeyondWindow(run, heldBy?.since));
  if (held.length === 0) return [];
  return [`${count(held.length, 'machine')} held by another run for longer than a window`];
};

const isBeyondWindow = ({ startedAt, due, windowEnd }: JobRun, held: Instant | undefined): boolean => {
  const [since, now, begin, end] = [held, startedAt, due, windowEnd].map(instantMs);
  if (since === undefined || now === undefined || begin === undefined || end === undefined) return false;
  return now - since > end - begin;
};

type OutcomesBefore = ReadonlyMap<ResourceKey, JobMachine['outcome']>;

/** `undefined`: the run before is not known. */
const outcomesBefore = (previous: PreviousRun | undefined): OutcomesBefore | undefined =>
  previous && new Map(previous.machines.map(({ id, outcome }) => [keyOf(id), outcome]));

const hasRecovered = (machine: JobMachine, before: OutcomesBefore | undefined): boolean => {
  // A point that is still being made has a reason that says so.
  const good = machine.outcome === 'created' || (machine.outcome === 'existing' && machine.reason === undefined);
  return good && before?.get(keyOf(machine.id)) === 'failed';
};

const listOf = (machines: readonly JobMachine[], before: OutcomesBefore | undefined): MachineList => ({
  total: machines.length,
  machines: machines.slice(0, listed).map((machine) => ({
    id: machine.id,
    name: machine.name,
    ...(machine.reason === undefined ? {} : { reason: shortened(machine.reason) }),
    ...(machine.cause === undefined ? {} : { cause: shortened(machine.cause) }),
    ...(before === undefined || machine.outcome !== 'failed'
      ? {}
      : { again: before.get(keyOf(machine.id)) === 'failed' }),
    ...(machine.missedWindows ? { missedWindows: machine.missedWindows } : {}),
    ...(machine.newestPoint === undefined ? {} : { newestPointAt: machine.newestPoint.at }),
  })),
});

const shortened = (text: string): string =>
  text.length <= reasonLength ? text : `${text.slice(0, reasonLength - 1).trimEnd()}…`;

interface Amounts {
  readonly trouble: string | undefined;
  readonly late: number;
  readonly recovered: number;
}

const headlineOf = (kind: NotifyOn, run: JobRun, { trouble, late, recovered }: Amounts): string => {
  const job = `Job ${run.job}`;
  switch (kind) {
    case 'failure':
      return `${job}: ${trouble ?? 'failed'}`;
    case 'late':
      return `${job}: ${count(late, 'machine')} late`;
    case 'recovered':
      return recovered > 0
        ? `${job}: ${count(recovered, 'machine')} recovered`
        : `${job}: runs again, after one that could not be carried out`;
    case 'success':
      return `${job}: ${count(run.created, 'point')} made, ${run.existing} already there`;
  }
};

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
