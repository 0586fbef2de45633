import { judgeDisks, naming, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const restorePointSharedDisk: Rule = {
  id: 'restore-point-shared-disk',
  option: 'restore-point',
  title: 'no disk is shared',
  why: 'Restore points exclude shared disks in either mode.',
  fact: 'P-05',
  source: sources.RPM,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      ofDisk((disk) => disk.maxShares),
      (shares) => shares > 1,
      (disks) =>
        `It has shared ${naming(disks)}, which a restore point cannot hold; a point of the rest would be partial.`,
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { maxShares: 2 } }] } },
};
