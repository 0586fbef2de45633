import { failsIf, judge, sizeOf } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';
import { isSingleCore } from '../vm-size.ts';

export const replicationSingleCore: Rule = {
  id: 'replication-single-core',
  option: 'site-recovery',
  title: 'its size has two cores or more',
  why: 'The support matrix asks for at least two cores and 1 GB of memory.',
  fact: 'R-09',
  source: sources.A2A,
  effect: 'unsuitable',
  needs: ['size'],
  check: (machine) =>
    judge('size', sizeOf(machine), (size) =>
      failsIf(isSingleCore(size), 'Its size has one core; Site Recovery asks for two.'),
    ),
  examples: { holds: {}, fails: { machine: { size: known('Standard_DS1_v2') } } },
};
