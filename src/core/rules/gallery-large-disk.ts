import { judgeDisks, naming, sizeGiBOf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const galleryLargeDisk: Rule = {
  id: 'gallery-large-disk',
  option: 'gallery-image',
  title: 'all its disks are smaller than 2 TB',
  why: 'Disks of 2 TB and more go into a gallery by shallow replication only.',
  fact: 'I-10',
  source: sources.ACG,
  effect: 'warning',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      sizeGiBOf,
      (gib) => gib >= 2048,
      (disks) => `Of 2 TB or more: ${naming(disks)}. The version must use shallow replication.`,
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { sizeGiB: 4096 } }] } },
};
