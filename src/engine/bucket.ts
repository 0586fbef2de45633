/** One of Azure's budgets as reckoned here, and set right by what Azure says is left of it; first come, first served. */
import type { Clock } from './ports.ts';

export interface Size {
  readonly capacity: number;
  readonly perSecond: number;
}

export interface Bucket {
  /** How long a newcomer would wait behind those who stand in line already, ms. */
  aheadMs(): number;
  /** Resolves with a token; rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<void>;
  /** What became of a token: its request has been answered, or was not sent after all and the token comes back. */
  giveBack(sent: boolean): void;
  /** Nobody gets a token before then. */
  closeUntil(at: number): void;
  closedMs(): number;
  /** Azure says so many are left: by it the own reckoning is set right, both ways. */
  hear(remaining: number): void;
}

/** Kept back for those who share the budget, and because what Azure said is always a little old. */
const reserveOf = (capacity: number): number => Math.min(20, Math.floor(capacity * 0.03));

/** `share`: which part of the refill is ours just now, 0 to 1. */
export const makeBucket = (clock: Clock, { capacity, perSecond }: Size, share: () => number = () => 1): Bucket => {
  const reserve = reserveOf(capacity);
  let tokens = capacity - reserve;
  let refilledAt = clock.now();
  let waiting = 0;
  /** Taken, and not answered yet: Azure may not have counted them in what it says is left. */
  let outstanding = 0;
  /** The end of the line: settled when the last in it has gone. */
  let line: Promise<void> = Promise.resolve();

  /** Azure's bucket holds no more than its size, and what was taken is still in it until the request arrives there. */
  const most = (): number => capacity - reserve - outstanding;

  const perMs = (): number => (perSecond * share()) / 1000;

  const refill = (): void => {
    const now = clock.now();
    if (now <= refilledAt) return;
    tokens = Math.max(tokens, Math.min(most(), tokens + (now - refilledAt) * perMs()));
    refilledAt = now;
  };
  /** Until there are so many, whole ms; what rounding leaves is no reason to wait. */
  const untilMs = (wanted: number): number => {
    refill();
    return Math.max(0, refilledAt - clock.now()) + Math.max(0, Math.ceil((wanted - tokens) / perMs() - 1e-6));
  };

  return {
    aheadMs: () => untilMs(waiting + 1),
    async take(signal) {
      waiting += 1;
      const ahead = line;
      const gone = Promise.withResolvers<void>();
      line = gone.promise;
      try {
        await ahead;
        for (let ms = untilMs(1); ms > 0; ms = untilMs(1)) await clock.sleep(ms, signal);
        signal.throwIfAborted();
        tokens -= 1;
        outstanding += 1;
      } finally {
        waiting -= 1;
        gone.resolve();
      }
    },
    giveBack(sent) {
      outstanding -= 1;
      if (!sent) tokens = Math.min(most(), tokens + 1);
    },
    closeUntil(at) {
      refill();
      // One may go when it opens again, the others at the pace of the refill: a crowd would be turned away again.
      tokens = Math.min(tokens, 1);
      refilledAt = Math.max(refilledAt, at);
    },
    closedMs: () => Math.max(0, refilledAt - clock.now()),
    hear(remaining) {
      refill();
      if (refilledAt > clock.now()) return;
      tokens = Math.min(capacity - reserve, remaining - reserve - Math.max(0, outstanding - 1));
    },
  };
};
