import { judgeDisks, naming, skuOf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationPremiumV2Cache: Rule = {
  id: 'replication-premium-v2-cache',
  option: 'site-recovery',
  title: 'it has no Premium SSD v2 disk',
  why:
    'Replicating Premium SSD v2 needs a Premium block blob cache account, and failover disks fill up ' +
    'in the background.',
  fact: 'R-29',
  source: sources.A2AQ,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      skuOf,
      (sku) => /^premiumv2_/i.test(sku),
      (disks) => `It has Premium SSD v2 ${naming(disks)}: replication needs a Premium block blob cache account.`,
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { sku: 'PremiumV2_LRS' } }] } },
};
