/** Calendar events of systemd: https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html */
import { blocksOf, inZone, shifted, type ClockTimes, type Days } from '../../core/job/clock-times.ts';
import type { Timing } from '../../core/job/job.ts';
import { skippedTimes } from '../../core/job/skipped-times.ts';

export interface Calendar {
  /** In the job's own zone: right also where its clocks come to be changed otherwise than is known today. */
  readonly inZone: readonly string[];
  /** The same in UTC, for each difference of the zone's clocks; on no day do they miss what is due. None for UTC itself. */
  readonly inUtc: readonly string[];
  /** On more days than the job is due. */
  readonly widened: boolean;
}

/**
 * Both, since either alone may miss. By a zone systemd elapses neither at a time that clocks skip (it waits for the next day) nor
 * at the second of two that are alike, and goes by the zone tables of its host, which may be older than ours.
 */
export const calendarOf = (timing: Timing, times: ClockTimes, delayMinutes: number, nowMs: number): Calendar => {
  const zone = timing.timeZone;
  const told = shifted(times, delayMinutes);
  const inUtc =
    zone === 'UTC'
      ? []
      : [...inZone(times, zone, 'UTC', delayMinutes, nowMs), ...skippedTimes(timing, times, delayMinutes, nowMs)];
  return {
    inZone: events(told, zone),
    inUtc: events(inUtc, 'UTC'),
    widened: [...told, ...inUtc].some(({ widened }) => widened),
  };
};

/** Days that come to the same are said once. */
const events = (all: readonly ClockTimes[], zone: string): readonly string[] =>
  [...Map.groupBy(all, ({ days }) => JSON.stringify(days)).values()].flatMap((alike) => {
    const times = [...new Set(alike.flatMap(({ times: some }) => some))].toSorted((a, b) => a - b);
    return eventsOf({ ...alike[0]!, times }, zone);
  });

/** Of a day both by date and by weekday: two events. */
const eventsOf = ({ times, days }: ClockTimes, zone: string): readonly string[] =>
  datesOf(days).flatMap((dates) =>
    blocksOf(times).map(({ hours, minutes }) => `${dates} ${list(hours, 24)}:${list(minutes, 60)}:00 ${zone}`),
  );

const weekdayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

const datesOf = ({ daysOfMonth, months, weekdays }: Days): readonly string[] => {
  const month = months === undefined ? '*' : months.map(two).join(',');
  const byDate = `*-${month}-${daysOfMonth === undefined ? '*' : daysOfMonth.map(two).join(',')}`;
  if (weekdays === undefined) return [byDate];
  const byWeekday = `${weekdays.map((day) => weekdayNames[day]).join(',')} *-${month}-*`;
  return daysOfMonth === undefined ? [byWeekday] : [byDate, byWeekday];
};

const list = (values: readonly number[], all: number): string =>
  values.length === all ? '*' : values.map(two).join(',');

const two = (n: number): string => String(n).padStart(2, '0');
