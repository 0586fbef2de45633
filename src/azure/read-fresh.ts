/**
 * What was just written, read by GET before anything else: Resource Graph lags writes by seconds to minutes, and a row that
 * came first is the one that counts.
 */
import { gap } from '../core/fact.ts';
import { bareId, keyOf, type ResourceId } from '../core/ids.ts';
import { gapAfter, type Inquiry } from './inquiry.ts';
import type { Intake } from './intake.ts';
import { kinds, type RawKind } from './kinds.ts';
import { addressOf } from './resource.ts';

export interface FreshResource {
  readonly kind: Exclude<RawKind, 'replicationPolicies'>;
  readonly id: ResourceId;
}

/** One GET per resource named: bounded by the plan, not by the fleet. */
export const readFresh = async (ask: Inquiry, intake: Intake, wanted: readonly FreshResource[]): Promise<void> => {
  const distinct = [...new Map(wanted.map((resource) => [keyOf(resource.id), resource])).values()];
  await Promise.all(
    distinct.map(async ({ kind, id }) => {
      // Only its instance view tells whether a machine runs.
      const query = kind === 'virtualMachines' ? { $expand: 'instanceView' } : {};
      const answer = await ask.one({ ...addressOf(id), method: 'GET', path: bareId(id), query });
      if (answer.ok) intake.settle(kind, answer.response.body);
      else if (answer.failure.kind === 'not-found') intake.bar(id);
      else
        intake.miss(
          kind,
          gapAfter(answer.failure, keyOf(id), kinds[kind].action) ??
            gap(keyOf(id), 'not-answered', answer.failure.problem.summary),
        );
    }),
  );
};
