import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationConfidential: Rule = {
  id: 'replication-confidential',
  option: 'site-recovery',
  title: 'it is no Confidential machine',
  why: 'The support matrix does not name Confidential machines, so they are taken as unsupported.',
  fact: 'R-08',
  source: sources.A2A,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.securityType === 'confidential',
      'It is a Confidential machine, which the support matrix of Site Recovery does not name.',
    ),
  examples: { holds: {}, fails: { machine: { securityType: 'confidential' } } },
};
