/** Moments are RFC 3339 strings in UTC at rest and milliseconds in arithmetic. Nothing here reads a clock. */

/** As `Date` counts them, and as Azure spells them. */
export const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;
export type Weekday = (typeof weekdays)[number];

/** RFC 3339 UTC, e.g. `2026-06-03T00:00:00Z`. */
export type Instant = string;

/**
 * Azure's ways of saying "never": .NET's minimum, the 2001 of a protected item that never ran, and the 1753 of an
 * idle Site Recovery scenario (observed.md 5, 17).
 */
const neverBefore = Date.UTC(2002, 0, 1);

/**
 * Milliseconds since the epoch, or `undefined` for an absent, unreadable or "never" moment. Azure sends some moments
 * without a zone (`0001-01-01T00:00:00`) and with seven fractional digits; both are UTC.
 */
export const instantMs = (text: string | undefined | null): number | undefined => {
  if (!text) return undefined;
  const zoned = /(?:z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  const ms = Date.parse(zoned.replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(ms) || ms < neverBefore ? undefined : ms;
};

export const toInstant = (ms: number): Instant => new Date(ms).toISOString().replace(/\.000Z$/, 'Z');

/** For sentences: `2026-06-03T02:10:00Z`, without the fractions that Azure sends. */
export const toSecond = (ms: number): Instant => toInstant(ms - (ms % 1000));

/** As `toSecond`, of Azure's own words; what is no moment stays as it is. */
export const momentText = (at: Instant): string => {
  const ms = instantMs(at);
  return ms === undefined ? at : toSecond(ms);
};

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
