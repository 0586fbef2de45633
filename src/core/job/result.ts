/** From what was due, what was done and what is there afterwards to each machine's line in the summary. */
import type { Estate, Machine } from '../estate.ts';
import { keyOf, type ResourceKey } from '../ids.ts';
import { holderIn } from '../lease.ts';
import type { Refusal, Step, StepOutcome } from '../plan.ts';
import { instantMs, momentText, type Instant } from '../time.ts';
import { causeOf } from './cause.ts';
import { shortfall } from './consistency.ts';
import { newestOf, pointsFor, type MachineDue, type Standing, type TakenOption } from './due.ts';
import { hookNews, isDone, isHook, isHookStep } from './hooks.ts';
import type { JobPoint } from './identity.ts';
import type { Job } from './job.ts';
import type { JobMachine } from './job-run.ts';
import type { Window } from './windows.ts';

export interface Taken {
  readonly job: Job;
  readonly window: Window;
  readonly due: readonly MachineDue[];
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
  /** What is to be said of a machine's point, beside how it went. */
  readonly notes: ReadonlyMap<ResourceKey, string>;
  /** Read after the last write. */
  readonly after: Estate;
}

export const machinesOf = (taken: Taken): readonly JobMachine[] => {
  const after = new Map(taken.after.machines.items.map((machine) => [machine.key, machine]));
  const steps = Map.groupBy(taken.steps, (step) => subjectOf(step));
  const refusals = new Map(taken.refusals.map((refusal) => [keyOf(refusal.subject), refusal]));
  return taken.due.map((due) => {
    const { key } = due.assessment.machine;
    return machineOf(taken, due, steps.get(key) ?? [], refusals.get(key), after.get(key));
  });
};

const subjectOf = (step: Step): ResourceKey =>
  keyOf(step.kind === 'backup.trigger' ? step.input.machineId : step.subject);

const machineOf = (
  taken: Taken,
  due: MachineDue,
  steps: readonly Step[],
  refusal: Refusal | undefined,
  after: Machine | undefined,
): JobMachine => {
  const { machine } = due.assessment;
  const points = after === undefined ? due.points : pointsFor(taken.job, taken.window, due.option, after, taken.after);
  const newest = newestOf(points);
  const result = resultOf(taken, due, steps, refusal, points);
  const seconds = secondsOf(steps, taken.outcomes);
  const { standing } = due;
  const created = result.outcome === 'created';
  const at = created ? momentOf(result, points) : undefined;
  const beyond = at === undefined ? undefined : beyondWindow(taken.window, due.option, at);
  const reason = joined(beyond, result.reason);
  return {
    id: machine.id,
    name: machine.name,
    option: due.option,
    ...result,
    ...(reason === '' ? {} : { reason: inWordsOfJobs(reason) }),
    ...(result.cause === undefined ? {} : { cause: inWordsOfJobs(result.cause) }),
    ...(standing.kind === 'due' && standing.missed > 0 ? { missedWindows: standing.missed } : {}),
    ...(created && (isLateToBegin(standing) || isTakenLate(taken, at)) ? { late: true as const } : {}),
    ...(newest?.at === undefined ? {} : { newestPoint: { id: newest.id, at: newest.at } }),
    ...(seconds === undefined ? {} : { seconds }),
  };
};

const momentOf = ({ pointId }: Result, points: readonly JobPoint[]): Instant | undefined =>
  points.find(({ id }) => id === pointId)?.at;

const isLateToBegin = (standing: Standing): boolean => standing.kind === 'due' && standing.late;

/** A run may have to wait for Azure after it had begun in time. */
const isTakenLate = ({ job, window }: Taken, at: Instant | undefined): boolean => {
  const ms = instantMs(at);
  if (ms === undefined) return false;
  return (
    ms >= instantMs(window.end)! || (job.timing.kind === 'schedule' && ms > instantMs(window.due)! + window.toleranceMs)
  );
};

/** Its name says the window that its run was for; a backup has no such name, and counts for the window that it fell in as well. */
const beyondWindow = ({ due, end }: Window, option: TakenOption, at: Instant): string | undefined => {
  if (instantMs(at)! < instantMs(end)!) return undefined;
  const next = option === 'azure-backup' ? '' : ', and the window after it still needs one of its own';
  return `it was taken at ${momentText(at)}, after its window had ended: it counts for the window of ${momentText(due)}${next}`;
};

/** Who runs a job has no plan in hand: the same line of cron again is what they can do. */
const inWordsOfJobs = (reason: string): string =>
  reason.replaceAll(/apply (?:the|this) plan again|plan again/g, 'run the job again');

type Result = Pick<JobMachine, 'outcome' | 'heldBy' | 'reason' | 'cause' | 'pointId' | 'consistency'>;

const resultOf = (
  taken: Taken,
  { standing, assessment }: MachineDue,
  steps: readonly Step[],
  refusal: Refusal | undefined,
  points: readonly JobPoint[],
): Result => {
  switch (standing.kind) {
    case 'existing':
      return withPoint(taken.job, assessment.machine, standing.point, 'existing', standing.reason);
    case 'skipped':
      return { outcome: 'skipped', reason: standing.reason };
    case 'unknown':
    case 'exhausted':
      return { outcome: 'failed', reason: standing.reason };
    case 'due':
      break;
    default:
      return standing satisfies never;
  }
  if (refusal !== undefined) return { outcome: 'failed', reason: refusal.reasons.map(({ text }) => text).join(' ') };
  const news = joined(
    taken.notes.get(assessment.machine.key),
    hookNews(steps, taken.outcomes, assessment.machine.id).text,
  );
  const ofWindow = points.filter(({ due }) => instantMs(due) === instantMs(taken.window.due));
  const own = steps.filter((step) => !isHookStep(step));
  const whole = ofWindow.find(({ complete }) => complete);
  const wrote = own.some(({ id }) => taken.outcomes.get(id)?.outcome === 'done');
  if (whole) return withPoint(taken.job, assessment.machine, whole, wrote ? 'created' : 'existing', news);
  const coming = ofWindow.find(({ state }) => state === 'being-made');
  if (coming && own.every(({ id }) => isDone(taken.outcomes.get(id)))) {
    const reason = joined('it was taken, and is not whole yet: a later run looks again', news);
    return { ...pointOf(coming), outcome: 'existing', reason };
  }
  const left = leftToOther(steps, taken.outcomes, news);
  if (left !== undefined) return left;
  const { reason, cause, ...rest } = undone(own, taken.outcomes, assessment.machine.name);
  return { ...rest, reason: joined(reason, news), ...(cause === undefined ? {} : { cause: joined(cause, news) }) };
};

const pointOf = ({ id, consistency }: JobPoint): Pick<JobMachine, 'pointId' | 'consistency'> => ({
  pointId: id,
  consistency,
});

/** A point that is worth less than the job wants is one all the same; whether it will do is what the job says. */
const withPoint = (
  job: Job,
  machine: Machine,
  point: JobPoint,
  outcome: 'created' | 'existing',
  ...said: readonly (string | undefined)[]
): Result => {
  const short =
    point.option === 'azure-backup'
      ? undefined
      : point.complete
        ? shortfall(job, machine, point.consistency)
        : undefined;
  const failed = short !== undefined && job.consistency.otherwise === 'fail';
  const reason = joined(...said, short);
  return { outcome: failed ? 'failed' : outcome, ...pointOf(point), ...(reason === '' ? {} : { reason }) };
};

const joined = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('; ');

/** Whoever works on a machine answers for its point. Where a script runs before it, that is what may have met the lease. */
const leftToOther = (
  steps: readonly Step[],
  outcomes: ReadonlyMap<string, StepOutcome>,
  news: string,
): Result | undefined => {
  for (const step of steps) {
    const isPre = isHook(step, 'pre');
    const end = isPre || !isHookStep(step) ? outcomes.get(step.id) : undefined;
    const heldBy = end?.outcome === 'moved' ? holderIn(end.detail ?? '') : undefined;
    if (heldBy !== undefined) return { outcome: 'skipped', heldBy, reason: joined(end!.detail, isPre ? '' : news) };
  }
  return undefined;
};

/** Why there is none: the first step that did not get done, in the plan's order. */
const undone = (steps: readonly Step[], outcomes: ReadonlyMap<string, StepOutcome>, machine: string): Result => {
  const ended = steps.flatMap(({ id }) => outcomes.get(id) ?? []);
  const first = ended.find(({ outcome }) => outcome !== 'done' && outcome !== 'already-done' && outcome !== 'skipped');
  // What it waited for is told beside it.
  if (first === undefined && ended.some(({ outcome }) => outcome === 'skipped'))
    return { outcome: 'failed', reason: 'no point was made' };
  if (first === undefined)
    return {
      outcome: 'failed',
      reason:
        ended.length === 0 ? 'it is not there any more' : 'its point was made, and cannot be seen whole afterwards',
    };
  const { id, outcome, detail } = first;
  if (detail === undefined) return { outcome: 'failed', reason: `${id} ended ${outcome}` };
  const cause = `${outcome === 'failed' ? '' : `${outcome}: `}${causeOf(detail, machine)}`;
  return { outcome: 'failed', reason: `${id} ended ${outcome}: ${detail}`, cause };
};

const secondsOf = (steps: readonly Step[], outcomes: ReadonlyMap<string, StepOutcome>): number | undefined => {
  const ends = steps.flatMap(({ id }) => outcomes.get(id) ?? []);
  const from = ends.flatMap(({ startedAt }) => instantMs(startedAt) ?? []);
  const to = ends.flatMap(({ endedAt }) => instantMs(endedAt) ?? []);
  return from.length === 0 || to.length === 0
    ? undefined
    : Math.max(0, Math.round((Math.max(...to) - Math.min(...from)) / 1000));
};
