import { failsIf, judge, judgeDisks, naming, ofDisk, some } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationSharedDiskLinux: Rule = {
  id: 'replication-shared-disk-linux',
  option: 'site-recovery',
  title: 'no Linux machine shares a disk',
  why: 'Site Recovery replicates shared disks of Windows Server failover clusters only.',
  fact: 'R-22',
  source: sources.A2AQ,
  effect: 'impossible',
  needs: ['os', 'disks'],
  check: (machine) =>
    some(
      judge('os', machine.os, (os) => failsIf(os === 'linux', 'it runs Linux')),
      judgeDisks(
        machine.disks,
        ofDisk((disk) => disk.maxShares),
        (shares) => shares > 1,
        (disks) =>
          `It runs Linux and has shared ${naming(disks)}; Site Recovery replicates those of Windows ` +
          'clusters only.',
      ),
    ),
  examples: {
    holds: { machine: { os: known('linux') }, dataDisks: [{}] },
    fails: { machine: { os: known('linux') }, dataDisks: [{ disk: { maxShares: 2 } }] },
  },
};
