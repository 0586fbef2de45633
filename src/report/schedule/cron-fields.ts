/** Times and days as the five fields that every cron understands: numbers, lists and ranges only. */
import { blocksOf, type ClockTimes, type Days } from '../../core/job/clock-times.ts';

/** One line for each block of hours and minutes; days that come to the same are said once. */
export const cronFields = (all: readonly ClockTimes[]): readonly string[] =>
  [...Map.groupBy(all, ({ days }) => dayFields(days))].flatMap(([days, alike]) => {
    const times = [...new Set(alike.flatMap(({ times: some }) => some))].toSorted((a, b) => a - b);
    return blocksOf(times).map(({ minutes, hours }) => `${field(minutes, 0, 59)} ${field(hours, 0, 23)} ${days}`);
  });

const dayFields = ({ daysOfMonth, months, weekdays }: Days): string =>
  [field(daysOfMonth, 1, 31), field(months, 1, 12), field(weekdays, 0, 6)].join(' ');

const field = (values: readonly number[] | undefined, first: number, last: number): string => {
  if (values === undefined || values.length === last - first + 1) return '*';
  return ranges(values)
    .map(([from, to]) => (to - from > 1 ? `${from}-${to}` : from === to ? `${from}` : `${from},${to}`))
    .join(',');
};

const ranges = (values: readonly number[]): readonly (readonly [number, number])[] => {
  const found: [number, number][] = [];
  for (const value of values) {
    const open = found.at(-1);
    if (open !== undefined && open[1] === value - 1) open[1] = value;
    else found.push([value, value]);
  }
  return found;
};
