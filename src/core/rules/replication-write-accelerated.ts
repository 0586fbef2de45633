import { failsIf, naming } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationWriteAccelerated: Rule = {
  id: 'replication-write-accelerated',
  option: 'site-recovery',
  title: 'no disk is write-accelerated',
  why: 'Site Recovery does not replicate write-accelerated disks.',
  fact: 'R-23',
  source: sources.A2A,
  effect: 'impossible',
  needs: [],
  check: (machine) => {
    const disks = machine.disks.filter((d) => d.writeAccelerator);
    return failsIf(
      disks.length > 0,
      `Site Recovery does not replicate write-accelerated ${naming(disks)}; it could only be left out.`,
    );
  },
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ attached: { writeAccelerator: true } }] } },
};
