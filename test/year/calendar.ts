/**
 * The checker's own calendar, by Intl alone: what clocks show in a zone, when a job is due, and which hour, day, week, month and
 * year a moment lies in. It shares nothing with the product's.
 */
const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

interface Wall {
  /** Ms since 1970 of what the clock on the wall shows, read as if it were UTC. */
  readonly shown: number;
  /** Ms ahead of UTC. */
  readonly offset: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

const formatOf = (zone: string): Intl.DateTimeFormat => {
  const known =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  formats.set(zone, known);
  return known;
};

/** Clocks are changed on quarters of an hour, wherever they are. */
const offsetAt = (ms: number, zone: string): number => {
  const quarter = Math.floor(ms / (15 * minute));
  const key = `${zone}|${quarter}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const begin = quarter * 15 * minute;
  const part = Object.fromEntries(
    formatOf(zone)
      .formatToParts(new Date(begin))
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>;
  const shown = Date.UTC(part['year']!, part['month']! - 1, part['day'], part['hour'], part['minute'], part['second']);
  offsets.set(key, shown - begin);
  return shown - begin;
};

export const wallAt = (ms: number, zone: string): Wall => {
  const offset = offsetAt(ms, zone);
  return { shown: ms + offset, offset };
};

/** Whether clocks there are changed within so many days of a moment. */
export const isNearChange = (ms: number, days: number, zone: string): boolean =>
  offsetAt(ms - days * day, zone) !== offsetAt(ms + days * day, zone);

/** When a job is due: once a day at an hour and minute, or every so many hours counted from midnight. */
export type Rhythm =
  | { readonly kind: 'daily'; readonly at: number; readonly zone: string }
  | { readonly kind: 'every'; readonly hours: 1 | 4; readonly zone: string };

/**
 * Moments due in [from, to). Daily: the first moment of a date at which its clocks show the time or, where that is left out, a
 * later one. Every hour: each hour that passes. Every four: the first moment at which clocks show a multiple of four.
 */
export const duesIn = (rhythm: Rhythm, from: number, to: number): readonly number[] => {
  const { zone } = rhythm;
  const step = 15 * minute;
  const dues: number[] = [];
  const dateOf = (shown: number): number => Math.floor(shown / day);
  const timeOf = (shown: number): number => shown - dateOf(shown) * day;
  const past = (shown: number): number =>
    rhythm.kind === 'daily'
      ? dateOf(shown) * 2 + (timeOf(shown) >= rhythm.at ? 1 : 0)
      : Math.floor(shown / (rhythm.hours * hour));
  // Two days ahead, so that what a clock change repeats is known to be repeated.
  let reached = -Infinity;
  for (let ms = Math.floor(from / step) * step - 2 * day; ms < to; ms += step) {
    if (rhythm.kind === 'every' && rhythm.hours === 1) {
      if (ms % hour === 0 && ms >= from) dues.push(ms);
      continue;
    }
    const at = past(wallAt(ms, zone).shown);
    if (at <= reached) continue;
    const begins = rhythm.kind === 'every' || at % 2 === 1;
    if (begins && ms >= from && reached > -Infinity) dues.push(ms);
    reached = at;
  }
  return dues;
};

export type Period = 'hour' | 'day' | 'week' | 'month' | 'year';

/** Equal for two moments of the same hour, day, ISO week, month or year there. The hour that comes twice is two. */
export const periodOf = (ms: number, period: Period, zone: string): string => {
  const { shown, offset } = wallAt(ms, zone);
  const date = new Date(shown);
  if (period === 'hour') return `${Math.floor(shown / hour)}|${offset}`;
  if (period === 'day') return String(Math.floor(shown / day));
  // 1970-01-05 was a Monday.
  if (period === 'week') return String(Math.floor((Math.floor(shown / day) - 4) / 7));
  return period === 'month' ? `${date.getUTCFullYear()}-${date.getUTCMonth()}` : String(date.getUTCFullYear());
};

/** So many days before by the calendar there: the same time on the clock. */
export const daysBefore = (ms: number, days: number, zone: string): number => {
  const wanted = wallAt(ms, zone).shown - days * day;
  const guess = wanted - offsetAt(ms - days * day, zone);
  return wanted - offsetAt(guess, zone);
};
