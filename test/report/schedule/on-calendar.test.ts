/** Timers of systemd miss no moment that is due: by our own reading of their calendar events, and by systemd's. */
import { spawnSync } from 'node:child_process';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { clockTimesOf } from '../../../src/core/job/clock-times.ts';
import type { Timing } from '../../../src/core/job/job.ts';
import { clockChanges, duesBetween } from '../../../src/core/job/windows.ts';
import { dayMs, minuteMs, toInstant } from '../../../src/core/time.ts';
import { calendarOf } from '../../../src/report/schedule/on-calendar.ts';

const nowMs = Date.UTC(2026, 7, 1, 12);
const untilMs = nowMs + 2 * 365 * dayMs;
const zones = [
  'Europe/Berlin',
  'America/Santiago',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  // Skips the hour before midnight: what it holds is due on the day after.
  'America/Nuuk',
  'UTC',
] as const;
const crons = [
  '30 2 * * *',
  '59 1 * * *',
  '15,45 0,2,23 * * *',
  '0 0 * * MON',
  '10 2 * * SUN',
  '30 23 * * SAT',
  '30 2 28 3 *',
  '0 1 1,15 * MON',
  '0 2 1,31 3,4,10,11 *',
  '0 22 28,29 * *',
  '@weekly',
];
const lengths = [60, 240, 1440, 2 * 1440, 7 * 1440];

const timings: readonly Timing[] = [
  ...zones.flatMap((timeZone) => [
    ...crons.map((cron) => ({ kind: 'schedule', cron, timeZone }) as const),
    ...lengths.map((lengthMinutes) => ({ kind: 'window', lengthMinutes, timeZone }) as const),
  ]),
  { kind: 'schedule', cron: '*/20 0-3 * * *', timeZone: 'Europe/Berlin' },
  { kind: 'schedule', cron: '20 * * * *', timeZone: 'Australia/Lord_Howe' },
];
const named = timings.map((timing) => ({
  timing,
  what: `${timing.kind === 'schedule' ? timing.cron : `every ${timing.lengthMinutes} min`} of ${timing.timeZone}`,
}));

const eventsOf = (timing: Timing, delayMinutes = 1): readonly string[] => {
  const { inZone, inUtc } = calendarOf(timing, clockTimesOf(timing)!, delayMinutes, nowMs);
  return [...inZone, ...inUtc];
};

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const form = /^(?:([A-Z][A-Za-z,]+) )?\*-([\d,*]+)-([\d,*]+) ([\d,*]+):([\d,*]+):00 (\S+)$/;

/** Differences to UTC from each moment on, in order. */
const offsetsOf = (zone: string): readonly (readonly [number, number])[] =>
  [nowMs, ...clockChanges(zone, nowMs, untilMs + dayMs)].map(
    (ms) => [ms, Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).offsetNanoseconds / 1e6] as const,
  );

/**
 * Whether an event elapses then, of the forms that are printed. One of two wall clock times that are alike may be passed over
 * for the other, and which it is systemd does not say: neither is relied on.
 */
const reader = (event: string): ((ms: number) => boolean) => {
  const [, days, months, dates, hours, minutes, zone = ''] = form.exec(event) ?? [];
  expect(zone, event).not.toBe('');
  const has = (list: string | undefined, value: number | string): boolean =>
    list === undefined || list === '*' || list.split(',').some((one) => one === value || Number(one) === value);
  const offsets = offsetsOf(zone);
  const twice = offsets.slice(1).map(([ms, offset], i) => [ms + offset, ms + offsets[i]![1]] as const);
  return (ms) => {
    const wallMs = ms + offsets.findLast(([from]) => from <= ms)![1];
    if (twice.some(([from, to]) => from <= wallMs && wallMs < to)) return false;
    const wall = new Date(wallMs);
    return (
      wallMs % minuteMs === 0 &&
      has(minutes, wall.getUTCMinutes()) &&
      has(hours, wall.getUTCHours()) &&
      has(dates, wall.getUTCDate()) &&
      has(months, wall.getUTCMonth() + 1) &&
      has(days, weekdays[wall.getUTCDay()]!)
    );
  };
};

const missed = (timing: Timing, events: readonly string[], delayMinutes = 1): readonly string[] => {
  const elapse = events.map(reader);
  return duesBetween(timing, nowMs, untilMs)
    .filter((due) => !elapse.some((at) => at(due + delayMinutes * minuteMs)))
    .map(toInstant)
    .toArray();
};

const calendar = (timing: Timing, delayMinutes = 1) => calendarOf(timing, clockTimesOf(timing)!, delayMinutes, nowMs);

describe('a timer of systemd', () => {
  // By what it is told in UTC alone: a host's table of zones may be older than that by which jobs are due.
  it.each(named)('elapses a minute after whatever is due in two years: $what', ({ timing }) => {
    const { inZone, inUtc } = calendar(timing);
    expect([...duesBetween(timing, nowMs, untilMs)].length).toBeGreaterThan(1);
    expect(missed(timing, timing.timeZone === 'UTC' ? inZone : inUtc)).toEqual([]);
  });

  it.each([0, 30, 59])('with a delay of %i minutes as well', (delayMinutes) => {
    const some = ['30 2 * * *', '59 1 * * *', '0 0 * * MON', '30 23 * * SAT'];
    for (const timeZone of ['Europe/Berlin', 'America/Nuuk'])
      for (const cron of some) {
        const timing: Timing = { kind: 'schedule', cron, timeZone };
        expect(missed(timing, calendar(timing, delayMinutes).inUtc, delayMinutes)).toEqual([]);
      }
  });

  it('elapses by its zone whenever clocks are left alone, whatever becomes of the differences to UTC', () => {
    const alone = (timing: Timing) => missed(timing, calendar(timing).inZone).filter((due) => due < '2027-07');
    expect(alone({ kind: 'schedule', cron: '30 2 * * *', timeZone: 'Europe/Berlin' })).toEqual([
      '2026-10-25T00:30:00Z',
      '2027-03-28T01:00:00Z',
    ]);
    expect(alone({ kind: 'window', lengthMinutes: 60, timeZone: 'Europe/Berlin' })).toEqual([
      '2026-10-25T00:00:00Z',
      '2026-10-25T01:00:00Z',
    ]);
    expect(alone({ kind: 'window', lengthMinutes: 1440, timeZone: 'America/Santiago' })).toEqual([
      '2026-09-06T04:00:00Z',
    ]);
  });

  it('names one time for each difference to UTC, and the end of the hour that clocks skip where that is due', () => {
    expect(eventsOf({ kind: 'schedule', cron: '30 2 * * *', timeZone: 'Europe/Berlin' })).toEqual([
      '*-*-* 02:31:00 Europe/Berlin',
      '*-*-* 00,01:31:00 UTC',
      '*-*-* 01:01:00 UTC',
    ]);
    expect(eventsOf({ kind: 'schedule', cron: '30 22 * * MON-FRI', timeZone: 'Europe/Berlin' })).toEqual([
      'Mon,Tue,Wed,Thu,Fri *-*-* 22:31:00 Europe/Berlin',
      'Mon,Tue,Wed,Thu,Fri *-*-* 20,21:31:00 UTC',
    ]);
    expect(eventsOf({ kind: 'window', lengthMinutes: 60, timeZone: 'Europe/Berlin' })).toEqual([
      '*-*-* *:01:00 Europe/Berlin',
      '*-*-* *:01:00 UTC',
    ]);
    expect(eventsOf({ kind: 'window', lengthMinutes: 1440, timeZone: 'Asia/Kolkata' })).toEqual([
      '*-*-* 00:01:00 Asia/Kolkata',
      '*-*-* 18:31:00 UTC',
    ]);
    expect(eventsOf({ kind: 'window', lengthMinutes: 240, timeZone: 'UTC' })).toHaveLength(1);
    expect(eventsOf({ kind: 'schedule', cron: '15 1 1 * *', timeZone: 'Asia/Tokyo' })).toEqual([
      '*-*-01 01:16:00 Asia/Tokyo',
      '*-*-28,29,30,31 16:16:00 UTC',
    ]);
  });
});

const checker = 'systemd-analyze';
const hasSystemd = spawnSync(checker, ['--version']).status === 0;
if (!hasSystemd) console.log('timers are not held against systemd: this machine has no systemd-analyze');

/** The next moments of a calendar event, as systemd tells them. */
const elapsesOf = (event: string, fromMs: number, count: number): readonly string[] => {
  const from = toInstant(fromMs).replace('T', ' ').replace('Z', ' UTC');
  const { stdout, stderr, status } = spawnSync(
    checker,
    ['calendar', `--iterations=${count}`, `--base-time=${from}`, event],
    { encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } },
  );
  expect(status, stderr).toBe(0);
  return [...stdout.matchAll(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/gm)].map(([, day, time]) => `${day}T${time}Z`);
};

describe.skipIf(!hasSystemd)('systemd itself', () => {
  const missedAfter = (timing: Timing, events: readonly string[], fromMs: number): readonly string[] => {
    const dues = [...duesBetween(timing, fromMs, fromMs + 3 * dayMs)].map((due) => toInstant(due + minuteMs));
    // As many as each event has in those days, and then some.
    const counts = events.map((event) => (/ (?:\*|\d\d,\d\d,\d\d,[\d,]+):/.test(event) ? 90 : 20));
    const elapses = events.flatMap((event, i) => elapsesOf(event, fromMs, counts[i]!));
    return dues.filter((due) => !elapses.includes(due));
  };
  const changesIn = (zone: string) => clockChanges(zone, nowMs, untilMs).map((at) => at - 1.5 * dayMs);

  it.each(zones)('elapses on each of the days around every clock change of two years in %s', (zone) => {
    const some: readonly Timing[] = [
      ...crons.slice(0, 3).map((cron) => ({ kind: 'schedule', cron, timeZone: zone }) as const),
      ...[60, 1440].map((lengthMinutes) => ({ kind: 'window', lengthMinutes, timeZone: zone }) as const),
    ];
    for (const fromMs of zone === 'UTC' || zone === 'Asia/Kolkata' ? [nowMs] : changesIn(zone))
      for (const timing of some) expect(missedAfter(timing, eventsOf(timing), fromMs)).toEqual([]);
  });

  it('sees that the zone alone misses one', () => {
    const timing: Timing = { kind: 'schedule', cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
    const alone = eventsOf(timing).slice(0, 1);
    expect(missedAfter(timing, alone, Date.UTC(2027, 2, 27))).toEqual(['2027-03-28T01:01:00Z']);
  });
});
