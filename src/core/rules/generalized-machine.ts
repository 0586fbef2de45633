import { failsIf, judge, some } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const generalizedMachine: Rule = {
  id: 'generalized-machine',
  option: ['azure-backup', 'site-recovery'],
  title: 'it is not generalized',
  why: 'A generalized machine can never start again, so there is nothing to keep running or to go back to: its worth is its image.',
  fact: 'I-03',
  source: sources.GEN,
  effect: 'unsuitable',
  needs: ['generalized', 'power'],
  check: (machine) =>
    some(
      judge('power', machine.power, (power) => failsIf(power !== 'running', `It is ${power}.`)),
      judge('generalized', machine.generalized, (generalized) =>
        failsIf(generalized, 'It is generalized and can never start again: an image of it is what is worth keeping.'),
      ),
    ),
  examples: {
    holds: { machine: { power: known('deallocated') } },
    fails: { machine: { power: known('deallocated'), generalized: known(true) } },
  },
};
