/**
 * The product's only pacing: one token bucket per subscription, region and kind of request, shared by all steps; closed for
 * everybody while Azure asks to stay away. Every wait is told as an event.
 */
import { shortHash } from '../core/ids.ts';
import { toInstant } from '../core/time.ts';
import type { EngineEvent } from './events.ts';
import type { Clock, Headroom, RequestKind } from './ports.ts';

/**
 * Azure Resource Manager's buckets per principal, subscription, region and kind (facts L-01), and rates a little below
 * Azure's own refill of 25, 10 and 10 a second, so that other tools find room too.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
export const armBudgets: Readonly<Record<RequestKind, { readonly capacity: number; readonly perSecond: number }>> = {
  read: { capacity: 250, perSecond: 20 },
  write: { capacity: 200, perSecond: 8 },
  delete: { capacity: 200, perSecond: 8 },
};

/** Below this many requests left, the pace falls in proportion (facts L-05, same page). */
const scarceBelow = 25;
const slowestShare = 0.04;
/** How long a headroom header says something about now. */
const headroomLastsMs = 60_000;

export interface Lane {
  readonly subscriptionId: string;
  readonly region: string;
  readonly kind: RequestKind;
}

export interface Pace {
  /** Resolves when this lane is open and a request of it may be sent; rejects with the signal's reason. */
  take(lane: Lane, step: string, signal: AbortSignal): Promise<void>;
  /** How long the lane stays closed, ms; 0 when it is open. */
  closedMs(lane: Lane): number;
  /** Azure turned a request away: nobody sends on this lane before then. Calling early would renew the wait (facts L-04). */
  close(lane: Lane, retryAfterMs: number, bucket: string): void;
  observe(headroom: Headroom): void;
}

interface Bucket {
  tokens: number;
  /** How many stand in line for a token, and the end of that line: settled when the last of them has gone. */
  waiting: number;
  line: Promise<void>;
  refilledAt: number;
  closedUntil: number;
}

interface Scarcity {
  readonly remaining: number;
  readonly at: number;
}

export const makePace = (clock: Clock, emit: (event: EngineEvent) => void): Pace => {
  const buckets = new Map<string, Bucket>();
  /** By subscription and kind: what each of Azure's own buckets last said. */
  const scarce = new Map<string, Map<string, Scarcity>>();

  const bucketOf = (lane: Lane): Bucket => {
    const key = `${lane.subscriptionId}|${lane.region}|${lane.kind}`.toLowerCase();
    const found = buckets.get(key);
    if (found) return found;
    const made: Bucket = { tokens: armBudgets[lane.kind].capacity, waiting: 0, line: Promise.resolve(), refilledAt: clock.now(), closedUntil: 0 };
    buckets.set(key, made);
    return made;
  };

  const shareOf = (lane: Lane): number => {
    const said = scarce.get(`${lane.subscriptionId}|${lane.kind}`.toLowerCase());
    if (!said) return 1;
    let least = scarceBelow;
    for (const [bucket, { remaining, at }] of said) {
      if (clock.now() - at > headroomLastsMs) said.delete(bucket);
      else least = Math.min(least, remaining);
    }
    return Math.max(least / scarceBelow, slowestShare);
  };

  const refill = (bucket: Bucket, lane: Lane): number => {
    const perMs = (armBudgets[lane.kind].perSecond * shareOf(lane)) / 1000;
    const now = clock.now();
    bucket.tokens = Math.min(armBudgets[lane.kind].capacity, bucket.tokens + Math.max(0, now - bucket.refilledAt) * perMs);
    bucket.refilledAt = now;
    return perMs;
  };

  const tell = (ms: number, step: string, why: string): void => {
    const now = clock.now();
    emit({ kind: 'step.waiting', at: toInstant(now), step, until: toInstant(now + ms), why });
  };

  /** One after the other, each at the rate of the moment it is first in line: what Azure says meanwhile holds for all behind. */
  const takeToken = async (bucket: Bucket, lane: Lane, step: string, signal: AbortSignal): Promise<void> => {
    const perMs = refill(bucket, lane);
    bucket.waiting += 1;
    const lacking = bucket.waiting - bucket.tokens;
    if (lacking > 0) tell(Math.ceil(lacking / perMs), step, 'the request budget is used up');
    const ahead = bucket.line;
    const gone = Promise.withResolvers<void>();
    bucket.line = gone.promise;
    try {
      await ahead;
      for (let ms = lackingMs(bucket, lane); ms > 0; ms = lackingMs(bucket, lane)) await clock.sleep(ms, signal);
      signal.throwIfAborted();
      bucket.tokens -= 1;
    } finally {
      bucket.waiting -= 1;
      gone.resolve();
    }
  };

  /** Until the next token, whole ms; what rounding leaves is no reason to wait. */
  const lackingMs = (bucket: Bucket, lane: Lane): number => {
    const perMs = refill(bucket, lane);
    return Math.ceil((1 - bucket.tokens) / perMs - 1e-6);
  };

  return {
    async take(lane, step, signal) {
      signal.throwIfAborted();
      const bucket = bucketOf(lane);
      await takeToken(bucket, lane, step, signal);
      for (let closed = bucket.closedUntil - clock.now(); closed > 0; closed = bucket.closedUntil - clock.now()) {
        const ms = closed + jitterMs(step, closed);
        tell(ms, step, 'Azure asked to stay away');
        await clock.sleep(ms, signal);
      }
    },
    closedMs: (lane) => Math.max(0, bucketOf(lane).closedUntil - clock.now()),
    close(lane, retryAfterMs, name) {
      const bucket = bucketOf(lane);
      const until = clock.now() + retryAfterMs;
      if (until <= bucket.closedUntil) return;
      bucket.closedUntil = until;
      emit({ kind: 'throttled', at: toInstant(clock.now()), bucket: name, until: toInstant(until) });
    },
    observe({ subscriptionId, kind, bucket, remaining }) {
      const key = `${subscriptionId}|${kind}`.toLowerCase();
      const said = scarce.get(key) ?? new Map<string, Scarcity>();
      scarce.set(key, said);
      if (remaining < scarceBelow) said.set(bucket, { remaining, at: clock.now() });
      else said.delete(bucket);
    },
  };
};

/** Up to a tenth of the wait (at most 10 s), the same for a step every time: spreads the waiters without chance. */
export const jitterMs = (step: string, waitMs: number): number =>
  Math.floor((Number.parseInt(shortHash(step, 6), 16) / 0xffffff) * Math.min(10_000, waitMs / 10 + 250));
