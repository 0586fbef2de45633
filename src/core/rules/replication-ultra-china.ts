import { holds, isUltraOrPremiumV2, judgeDisks, naming, skuOf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationUltraChina: Rule = {
  id: 'replication-ultra-china',
  option: 'site-recovery',
  title: 'it has no Ultra or Premium SSD v2 disk in China North or East',
  why: 'Site Recovery replicates Ultra and Premium SSD v2 disks, but not in China North and China East.',
  fact: 'R-21',
  source: sources.A2A,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) =>
    /^china(?:north|east)$/.test(machine.location)
      ? judgeDisks(
          machine.disks,
          skuOf,
          isUltraOrPremiumV2,
          (disks) => `Site Recovery does not replicate Ultra or Premium SSD v2 ${naming(disks)} in this region.`,
        )
      : holds,
  examples: {
    holds: { machine: { location: 'chinanorth' } },
    fails: { machine: { location: 'chinanorth' }, dataDisks: [{ disk: { sku: 'UltraSSD_LRS' } }] },
  },
};
