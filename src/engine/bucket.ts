/** One of Azure's budgets as reckoned here, and set right by what Azure says is left of it; first come, first served. */
import { usable, type RequestBudget } from '../core/request-budgets.ts';
import type { Clock } from './ports.ts';

export interface Bucket {
  /** How long somebody would wait for so many behind those who stand in line already, ms. */
  aheadMs(count: number): number;
  /** Resolves with so many tokens; rejects with the signal's reason. */
  take(count: number, signal: AbortSignal): Promise<void>;
  /** What became of tokens: their requests have been answered, or were not sent after all and the tokens come back. */
  giveBack(sent: number, unsent: number): void;
  /** Nobody gets a token before then. */
  closeUntil(at: number): void;
  closedMs(): number;
  /** Azure says so many are left: by it the own reckoning is set right, both ways. */
  hear(remaining: number): void;
}

type Size = Pick<RequestBudget, 'capacity' | 'perSecond' | 'windowMs'>;

/** `share`: which part of the refill is ours just now, 0 to 1. */
export const makeBucket = (clock: Clock, size: Size, share: () => number = () => 1): Bucket =>
  inLine(
    clock,
    size.windowMs === undefined ? refilled(clock, size, share) : windowed(clock, size.capacity, size.windowMs),
  );

interface Tokens extends Omit<Bucket, 'aheadMs' | 'take'> {
  /** It never holds more: who needs more goes when it is full, and those behind wait for the rest. */
  readonly most: number;
  /** Until there are so many, whole ms. */
  untilMs(wanted: number): number;
  spend(count: number): void;
}

const inLine = (clock: Clock, tokens: Tokens): Bucket => {
  let waiting = 0;
  /** Settled when the last in line has gone. */
  let line: Promise<void> = Promise.resolve();
  return {
    ...tokens,
    aheadMs: (count) => tokens.untilMs(waiting + count),
    async take(count, signal) {
      waiting += count;
      const ahead = line;
      const gone = Promise.withResolvers<void>();
      line = gone.promise;
      try {
        await ahead;
        const enough = Math.min(count, tokens.most);
        for (let ms = tokens.untilMs(enough); ms > 0; ms = tokens.untilMs(enough)) await clock.sleep(ms, signal);
        signal.throwIfAborted();
        tokens.spend(count);
      } finally {
        waiting -= count;
        gone.resolve();
      }
    },
  };
};

const refilled = (clock: Clock, { capacity, perSecond }: Size, share: () => number): Tokens => {
  const full = usable({ capacity });
  const reserve = capacity - full;
  let tokens = full;
  let refilledAt = clock.now();
  /** Taken, and not answered yet: Azure may not have counted them in what it says is left. */
  let outstanding = 0;
  /** Azure's bucket holds no more than its size, and what was taken is still in it until the request arrives there. */
  const most = (): number => full - outstanding;
  const perMs = (): number => (perSecond * share()) / 1000;
  const refill = (): void => {
    const now = clock.now();
    if (now <= refilledAt) return;
    tokens = Math.max(tokens, Math.min(most(), tokens + (now - refilledAt) * perMs()));
    refilledAt = now;
  };
  return {
    most: full,
    untilMs(wanted) {
      refill();
      // What rounding leaves is no reason to wait.
      return Math.max(0, refilledAt - clock.now()) + Math.max(0, Math.ceil((wanted - tokens) / perMs() - 1e-6));
    },
    spend(count) {
      tokens -= count;
      outstanding += count;
    },
    giveBack(sent, unsent) {
      outstanding -= sent + unsent;
      tokens = Math.max(tokens, Math.min(most(), tokens + unsent));
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
      // Azure tells whole tokens: the truth lies up to one above.
      const least = remaining - reserve - Math.max(0, outstanding - 1);
      tokens = Math.min(full, Math.max(least, Math.min(least + 1, tokens)));
    },
  };
};

/** So many in any stretch of the window's length, each counted from its answer: Azure cannot have counted it later. */
const windowed = (clock: Clock, capacity: number, windowMs: number): Tokens => {
  let answeredAt: readonly number[] = [];
  let outstanding = 0;
  let openAt = 0;
  const counted = (): readonly number[] => (answeredAt = answeredAt.filter((at) => at + windowMs > clock.now()));
  const closedMs = (): number => Math.max(0, openAt - clock.now());
  return {
    most: capacity,
    untilMs(wanted) {
      const lacking = counted().length + outstanding + wanted - capacity;
      if (lacking <= 0) return closedMs();
      // What is not answered yet is counted from now at the earliest, and further rounds by whole windows.
      const ends = [...answeredAt, ...Array.from({ length: outstanding }, () => clock.now())].map(
        (at) => at + windowMs,
      );
      const rounds = Math.floor((lacking - 1) / Math.max(1, ends.length));
      const end = ends[(lacking - 1) % Math.max(1, ends.length)] ?? clock.now();
      return Math.max(closedMs(), 1, end - clock.now() + rounds * windowMs);
    },
    spend: (count) => void (outstanding += count),
    giveBack(sent, unsent) {
      outstanding -= sent + unsent;
      answeredAt = [...counted(), ...Array.from({ length: sent }, () => clock.now())];
    },
    closeUntil: (at) => void (openAt = Math.max(openAt, at)),
    closedMs,
    // Which of those counted end when is not said.
    hear: () => undefined,
  };
};
