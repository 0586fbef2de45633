/** What a window still asks of each machine that a job selects: a point, or nothing, or something that cannot be told. */
import { unknownText, verdictNow, type Assessment } from '../assessment.ts';
import type { Estate, Machine } from '../estate.ts';
import type { OptionId } from '../option.ts';
import { options } from '../options/index.ts';
import { choosePoint } from '../plan-snapshot.ts';
import { instantMs, momentText, type Instant } from '../time.ts';
import { requirements } from '../verdict.ts';
import { jobPointsOf, mostAttempts, type JobPoint } from './identity.ts';
import type { Job } from './job.ts';
import { windowsBetween, type Window } from './windows.ts';

/** What a job can take. */
export type TakenOption = Extract<OptionId, 'azure-backup' | 'disk-snapshot' | 'restore-point'>;

export interface MachineDue {
  readonly assessment: Assessment;
  readonly option: TakenOption;
  /** Of this job, copies left out. */
  readonly points: readonly JobPoint[];
  readonly newest?: JobPoint;
  readonly standing: Standing;
}

export type Standing =
  /** `reason`: it is there, and not whole yet. */
  | { readonly kind: 'existing'; readonly point: JobPoint; readonly reason?: string }
  /** `attempt`: points of this window that came to nothing. `missed`: windows without one, before this. */
  | { readonly kind: 'due'; readonly attempt: number; readonly missed: number; readonly late: boolean }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'exhausted'; readonly reason: string };

/** Of the machines read for the job's scope, those of its classes. */
export const selectedBy = ({ selector }: Job, assessments: readonly Assessment[]): readonly Assessment[] => {
  const classes = new Set(selector.classes.map((name) => name.toLowerCase()));
  return classes.size === 0
    ? assessments
    : assessments.filter(({ classification }) => classes.has(classification.classId.toLowerCase()));
};

/** `assessments`: by the guidance as it is, of the machines selected. */
export const dueOf = (
  job: Job,
  window: Window,
  assessments: readonly Assessment[],
  estate: Estate,
  nowMs: number,
): readonly MachineDue[] =>
  assessments.map((assessment) => {
    const { machine } = assessment;
    const option = optionFor(job, assessment);
    const points = pointsFor(job, window, option, machine, estate);
    const newest = newestOf(points);
    const standing = standingOf({ job, window, assessment, option, points, newest, estate, nowMs });
    return { assessment, option, points, ...(newest === undefined ? {} : { newest }), standing };
  });

/** A machine's points of the job, copies left out. */
export const pointsFor = (
  job: Job,
  window: Window,
  option: TakenOption,
  machine: Machine,
  estate: Estate,
): readonly JobPoint[] => [
  ...jobPointsOf(machine, estate, job.name).filter(({ isCopy }) => !isCopy),
  ...(option === 'azure-backup' ? backupPointsOf(machine, estate, window) : []),
];

/** `auto`: what the guidance chooses, of what a job can take, while it fits the machine; failing that, what does. */
export const optionFor = ({ option }: Job, assessment: Assessment): TakenOption => {
  if (option !== 'auto') return option;
  const chosen = chosenFor(assessment);
  const fits = (each: TakenOption): boolean =>
    each === 'azure-backup' || !['impossible', 'unsuitable'].includes(verdictNow(assessment, each));
  return chosen.filter(isTaken).find(fits) ?? choosePoint(assessment);
};

/**
 * The guidance counts what stands there for the option to have, and points stand there of anybody: by them a job would take another
 * option because of what another job did. A backup that is set up is no such point.
 */
const chosenFor = ({ machine, context, results }: Assessment): readonly OptionId[] => {
  const setUp = context.protections.filter(({ option }) => option !== 'disk-snapshot' && option !== 'restore-point');
  const judged =
    setUp.length === context.protections.length ? results : requirements(machine, { ...context, protections: setUp });
  return judged.flatMap(({ chosen }) => chosen ?? []);
};

const isTaken = (option: OptionId): option is TakenOption =>
  option === 'azure-backup' || option === 'disk-snapshot' || option === 'restore-point';

interface Asked {
  readonly job: Job;
  readonly window: Window;
  readonly assessment: Assessment;
  readonly option: TakenOption;
  readonly points: readonly JobPoint[];
  readonly newest: JobPoint | undefined;
  readonly estate: Estate;
  readonly nowMs: number;
}

const standingOf = (asked: Asked): Standing => {
  const { window, assessment, points, newest, job, nowMs } = asked;
  const { machine, classification } = assessment;
  const ofWindow = points.filter(({ due }) => instantMs(due) === instantMs(window.due));
  const whole = ofWindow.find(({ complete }) => complete);
  if (whole) return { kind: 'existing', point: whole };
  const coming = ofWindow.find(({ state }) => state === 'being-made');
  if (coming) return { kind: 'existing', point: coming, reason: `its point ${coming.id} is still being made` };
  const { excluded } = classification;
  if (excluded) return { kind: 'skipped', reason: `it is excluded: ${excluded.reason}` };
  const blind = blindSpot(asked);
  if (blind !== undefined) return { kind: 'unknown', reason: blind };
  const attempt = Math.max(-1, ...ofWindow.map((point) => point.attempt)) + 1;
  if (attempt >= mostAttempts)
    return {
      kind: 'exhausted',
      reason: `${mostAttempts} points of ${machine.name} for the window of ${momentText(window.due)} came to nothing`,
    };
  const dueMs = instantMs(window.due)!;
  const missed = newest === undefined ? 0 : windowsBetween(job.timing, instantMs(newest.due)!, dueMs);
  // Any moment of a window will do where no clock time was asked for.
  const late = missed > 0 || (job.timing.kind === 'schedule' && nowMs > dueMs + window.toleranceMs);
  return { kind: 'due', attempt, missed, late };
};

/** Where a point of this window could be out of sight, none is made beside it. */
const blindSpot = ({ option, assessment: { machine }, estate }: Asked): string | undefined => {
  const looked: readonly OptionId[] = option === 'azure-backup' ? [option] : ['disk-snapshot', 'restore-point'];
  for (const each of options) {
    const blind = looked.includes(each.id) ? each.blindSpot(machine, estate) : undefined;
    if (blind) return `whether ${machine.name} has its point already cannot be told: ${unknownText(blind)}`;
  }
  if (option === 'azure-backup') return undefined;
  const unread = estate.restorePointCollections.items.find(
    ({ sourceKey, ownedByBackup, points }) => sourceKey === machine.key && !ownedByBackup && !points.known,
  );
  if (unread === undefined || unread.points.known) return undefined;
  return `whether ${machine.name} has its point already cannot be told: ${unknownText(unread.points)}`;
};

/** The newest complete one, by its window. */
export const newestOf = (points: readonly JobPoint[]): JobPoint | undefined =>
  points
    .filter(({ complete }) => complete)
    .toSorted((a, b) => (instantMs(b.due) ?? 0) - (instantMs(a.due) ?? 0) || b.attempt - a.attempt)[0];

/**
 * Azure Backup's points bear no name of ours: whatever made it, a point taken since the window began is the window's, and an
 * older one of the window before.
 */
const backupPointsOf = (machine: Machine, estate: Estate, window: Window): readonly JobPoint[] =>
  estate.backupItems.items
    .filter(({ machineKey }) => machineKey === machine.key)
    .flatMap(({ id, lastPointAt, points }): readonly JobPoint[] => {
      const newest = points.known ? points.value[0] : undefined;
      const at = newest?.at ?? lastPointAt;
      if (instantMs(at) === undefined) return [];
      return [
        {
          id: newest?.id ?? id,
          option: 'azure-backup',
          due: dueOfMoment(at!, window),
          attempt: 0,
          at,
          state: 'complete',
          complete: true,
          consistency: newest?.consistency ?? 'unknown',
          region: machine.location,
          isCopy: false,
          resourceIds: [newest?.id ?? id],
        },
      ];
    });

const dueOfMoment = (at: Instant, { due }: Window): Instant => (instantMs(at)! >= instantMs(due)! ? due : at);
