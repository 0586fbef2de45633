import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const imageChangingData: Rule = {
  id: 'image-changing-data',
  option: ['managed-image', 'gallery-image'],
  title: 'its class keeps a configuration, not data',
  why: 'An image is one moment of a golden configuration: no protection for data that changes.',
  fact: 'I-15',
  source: sources.BDR,
  effect: 'unsuitable',
  needs: [],
  check: (_machine, context) =>
    failsIf(
      !context.objective.requires.some(
        ({ anyOf }) => anyOf.includes('managed-image') || anyOf.includes('gallery-image'),
      ),
      'Its class has changing data, of which an image keeps one moment only.',
    ),
  examples: {
    holds: { objective: { requires: 'managed-image' } },
    fails: { objective: { requires: 'azure-backup' } },
  },
};
