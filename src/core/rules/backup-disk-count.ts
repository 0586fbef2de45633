import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupDiskCount: Rule = {
  id: 'backup-disk-count',
  option: 'azure-backup',
  title: 'at most 32 disks are attached',
  why: 'Azure Backup takes machines with up to 32 disks, the operating system disk included.',
  fact: 'B-13',
  source: sources.BSM,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(machine.disks.length > 32, `It has ${machine.disks.length} disks; Azure Backup takes at most 32.`),
  examples: {
    holds: { dataDisks: Array.from({ length: 31 }, () => ({})) },
    fails: { dataDisks: Array.from({ length: 32 }, () => ({})) },
  },
};
