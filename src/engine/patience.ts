/** How long apply keeps at it. Defaults err on the side of waiting: giving up leaves a person to finish by hand. */
import { hourMs, minuteMs } from '../core/time.ts';

export interface Patience {
  /** Answers in a row without a clear result (5xx, lost connection) before a step is given up; also sends of one write. */
  readonly attempts: number;
  /** Time in a row without a clear result, throttling included. A long Retry-After (20 min are seen) must fit. */
  readonly totalMs: number;
  /**
   * How long "not there" must have been true, since the write was intended, before it is believed: Azure's lists lag writes
   * by minutes. Until then a lost write is asked about, and one that must not happen twice ends in doubt thereafter.
   */
  readonly absenceMs: number;
  /**
   * A repeatable write that leaves no trace is sent again this many times after an ordinary back-off: one lost answer costs
   * seconds. Later ones wait for `absenceMs` like any other, so that a write taken but not yet shown is found in the end.
   */
  readonly promptSends: number;
  /** Between two looks for something that may yet appear. */
  readonly recheckMs: number;
  /** How long an operation may run, and a goal be on its way after it: a first copy of a large disk takes hours. */
  readonly goalMs: number;
}

export const defaultPatience: Patience = {
  attempts: 8,
  totalMs: 2 * hourMs,
  absenceMs: 6 * minuteMs,
  promptSends: 3,
  recheckMs: 20_000,
  goalMs: 24 * hourMs,
};

/** First wait after an unclear answer; doubled each time. */
const firstBackoffMs = 2_000;
const longestBackoffMs = minuteMs;

export const backoffMs = (attempt: number): number =>
  Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(attempt - 1, 10));

/** Where Azure names no time to look again. */
const defaultPollMs = 5_000;
const longestPollMs = 5 * minuteMs;

/**
 * When to look at a running operation again: never earlier than Azure asked, and ever more rarely the longer it runs, because
 * reads of backup jobs are few (150 an hour and vault were seen in recorded traffic).
 */
export const pollMs = (retryAfterMs: number | undefined, runningForMs: number): number =>
  Math.max(retryAfterMs ?? defaultPollMs, Math.min(longestPollMs, runningForMs / 20));
