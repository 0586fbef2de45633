import { failsIf, naming } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const restorePointAcceleratedNeedsApplicationMode: Rule = {
  id: 'restore-point-accelerated-needs-application-mode',
  option: 'restore-point',
  title: 'either mode would take all its disks',
  why: 'Crash-consistent mode excludes write-accelerated disks; application-consistent mode takes them.',
  fact: 'P-05',
  source: sources.RPM,
  effect: 'warning',
  needs: [],
  check: (machine) => {
    const disks = machine.disks.filter((d) => d.writeAccelerator);
    return failsIf(
      disks.length > 0,
      `Only application-consistent points take ${naming(disks)} (Write Accelerator): keep it running and its VM agent ready.`,
    );
  },
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ attached: { writeAccelerator: true } }] } },
};
