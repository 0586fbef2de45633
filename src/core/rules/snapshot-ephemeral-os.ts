import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const snapshotEphemeralOs: Rule = {
  id: 'snapshot-ephemeral-os',
  option: ['disk-snapshot', 'managed-image', 'gallery-image'],
  title: 'its operating system disk is not ephemeral',
  why:
    'An ephemeral operating system disk lives on the host: it can be neither snapshotted nor captured ' +
    'in an image.',
  fact: 'S-21',
  source: sources.EPHEMERAL,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.disks.some((d) => d.kind === 'ephemeral'),
      'Its operating system disk is ephemeral: Azure takes neither snapshots nor images of it.',
    ),
  examples: { holds: {}, fails: { osDisk: { attached: { kind: 'ephemeral' } } } },
};
