import { failsIf, holds, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const snapshotIndependentDisks: Rule = {
  id: 'snapshot-independent-disks',
  option: 'disk-snapshot',
  title: 'it has one disk, or is deallocated',
  why:
    'Snapshots of several disks of a machine that is not deallocated are taken at different moments, ' +
    'with writes in flight.',
  fact: 'S-14',
  source: sources.BDR,
  effect: 'unsuitable',
  needs: ['power'],
  check: (machine) =>
    machine.disks.length > 1
      ? judge('power', machine.power, (power) =>
          failsIf(
            power !== 'deallocated',
            `It is ${power} with ${machine.disks.length} disks: snapshots would be of different moments. A VM ` +
              'restore point or Azure Backup takes them together.',
          ),
        )
      : holds,
  examples: { holds: { machine: { power: known('deallocated') }, dataDisks: [{}] }, fails: { dataDisks: [{}] } },
};
