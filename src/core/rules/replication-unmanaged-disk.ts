import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationUnmanagedDisk: Rule = {
  id: 'replication-unmanaged-disk',
  option: 'site-recovery',
  title: 'all its disks are managed',
  why: 'Microsoft retires unmanaged disks on 31 March 2026: a replica of them has no machine to become.',
  fact: 'I-16',
  source: sources.A2A,
  effect: 'unsuitable',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.disks.some((d) => d.kind === 'unmanaged'),
      'It has unmanaged disks, which Microsoft retires on 31 March 2026: convert them to managed disks first.',
    ),
  examples: { holds: {}, fails: { osDisk: { attached: { kind: 'unmanaged' } } } },
};
