import { fails, failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupPlacementNotRestored: Rule = {
  id: 'backup-placement-not-restored',
  option: 'azure-backup',
  title: 'it is neither a Spot machine nor on a dedicated host',
  why: 'A Spot machine is restored as a regular one, and a restored machine is not put on the dedicated host.',
  fact: 'B-25',
  source: sources.BSM,
  effect: 'warning',
  needs: [],
  check: (machine) => {
    if (machine.spot) return fails('It is a Spot machine: a restore creates a regular one.');
    return failsIf(
      machine.dedicatedHost,
      'It is on a dedicated host: restore its disks, for a restored machine would not be put back there.',
    );
  },
  examples: { holds: {}, fails: { machine: { spot: true } } },
};
