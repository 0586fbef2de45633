import { failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupStoppedMachine: Rule = {
  id: 'backup-stopped-machine',
  option: 'azure-backup',
  title: 'it is running',
  why: 'Points of a machine that is off are crash-consistent: no VSS writer and no script takes part.',
  fact: 'B-80',
  source: sources.INTRO,
  effect: 'warning',
  needs: ['power'],
  check: (machine) =>
    judge('power', machine.power, (power) =>
      failsIf(
        power !== 'running' && !(machine.generalized.known && machine.generalized.value),
        `It is ${power}: its backups are crash-consistent until it runs.`,
      ),
    ),
  examples: { holds: {}, fails: { machine: { power: known('deallocated') } } },
};
