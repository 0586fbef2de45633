/** How long a plan takes, roughly: its longest chain of steps, or Azure's budget of writes, whichever is longer. */
import { counted } from './duration.ts';
import { subscriptionOf } from './ids.ts';
import type { Plan, Step } from './plan.ts';
import { stepKinds } from './steps/index.ts';

/** https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling (facts L-01) */
const writes = { bucket: 200, perSecond: 10 };

export const durationOf = (steps: readonly Step[]): Plan['duration'] => {
  if (steps.length === 0) return { expectedSeconds: 0, boundBy: 'nothing to do' };
  const ends = new Map<string, { readonly seconds: number; readonly last: Step }>();
  for (const step of steps) {
    const start = Math.max(0, ...step.dependsOn.map((id) => ends.get(id)?.seconds ?? 0));
    ends.set(step.id, { seconds: start + stepKinds[step.kind].seconds, last: step });
  }
  const chain = [...ends.values()].reduce((a, b) => (b.seconds > a.seconds ? b : a));
  const perSubscription = [...Map.groupBy(steps, ({ resourceId }) => subscriptionOf(resourceId)).values()].map((list) => list.length);
  const most = Math.max(...perSubscription);
  const budget = Math.max(0, Math.ceil((most - writes.bucket) / writes.perSecond));
  // The last write of all may be one of the chain's, which then still has to run its course.
  return budget > chain.seconds
    ? { expectedSeconds: budget + chain.seconds, boundBy: `Azure's budget of ${writes.perSecond} writes a second for a subscription (${counted(most, 'write')})` }
    : { expectedSeconds: chain.seconds, boundBy: `the chain of steps that ends in ${chain.last.kind}` };
};
