import { judgeDisks, naming, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationSharedDiskCluster: Rule = {
  id: 'replication-shared-disk-cluster',
  option: 'site-recovery',
  title: 'no disk is shared',
  why:
    'Shared disks are replicated for Windows clusters of up to four nodes, all together and ' +
    'crash-consistent only.',
  fact: 'R-22',
  source: sources.A2AQ,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      ofDisk((disk) => disk.maxShares),
      (shares) => shares > 1,
      (disks) =>
        `It has shared ${naming(disks)}: replicate all nodes of the cluster (at most four, Windows Server ` +
        '2016 or later) together; points are crash-consistent only.',
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { maxShares: 2 } }] } },
};
