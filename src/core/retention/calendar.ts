/**
 * Hours, days, ISO weeks, months and years of a moment in a time zone, and calendar arithmetic there. The repeated hour of a clock
 * change is two hours; the one that is left out holds nothing.
 */
import { Temporal } from 'temporal-polyfill';
import { parseSpan } from './span.ts';
import type { Span } from './policy.ts';

export type Period = 'hour' | 'day' | 'week' | 'month' | 'year';

/** The names of the periods that a moment lies in, equal for moments of one period. */
export type Periods = Readonly<Record<Period, string>>;

export const periodsOf = (ms: number, timeZone: string): Periods => {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const year = String(at.year);
  const month = `${year}-${two(at.month)}`;
  const day = `${month}-${two(at.day)}`;
  return {
    hour: `${day} ${two(at.hour)}h${at.offset}`,
    day,
    week: `${at.yearOfWeek}-W${two(at.weekOfYear ?? 0)}`,
    month,
    year,
  };
};

const two = (n: number): string => String(n).padStart(2, '0');

/** The moment so long before, by the calendar there: a month before 31 March is 28 or 29 February. */
export const before = (ms: number, span: Span, timeZone: string): number => {
  const parts = parseSpan(span);
  if (parts === undefined) throw new RangeError(`not a length of time: ${span}`);
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).subtract(parts).epochMilliseconds;
};
