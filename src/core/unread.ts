/** What the login may not read, as problems: told by every verb that goes on without it, and by those that cannot. */
import { forbiddenGaps } from './audit-unknowns.ts';
import type { Estate } from './estate.ts';
import type { Unknown } from './fact.ts';
import { subscriptionOf, type ResourceId } from './ids.ts';
import { forbiddenQuestions, type PreflightFacts } from './preflight.ts';
import type { Problem } from './problem.ts';

/** Place by place; with `ids` only in the subscriptions that they lie in. */
export const unreadIn = (estate: Estate, ids?: readonly ResourceId[]): readonly Problem[] => {
  const subscriptions = ids === undefined ? undefined : new Set(ids.map(subscriptionOf));
  const near = forbiddenGaps(estate).filter(({ gap: { scope } }) => {
    const its = subscriptionOf(scope);
    return its === '' || subscriptions === undefined || subscriptions.has(its);
  });
  return [...Map.groupBy(near, ({ gap }) => gap.scope)].map(([scope, gaps]) => {
    const facts = [...new Set(gaps.map(({ fact }) => fact))];
    const actions = [...new Set(gaps.map(({ gap }) => gap.action ?? gap.detail))];
    return problem(scope, `the login may not read ${facts.join(', ')} at ${scope}`, `It takes ${actions.join(', ')}.`);
  });
};

/** Why a job's run or check ends 6: what it selects may lie there too. */
export const unseenMachines = ({ machines }: Estate): readonly Problem[] =>
  machines.gaps.map(({ scope, detail }) => ({
    code: 'machines-unread',
    severity: 'medium',
    subject: scope,
    summary: `machines could not be read at ${scope}, and the job may be meant for some of them`,
    detail,
    remedy: 'name its subscriptions in the selector, or let the login read there: `holdfast roles --for JOB.yaml`',
  }));

export const unaskedBefore = (facts: PreflightFacts): readonly Problem[] =>
  forbiddenQuestions(facts).map(({ scope = '/', action = 'a read', detail }: Unknown) =>
    problem(scope, `the login lacks ${action} at ${scope}, so the plan was made without its answer`, detail),
  );

const problem = (subject: string, summary: string, detail: string): Problem => ({
  code: 'no-permission',
  severity: 'medium',
  subject,
  summary,
  detail,
  remedy: 'holdfast roles prints what a login needs',
});
