import { isUltraOrPremiumV2, judgeDisks, naming, skuOf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupUltraNeedsEnhanced: Rule = {
  id: 'backup-ultra-needs-enhanced',
  option: 'azure-backup',
  title: 'it has no Ultra or Premium SSD v2 disk',
  why: 'Ultra and Premium SSD v2 disks are backed up by Enhanced policies only, without file-level restore.',
  fact: 'B-41',
  source: sources.BSM,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      skuOf,
      isUltraOrPremiumV2,
      (disks) =>
        `It has Ultra or Premium SSD v2 ${naming(disks)}: use an Enhanced policy, and expect no ` +
        'file-level restore.',
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { sku: 'PremiumV2_LRS' } }] } },
};
