import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const restorePointUnmanagedDisk: Rule = {
  id: 'restore-point-unmanaged-disk',
  option: 'restore-point',
  title: 'all its disks are managed',
  why: 'A restore point captures managed disks.',
  fact: 'P-01',
  source: sources.RP,
  effect: 'impossible',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.disks.some((d) => d.kind === 'unmanaged'),
      'It has unmanaged disks, which restore points do not capture.',
    ),
  examples: { holds: {}, fails: { osDisk: { attached: { kind: 'unmanaged' } } } },
};
