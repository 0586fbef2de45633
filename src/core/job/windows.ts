/**
 * Windows of a job: time in its zone, cut at each moment that is due. A window begins at its due and lasts until the next, so
 * they leave nothing out and never overlap; one that holds a clock change is as long as its day really is.
 */
import { Cron } from 'croner';
import { Temporal } from 'temporal-polyfill';
import { dayMs, hourMs, minuteMs, toInstant, type Instant } from '../time.ts';
import type { Timing } from './job.ts';

export interface Window {
  /** Its begin, in whole seconds. */
  readonly due: Instant;
  /** The next due: no longer in it. */
  readonly end: Instant;
  /** A point taken later than this after `due` is late: a quarter of the window, at most an hour. */
  readonly toleranceMs: number;
}

/** The least time from one due to the next, and where it first is so short. */
export interface Rhythm {
  readonly shortestMs: number;
  readonly at: Instant;
}

/** `undefined` for a schedule that is never due. */
export const windowAt = (timing: Timing, nowMs: number): Window => {
  const begins = beginsOf(timing);
  const dueMs = begins.atOrBefore(nowMs);
  const endMs = begins.after(dueMs);
  const toleranceMs = Math.min((endMs - dueMs) / 4, hourMs);
  return { due: toInstant(dueMs), end: toInstant(endMs), toleranceMs };
};

/** How many windows begin after `fromMs` and before `toMs`, both left out. */
export const windowsBetween = (timing: Timing, fromMs: number, toMs: number): number => {
  const ofTiming = counted.get(timing) ?? new Map<string, number>();
  counted.set(timing, ofTiming);
  const key = `${fromMs}|${toMs}`;
  const found = ofTiming.get(key);
  if (found !== undefined) return found;
  let count = 0;
  for (const _ of duesBetween(timing, fromMs, toMs)) count += 1;
  ofTiming.set(key, count);
  return count;
};

/** After a long silence every machine asks for the same stretch, and a year of hours takes a second to walk through. */
const counted = new WeakMap<Timing, Map<string, number>>();

/** The next `n` moments due after `nowMs`. */
export const nextDue = (timing: Timing, nowMs: number, n: number): readonly Instant[] =>
  duesBetween(timing, nowMs, latestMs).take(n).map(toInstant).toArray();

export const shortestGapMs = (timing: Timing, fromMs: number): number => rhythmOf(timing, fromMs).shortestMs;

/** Over a year, so that every clock change is in it. */
export const rhythmOf = (timing: Timing, fromMs: number): Rhythm => {
  let shortest: Rhythm = { shortestMs: Number.POSITIVE_INFINITY, at: toInstant(fromMs) };
  for (const [from, to] of stretches(timing, fromMs)) {
    let before: number | undefined;
    for (const due of duesBetween(timing, from, to)) {
      if (before !== undefined && due - before < shortest.shortestMs)
        shortest = { shortestMs: due - before, at: toInstant(before) };
      before = due;
    }
  }
  return shortest;
};

/** Moments due between two moments, both left out, in order. */
export const duesBetween = function* (timing: Timing, fromMs: number, toMs: number): Generator<number, void, void> {
  const begins = beginsOf(timing);
  for (let due = begins.after(fromMs); due < toMs; due = begins.after(due)) yield due;
};

/** When clocks in `zone` are changed between two moments. */
export const clockChanges = (zone: string, fromMs: number, toMs: number): readonly number[] => {
  const found: number[] = [];
  let at = zonedAt(fromMs, zone).getTimeZoneTransition('next');
  while (at !== null && at.epochMilliseconds < toMs) {
    found.push(at.epochMilliseconds);
    at = at.getTimeZoneTransition('next');
  }
  return found;
};

/** A year whole; of a dense timing its first weeks, which say all but what clock changes do, and the days around those. */
const stretches = (timing: Timing, fromMs: number): readonly (readonly [number, number])[] => {
  const toMs = fromMs + 370 * dayMs;
  const denseFromMs = fromMs + 40 * dayMs;
  if (windowsBetween(timing, fromMs, fromMs + 2 * dayMs) <= 50) return [[fromMs, toMs]];
  const changes = clockChanges(timing.timeZone, fromMs, toMs);
  return [[fromMs, denseFromMs], ...changes.map((at) => [at - 2 * dayMs, at + 2 * dayMs] as const)];
};

/** The begins of windows, in milliseconds since the epoch. */
interface Begins {
  atOrBefore(ms: number): number;
  after(ms: number): number;
}

/** As far as `Date` can tell; what is due then is never due. */
const latestMs = 8.64e15;

/** Parsing a schedule costs more than asking it, and a run asks for every machine. */
const known = new WeakMap<Timing, Begins>();

const beginsOf = (timing: Timing): Begins => {
  const begins = known.get(timing) ?? (timing.kind === 'schedule' ? ofSchedule(timing) : ofLength(timing));
  known.set(timing, begins);
  return begins;
};

/**
 * Times named one by one (`30 2,14 * * *`) are due once a day whatever clocks do, as in Vixie's cron: skipped ones when clocks
 * are forward again, repeated ones the first time. Those with a star or a step (`0 * * * *`) follow elapsed time.
 */
export const scheduleOf = (cron: string, timeZone: string): Cron =>
  new Cron(cron, { timezone: timeZone, mode: '5-part', fixedTimeRule: 'no-wildcard' });

const ofSchedule = ({ cron, timeZone }: Extract<Timing, { kind: 'schedule' }>): Begins => {
  const schedule = scheduleOf(cron, timeZone);
  return {
    // Runs are on whole seconds, and the one at the moment itself is asked for by the second after.
    atOrBefore: (ms) => schedule.previousRuns(1, new Date(ms - (ms % 1000) + 1000))[0]?.getTime() ?? -latestMs,
    after: (ms) => schedule.nextRun(new Date(ms))?.getTime() ?? latestMs,
  };
};

const ofLength = ({ lengthMinutes, timeZone }: Extract<Timing, { kind: 'window' }>): Begins => {
  let held: readonly number[] = [];
  /** Dues are asked for one after the other, and calendar arithmetic is slow. */
  const around = (ms: number): readonly number[] => {
    if (!(held[0]! <= ms && ms < held.at(-1)!)) held = beginsAround(ms, lengthMinutes, timeZone);
    return held;
  };
  return {
    atOrBefore: (ms) => around(ms).findLast((begin) => begin <= ms) ?? -latestMs,
    after: (ms) => around(ms).find((begin) => begin > ms) ?? latestMs,
  };
};

const dayMinutes = 24 * 60;
/** A Monday. Windows of whole days are counted from here, so that those of seven begin on Mondays. */
const firstMonday = Temporal.PlainDate.from('1970-01-05');

/** In order, and no two the same; the one at or before `ms` and the one after it are among them. */
const beginsAround = (ms: number, lengthMinutes: number, zone: string): readonly number[] => {
  const today = zonedAt(ms, zone).toPlainDate();
  const days = Math.max(1, Math.floor(lengthMinutes / dayMinutes));
  const since = firstMonday.until(today, { largestUnit: 'days' }).days;
  const first = firstMonday.add({ days: Math.floor(since / days) * days });
  const begins = [0, days, 2 * days].flatMap((ahead) =>
    beginsOfDay(first.add({ days: ahead }), Math.min(lengthMinutes, dayMinutes), zone),
  );
  return [...new Set(begins)].sort((a, b) => a - b);
};

const beginsOfDay = (day: Temporal.PlainDate, lengthMinutes: number, zone: string): readonly number[] => {
  const midnight = startOf(day, zone);
  const even = startOf(day.add({ days: 1 }), zone) - midnight === dayMs;
  const minutes = Array.from({ length: dayMinutes / lengthMinutes }, (_, i) => i * lengthMinutes);
  if (even) return minutes.map((minute) => midnight + minute * minuteMs);
  return [midnight, ...minutes.flatMap((minute) => momentsOf(day, minute, lengthMinutes, zone))];
};

const startOf = (day: Temporal.PlainDate, zone: string): number => day.toZonedDateTime(zone).epochMilliseconds;

/**
 * When clocks show that minute of a day on which they change. A time that is left out begins no window: the one before goes on.
 * A time that comes twice begins two where windows fit into what is repeated, so that hourly ones stay an hour long.
 */
const momentsOf = (day: Temporal.PlainDate, minute: number, lengthMinutes: number, zone: string): readonly number[] => {
  const wall = day.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const earlier = wall.toZonedDateTime(zone, { disambiguation: 'earlier' });
  const later = wall.toZonedDateTime(zone, { disambiguation: 'later' }).epochMilliseconds;
  if (!earlier.toPlainDateTime().equals(wall)) return [];
  const first = earlier.epochMilliseconds;
  return later > first && (later - first) % (lengthMinutes * minuteMs) === 0 ? [first, later] : [first];
};

const zonedAt = (ms: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
