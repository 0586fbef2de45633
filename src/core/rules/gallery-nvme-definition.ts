import { failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const galleryNvmeDefinition: Rule = {
  id: 'gallery-nvme-definition',
  option: 'gallery-image',
  title: 'its disk controller is not NVMe',
  why: 'NVMe sources go only into definitions that name both SCSI and NVMe.',
  fact: 'I-12',
  source: sources.SIG,
  effect: 'warning',
  needs: ['diskController'],
  check: (machine) =>
    judge('diskController', machine.diskController, (c) =>
      failsIf(c === 'nvme', 'Its disk controller is NVMe: the image definition must name SCSI and NVMe.'),
    ),
  examples: { holds: {}, fails: { machine: { diskController: known('nvme') } } },
};
