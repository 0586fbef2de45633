/** What a policy keeps: cases with their reasons in test/golden/retention, and what holds of any points and any policy. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { periodsOf } from '../../../src/core/retention/calendar.ts';
import type { RetentionPolicy } from '../../../src/core/retention/policy.ts';
import { retain, type RetainContext, type RetentionPoint } from '../../../src/core/retention/retain.ts';
import { parseSpan } from '../../../src/core/retention/span.ts';
import { expectGolden } from '../golden.ts';

const reason = { code: 'locked', text: 'The lock keep refuses to delete it.', source: 'https://learn.microsoft.com/' };
const complete = (at: string): RetentionPoint => ({ id: at, at, complete: true, tags: {} });
const broken = (at: string): RetentionPoint => ({ ...complete(at), complete: false });
const utc = (asOf: string): RetainContext => ({ asOf, timeZone: 'UTC' });
const berlin = (asOf: string): RetainContext => ({ asOf, timeZone: 'Europe/Berlin' });
const every = (hours: number, from: string, n: number): readonly RetentionPoint[] =>
  Array.from({ length: n }, (_, i) => complete(new Date(Date.parse(from) + i * hours * 3_600_000).toISOString()));

const cases: Readonly<Record<string, readonly [readonly RetentionPoint[], RetentionPolicy, RetainContext]>> = {
  'empty-policy-keeps-everything': [
    [complete('2020-01-01T00:00:00Z'), broken('2021-01-01T00:00:00Z')],
    {},
    utc('2026-06-01T00:00:00Z'),
  ],
  'rules-add-up-and-each-gives-its-reason': [
    every(24, '2026-03-20T02:00:00Z', 75),
    { keepLast: 2, keepDaily: 7, keepWeekly: 4, keepMonthly: 3 },
    utc('2026-06-02T03:00:00Z'),
  ],
  'day-begins-at-midnight-of-the-zone': [
    [complete('2026-06-01T21:59:00Z'), complete('2026-06-01T22:00:00Z'), complete('2026-06-02T21:59:00Z')],
    { keepDaily: 2 },
    berlin('2026-06-03T00:00:00Z'),
  ],
  'day-of-23-hours-in-spring-is-one-day': [
    every(1, '2026-03-28T22:30:00Z', 26),
    { keepDaily: 3 },
    berlin('2026-03-30T02:00:00Z'),
  ],
  'repeated-hour-in-autumn-is-two-hours': [
    ['2026-10-25T00:10:00Z', '2026-10-25T00:50:00Z', '2026-10-25T01:10:00Z', '2026-10-25T01:50:00Z'].map(complete),
    { keepHourly: 2 },
    berlin('2026-10-25T03:00:00Z'),
  ],
  'iso-week-goes-over-the-turn-of-the-year': [
    ['2026-12-27T12:00:00Z', '2026-12-28T12:00:00Z', '2026-12-31T12:00:00Z', '2027-01-03T12:00:00Z'].map(complete),
    { keepWeekly: 2 },
    utc('2027-01-03T13:00:00Z'),
  ],
  'cut-offs-count-from-the-newest-complete-point-not-from-now': [
    [...every(24, '2025-01-01T00:00:00Z', 5), broken('2026-05-31T00:00:00Z')],
    { keepWithin: '2d' },
    utc('2026-06-01T00:00:00Z'),
  ],
  'month-before-31-march-is-the-end-of-february': [
    ['2026-02-27T12:00:00Z', '2026-02-28T11:59:00Z', '2026-02-28T12:00:00Z', '2026-03-31T12:00:00Z'].map(complete),
    { keepWithin: '1m' },
    utc('2026-03-31T13:00:00Z'),
  ],
  'day-before-is-a-calendar-day-across-the-clock-change': [
    ['2026-03-28T10:59:00Z', '2026-03-28T11:00:00Z', '2026-03-29T10:00:00Z'].map(complete),
    { keepWithin: '1d' },
    berlin('2026-03-29T11:00:00Z'),
  ],
  'newest-of-each-week-within-a-month': [
    every(24, '2026-04-20T02:00:00Z', 42),
    { keepWithinWeekly: '1m' },
    utc('2026-06-01T00:00:00Z'),
  ],
  'newest-of-each-day-within-a-day-across-the-change-of-clocks': [
    ['2026-03-28T10:30:00Z', '2026-03-29T10:00:00Z'].map(complete),
    { keepWithinDaily: '1d' },
    berlin('2026-03-29T11:00:00Z'),
  ],
  'broken-point-stays-beside-a-complete-one-of-the-same-moment': [
    [
      complete('2026-05-30T00:00:00Z'),
      { ...broken('2026-05-31T00:00:00Z'), id: 'half' },
      complete('2026-05-31T00:00:00Z'),
    ],
    { keepLast: 1 },
    utc('2026-06-01T01:00:00Z'),
  ],
  'broken-point-goes-once-a-newer-one-is-complete-and-counts-for-nothing': [
    [complete('2026-05-30T00:00:00Z'), broken('2026-05-31T00:00:00Z'), complete('2026-06-01T00:00:00Z')],
    { keepLast: 2 },
    utc('2026-06-01T01:00:00Z'),
  ],
  'broken-point-stays-while-it-is-the-newest': [
    [complete('2026-05-30T00:00:00Z'), broken('2026-05-31T00:00:00Z')],
    { keepLast: 1 },
    utc('2026-06-01T01:00:00Z'),
  ],
  'nothing-complete-everything-stays': [
    [broken('2026-05-30T00:00:00Z'), broken('2026-05-31T00:00:00Z')],
    { keepLast: 1 },
    utc('2026-06-01T01:00:00Z'),
  ],
  'last-complete-point-stays-where-no-rule-keeps-it': [
    [complete('2026-05-30T00:00:00Z'), complete('2026-05-31T00:00:00Z')],
    { keepTag: ['golden'] },
    utc('2026-06-01T00:00:00Z'),
  ],
  'last-complete-point-goes-only-by-the-unsafe-flag': [
    [complete('2026-05-30T00:00:00Z'), complete('2026-05-31T00:00:00Z')],
    { keepTag: ['golden'] },
    { ...utc('2026-06-01T00:00:00Z'), unsafeLastPoint: true },
  ],
  'tagged-points-stay-names-regardless-of-case': [
    [
      { ...complete('2026-01-01T00:00:00Z'), tags: { Golden: '' } },
      { ...complete('2026-01-02T00:00:00Z'), tags: { release: '7' } },
      { ...complete('2026-01-03T00:00:00Z'), tags: { release: '8' } },
      { ...broken('2026-01-04T00:00:00Z'), tags: { golden: 'yes' } },
      complete('2026-01-05T00:00:00Z'),
    ],
    { keepLast: 1, keepTag: ['golden', 'release=7'] },
    utc('2026-06-01T00:00:00Z'),
  ],
  'future-point-is-kept-is-a-problem-and-ages-nothing': [
    [...every(24, '2026-05-28T00:00:00Z', 4), complete('2027-05-31T00:00:00Z')],
    { keepWithin: '1d' },
    utc('2026-05-31T12:00:00Z'),
  ],
  'clocks-that-differ-a-little-make-no-future': [
    [complete('2026-05-30T00:00:00Z'), complete('2026-05-31T00:30:00Z')],
    { keepLast: 1 },
    utc('2026-05-31T00:00:00Z'),
  ],
  'point-without-a-moment-is-kept': [
    [{ id: 'x', at: undefined, complete: true, tags: {} }, complete('2026-05-31T00:00:00Z')],
    { keepLast: 1 },
    utc('2026-06-01T00:00:00Z'),
  ],
  'locked-point-stays-and-says-why': [
    [
      { ...complete('2026-05-01T00:00:00Z'), held: reason },
      { ...broken('2026-05-02T00:00:00Z'), held: reason },
      complete('2026-05-31T00:00:00Z'),
    ],
    { keepLast: 1 },
    utc('2026-06-01T00:00:00Z'),
  ],
};

describe('retention', () => {
  it.each(Object.entries(cases))('%s', (name, [points, policy, context]) => {
    const told = retain(points, policy, context).map(({ point, keep, reasons, problem }) => ({
      at: point.at ?? null,
      ...(point.complete ? {} : { complete: false }),
      keep,
      reasons,
      ...(problem === undefined ? {} : { problem: problem.summary }),
    }));
    expectGolden(`retention/${name}.json`, { policy, asOf: context.asOf, timeZone: context.timeZone, points: told });
  });

  it('refuses what is no moment and no length of time', () => {
    expect(() => retain([], {}, utc('soon'))).toThrow(RangeError);
    for (const none of ['', '0d', '7', '7w', 'd', '3h2d', '-1d', '1.5d', '2000y'])
      expect(parseSpan(none), none).toBe(undefined);
    expect(parseSpan('2y5m7d3h')).toEqual({ years: 2, months: 5, days: 7, hours: 3 });
  });

  it('judges 100,000 points in a few seconds at most', () => {
    const kept = retain(
      every(1, '2015-01-01T00:00:00Z', 100_000),
      { keepHourly: 24, keepDaily: 30, keepYearly: 9 },
      {
        ...berlin('2026-06-01T00:00:00Z'),
      },
    ).filter(({ keep }) => keep);
    expect(kept.length).toBeGreaterThan(40);
  }, 20_000);
});

describe('the periods of a moment', () => {
  const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia'];
  const anyMs = fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2040, 0) / 1 });

  it('are those of the wall clock there, as another reckoner has them', () => {
    const formats = new Map(
      zones.map((timeZone) => [
        timeZone,
        new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }),
      ]),
    );
    fc.assert(
      fc.property(anyMs, fc.constantFrom(...zones), (ms, zone) => {
        const { day, month, year } = periodsOf(ms, zone);
        expect(day).toBe(formats.get(zone)!.format(ms));
        expect([month, year]).toEqual([day.slice(0, 7), day.slice(0, 4)]);
      }),
    );
  });

  it('are weeks from Monday, and hours of at most an hour', () => {
    fc.assert(
      fc.property(anyMs, fc.constantFrom(...zones), (ms, zone) => {
        const { hour, week } = periodsOf(ms, zone);
        expect(periodsOf(ms + 3_600_000, zone).hour).not.toBe(hour);
        expect(periodsOf(ms + 8 * 86_400_000, zone).week).not.toBe(week);
      }),
    );
    expect([periodsOf(Date.UTC(2026, 5, 7, 23), 'UTC').week, periodsOf(Date.UTC(2026, 5, 8), 'UTC').week]).toEqual([
      '2026-W23',
      '2026-W24',
    ]);
  });
});

const asOf = '2026-11-02T08:00:00Z';
const days = 86_400_000;
const anyPoint = fc
  .record({
    id: fc.uuid(),
    // Some in the future, some at the same moment, some close to clock changes.
    at: fc.oneof(
      fc.integer({ min: -900, max: 3 }).map((day) => new Date(Date.parse(asOf) + day * days).toISOString()),
      fc.integer({ min: -900 * 24 * 60, max: 100 }).map((m) => new Date(Date.parse(asOf) + m * 60_000).toISOString()),
      fc.constant(undefined),
    ),
    complete: fc.boolean(),
    tags: fc.constantFrom<Record<string, string>>({}, { golden: '' }, { golden: 'yes', a: 'b' }),
    held: fc.constantFrom(undefined, undefined, undefined, reason),
  })
  .map(({ held, ...point }): RetentionPoint => (held === undefined ? point : { ...point, held }));
const anyPoints = fc.uniqueArray(anyPoint, { selector: ({ id }) => id, maxLength: 60 });

const counts = ['keepLast', 'keepHourly', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'] as const;
const withins = [
  'keepWithin',
  'keepWithinHourly',
  'keepWithinDaily',
  'keepWithinWeekly',
  'keepWithinMonthly',
  'keepWithinYearly',
] as const;
const spanDays = fc.integer({ min: 1, max: 900 });
const optionally = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 3 });
interface Asked {
  readonly counts: readonly (number | undefined)[];
  readonly withins: readonly (number | undefined)[];
  readonly tags: readonly string[];
}
const anyAsked: fc.Arbitrary<Asked> = fc.record({
  counts: fc.array(optionally(fc.integer({ min: 1, max: 12 })), { minLength: 6, maxLength: 6 }),
  withins: fc.array(optionally(spanDays), { minLength: 6, maxLength: 6 }),
  tags: fc.subarray(['golden', 'golden=yes', 'a=b']),
});
const policyFrom = (asked: Asked): RetentionPolicy => ({
  ...Object.fromEntries(counts.flatMap((name, i) => (asked.counts[i] === undefined ? [] : [[name, asked.counts[i]]]))),
  ...Object.fromEntries(
    withins.flatMap((name, i) => (asked.withins[i] === undefined ? [] : [[name, `${asked.withins[i]}d`]])),
  ),
  ...(asked.tags.length === 0 ? {} : { keepTag: asked.tags }),
});
const anyPolicy = anyAsked.map(policyFrom);
const nonEmpty = anyAsked.filter((asked) => Object.keys(policyFrom(asked)).length > 0);
const anyZone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Auckland');
const keptIds = (points: readonly RetentionPoint[], policy: RetentionPolicy, context: RetainContext) =>
  new Set(retain(points, policy, context).flatMap(({ keep, point }) => (keep ? [point.id] : [])));
const runs = { numRuns: 400 };

describe('any policy over any points', () => {
  it('keeps or removes each of them once, and says why', () => {
    fc.assert(
      fc.property(anyPoints, anyPolicy, anyZone, (points, policy, timeZone) => {
        const all = retain(points, policy, { asOf, timeZone });
        expect(all.map(({ point }) => point.id).toSorted()).toEqual(points.map(({ id }) => id).toSorted());
        expect(all.every(({ reasons }) => reasons.length > 0 && reasons.every((text) => text !== ''))).toBe(true);
      }),
      runs,
    );
  });

  it('does not care in which order they come', () => {
    fc.assert(
      fc.property(anyPoints, anyPolicy, anyZone, fc.infiniteStream(fc.nat()), (points, policy, timeZone, chance) => {
        const shuffled = points
          .map((point) => ({ point, by: chance.next().value as number }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ point }) => point);
        expect(retain(shuffled, policy, { asOf, timeZone })).toEqual(retain(points, policy, { asOf, timeZone }));
      }),
      runs,
    );
  });

  it('that is longer never removes more', () => {
    const longer = fc.tuple(nonEmpty, anyAsked).map(([base, more]): readonly [RetentionPolicy, RetentionPolicy] => [
      policyFrom(base),
      policyFrom({
        counts: base.counts.map((n, i) => (more.counts[i] === undefined ? n : (n ?? 0) + more.counts[i])),
        withins: base.withins.map((n, i) => (more.withins[i] === undefined ? n : (n ?? 0) + more.withins[i])),
        tags: [...new Set([...base.tags, ...more.tags])],
      }),
    ]);
    fc.assert(
      fc.property(anyPoints, longer, anyZone, (points, [shorter, long], timeZone) => {
        const kept = keptIds(points, long, { asOf, timeZone });
        for (const id of keptIds(points, shorter, { asOf, timeZone })) expect(kept.has(id)).toBe(true);
      }),
      runs,
    );
  });

  it('removes nothing more when it is asked again', () => {
    fc.assert(
      fc.property(anyPoints, anyPolicy, anyZone, (points, policy, timeZone) => {
        const kept = keptIds(points, policy, { asOf, timeZone });
        const left = points.filter(({ id }) => kept.has(id));
        expect(keptIds(left, policy, { asOf, timeZone })).toEqual(kept);
      }),
      runs,
    );
  });

  it('leaves what is held, what is of the future, what has no moment, and the newest complete point or a newer one', () => {
    fc.assert(
      fc.property(anyPoints, anyPolicy, anyZone, (points, policy, timeZone) => {
        const kept = keptIds(points, policy, { asOf, timeZone });
        const isPast = ({ at }: RetentionPoint) => at !== undefined && Date.parse(at) <= Date.parse(asOf) + 3_600_000;
        for (const point of points)
          if (point.held !== undefined || !isPast(point)) expect(kept.has(point.id)).toBe(true);
        const whole = points.filter((point) => point.complete && isPast(point));
        if (whole.length > 0) expect(whole.some(({ id }) => kept.has(id))).toBe(true);
        const removed = points.filter(({ id }) => !kept.has(id));
        // Nothing is removed for which nothing newer is complete.
        for (const { at } of removed) expect(whole.some((one) => Date.parse(one.at!) >= Date.parse(at!))).toBe(true);
      }),
      runs,
    );
  });

  it('is kept to the letter of its counts: so many periods, each with its newest complete point', () => {
    fc.assert(
      fc.property(anyPoints, fc.integer({ min: 1, max: 12 }), anyZone, (points, keepDaily, timeZone) => {
        const format = new Intl.DateTimeFormat('en-CA', {
          timeZone,
          year: 'numeric',
          month: '2-digit',
          day: '2-digit',
        });
        const whole = points
          .filter(({ at, complete: is }) => is && at !== undefined && Date.parse(at) <= Date.parse(asOf) + 3_600_000)
          .toSorted((a, b) => Date.parse(b.at!) - Date.parse(a.at!) || (a.id < b.id ? 1 : -1));
        const newest = [...Map.groupBy(whole, ({ at }) => format.format(Date.parse(at!))).values()].map(
          (day) => day[0]!.id,
        );
        const kept = new Set(
          retain(points, { keepDaily }, { asOf, timeZone }).flatMap(({ point, reasons }) =>
            reasons.some((text) => text.startsWith('keep-daily')) ? [point.id] : [],
          ),
        );
        expect(kept).toEqual(new Set(newest.slice(0, keepDaily)));
      }),
      runs,
    );
  });
});
