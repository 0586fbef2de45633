import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupUnmanagedDisk: Rule = {
  id: 'backup-unmanaged-disk',
  option: 'azure-backup',
  title: 'all its disks are managed',
  why: 'Backup of machines with unmanaged disks is deprecated, and Enhanced policies take managed disks only.',
  fact: 'B-50',
  source: sources.BSM,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.disks.some((d) => d.kind === 'unmanaged'),
      'It has unmanaged disks: convert them to managed disks first.',
    ),
  examples: { holds: {}, fails: { osDisk: { attached: { kind: 'unmanaged' } } } },
};
