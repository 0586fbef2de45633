import { isUltraOrPremiumV2, judgeDisks, naming, skuOf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const snapshotUltraSlow: Rule = {
  id: 'snapshot-ultra-slow',
  option: 'disk-snapshot',
  title: 'it has no Ultra or Premium SSD v2 disk',
  why:
    'Snapshots of Ultra and Premium SSD v2 disks are incremental only and no use until copied whole; ' +
    'the disk must not grow meanwhile.',
  fact: 'S-11',
  source: sources.INCR,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      skuOf,
      isUltraOrPremiumV2,
      (disks) =>
        `Snapshots of Ultra or Premium SSD v2 ${naming(disks)} count only once copied whole, and growing ` +
        'the disk breaks the copy.',
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { sku: 'UltraSSD_LRS' } }] } },
};
