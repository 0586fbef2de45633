import { judgeDisks, naming, skuOf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationChurn: Rule = {
  id: 'replication-churn',
  option: 'site-recovery',
  title: 'every disk is premium',
  why:
    'Site Recovery keeps up with 2 MB/s of changes to a Standard disk, and with up to 20 MB/s to a Premium one. How fast a disk ' +
    'changes is a metric, which an inventory does not hold.',
  fact: 'R-28',
  source: sources.A2A,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      skuOf,
      (sku) => /^standard/i.test(sku),
      (disks) =>
        `Standard ${naming(disks)}: replication keeps up with 2 MB/s of changes to each, and how fast they change is not known here.`,
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { sku: 'StandardSSD_LRS' } }] } },
};
