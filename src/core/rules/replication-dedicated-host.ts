import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationDedicatedHost: Rule = {
  id: 'replication-dedicated-host',
  option: 'site-recovery',
  title: 'it is not on a dedicated host',
  why: 'Site Recovery does not replicate machines on dedicated hosts.',
  fact: 'R-05',
  source: sources.A2A,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(machine.dedicatedHost, 'It is on a dedicated host, which Site Recovery does not replicate.'),
  examples: { holds: {}, fails: { machine: { dedicatedHost: true } } },
};
