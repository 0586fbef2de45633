/**
 * How long a plan takes, roughly, and what binds it: its longest chain of steps, a request budget of Azure's, or how many of
 * its steps may run at once. The budgets are those that apply keeps to.
 */
import { counted } from './duration.ts';
import { nameOf } from './ids.ts';
import type { Plan, Step } from './plan.ts';
import { usable, type RequestBudget } from './request-budgets.ts';
import { laneOf, leastReads, looksOf, managerCharge, type Lane } from './step-requests.ts';
import { stepKinds } from './steps/index.ts';

export const durationOf = (steps: readonly Step[]): Plan['duration'] => {
  if (steps.length === 0) return { expectedSeconds: 0, boundBy: 'nothing to do' };
  const { seconds, boundBy } = [chainOf(steps), ...budgetsOf(steps), ...crowdsOf(steps)].reduce((a, b) =>
    b.seconds > a.seconds ? b : a,
  );
  return { expectedSeconds: Math.ceil(seconds), boundBy };
};

interface Bound {
  readonly seconds: number;
  readonly boundBy: string;
}

const secondsOf = ({ kind }: Step): number => stepKinds[kind].seconds;

const chainOf = (steps: readonly Step[]): Bound => {
  const ends = new Map<string, { readonly seconds: number; readonly last: Step }>();
  for (const step of steps) {
    const start = Math.max(0, ...[...step.dependsOn, ...(step.after ?? [])].map((id) => ends.get(id)?.seconds ?? 0));
    ends.set(step.id, { seconds: start + secondsOf(step), last: step });
  }
  const { seconds, last } = [...ends.values()].reduce((a, b) => (b.seconds > a.seconds ? b : a));
  return { seconds, boundBy: `the chain of steps that ends in ${last.kind}` };
};

/** Requests counted against one budget, and how long the slowest of their steps runs once it may. */
interface Account {
  readonly budget: RequestBudget;
  readonly of: string;
  readonly region: string;
  requests: number;
  longestSeconds: number;
}

const budgetsOf = (steps: readonly Step[]): readonly Bound[] => {
  const accounts = new Map<string, Account>();
  const enter = (step: Step, lane: Lane, requests: number): void => {
    for (const { budget, of } of [...lane.charges, managerCharge(lane)]) {
      const region = budget.per === 'subscription' ? '' : lane.region;
      const key = [lane.subscriptionId, region, budget.name, of].join('|');
      const account = accounts.get(key) ?? { budget, of, region, requests: 0, longestSeconds: 0 };
      account.requests += requests;
      account.longestSeconds = Math.max(account.longestSeconds, secondsOf(step));
      accounts.set(key, account);
    }
  };
  for (const step of steps) {
    enter(step, laneOf(step, 'write'), 1);
    for (const look of looksOf(step)) enter(step, look, 1);
    enter(step, laneOf(step, 'poll'), leastReads(step) - looksOf(step).length);
  }
  return [...accounts.values()].flatMap((account) => {
    const waits = waitSeconds(account);
    return waits > 0 ? [{ seconds: waits + account.longestSeconds, boundBy: wordsOf(account) }] : [];
  });
};

const waitSeconds = ({ budget, requests }: Account): number =>
  budget.windowMs === undefined
    ? Math.max(0, (requests - usable(budget)) / budget.perSecond)
    : (Math.floor((requests - 1) / budget.capacity) * budget.windowMs) / 1000;

const managerNouns: Readonly<Record<string, string>> = {
  'subscription-reads': 'read',
  'subscription-writes': 'write',
  'subscription-deletes': 'deletion',
};

const wordsOf = ({ budget, of, region, requests }: Account): string => {
  const noun = managerNouns[budget.name];
  if (noun !== undefined)
    return `Azure's budget of ${budget.perSecond} ${noun}s a second for a subscription (${counted(requests, noun)})`;
  if (budget.windowMs !== undefined)
    return `Azure's ${budget.capacity} restore points an hour of one machine (${counted(requests, 'point')} of ${nameOf(of)})`;
  const where = of === '' ? `in ${region || 'one region'}` : `of ${nameOf(of)}`;
  return `Azure's budget ${budget.name} of ${Math.round(budget.perSecond * 60)} a minute ${where} (${counted(requests, 'request')})`;
};

/** Steps of which Azure lets only so many run at once take turns. */
const crowdsOf = (steps: readonly Step[]): readonly Bound[] =>
  [...Map.groupBy(steps, ({ atOnce }) => atOnce?.of)].flatMap(([of, crowd]) => {
    const most = Math.min(...crowd.map(({ atOnce }) => atOnce?.most ?? Infinity));
    if (of === undefined || crowd.length <= most) return [];
    const seconds = crowd.reduce((sum, step) => sum + secondsOf(step), 0) / most;
    return [
      {
        seconds,
        boundBy: `Azure's limit of ${most} at once (${counted(crowd.length, 'step')} ${crowd[0]!.kind}, ${nameOf(of)})`,
      },
    ];
  });
