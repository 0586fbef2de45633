/**
 * The product's only pacing: a token bucket for each of Azure's budgets, shared by all steps and set right by every
 * answer's headers; closed for everybody while Azure asks to stay away. Every wait is told as an event.
 */
import { nameOf, shortHash } from '../core/ids.ts';
import { budgetName, isKnownBudget, type Charge } from '../core/request-budgets.ts';
import { managerCharge, type Lane } from '../core/step-requests.ts';
import { minuteMs, toInstant } from '../core/time.ts';
import { makeBucket, type Bucket } from './bucket.ts';
import type { EngineEvent } from './events.ts';
import type { Clock, Headroom } from './ports.ts';

/** Below this many requests left of a budget that nobody documents, the pace falls in proportion (facts L-05). */
const scarceBelow = 25;
const slowestShare = 0.04;
const slowestPerSecond = 1 / 60;
/** How long a headroom header says something about now. */
const headroomLastsMs = minuteMs;

export interface Turn {
  /** Azure has turned none such away since the turn was had: if it has, the turn is worth nothing. */
  holds(): boolean;
  /** To be called when the requests have been answered, with how many of them, from the first, were sent at all. */
  end(sent: number): void;
}

export interface Pace {
  /** Resolves when these requests may be sent, in this order; rejects with the signal's reason. */
  take(lanes: readonly Lane[], step: string, signal: AbortSignal): Promise<Turn>;
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
  perSecond: number;
  /** How many got through since the last refusal, and when that was. */
  count: number;
  since: number;
}

interface Place {
  readonly region: string;
  readonly of: string;
  readonly bucket: Bucket;
}

/** Tokens wanted of one bucket: at which of the requests' places, and what it is called when the wait is told. */
interface Wanted extends Own {
  readonly places: readonly number[];
}

interface Own {
  readonly bucket: Bucket;
  readonly name: string;
  /** Whose budget it is, where each resource has one. */
  readonly of: string;
}

export const makePace = (clock: Clock, emit: (event: EngineEvent) => void): Pace => {
  const buckets = new Map<string, Bucket>();
  /** By subscription and name: in which regions, and of which resources, such a budget is kept account of. */
  const places = new Map<string, Place[]>();
  const learnt = new Map<string, Learnt>();
  /** By requests alike, until a refusal teaches more: how many got through, and since when. */
  const through = new Map<string, { count: number; readonly since: number }>();
  const scarce = makeScarcity(clock);
  /** Counts the closings, to tell which turns were had before one. */
  let closings = 0;
  const closedAt = new Map<Bucket, number>();

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
  const bucketsOf = (lane: Lane): readonly Own[] => {
    const own = learnt.get(alikeKey(lane));
    const counted = [...lane.charges, managerCharge(lane)];
    return [
      ...(own ? [{ bucket: own.bucket, name: 'learnt when Azure turned such requests away', of: '' }] : []),
      ...counted.map((charge) => ({ bucket: bucketOf(lane, charge), name: charge.budget.name, of: charge.of })),
    ];
  };

  /** The rarest first, Resource Manager's last: while one is waited for, few should go without what is held already. */
  const wantedOf = (lanes: readonly Lane[]): readonly Wanted[] => {
    const all = lanes.flatMap((lane, place) => bucketsOf(lane).map((each) => ({ ...each, place }))).toReversed();
    const wanted = [...Map.groupBy(all, ({ bucket }) => bucket)].map(([bucket, some]) => ({
      ...some[0]!,
      bucket,
      places: some.map(({ place }) => place),
    }));
    const isManagers = ({ name }: Wanted): boolean => name.startsWith('subscription-');
    return [...wanted.filter((each) => !isManagers(each)), ...wanted.filter(isManagers)];
  };

  const announce = (wanted: readonly Wanted[], step: string): void => {
    const waits = wanted.map(({ bucket, name, of, places: { length } }) => ({
      ms: bucket.aheadMs(length),
      bucket,
      name,
      of,
    }));
    const { ms, bucket, name, of } = waits.reduce((a, b) => (b.ms > a.ms ? b : a));
    if (ms === 0) return;
    const now = clock.now();
    const why =
      bucket.closedMs() > 0
        ? 'Azure asked to stay away'
        : `the request budget is used up: ${name}${of === '' ? '' : ` of ${nameOf(of)}`}`;
    emit({ kind: 'step.waiting', at: toInstant(now), step, until: toInstant(now + ms), why, shared: true });
  };

  const count = (lane: Lane): void => {
    const key = alikeKey(lane);
    const account = learnt.get(key) ?? through.get(key);
    if (account) account.count += 1;
    else through.set(key, { count: 1, since: clock.now() });
  };

  return {
    async take(lanes, step, signal) {
      signal.throwIfAborted();
      const wanted = wantedOf(lanes);
      announce(wanted, step);
      const taken: Wanted[] = [];
      let since = closings;
      const isStale = (lane: Lane): boolean =>
        bucketsOf(lane).some(({ bucket }) => (closedAt.get(bucket) ?? 0) > since);
      const end = (sent: number): void => {
        // The one that was refused, or went out beside it, did not get through.
        for (const lane of lanes.slice(0, sent)) if (!isStale(lane)) count(lane);
        for (const { bucket, places: at } of taken.splice(0)) {
          const used = at.filter((place) => place < sent).length;
          bucket.giveBack(used, at.length - used);
        }
      };
      try {
        for (const each of wanted) {
          await each.bucket.take(each.places.length, signal);
          taken.push(each);
        }
      } catch (error) {
        end(0);
        throw error;
      }
      since = closings;
      return { holds: () => !lanes.some(isStale), end };
    },
    closedMs: (lane) => Math.max(...bucketsOf(lane).map(({ bucket }) => bucket.closedMs())),
    close(lane, retryAfterMs, name) {
      const counted = bucketsOf(lane);
      const named = counted.find((each) => each.name.toLowerCase() === budgetName(name));
      const closed = named?.bucket ?? (isOfManager(name) ? counted.at(-1)!.bucket : learn(lane));
      if (retryAfterMs <= closed.closedMs()) return;
      const now = clock.now();
      closings += 1;
      closedAt.set(closed, closings);
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

  /**
   * Requests alike go on one by one: at half the pace they had when Azure first refused, and after a further refusal at the
   * pace at which they got through since the last.
   */
  function learn(lane: Lane): Bucket {
    const key = alikeKey(lane);
    const now = clock.now();
    const before = learnt.get(key);
    if (before === undefined) {
      const { count: sent, since } = through.get(key) ?? { count: 0, since: now };
      const perSecond = Math.max(slowestPerSecond, sent / Math.max(1, (now - since) / 1000) / 2);
      // Its pace changes with what is learnt, also for those who stand in its line already.
      const made: Learnt = {
        perSecond,
        count: 0,
        since: now,
        bucket: makeBucket(clock, { capacity: 1, perSecond: 1 }, () => made.perSecond),
      };
      learnt.set(key, made);
      return made.bucket;
    }
    if (before.bucket.closedMs() > 0) return before.bucket;
    const had = before.count / Math.max(1, (now - before.since) / 1000);
    before.perSecond = Math.max(
      slowestPerSecond,
      had > 0 ? Math.min(had, before.perSecond) * 0.8 : before.perSecond / 2,
    );
    before.count = 0;
    before.since = now;
    return before.bucket;
  }
};

const alikeKey = ({ subscriptionId, region, alike }: Lane): string =>
  `${subscriptionId}|${region}|${alike}`.toLowerCase();

const bucketKey = (subscriptionId: string, region: string, name: string, of: string): string =>
  `${subscriptionId}|${region}|${name}|${of}`.toLowerCase();

const nameKey = (subscriptionId: string, name: string): string => `${subscriptionId}|${name}`.toLowerCase();

/** Resource Manager's refusals name no budget, but the code alone. */
const isOfManager = (name: string): boolean =>
  /^(subscription|tenant)requeststhrottled$|^subscription-|^tenant-|^requests$/i.test(name);

/** What is left of budgets nobody documents: which requests they count is not known, so all of a kind slow down. */
const makeScarcity = (clock: Clock) => {
  const said = new Map<string, Map<string, Scarcity>>();
  const keyOf = ({ subscriptionId, kind }: Pick<Lane, 'subscriptionId' | 'kind'>): string =>
    `${subscriptionId}|${kind}`.toLowerCase();
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
