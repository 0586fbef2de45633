/** Windows tile time, whatever clocks do; what a schedule means across both changes is pinned. */
import * as fc from 'fast-check';
import { Cron } from 'croner';
import { describe, expect, it, vi } from 'vitest';
import type { Timing } from '../../../src/core/job/job.ts';
import {
  clockChanges,
  duesBetween,
  nextDue,
  rhythmOf,
  shortestGapMs,
  windowAt,
  windowsBetween,
} from '../../../src/core/job/windows.ts';
import { dayMs, hourMs, minuteMs, toInstant } from '../../../src/core/time.ts';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  // Half an hour, midnight left out, midnight twice, a day left out, odd offsets.
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'America/Santiago',
  'America/Havana',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'America/St_Johns',
];
const crons = [
  '30 2 * * *',
  '0 0 * * *',
  '30 2,14 * * *',
  '0 * * * *',
  '*/30 * * * *',
  '15 */4 * * *',
  '0 3 * * MON',
  '30 1 1 * *',
  '0 6 1 * MON-FRI',
  '0 22 29 2 *',
];
const lengths = [15, 30, 40, 60, 120, 180, 240, 360, 720, 1440, 2880, 7 * 1440];

const cron = (text: string, timeZone: string): Timing => ({ kind: 'schedule', cron: text, timeZone });
const every = (lengthMinutes: number, timeZone: string): Timing => ({ kind: 'window', lengthMinutes, timeZone });

const timings = fc
  .tuple(fc.constantFrom(...zones), fc.constantFrom(...crons, ...lengths))
  .map(([zone, what]): Timing => (typeof what === 'string' ? cron(what, zone) : every(what, zone)));

/** Half of them within a day and a half of a change of clocks. */
const momentIn = (timing: Timing): fc.Arbitrary<number> => {
  const changes = clockChanges(timing.timeZone, Date.UTC(2008, 0, 1), Date.UTC(2030, 0, 1));
  const any = fc.integer({ min: Date.UTC(2008, 0, 1), max: Date.UTC(2030, 0, 1) });
  if (changes.length === 0) return any;
  const near = fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -1.5 * dayMs, max: 1.5 * dayMs }));
  return fc.oneof(
    any,
    near.map(([at, off]) => at + off),
  );
};
const moments = timings.chain((timing) => fc.tuple(fc.constant(timing), momentIn(timing)));

const ms = Date.parse;
const berlin = 'Europe/Berlin';

describe('windows tile time', () => {
  it('each moment lies in its window, and every moment of a window is told the same one', () => {
    fc.assert(
      fc.property(moments, fc.double({ min: 0, max: 1, noNaN: true }), ([timing, at], part) => {
        const window = windowAt(timing, at);
        expect(ms(window.due)).toBeLessThanOrEqual(at);
        expect(ms(window.end)).toBeGreaterThan(at);
        const length = ms(window.end) - ms(window.due);
        const within = Math.min(ms(window.due) + Math.floor(part * length), ms(window.end) - 1);
        expect(windowAt(timing, within)).toEqual(window);
        expect(windowAt(timing, ms(window.due))).toEqual(window);
        expect(windowAt(timing, ms(window.end) - 1)).toEqual(window);
      }),
      { numRuns: 400 },
    );
  });

  it('the next window begins where this one ends, and the one before ends where it begins', () => {
    fc.assert(
      fc.property(moments, ([timing, at]) => {
        const window = windowAt(timing, at);
        expect(windowAt(timing, ms(window.end)).due).toBe(window.end);
        expect(windowAt(timing, ms(window.due) - 1).end).toBe(window.due);
      }),
      { numRuns: 400 },
    );
  });

  it('moments due are the begins of windows, in order, and counting them leaves both ends out', () => {
    fc.assert(
      fc.property(moments, ([timing, at]) => {
        const dues = nextDue(timing, at, 5).map(ms);
        expect(dues).toEqual([...new Set(dues)].sort((a, b) => a - b));
        for (const due of dues) expect(ms(windowAt(timing, due).due)).toBe(due);
        expect(windowsBetween(timing, dues[0]!, dues[4]!)).toBe(3);
        expect(windowsBetween(timing, dues[0]!, dues[1]!)).toBe(0);
        expect(windowsBetween(timing, dues[0]!, dues[4]! + 1)).toBe(4);
      }),
      { numRuns: 200 },
    );
  });

  it('windows shorter than what clocks are changed by are never shorter than their length', () => {
    for (const zone of zones)
      for (const length of [15, 30])
        expect(shortestGapMs(every(length, zone), ms('2026-01-01T00:00:00Z')), `${length} min in ${zone}`).toBe(
          length * minuteMs,
        );
  });

  it('a window that is late after a quarter of it is late after an hour at most', () => {
    expect(windowAt(every(60, 'UTC'), ms('2026-06-03T10:20:00Z')).toleranceMs).toBe(15 * minuteMs);
    expect(windowAt(every(240, 'UTC'), ms('2026-06-03T10:20:00Z')).toleranceMs).toBe(hourMs);
    expect(windowAt(every(1440, 'UTC'), ms('2026-06-03T10:20:00Z')).toleranceMs).toBe(hourMs);
  });
});

describe('days on which clocks change', () => {
  const lengthAt = (timing: Timing, at: string): number => {
    const { due, end } = windowAt(timing, ms(at));
    return (ms(end) - ms(due)) / hourMs;
  };

  it('a window of a day lasts 23 h in spring, 25 h in autumn and 24 h otherwise', () => {
    for (const timing of [every(1440, berlin), cron('0 0 * * *', berlin)]) {
      expect(lengthAt(timing, '2026-03-29T12:00:00Z')).toBe(23);
      expect(lengthAt(timing, '2026-10-25T12:00:00Z')).toBe(25);
      expect(lengthAt(timing, '2026-06-03T12:00:00Z')).toBe(24);
    }
  });

  it('02:30 daily in Berlin: at 03:00 on the day without it, the first time on the day with two', () => {
    const daily = cron('30 2 * * *', berlin);
    expect(nextDue(daily, ms('2026-03-28T00:00:00Z'), 4)).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:00:00Z',
      '2026-03-30T00:30:00Z',
      '2026-03-31T00:30:00Z',
    ]);
    expect(nextDue(daily, ms('2026-10-24T00:00:00Z'), 4)).toEqual([
      '2026-10-24T00:30:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
      '2026-10-27T01:30:00Z',
    ]);
    // The second 02:30 of the clock is in the window that the first began.
    expect(windowAt(daily, ms('2026-10-25T01:30:00Z')).due).toBe('2026-10-25T00:30:00Z');
    expect(windowAt(daily, ms('2026-03-29T00:59:59Z')).due).toBe('2026-03-28T01:30:00Z');
  });

  it('times in a list are each due once a day', () => {
    const twice = cron('30 2,14 * * *', berlin);
    expect(windowsBetween(twice, ms('2026-10-24T22:00:00Z') - 1, ms('2026-10-25T23:00:00Z'))).toBe(2);
    expect(windowsBetween(twice, ms('2026-03-28T23:00:00Z') - 1, ms('2026-03-29T22:00:00Z'))).toBe(2);
  });

  it('hourly windows stay an hour long: 23 of them in spring, 25 in autumn', () => {
    for (const hourly of [every(60, berlin), cron('0 * * * *', berlin)]) {
      expect(windowsBetween(hourly, ms('2026-03-28T23:00:00Z') - 1, ms('2026-03-29T22:00:00Z'))).toBe(23);
      expect(windowsBetween(hourly, ms('2026-10-24T22:00:00Z') - 1, ms('2026-10-25T23:00:00Z'))).toBe(25);
      expect(shortestGapMs(hourly, ms('2026-01-01T00:00:00Z'))).toBe(hourMs);
    }
  });

  it('four-hourly windows begin at the same times of day: one of them is an hour shorter in spring, one longer in autumn', () => {
    const fourHourly = every(240, berlin);
    expect(rhythmOf(fourHourly, ms('2026-01-01T00:00:00Z'))).toEqual({
      shortestMs: 3 * hourMs,
      at: '2026-03-28T23:00:00Z',
    });
    expect(nextDue(fourHourly, ms('2026-03-28T20:00:00Z'), 2)).toEqual([
      '2026-03-28T23:00:00Z',
      '2026-03-29T02:00:00Z',
    ]);
    expect(lengthAt(fourHourly, '2026-10-25T00:30:00Z')).toBe(5);
  });

  it('two-hourly windows: the one that begins at a time left out is left out with it, and none is cut in two', () => {
    const dues = [...duesBetween(every(120, berlin), ms('2026-03-28T22:59:00Z'), ms('2026-03-29T06:00:00Z'))];
    expect(dues.map(toInstant)).toEqual(['2026-03-28T23:00:00Z', '2026-03-29T02:00:00Z', '2026-03-29T04:00:00Z']);
    expect(lengthAt(every(120, berlin), '2026-10-25T00:30:00Z')).toBe(3);
    // A star in a schedule follows elapsed time, so there it is cut.
    expect(shortestGapMs(cron('0 */2 * * *', berlin), ms('2026-01-01T00:00:00Z'))).toBe(hourMs);
  });

  it('a day without a midnight begins with its first moment, and a day that a zone leaves out has no window', () => {
    expect(windowAt(every(1440, 'Africa/Cairo'), ms('2026-04-24T12:00:00Z')).due).toBe('2026-04-23T22:00:00Z');
    expect(lengthAt(every(1440, 'Africa/Cairo'), '2026-04-24T12:00:00Z')).toBe(23);
    expect(nextDue(every(1440, 'Pacific/Apia'), ms('2011-12-29T00:00:00Z'), 3)).toEqual([
      '2011-12-29T10:00:00Z',
      '2011-12-30T10:00:00Z',
      '2011-12-31T10:00:00Z',
    ]);
  });

  it('windows of a week begin on Mondays', () => {
    expect(nextDue(every(7 * 1440, 'UTC'), ms('2026-06-03T00:00:00Z'), 2)).toEqual([
      '2026-06-08T00:00:00Z',
      '2026-06-15T00:00:00Z',
    ]);
  });

  it('a dense schedule is told its shortest window without counting a year of it', () => {
    expect(rhythmOf(cron('*/5 * * * *', berlin), ms('2026-01-01T00:00:00Z')).shortestMs).toBe(5 * minuteMs);
    // The short one at the change of clocks is found all the same: 00:50, 01:10 … repeated.
    expect(rhythmOf(cron('*/7 * * * *', berlin), ms('2026-01-01T00:00:00Z')).shortestMs).toBe(4 * minuteMs);
  });
});

it('counts a stretch of a schedule once, however many machines ask for it', () => {
  const timing: Timing = { kind: 'schedule', cron: '0 * * * *', timeZone: 'Europe/Berlin' };
  const asked = vi.spyOn(Cron.prototype, 'nextRun');
  const [from, to] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 3)];
  expect(windowsBetween(timing, from, to)).toBe(47);
  const once = asked.mock.calls.length;
  expect(once).toBeGreaterThan(40);
  expect([windowsBetween(timing, from, to), asked.mock.calls.length]).toEqual([47, once]);
  expect(windowsBetween(timing, from, to - 1)).toBe(47);
  expect(windowsBetween({ ...timing, cron: '0 0 * * *' }, from, to)).toBe(2);
  asked.mockRestore();
});
