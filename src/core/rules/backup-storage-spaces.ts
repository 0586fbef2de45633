import { fails, holds, judge, unjudged } from '../check.ts';
import { unknown } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupStorageSpaces: Rule = {
  id: 'backup-storage-spaces',
  option: 'azure-backup',
  title: 'no Windows volume is striped across its disks',
  why:
    'Microsoft lists Windows Storage Spaces as not supported by Azure Backup, while dynamic disks ' +
    'are; Azure cannot see which of them the guest uses.',
  fact: 'B-27',
  source: sources.BSM,
  effect: 'warning',
  needs: ['os', 'striping'],
  check: (machine, { striping }) =>
    judge('os', machine.os, (os) => {
      if (os !== 'windows' || striping.state === 'no-evidence' || striping.state === 'not-striped') return holds;
      if (striping.state === 'unknown') {
        return unjudged('striping', unknown('not-knowable', 'Azure cannot see how the guest combines its disks'));
      }
      return fails(
        'Its disks are, or look, striped under Windows. If that is Storage Spaces, Microsoft does not support backing ' +
          'it up: back up the database itself as well, or use Site Recovery or restore points.',
      );
    }),
  examples: { holds: { dataDisks: [{}, {}] }, fails: { dataDisks: [{}, {}], striping: 'striped' } },
};
