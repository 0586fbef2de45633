/** What the login may not read, as problems: told by every verb that goes on without it, and by those that cannot. */
import { forbiddenGaps } from './audit-unknowns.ts';
import type { Estate } from './estate.ts';
import type { Unknown } from './fact.ts';
import { subscriptionOf, type ResourceId } from './ids.ts';
import { forbiddenQuestions, type PreflightFacts } from './preflight.ts';
import type { Problem } from './problem.ts';

/** In the subscriptions that these ids lie in. */
export const unreadAround = (estate: Estate, ids: readonly ResourceId[]): readonly Problem[] => {
  const subscriptions = new Set(ids.map(subscriptionOf));
  return forbiddenGaps(estate)
    .filter(({ gap: { scope } }) => subscriptionOf(scope) === '' || subscriptions.has(subscriptionOf(scope)))
    .map(({ fact, gap: { scope, action, detail } }) =>
      problem(scope, `${fact} could not be read at ${scope}${action === undefined ? '' : `, which takes ${action}`}`, detail),
    );
};

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
