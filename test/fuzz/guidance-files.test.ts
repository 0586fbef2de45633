/** Guidance files: guidance comes out exactly when nothing is wrong, and what is wrong has a place in a file. */
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { describe, expect } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { parseGuidance } from '../../src/core/guidance-file.ts';
import { planCases } from '../core/audit-cases.ts';
import { asOf } from '../core/estate-builder.ts';
import { shipped } from '../core/guidance-shipped.ts';
import { fuzz, type Fate } from './campaign.ts';
import { damaged, twisted } from './mutate.ts';
import { expectPlaces } from './places.ts';

const estate = planCases['one new vault and policy for several machines of a region']!;

const judged = (text: string): Fate => {
  const { guidance, problems } = parseGuidance(text, 'mine.yaml', shipped);
  expect(guidance === undefined).toBe(problems.some(({ severity }) => severity !== 'low'));
  expectPlaces(
    problems.filter(({ at }) => at?.file !== shipped.file),
    text,
    'mine.yaml',
  );
  expectPlaces(
    problems.filter(({ at }) => at?.file === shipped.file),
    shipped.text,
    shipped.file,
  );
  if (guidance === undefined) return 'refused';
  // What was accepted can be judged by.
  expect(auditEstate(estate, guidance, asOf).machines).toHaveLength(estate.machines.items.length);
  return 'accepted';
};

const overlay = `extends: default
name: mine
vocabulary:
  environment: { names: [environment, env, stage], values: { production: [prod, live], dev-test: [dev, test] } }
objectives:
  production:
    rpoHours: { value: 12, source: https://example.com/rpo }
`;

/** Pieces of YAML in any order. */
const shards = fc
  .array(
    fc.constantFrom(
      'extends: default\n',
      '- ',
      ': ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '<<',
      '? ',
      '|\n',
      '>\n',
      '"',
      "'",
      '\n',
      '  ',
      '!!x ',
      '%',
      '#',
      '---\n',
      'classes',
      '__proto__',
      '\t',
      '~',
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(''));

describe('a guidance file', () => {
  fuzz({ name: 'guidance, bytes of an overlay damaged', inputs: damaged(overlay), judge: judged, runs: 3_000 });
  fuzz({
    name: 'guidance, bytes of the shipped one damaged',
    inputs: damaged(shipped.text),
    judge: judged,
    runs: 1_000,
  });
  fuzz({
    name: 'guidance, values of the shipped one twisted',
    inputs: twisted(parse(shipped.text)).map((value) => JSON.stringify(value) ?? ''),
    judge: judged,
    runs: 2_000,
  });
  fuzz({ name: 'guidance, shards of YAML', inputs: shards, judge: judged, runs: 8_000 });
  fuzz({
    name: 'guidance, any text',
    inputs: fc.string({ unit: 'binary', maxLength: 200 }),
    judge: judged,
    runs: 8_000,
  });
});
