import { failsIf, judge, sizeOf } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';
import { isSingleCore } from '../vm-size.ts';

export const backupSingleCore: Rule = {
  id: 'backup-single-core',
  option: 'azure-backup',
  title: 'its size has two cores or more',
  why: 'Azure Backup asks for at least two cores and 1 GB of memory.',
  fact: 'B-26',
  source: sources.BSM,
  effect: 'warning',
  needs: ['size'],
  check: (machine) =>
    judge('size', sizeOf(machine), (size) =>
      failsIf(isSingleCore(size), 'Its size has one core; the support matrix asks for two.'),
    ),
  examples: { holds: {}, fails: { machine: { size: known('Standard_B1s') } } },
};
