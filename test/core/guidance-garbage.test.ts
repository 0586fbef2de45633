import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseGuidance } from '../../src/core/guidance-file.ts';
import { shipped } from './guidance-shipped.ts';

/** What must hold of any text: no exception, guidance exactly without high problems, every place inside its file. */
const holds = (text: string): void => {
  const { guidance, problems } = parseGuidance(text, 'mine.yaml', shipped);
  expect(guidance === undefined).toBe(problems.some(({ severity }) => severity !== 'low'));
  for (const { at } of problems) {
    const lines = (at?.file === 'mine.yaml' ? text : shipped.text).split('\n');
    expect(at?.line).toBeGreaterThanOrEqual(1);
    expect(at?.line).toBeLessThanOrEqual(lines.length);
    expect(at?.column).toBeGreaterThanOrEqual(1);
  }
};

describe('any text at all', () => {
  it('never makes the parser throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), holds), { numRuns: 500 });
  });

  it('nor does YAML punctuation', () => {
    const piece = fc.constantFrom(
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
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        holds,
      ),
      { numRuns: 500 },
    );
  });

  it('nor does the shipped guidance with a piece cut out, doubled or replaced', () => {
    const size = shipped.text.length;
    const place = fc.tuple(fc.nat(size), fc.nat(60));
    const insert = fc.oneof(
      fc.constantFrom('', '\n', '  ', '- ', '{', ']', 'null', '-1', '1e9', 'true', '"x"'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(place, insert, ([at, cut], piece) =>
        holds(shipped.text.slice(0, at) + piece + shipped.text.slice(at + cut)),
      ),
      { numRuns: 60 },
    );
  });

  it('nor do values of the wrong kind under known keys', () => {
    const keys = [
      'vocabulary',
      'striping',
      'classes',
      'objectives',
      'plan',
      'environment',
      'values',
      'match',
      'when',
      'id',
      'value',
      'source',
      '__proto__',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 3, -1, 'production', 'https://example.com/a'),
        tie('map'),
        fc.array(tie('tree'), { maxLength: 3 }),
      ),
      map: fc
        .array(fc.tuple(fc.constantFrom(...keys), tie('tree')), { maxLength: 4 })
        .map((entries) => Object.fromEntries(entries)),
    }));
    const top = fc
      .array(fc.tuple(fc.constantFrom(...keys), tree), { maxLength: 3 })
      .map((entries) => Object.fromEntries(entries));
    fc.assert(
      fc.property(top, (map) => holds(JSON.stringify({ extends: 'default', ...map }))),
      { numRuns: 200 },
    );
  });
});
