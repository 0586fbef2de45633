/** How long one command stayed away because Azure had asked it to, reading and writing. */
import { instantMs } from '../core/time.ts';
import type { EngineEvent } from '../engine/events.ts';

export interface ThrottleMeter {
  /** A wait of a question, ms on Azure's clock. */
  waited(bucket: string, fromMs: number, untilMs: number): void;
  hear(event: EngineEvent): void;
  totalMs(): number;
}

/** Budgets side by side are counted once each; of one, what overlaps is one wait. */
export const makeThrottleMeter = (): ThrottleMeter => {
  const until = new Map<string, number>();
  let total = 0;
  const waited = (bucket: string, fromMs: number, untilMs: number): void => {
    const from = Math.max(fromMs, until.get(bucket) ?? 0);
    total += Math.max(0, untilMs - from);
    until.set(bucket, Math.max(untilMs, from));
  };
  return {
    waited,
    hear: (event) => {
      if (event.kind !== 'throttled') return;
      const at = instantMs(event.at) ?? 0;
      waited(event.bucket, at, instantMs(event.until) ?? at);
    },
    totalMs: () => total,
  };
};
