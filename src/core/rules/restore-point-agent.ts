import { applicationModePossible, fails } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const restorePointAgent: Rule = {
  id: 'restore-point-agent',
  option: 'restore-point',
  title: 'it can have application-consistent points',
  why: 'Application consistency takes a running machine with a ready agent.',
  fact: 'P-03',
  source: sources.RP,
  effect: 'warning',
  needs: ['power', 'agent'],
  check: (machine) => {
    const possible = applicationModePossible(machine);
    return possible.kind === 'fails'
      ? fails(`Restore points of it can only be crash-consistent: ${possible.text}.`)
      : possible;
  },
  examples: { holds: {}, fails: { machine: { agent: known('not-ready') } } },
};
