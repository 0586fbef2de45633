/** Lengths of calendar time: `2y5m7d3h`. */
import type { Span } from './policy.ts';

export interface SpanParts {
  readonly years: number;
  readonly months: number;
  readonly days: number;
  readonly hours: number;
}

const longestYears = 1_000;

/** `undefined` for what is no length, or none of time. */
export const parseSpan = (text: Span): SpanParts | undefined => {
  const found = /^(?:(\d{1,4})y)?(?:(\d{1,5})m)?(?:(\d{1,6})d)?(?:(\d{1,7})h)?$/.exec(text);
  if (found === null) return undefined;
  const [years, months, days, hours] = found.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  if (years + months + days + hours === 0 || years > longestYears) return undefined;
  return { years, months, days, hours };
};
