import { dataDisksOf, judgeDisks, naming, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const restorePointTrustedLaunchDataDisk: Rule = {
  id: 'restore-point-trusted-launch-data-disk',
  option: 'restore-point',
  title: 'no data disk comes from a Trusted Launch or Confidential machine',
  why: 'A restore point takes a Trusted Launch operating system disk, but not one attached as a data disk.',
  fact: 'P-08',
  source: sources.RPM,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      dataDisksOf(machine),
      ofDisk((disk) => disk.securityType),
      (type) => type !== 'standard',
      (disks) =>
        `Data ${naming(disks)} was an operating system disk of a Trusted Launch or Confidential machine, ` +
        'which a restore point does not take.',
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { securityType: 'trusted-launch' } }] } },
};
