import { dataDisksOf, every, judgeDisks, naming, sizeGiBOf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationDiskSize: Rule = {
  id: 'replication-disk-size',
  option: 'site-recovery',
  title: 'no disk is too large',
  why: 'Site Recovery replicates operating system disks of up to 4,095 GiB and data disks of 1 GiB to 32 TiB.',
  fact: 'R-20',
  source: sources.A2A,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) =>
    every(
      judgeDisks(
        machine.disks.filter((d) => d.role === 'os'),
        sizeGiBOf,
        (gib) => gib > 4095,
        (disks) => `Operating system ${naming(disks)} exceeds 4,095 GiB, the most that Site Recovery replicates.`,
      ),
      judgeDisks(
        dataDisksOf(machine),
        sizeGiBOf,
        (gib) => gib > 32 * 1024,
        (disks) => `Data ${naming(disks)} exceeds 32 TiB, the most that Site Recovery replicates.`,
      ),
    ),
  examples: {
    holds: { dataDisks: [{ disk: { sizeGiB: 32_767 } }] },
    fails: { dataDisks: [{ disk: { sizeGiB: 65_536, sku: 'UltraSSD_LRS' } }] },
  },
};
