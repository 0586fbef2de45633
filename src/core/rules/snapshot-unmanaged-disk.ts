import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const snapshotUnmanagedDisk: Rule = {
  id: 'snapshot-unmanaged-disk',
  option: 'disk-snapshot',
  title: 'all its disks are managed',
  why: 'Disk snapshots are taken of managed disks.',
  fact: 'S-01',
  source: sources.SNAP,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.disks.some((d) => d.kind === 'unmanaged'),
      'It has unmanaged disks: convert them to managed disks first.',
    ),
  examples: { holds: {}, fails: { osDisk: { attached: { kind: 'unmanaged' } } } },
};
