/** How long a plan takes, roughly: its longest chain of steps, or Azure's budget of writes, whichever is longer. */
import { counted } from './duration.ts';
import { subscriptionOf } from './ids.ts';
import type { Plan, Step, StepKind } from './plan.ts';

/**
 * Seconds until the goal of one step holds, from recorded conversations with Azure: a small machine's first backup took
 * 41 minutes, configuring protection one to two, a vault under one, a restore point of one disk 13 seconds. Orders of magnitude, not promises.
 */
const secondsOf: Readonly<Record<StepKind, number>> = {
  'resource-group.create': 5,
  'snapshot.create': 15,
  'restore-point-collection.create': 5,
  'restore-point.create': 30,
  'vault.create': 60,
  'backup-policy.create': 15,
  'backup.enable': 120,
  'backup.trigger': 41 * 60,
};

/** https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling (facts L-01) */
const writes = { bucket: 200, perSecond: 10 };

export const durationOf = (steps: readonly Step[]): Plan['duration'] => {
  if (steps.length === 0) return { expectedSeconds: 0, boundBy: 'nothing to do' };
  const ends = new Map<string, { readonly seconds: number; readonly last: Step }>();
  for (const step of steps) {
    const start = Math.max(0, ...step.dependsOn.map((id) => ends.get(id)?.seconds ?? 0));
    ends.set(step.id, { seconds: start + secondsOf[step.kind], last: step });
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
