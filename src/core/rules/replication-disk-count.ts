import { dataDisksOf, failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationDiskCount: Rule = {
  id: 'replication-disk-count',
  option: 'site-recovery',
  title: 'at most 64 data disks are attached',
  why: 'Site Recovery replicates up to 64 data disks of a machine.',
  fact: 'R-20',
  source: sources.A2A,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      dataDisksOf(machine).length > 64,
      `It has ${dataDisksOf(machine).length} data disks; Site Recovery takes at most 64.`,
    ),
  examples: {
    holds: { dataDisks: Array.from({ length: 64 }, () => ({})) },
    fails: { dataDisks: Array.from({ length: 65 }, () => ({})) },
  },
};
