/**
 * The product's only pacing: a token bucket for each of Azure's budgets, shared by all steps and set right by every
 * answer's headers; closed for everybody while Azure asks to stay away. Every wait is told as an event.
 */
import { shortHash } from '../core/ids.ts';
import { budgetName, isKnownBudget, type Charge } from '../core/request-budgets.ts';
import { managerCharge, type Lane } from '../core/step-requests.ts';
import { minuteMs, toInstant } from '../core/time.ts';
import { makeBucket, type Bucket } from './bucket.ts';
import type { EngineEvent } from './events.ts';
import type { Clock, Headroom } from './ports.ts';

/** Below this many requests left of a budget that nobody documents, the pace falls in proportion (facts L-05). */
const scarceBelow = 25;
const slowestShare = 0.04;
/** How long a headroom header says something about now. */
const headroomLastsMs = minuteMs;

export interface Pace {
  /**
   * Resolves when a request of this lane may be sent; rejects with the signal's reason. What it resolves with is to be
   * called when the request has been answered, or when it turns out not to be sent.
   */
  take(lane: Lane, step: string, signal: AbortSignal): Promise<(sent: boolean) => void>;
  /** How long the lane stays closed, ms; 0 when it is open. */
  closedMs(lane: Lane): number;
  /** Azure turned a request away: nobody sends such before then. Calling early would renew the wait (facts L-04). */
  close(lane: Lane, retryAfterMs: number, bucket: string): void;
  observe(headroom: Headroom): void;
}

interface Scarcity {
  readonly remaining: number;
  readonly at: number;
}

/** A budget that only its refusals tell of. */
interface Learnt {
  readonly bucket: Bucket;
  readonly perSecond: number;
}

interface Place {
  readonly region: string;
  readonly of: string;
  readonly bucket: Bucket;
}

/** Named and counted, for the sentence that tells of the wait. */
interface Counted {
  readonly charge: Charge;
  readonly bucket: Bucket;
}

export const makePace = (clock: Clock, emit: (event: EngineEvent) => void): Pace => {
  const buckets = new Map<string, Bucket>();
  /** By subscription and name: in which regions, and of which resources, such a budget is kept account of. */
  const places = new Map<string, Place[]>();
  const learnt = new Map<string, Learnt>();
  /** By requests alike: how many were let through, and since when. */
  const sent = new Map<string, { count: number; readonly since: number }>();
  const scarce = makeScarcity(clock);

  const bucketOf = (lane: Lane, { budget, of }: Charge): Bucket => {
    const key = bucketKey(lane.subscriptionId, budget.per === 'subscription' ? '' : lane.region, budget.name, of);
    const found = buckets.get(key);
    if (found) return found;
    const made = makeBucket(clock, budget, budget.per === 'subscription' ? () => scarce.share(lane) : undefined);
    buckets.set(key, made);
    const name = nameKey(lane.subscriptionId, budget.name);
    const region = budget.per === 'subscription' ? '' : lane.region;
    places.set(name, [...(places.get(name) ?? []), { region, of, bucket: made }]);
    return made;
  };
  /** Resource Manager's last: it is the one that all steps share, and what was taken of it is soon used. */
  const countedOf = (lane: Lane): readonly Counted[] =>
    [...lane.charges, managerCharge(lane)].map((charge) => ({ charge, bucket: bucketOf(lane, charge) }));
  const allOf = (lane: Lane): readonly Bucket[] => {
    const own = learnt.get(alikeKey(lane));
    return [...(own ? [own.bucket] : []), ...countedOf(lane).map(({ bucket }) => bucket)];
  };

  const tell = (ms: number, step: string, why: string): void => {
    const now = clock.now();
    emit({ kind: 'step.waiting', at: toInstant(now), step, until: toInstant(now + ms), why });
  };

  const announce = (lane: Lane, step: string): void => {
    const own = learnt.get(alikeKey(lane));
    const waits = [
      ...(own ? [{ ms: own.bucket.aheadMs(), why: whyClosed(own.bucket) ?? 'Azure turned such requests away before' }] : []),
      ...countedOf(lane).map(({ charge: { budget }, bucket }) => ({
        ms: bucket.aheadMs(),
        why: whyClosed(bucket) ?? `the request budget is used up: ${budget.name}`,
      })),
    ];
    const longest = waits.reduce((a, b) => (b.ms > a.ms ? b : a));
    if (longest.ms > 0) tell(longest.ms, step, longest.why);
  };

  return {
    async take(lane, step, signal) {
      signal.throwIfAborted();
      announce(lane, step);
      const taken: Bucket[] = [];
      const release = (wasSent: boolean): void => {
        for (const bucket of taken.splice(0)) bucket.giveBack(wasSent);
      };
      try {
        for (const bucket of allOf(lane)) {
          await bucket.take(signal);
          taken.push(bucket);
        }
      } catch (error) {
        release(false);
        throw error;
      }
      const key = alikeKey(lane);
      const count = sent.get(key) ?? { count: 0, since: clock.now() };
      count.count += 1;
      sent.set(key, count);
      return release;
    },
    closedMs: (lane) => Math.max(...allOf(lane).map((bucket) => bucket.closedMs())),
    close(lane, retryAfterMs, name) {
      const counted = countedOf(lane);
      const own = counted.find(({ charge }) => charge.budget.name.toLowerCase() === budgetName(name));
      const closed = own?.bucket ?? (isOfManager(name) ? counted.at(-1)!.bucket : learn(lane));
      if (retryAfterMs <= closed.closedMs()) return;
      const now = clock.now();
      closed.closeUntil(now + retryAfterMs + jitterMs(alikeKey(lane), retryAfterMs));
      emit({ kind: 'throttled', at: toInstant(now), bucket: name, until: toInstant(now + retryAfterMs) });
    },
    observe(headroom) {
      const { subscriptionId, region, resource, bucket, remaining } = headroom;
      const ofName = places.get(nameKey(subscriptionId, budgetName(bucket))) ?? [];
      const here = ofName.filter((place) => place.of === '' || place.of === resource);
      // A step need not know its region, nor an answer: then what is said is meant for the one place there is.
      const only = here.length === 1 && region === undefined;
      const meant = only ? here : here.filter((place) => place.region === '' || place.region === region);
      for (const { bucket: each } of meant) each.hear(remaining);
      if (!isKnownBudget(bucket)) scarce.note(headroom);
    },
  };

  /** Requests alike go on at half the pace they had, one at a time; after each further refusal at half of that. */
  function learn(lane: Lane): Bucket {
    const key = alikeKey(lane);
    const before = learnt.get(key);
    if (before && before.bucket.closedMs() > 0) return before.bucket;
    const { count, since } = sent.get(key) ?? { count: 1, since: clock.now() };
    const had = before?.perSecond ?? count / Math.max(1, (clock.now() - since) / 1000);
    const perSecond = Math.max(1 / 60, had / 2);
    const made = { perSecond, bucket: makeBucket(clock, { capacity: 1, perSecond }) };
    learnt.set(key, made);
    return made.bucket;
  }
};

const whyClosed = (bucket: Bucket): string | undefined => (bucket.closedMs() > 0 ? 'Azure asked to stay away' : undefined);

const alikeKey = ({ subscriptionId, region, alike }: Lane): string => `${subscriptionId}|${region}|${alike}`.toLowerCase();

const bucketKey = (subscriptionId: string, region: string, name: string, of: string): string => `${subscriptionId}|${region}|${name}|${of}`.toLowerCase();

const nameKey = (subscriptionId: string, name: string): string => `${subscriptionId}|${name}`.toLowerCase();

/** Resource Manager's refusals name no budget, but the code alone. */
const isOfManager = (name: string): boolean => /^(subscription|tenant)requeststhrottled$|^subscription-|^tenant-|^requests$/i.test(name);

/** What is left of budgets nobody documents: which requests they count is not known, so all of a kind slow down. */
const makeScarcity = (clock: Clock) => {
  const said = new Map<string, Map<string, Scarcity>>();
  const keyOf = ({ subscriptionId, kind }: Pick<Lane, 'subscriptionId' | 'kind'>): string => `${subscriptionId}|${kind}`.toLowerCase();
  return {
    note({ bucket, remaining, ...of }: Headroom): void {
      const found = said.get(keyOf(of)) ?? new Map<string, Scarcity>();
      said.set(keyOf(of), found);
      if (remaining < scarceBelow) found.set(bucket, { remaining, at: clock.now() });
      else found.delete(bucket);
    },
    share(lane: Lane): number {
      let least = scarceBelow;
      for (const [bucket, { remaining, at }] of said.get(keyOf(lane)) ?? []) {
        if (clock.now() - at > headroomLastsMs) said.get(keyOf(lane))!.delete(bucket);
        else least = Math.min(least, remaining);
      }
      return Math.max(least / scarceBelow, slowestShare);
    },
  };
};

/** Up to a tenth of the wait (at most 10 s), the same for a step every time: spreads the waiters without chance. */
export const jitterMs = (step: string, waitMs: number): number =>
  Math.floor((Number.parseInt(shortHash(step, 6), 16) / 0xffffff) * Math.min(10_000, waitMs / 10 + 250));
