import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupMarketplacePlan: Rule = {
  id: 'backup-marketplace-plan',
  option: 'azure-backup',
  title: 'no marketplace plan is attached',
  why:
    'A machine whose marketplace plan was withdrawn cannot be created anew from a backup; replacing ' +
    'its disks works.',
  fact: 'B-31',
  source: sources.BSM,
  effect: 'warning',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.hasPlan,
      'It carries a marketplace plan: should the plan be withdrawn, only its disks can be restored or replaced.',
    ),
  examples: { holds: {}, fails: { machine: { hasPlan: true } } },
};
