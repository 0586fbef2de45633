/** Which points of a machine are kept. Rules add up: a point is kept when any of them keeps it; what none keeps may go. */

/** A length of calendar time, as `2y5m7d3h`: years, months, days, hours, largest first. */
export type Span = string;

/** With no rule at all, everything is kept. Counts are of the newest hours, days, … that hold a complete point, in a time zone. */
export interface RetentionPolicy {
  readonly keepLast?: number;
  readonly keepHourly?: number;
  readonly keepDaily?: number;
  /** ISO weeks: from Monday. */
  readonly keepWeekly?: number;
  readonly keepMonthly?: number;
  readonly keepYearly?: number;
  /** Everything younger than that, counted back from the newest complete point. */
  readonly keepWithin?: Span;
  /** The newest of each hour, day, … within that time. */
  readonly keepWithinHourly?: Span;
  readonly keepWithinDaily?: Span;
  readonly keepWithinWeekly?: Span;
  readonly keepWithinMonthly?: Span;
  readonly keepWithinYearly?: Span;
  /** Points with any of these tags: `name`, or `name=value`. */
  readonly keepTag?: readonly string[];
}
