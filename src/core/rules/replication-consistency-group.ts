import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationConsistencyGroup: Rule = {
  id: 'replication-consistency-group',
  option: 'site-recovery',
  title: 'its application has at most 16 machines',
  why: 'Points that agree across machines can be made for groups of up to 16.',
  fact: 'R-58',
  source: sources.A2AQ,
  effect: 'warning',
  needs: [],
  check: (machine, context) =>
    failsIf(
      (context.application?.machines ?? 1) > 16,
      `Application ${context.application?.name} runs on ${context.application?.machines} machines; at ` +
        'most 16 can fail over to points that agree.',
    ),
  examples: {
    holds: { application: { name: 'shop', machines: 16 } },
    fails: { application: { name: 'shop', machines: 17 } },
  },
};
