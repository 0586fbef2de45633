import { fails, holds, sizeGiBOf, unjudged } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const limitGiB = 512 * 1024;
const largestDiskGiB = 64 * 1024;

export const backupTotalSize: Rule = {
  id: 'backup-total-size',
  option: 'azure-backup',
  title: 'its disks add up to at most 512 TB',
  why: 'Azure Backup takes up to 512 TB on one machine.',
  fact: 'B-13',
  source: sources.BSM,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) => {
    const sizes = machine.disks
      .filter(({ kind }) => kind === 'managed')
      .map((disk) => ({ disk, size: sizeGiBOf(disk) }));
    const total = sizes.reduce((sum, { size }) => sum + (size.known ? size.value : 0), 0);
    if (total > limitGiB)
      return fails(`Its disks add up to ${Math.round(total / 1024)} TB; Azure Backup takes at most 512.`);
    // An unread disk matters only if the largest disk Azure makes would carry the sum over the limit.
    const unread = sizes.filter(({ size }) => !size.known);
    const first = unread[0];
    if (first && !first.size.known && total + unread.length * largestDiskGiB > limitGiB) {
      return unjudged(`disk ${first.disk.name}`, first.size);
    }
    return holds;
  },
  examples: {
    holds: { dataDisks: Array.from({ length: 15 }, () => ({ disk: { sizeGiB: 32_767 } })) },
    fails: { dataDisks: Array.from({ length: 17 }, () => ({ disk: { sizeGiB: 32_767 } })) },
  },
};
