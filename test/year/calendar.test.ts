/** The checker is only worth what its calendar is: held against clock changes that are told elsewhere. */
import { describe, expect, it } from 'vitest';
import { daysBefore, duesIn, hour, periodOf, type Rhythm } from './calendar.ts';

const told = (rhythm: Rhythm, from: string, to: string): readonly string[] =>
  duesIn(rhythm, Date.parse(from), Date.parse(to)).map((ms) => `${new Date(ms).toISOString().slice(5, 16)}Z`);

describe('when a job is due', () => {
  const daily: Rhythm = { kind: 'daily', at: 2.5 * hour, zone: 'Africa/Casablanca' };
  it('once on the day when half past two comes twice (15 February 2026 in Morocco), the first time', () => {
    expect(told(daily, '2026-02-14T00:00Z', '2026-02-17T00:00Z')).toEqual([
      '02-14T01:30Z',
      '02-15T01:30Z',
      '02-16T02:30Z',
    ]);
  });
  it('once on the day when half past two is left out (22 March 2026 in Morocco), when clocks are put forward', () => {
    expect(told(daily, '2026-03-21T00:00Z', '2026-03-24T00:00Z')).toEqual([
      '03-21T02:30Z',
      '03-22T02:00Z',
      '03-23T01:30Z',
    ]);
  });
  it('every four hours by the clock on the wall, so that the window over a clock change is shorter or longer', () => {
    const every: Rhythm = { kind: 'every', hours: 4, zone: 'Europe/Berlin' };
    expect(told(every, '2026-03-28T22:00Z', '2026-03-29T07:00Z')).toEqual([
      '03-28T23:00Z',
      '03-29T02:00Z',
      '03-29T06:00Z',
    ]);
    expect(told(every, '2026-10-24T21:00Z', '2026-10-25T08:00Z')).toEqual([
      '10-24T22:00Z',
      '10-25T03:00Z',
      '10-25T07:00Z',
    ]);
  });
});

describe('periods', () => {
  it('count the hour that comes twice as two, and its day as one', () => {
    const [first, second] = [Date.parse('2026-10-25T00:30Z'), Date.parse('2026-10-25T01:30Z')];
    expect(periodOf(first, 'hour', 'Europe/Berlin')).not.toBe(periodOf(second, 'hour', 'Europe/Berlin'));
    expect(periodOf(first, 'day', 'Europe/Berlin')).toBe(periodOf(second, 'day', 'Europe/Berlin'));
  });
  it('are of the zone: late on Sunday evening in London is Monday, and another week, in Berlin', () => {
    const late = Date.parse('2026-02-15T23:30Z');
    expect(periodOf(late, 'week', 'UTC')).not.toBe(periodOf(late + hour, 'week', 'UTC'));
    expect(periodOf(late, 'week', 'Europe/Berlin')).toBe(periodOf(late + hour, 'week', 'Europe/Berlin'));
  });
  it('two days before a Monday noon with a clock change between is the Saturday noon', () => {
    const noon = Date.parse('2026-03-30T10:00Z');
    expect(new Date(daysBefore(noon, 2, 'Europe/Berlin')).toISOString()).toBe('2026-03-28T11:00:00.000Z');
  });
});
