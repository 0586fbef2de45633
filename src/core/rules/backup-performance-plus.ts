import { judgeDisks, naming, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupPerformancePlus: Rule = {
  id: 'backup-performance-plus',
  option: 'azure-backup',
  title: 'no disk uses performance plus',
  why:
    'A restore from the vault tier loses the performance-plus setting of a disk; one from the ' +
    'snapshot tier keeps it.',
  fact: 'B-49',
  source: sources.BSM,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      ofDisk((disk) => disk.performancePlus),
      (plus) => plus,
      (disks) => `Performance plus of ${naming(disks)} is kept only by a restore from the snapshot tier.`,
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { performancePlus: true } }] } },
};
