import { failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const imageNotDeallocated: Rule = {
  id: 'image-not-deallocated',
  option: 'managed-image',
  title: 'it is deallocated',
  why: 'A generalized machine is deallocated before its image is made.',
  fact: 'I-03',
  source: sources.GEN,
  effect: 'warning',
  needs: ['power'],
  check: (machine) =>
    judge('power', machine.power, (power) =>
      failsIf(power !== 'deallocated', `It is ${power}: deallocate it before the capture.`),
    ),
  examples: { holds: { machine: { power: known('deallocated') } }, fails: {} },
};
