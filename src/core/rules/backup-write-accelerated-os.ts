import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupWriteAcceleratedOs: Rule = {
  id: 'backup-write-accelerated-os',
  option: 'azure-backup',
  title: 'its operating system disk is not write-accelerated',
  why: 'Azure Backup covers write-accelerated data disks, not operating system disks.',
  fact: 'B-43',
  source: sources.BSM,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.disks.some((d) => d.role === 'os' && d.writeAccelerator),
      'Its operating system disk is write-accelerated, which Azure Backup does not cover.',
    ),
  examples: {
    holds: { dataDisks: [{ attached: { writeAccelerator: true } }] },
    fails: { osDisk: { attached: { writeAccelerator: true } } },
  },
};
