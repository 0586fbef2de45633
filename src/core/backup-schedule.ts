/** When a scheduled backup is due: fixed times of the clock, in the policy's own time zone. */
import type { BackupPolicy } from './estate.ts';
import { nextAt, zoneOf } from './time-zone.ts';
import { dayMs, hourMs, instantMs, minuteMs, toInstant, weekdays, type Instant } from './time.ts';

/** A scheduled backup may start this long after its time (facts B-17). */
const lateStartMs = 2 * hourMs;

export type NextRun =
  | { readonly kind: 'due'; readonly by: Instant }
  /** Why no moment can be given, as a clause. */
  | { readonly kind: 'not-told'; readonly why: string };

/**
 * The latest moment at which the next scheduled backup starts. Azure writes run times as if in UTC and means clock times
 * in `timeZone`. Where the length of an hourly window is not known, only the run that opens it is certain.
 */
export const nextRunBy = ({ schedule }: Pick<BackupPolicy, 'schedule'>, nowMs: number): NextRun => {
  const zone = zoneOf(schedule.timeZone);
  if (zone === undefined)
    return { kind: 'not-told', why: `its policy runs in a time zone that is not known here (${schedule.timeZone})` };
  const onDays = schedule.frequency === 'weekly' ? (schedule.days ?? []).map((day) => weekdays.indexOf(day)) : [];
  if (schedule.frequency === 'weekly' && onDays.length === 0)
    return { kind: 'not-told', why: 'its policy runs weekly, and does not tell on which days' };
  const minutes = schedule.runTimes.flatMap((run) => {
    const at = instantMs(run);
    return at === undefined ? [] : [Math.floor((at % dayMs) / minuteMs)];
  });
  if (minutes.length === 0) return { kind: 'not-told', why: 'its policy tells no run times' };
  const next = Math.min(
    ...minutes.flatMap((opens) => runsFrom(opens, schedule)).map((minute) => nextAt(minute, zone, nowMs, onDays)),
  );
  return { kind: 'due', by: toInstant(next + lateStartMs) };
};

/** Whether a scheduled backup may be starting at that moment, as far as the policy tells. */
export const mayStartAt = (policy: Pick<BackupPolicy, 'schedule'>, ms: number): boolean => {
  const next = nextRunBy(policy, ms - lateStartMs - 1);
  return next.kind === 'due' && instantMs(next.by)! <= ms + lateStartMs;
};

const dayMinutes = 24 * 60;

const runsFrom = (
  opens: number,
  { frequency, intervalHours, windowHours }: BackupPolicy['schedule'],
): readonly number[] => {
  if (frequency !== 'hourly' || intervalHours === undefined || windowHours === undefined || intervalHours <= 0)
    return [opens];
  const count = Math.max(1, Math.floor(Math.min(windowHours, 23) / intervalHours) + 1);
  return Array.from({ length: count }, (_, i) => (opens + i * intervalHours * 60) % dayMinutes);
};
