import { failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const imageNotGeneralized: Rule = {
  id: 'image-not-generalized',
  option: 'managed-image',
  title: 'it is generalized',
  why:
    'A managed image is made from a generalized machine; generalizing is irreversible, and the ' +
    'machine never starts again.',
  fact: 'I-02',
  source: sources.GEN,
  effect: 'impossible',
  needs: ['generalized'],
  check: (machine) =>
    judge('generalized', machine.generalized, (g) =>
      failsIf(!g, 'It is not generalized: impossible as it is, and generalizing would end its use as a machine.'),
    ),
  examples: { holds: { machine: { generalized: known(true) } }, fails: {} },
};
