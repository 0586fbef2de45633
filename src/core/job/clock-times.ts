/** When a job is due, as clocks and calendars show it: what other schedulers are told. */
import { CronPattern } from 'croner';
import { Temporal } from 'temporal-polyfill';
import { dayMs, minuteMs } from '../time.ts';
import type { Timing } from './job.ts';
import { clockChanges } from './windows.ts';

/** Absent: any. With both, a day that either names is meant, as in every cron. */
export interface Days {
  /** 1 to 31. */
  readonly daysOfMonth?: readonly number[];
  /** 1 to 12. */
  readonly months?: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays?: readonly number[];
}

export interface ClockTimes {
  /** Minutes since midnight, in order. */
  readonly times: readonly number[];
  readonly days: Days;
  /** Days of the calendar could not be said otherwise, so more of them are named than are meant. */
  readonly widened: boolean;
}

/** `undefined` for what only croner understands: last days, nearest weekdays, second Tuesdays. */
export const clockTimesOf = (timing: Timing): ClockTimes | undefined =>
  timing.kind === 'window' ? timesOfWindow(timing.lengthMinutes) : timesOfCron(timing.cron);

const dayMinutes = 1_440;

const timesOfWindow = (lengthMinutes: number): ClockTimes => {
  if (lengthMinutes < dayMinutes) {
    const times = Array.from({ length: dayMinutes / lengthMinutes }, (_, i) => i * lengthMinutes);
    return { times, days: {}, widened: false };
  }
  const days = lengthMinutes / dayMinutes;
  // No cron can count days beyond a week: it asks more often, and finds its point there.
  return { times: [0], days: days % 7 === 0 ? { weekdays: [1] } : {}, widened: days !== 1 && days !== 7 };
};

const anyNth = 0b11_1111;

const timesOfCron = (cron: string): ClockTimes | undefined => {
  const pattern = new CronPattern(cron, undefined, { mode: '5-part' });
  const odd =
    pattern.lastDayOfMonth ||
    pattern.lastWeekday ||
    pattern.useAndLogic ||
    pattern.nearestWeekdays.some((set) => set !== 0) ||
    pattern.dayOfWeek.some((nth) => nth !== 0 && nth !== anyNth);
  if (odd) return undefined;
  const hours = named(pattern.hour);
  const minutes = named(pattern.minute);
  const times = hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
  const months = named(pattern.month).map((month) => month + 1);
  const days: Days = {
    ...(pattern.starDOM ? {} : { daysOfMonth: named(pattern.day).map((day) => day + 1) }),
    ...(months.length === 12 ? {} : { months }),
    ...(pattern.starDOW ? {} : { weekdays: named(pattern.dayOfWeek.slice(0, 7)) }),
  };
  return { times, days, widened: false };
};

const named = (set: readonly number[]): readonly number[] => set.flatMap((here, i) => (here ? [i] : []));

/** Later (or earlier) by so many minutes. The day before the first of a month is not always the same: it is any that it can be. */
export const shifted = ({ times, days, widened }: ClockTimes, minutes: number): readonly ClockTimes[] =>
  [...Map.groupBy(times, (time) => Math.floor((time + minutes) / dayMinutes))].map(([dayShift, ofDay]) => {
    const moved = ofDay.map((time) => time + minutes - dayShift * dayMinutes).toSorted((a, b) => a - b);
    if (dayShift === 0) return { times: moved, days, widened };
    const { daysOfMonth, months, weekdays } = days;
    const dates = daysOfMonth && daysShifted(daysOfMonth, dayShift);
    const others: Days = {
      ...(dates === undefined ? {} : { daysOfMonth: dates }),
      ...(weekdays === undefined
        ? {}
        : { weekdays: weekdays.map((day) => (((day + dayShift) % 7) + 7) % 7).toSorted((a, b) => a - b) }),
    };
    const isWider = months !== undefined || (dates !== undefined && dates.length > daysOfMonth!.length);
    return { times: moved, days: others, widened: widened || isWider };
  });

const daysShifted = (days: readonly number[], by: number): readonly number[] => {
  let found = days;
  for (let left = Math.abs(by); left > 0; left -= 1) found = found.flatMap(by > 0 ? daysAfter : daysBefore);
  return [...new Set(found)].toSorted((a, b) => a - b);
};

/** February ends on the 28th or 29th, other months on the 30th or 31st. */
const daysAfter = (day: number): readonly number[] => (day < 28 ? [day + 1] : day < 31 ? [day + 1, 1] : [1]);
const daysBefore = (day: number): readonly number[] => (day > 1 ? [day - 1] : [28, 29, 30, 31]);

/**
 * In another zone: one for each difference that the two zones' clocks have over two years. Whoever runs at all of them runs at the
 * right one, and the others find nothing to do.
 */
export const inZone = (
  times: ClockTimes,
  from: string,
  to: string,
  delayMinutes: number,
  nowMs: number,
): readonly ClockTimes[] => differences(from, to, nowMs).flatMap((minutes) => shifted(times, minutes + delayMinutes));

const differences = (from: string, to: string, nowMs: number): readonly number[] => {
  const changes = [from, to].flatMap((zone) => clockChanges(zone, nowMs, nowMs + 2 * 366 * dayMs));
  const found = [nowMs, ...changes].map((ms) => offsetMinutes(to, ms) - offsetMinutes(from, ms));
  return [...new Set(found)].toSorted((a, b) => a - b);
};

const offsetMinutes = (zone: string, ms: number): number =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6 / minuteMs;

/** Hours and minutes whose every pair is meant, so that one line can say them. */
export interface TimeBlock {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
}

export const blocksOf = (times: readonly number[]): readonly TimeBlock[] => {
  const hoursByMinute = Map.groupBy(times, (time) => time % 60);
  const minutesByHours = Map.groupBy(hoursByMinute, ([, ofMinute]) => hoursIn(ofMinute).join(','));
  return [...minutesByHours.values()].map((alike) => ({
    minutes: alike.map(([minute]) => minute).toSorted((a, b) => a - b),
    hours: hoursIn(alike[0]![1]),
  }));
};

const hoursIn = (times: readonly number[]): readonly number[] =>
  [...new Set(times.map((time) => Math.floor(time / 60)))].toSorted((a, b) => a - b);
