/** How long a run waits for machines of which Azure makes no point yet (facts P-11); a check of the job judges by the same. */
import type { ResourceKey } from '../ids.ts';
import { instantMs, minuteMs } from '../time.ts';
import type { Job } from './job.ts';
import type { Window } from './windows.ts';

/** Machines, with when Azure makes points of them again, ms since the epoch. */
export type Openings = ReadonlyMap<ResourceKey, number>;

/**
 * Those that a run at that moment waits for. Of a schedule: while their points are no late ones by it. Of a window, in which any
 * moment will do: for its tolerance, and not beyond its end.
 */
export const awaited = (job: Job, window: Window, nowMs: number, opens: Openings): Openings => {
  const endMs = giveUpMs(job, window, nowMs);
  return new Map([...opens].filter(([, at]) => at < endMs));
};

/** From when a machine is begun with until its point is taken: it is marked first, and that mark has to show. */
const beginningMs = minuteMs;

const giveUpMs = ({ timing }: Job, { due, end, toleranceMs }: Window, nowMs: number): number =>
  timing.kind === 'schedule'
    ? instantMs(due)! + toleranceMs - beginningMs
    : Math.min(nowMs + toleranceMs, instantMs(end) ?? Infinity);
