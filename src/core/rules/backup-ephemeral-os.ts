import { holds, unjudged } from '../check.ts';
import { unknown } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupEphemeralOs: Rule = {
  id: 'backup-ephemeral-os',
  option: 'azure-backup',
  title: 'its operating system disk is not ephemeral',
  why:
    "Microsoft's texts disagree on whether Azure Backup takes ephemeral operating system disks, so " +
    'nothing enables it unasked.',
  fact: 'B-44',
  source: sources.BSM,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    machine.disks.some((d) => d.kind === 'ephemeral')
      ? unjudged(
          'documentation',
          unknown(
            'not-knowable',
            "Its operating system disk is ephemeral, and Microsoft's pages disagree on whether Azure Backup takes such a " +
              'disk: the backup matrix says yes, the page on ephemeral disks no; only enabling it by hand once can tell',
          ),
        )
      : holds,
  examples: { holds: {}, unjudged: { osDisk: { attached: { kind: 'ephemeral' } } } },
};
