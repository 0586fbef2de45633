import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationEphemeralOs: Rule = {
  id: 'replication-ephemeral-os',
  option: 'site-recovery',
  title: 'its operating system disk is not ephemeral',
  why: 'An ephemeral operating system disk lives on the host; Site Recovery cannot replicate it.',
  fact: 'R-24',
  source: sources.EPHEMERAL,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.disks.some((d) => d.kind === 'ephemeral'),
      'Its operating system disk is ephemeral, which Site Recovery does not replicate.',
    ),
  examples: { holds: {}, fails: { osDisk: { attached: { kind: 'ephemeral' } } } },
};
