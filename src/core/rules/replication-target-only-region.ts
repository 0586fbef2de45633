import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationTargetOnlyRegion: Rule = {
  id: 'replication-target-only-region',
  option: 'site-recovery',
  title: 'its region may be replicated from',
  why: 'Brazil Southeast can only be replicated to.',
  fact: 'R-01',
  source: sources.A2A,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(machine.location === 'brazilsoutheast', 'Brazil Southeast can be replicated to, not from.'),
  examples: { holds: {}, fails: { machine: { location: 'brazilsoutheast' } } },
};
