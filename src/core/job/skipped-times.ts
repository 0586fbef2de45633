/** Moments due that stand in for a time which clocks skip: no clock of the job's zone shows that time on that day. */
import { Temporal } from 'temporal-polyfill';
import { dayMs, minuteMs } from '../time.ts';
import { shifted, type ClockTimes } from './clock-times.ts';
import type { Timing } from './job.ts';
import { clockChanges, duesBetween } from './windows.ts';

/**
 * Told in UTC, and `delayMinutes` after they are due. What is due only on some days is asked for as if it were due on each: a
 * date meets a clock change once in some years. Empty where clocks skip no time of the job in the two years after `nowMs`.
 */
export const skippedTimes = (
  timing: Timing,
  times: ClockTimes,
  delayMinutes: number,
  nowMs: number,
): readonly ClockTimes[] => {
  const daily = everyDay(timing);
  return clockChanges(timing.timeZone, nowMs - dayMs, nowMs + 2 * 366 * dayMs)
    .flatMap((change) => [...duesBetween(daily, change - minuteMs, change + minuteMs)])
    .flatMap((due) => standIn(due, timing, times, delayMinutes));
};

const everyDay = (timing: Timing): Timing => {
  if (timing.kind === 'window') return { ...timing, lengthMinutes: Math.min(timing.lengthMinutes, dayMs / minuteMs) };
  const cron = nicknames.get(timing.cron.trim().toLowerCase()) ?? timing.cron;
  const [minute = '*', hour = '*'] = cron.trim().split(/\s+/);
  return { ...timing, cron: `${minute} ${hour} * * *` };
};

/** Without their days: all but one are due at midnight. */
const nicknames: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ...['@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'].map((name) => [name, '0 0 * * *'] as const),
]);

const standIn = (due: number, timing: Timing, times: ClockTimes, delayMinutes: number): readonly ClockTimes[] => {
  const wall = wallAt(due, timing.timeZone);
  const minute = wall.hour * 60 + wall.minute;
  // A time skipped just before midnight is due on the day after the one that the job names: any day is asked then.
  const isNextDay =
    timing.kind === 'schedule' &&
    !wallAt(due - 1, timing.timeZone)
      .toPlainDate()
      .equals(wall.toPlainDate());
  if (times.times.includes(minute) && !isNextDay) return [];
  const offsetMinutes = (wall.toZonedDateTime('UTC').epochMilliseconds - due) / minuteMs;
  return shifted(
    { times: [minute], days: isNextDay ? {} : times.days, widened: times.widened },
    delayMinutes - offsetMinutes,
  );
};

const wallAt = (ms: number, zone: string): Temporal.PlainDateTime =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).toPlainDateTime();
