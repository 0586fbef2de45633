import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCondition, type ConditionFacts, type Judgement } from '../../src/core/cel.ts';

const judge = (text: string, facts: ConditionFacts): Judgement => {
  const compiled = compileCondition(text);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.condition.judge(facts);
};

describe('a condition', () => {
  const cases: readonly (readonly [
    shows: string,
    text: string,
    facts: ConditionFacts,
    kind: Judgement['kind'],
    needs?: readonly string[],
  ])[] = [
    ['holds', 'os == "linux" && dataDisks >= 2', { os: 'linux', dataDisks: 2 }, 'true'],
    ['does not hold', 'os == "linux"', { os: 'windows' }, 'false'],
    ['cannot be judged by a fact that is not known', 'os == "linux"', {}, 'not-judged', ['os']],
    ['nor by its opposite', '!(os == "linux")', {}, 'not-judged', ['os']],
    ['nor by both ways out of it', 'os == "linux" ? true : true', {}, 'not-judged', ['os']],
    [
      'holds whatever is unknown, where the other side settles it',
      'os == "linux" || dataDisks > 0',
      { dataDisks: 1 },
      'true',
    ],
    [
      'does not hold whatever is unknown, where the other side settles it',
      'os == "linux" && dataDisks > 0',
      { dataDisks: 0 },
      'false',
    ],
    ['cannot be judged by a tag that is not there', 'tags.owner == "x"', { tags: {} }, 'not-judged', []],
    ['nor by that tag being another', 'tags.owner != "x"', { tags: {} }, 'not-judged', []],
    ['may ask for a tag first', 'has(tags.owner) && tags.owner == "x"', { tags: {} }, 'false'],
    ['sees no tag that was not set', 'has(tags.constructor)', { tags: {} }, 'false'],
  ];

  for (const [shows, text, facts, kind, needs] of cases) {
    it(shows, () => {
      const judged = judge(text, facts);
      expect(judged.kind).toBe(kind);
      if (judged.kind === 'not-judged') expect(judged.needs).toEqual(needs);
    });
  }

  it.each([
    ['os = "linux"', 3],
    ['os == "linux" && colour == "red"', 17],
    ['dataDisks == "two"', 0],
    ['dataDisks', 0],
    ['', 0],
    ['has(os)', 4],
    ['os == "linux" && tags.note.matches("^(a+)+$")', 17],
    ['["a"].exists(p, name.matches(p))', 16],
  ])('is refused with the place of the mistake: %s', (text, offset) => {
    expect(compileCondition(text)).toMatchObject({ ok: false, offset });
  });

  it('tells which of its texts can never be equal', () => {
    expect(compileCondition('name == "Web01" || name == "web01"')).toMatchObject({
      condition: { upperCase: ['Web01'] },
    });
  });

  it('never throws, whatever its text', () => {
    const word = fc.constantFrom(
      'os',
      'tags',
      '.',
      '"',
      '==',
      '&&',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '!',
      '1',
      ' ',
      'has',
      'exists',
      '?',
      ':',
      'x',
      ',',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 12 }).map((words) => words.join('')),
    );
    fc.assert(
      fc.property(text, (source) => {
        const compiled = compileCondition(source);
        if (compiled.ok) compiled.condition.judge({ os: 'linux', tags: {} });
      }),
      { numRuns: 500 },
    );
  });

  it('never changes its answer when a fact it could judge without becomes known, and never guesses one', () => {
    const atom = fc.constantFrom('os == "linux"', 'generalized', 'dataDisks > 1', '!generalized', 'power == "running"');
    const { text } = fc.letrec<{ text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 3 },
        atom,
        fc.tuple(tie('text'), fc.constantFrom('&&', '||'), tie('text')).map(([a, op, b]) => `(${a} ${op} ${b})`),
      ),
    }));
    const whole = fc.record({
      os: fc.constantFrom('linux', 'windows'),
      generalized: fc.boolean(),
      dataDisks: fc.nat(3),
      power: fc.constantFrom('running', 'stopped'),
    });
    fc.assert(
      fc.property(text, whole, fc.subarray(['os', 'generalized', 'dataDisks', 'power']), (source, facts, hidden) => {
        const partial = Object.fromEntries(Object.entries(facts).filter(([name]) => !hidden.includes(name)));
        const judged = judge(source, partial);
        if (judged.kind !== 'not-judged') expect(judged).toEqual(judge(source, facts));
        else expect(judged.needs.length).toBeGreaterThan(0);
      }),
    );
  });
});
