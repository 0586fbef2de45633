/**
 * Resource Graph's quota of queries (about 15 in 5 s for one user, facts L-14): what its answers leave of it, and whose turn it is.
 * https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
 */
import type { Clock } from '../engine/ports.ts';
import { resetsAfterMsOf, type Failure } from './failure.ts';
import type { Quota, Turn } from './inquiry.ts';
import type { ArmResponse } from './transport.ts';

/** Where an answer tells what is left, and not until when: one window. */
const windowMs = 5000;
/** `00:00:00` is what is left of a second. */
const leastWaitMs = 1000;

/**
 * Queries under way are counted as used: several at once would otherwise go out on the strength of one and the same answer. What is
 * left of a window that nobody told of is found out by one query alone.
 */
export const makeGraphQuota = (clock: Clock): Quota => {
  /** `undefined`: unknown. */
  let left: number | undefined;
  let resetsAt = 0;
  let underWay = 0;
  let told = Promise.withResolvers<void>();

  const note = (response: ArmResponse | undefined, failure: Failure | undefined): void => {
    const remaining = count(response?.headers['x-ms-user-quota-remaining']);
    const resetsAfterMs = resetsAfterMsOf(response?.headers ?? {});
    if (failure?.kind === 'throttled') {
      left = 0;
      resetsAt = clock.now() + Math.max(failure.retryAfterMs, resetsAfterMs ?? 0, leastWaitMs);
    } else if (remaining !== undefined) {
      const renewed = left === undefined || clock.now() >= resetsAt;
      // Somebody else may ask too, and which of our own under way are counted cannot be told: they count.
      left = Math.max(0, Math.min(renewed ? remaining : left!, remaining - underWay));
      resetsAt = clock.now() + Math.max(resetsAfterMs ?? windowMs, leastWaitMs);
    } else if (failure === undefined && response !== undefined) left ??= Number.POSITIVE_INFINITY;
  };

  return {
    take(): Turn {
      if (left === 0) {
        const waitMs = resetsAt - clock.now();
        if (waitMs > 0) return { kind: 'wait', waitMs };
        left = undefined;
      }
      if (left === undefined && underWay > 0) return { kind: 'until-told', told: told.promise };
      if (left !== undefined) left -= 1;
      underWay += 1;
      return { kind: 'go' };
    },
    note(response, failure) {
      underWay -= 1;
      note(response, failure);
      told.resolve();
      told = Promise.withResolvers<void>();
    },
  };
};

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
