import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const restorePointEphemeralOs: Rule = {
  id: 'restore-point-ephemeral-os',
  option: 'restore-point',
  title: 'its operating system disk is not ephemeral',
  why: 'Restore points exclude ephemeral operating system disks in either mode.',
  fact: 'P-05',
  source: sources.RPM,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.disks.some((d) => d.kind === 'ephemeral'),
      'Its operating system disk is ephemeral, which a restore point leaves out.',
    ),
  examples: { holds: {}, fails: { osDisk: { attached: { kind: 'ephemeral' } } } },
};
