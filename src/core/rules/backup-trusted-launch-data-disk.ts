import { dataDisksOf, judgeDisks, naming, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupTrustedLaunchDataDisk: Rule = {
  id: 'backup-trusted-launch-data-disk',
  option: 'azure-backup',
  title: 'no data disk comes from a Trusted Launch or Confidential machine',
  why: 'An operating system disk of such a machine, attached again as a data disk, is not backed up.',
  fact: 'B-21',
  source: sources.BSM,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      dataDisksOf(machine),
      ofDisk((disk) => disk.securityType),
      (type) => type !== 'standard',
      (disks) =>
        `Data ${naming(disks)} was an operating system disk of a Trusted Launch or Confidential machine; ` +
        'Azure Backup does not support that.',
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { securityType: 'trusted-launch' } }] } },
};
