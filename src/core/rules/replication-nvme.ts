import { failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationNvme: Rule = {
  id: 'replication-nvme',
  option: 'site-recovery',
  title: 'its disk controller is not NVMe',
  why: 'Site Recovery does not support the NVMe storage interface, which most v6 and v7 sizes use.',
  fact: 'R-06',
  source: sources.A2A,
  effect: 'impossible',
  needs: ['diskController'],
  check: (machine) =>
    judge('diskController', machine.diskController, (c) =>
      failsIf(c === 'nvme', 'Its disk controller is NVMe, which Site Recovery does not support.'),
    ),
  examples: { holds: {}, fails: { machine: { diskController: known('nvme') } } },
};
