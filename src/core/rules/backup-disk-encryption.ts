import { judgeDisks, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupDiskEncryption: Rule = {
  id: 'backup-disk-encryption',
  option: 'azure-backup',
  title: 'its disks are not under Azure Disk Encryption',
  why: 'Machines under Azure Disk Encryption are restored whole: no file-level restore.',
  fact: 'B-47',
  source: sources.BSM,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      ofDisk((disk) => disk.azureDiskEncryption),
      (encrypted) => encrypted,
      () => 'Azure Disk Encryption is on: only the whole machine can be restored, no single files.',
    ),
  examples: { holds: {}, fails: { osDisk: { disk: { azureDiskEncryption: true } } } },
};
