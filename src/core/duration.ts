/** Lengths of time in words, for findings, plans and tables: one unit where it is enough, two where one would mislead. */
import { dayMs, hourMs, minuteMs } from './time.ts';

/** `40 minutes`, `26 hours`, `3 days`; rounded down, since an age must never look older than it is. */
export const durationText = (ms: number): string => {
  if (ms < minuteMs) return 'less than a minute';
  if (ms < 2 * hourMs) return counted(Math.floor(ms / minuteMs), 'minute');
  if (ms < 2 * dayMs) return counted(Math.floor(ms / hourMs), 'hour');
  return counted(Math.floor(ms / dayMs), 'day');
};

/** `1 machine`, `2 machines`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;

/** `a, b and c`. */
export const listed = (items: readonly string[], conjunction: 'and' | 'or' = 'and'): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${conjunction} ${items.at(-1)}`;
