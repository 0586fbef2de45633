import { isUltraOrPremiumV2, judgeDisks, naming, skuOf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const imageUltraDisk: Rule = {
  id: 'image-ultra-disk',
  option: ['managed-image', 'gallery-image'],
  title: 'it has no Ultra or Premium SSD v2 disk',
  why: 'Images and gallery versions hold no Ultra or Premium SSD v2 disks.',
  fact: 'I-08',
  source: sources.ULTRA,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      skuOf,
      isUltraOrPremiumV2,
      (disks) => `It has Ultra or Premium SSD v2 ${naming(disks)}, which no image can hold.`,
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { sku: 'UltraSSD_LRS' } }] } },
};
