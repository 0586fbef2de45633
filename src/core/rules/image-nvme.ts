import { failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const imageNvme: Rule = {
  id: 'image-nvme',
  option: 'managed-image',
  title: 'its disk controller is not NVMe',
  why: 'NVMe sources need a gallery definition that names both disk controllers; a managed image has none.',
  fact: 'I-12',
  source: sources.SIG,
  effect: 'unsuitable',
  needs: ['diskController'],
  check: (machine) =>
    judge('diskController', machine.diskController, (c) =>
      failsIf(c === 'nvme', 'Its disk controller is NVMe: only a gallery definition can say so.'),
    ),
  examples: { holds: {}, fails: { machine: { diskController: known('nvme') } } },
};
