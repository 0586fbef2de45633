import { dataDisksOf, failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupWriteAcceleratedData: Rule = {
  id: 'backup-write-accelerated-data',
  option: 'azure-backup',
  title: 'no data disk is write-accelerated',
  why:
    'Write-accelerated data disks are backed up without database consistency, and the machine needs a ' +
    'way to the internet.',
  fact: 'B-43',
  source: sources.FAQ,
  effect: 'warning',
  needs: [],
  check: (machine) =>
    failsIf(
      dataDisksOf(machine).some((d) => d.writeAccelerator),
      'It has write-accelerated data disks: their backup is not database-consistent, and the machine ' +
        'needs a way to the internet.',
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ attached: { writeAccelerator: true } }] } },
};
