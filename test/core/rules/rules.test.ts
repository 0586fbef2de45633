import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { optionIds } from '../../../src/core/option.ts';
import { optionsOf } from '../../../src/core/rule.ts';
import type { Example, FactName, Rule } from '../../../src/core/rule.ts';
import { rules } from '../../../src/core/rules/index.ts';
import { blinders, caseOf, withoutDisk } from './example.ts';

const factNames = Object.keys(blinders) as readonly FactName[];
const check = (rule: Rule, { machine, context }: ReturnType<typeof caseOf>) => rule.check(machine, context);
const examplesOf = (rule: Rule): readonly Example[] => Object.values<Example>(rule.examples);

describe('the list of rules', () => {
  it('holds every rule file of the folder, each once, under its own name', () => {
    const files = readdirSync(new URL('../../../src/core/rules/', import.meta.url))
      .filter((file) => file !== 'index.ts')
      .map((file) => file.replace(/\.ts$/, ''));
    expect(rules.map(({ id }) => id).toSorted()).toEqual(files.toSorted());
  });

  it('has rules that rule out for every option', () => {
    for (const option of optionIds) {
      expect(rules.filter((r) => r.effect === 'impossible' && optionsOf(r).includes(option)).length).toBeGreaterThan(0);
    }
  });
});

describe.each(rules.map((rule) => [rule.id, rule] as const))('rule %s', (_id, rule) => {
  it('says what it is: a clause, a reason, a fact and a public page', () => {
    expect(rule.id).toMatch(/^[a-z][a-z0-9-]+$/);
    expect(rule.title).toMatch(/^[a-z].*[^.]$/);
    expect(rule.why).toMatch(/\.$/);
    expect(rule.fact).toMatch(/^[BRSPIT]-\d+$/);
    expect(rule.source).toMatch(/^https:\/\/learn\.microsoft\.com\//);
    expect(new Set(rule.needs).size).toBe(rule.needs.length);
  });

  it('holds, and fails or stays unjudged, as its examples say', () => {
    expect(check(rule, caseOf(rule.examples.holds))).toEqual({ kind: 'holds' });
    const [kind, example] =
      'fails' in rule.examples
        ? (['fails', rule.examples.fails] as const)
        : (['unjudged', rule.examples.unjudged] as const);
    const result = check(rule, caseOf(example));
    expect(result.kind).toBe(kind);
    if (result.kind === 'fails') expect(result.text).toMatch(/^[A-Z].*\.$/);
  });

  it.each(rule.needs)('stays unjudged in one of its examples when %s is unknown, and never changes sides', (need) => {
    const results = examplesOf(rule).map((example) => ({
      seen: check(rule, caseOf(example)),
      blind: check(rule, blinders[need](caseOf(example))),
    }));
    expect(results.map(({ blind }) => blind.kind)).toContain('unjudged');
    for (const { seen, blind } of results) expect([seen.kind, 'unjudged']).toContain(blind.kind);
  });

  it('is not moved by facts it does not name as needed', () => {
    for (const example of examplesOf(rule)) {
      for (const name of factNames.filter((n) => !rule.needs.includes(n))) {
        expect(check(rule, blinders[name](caseOf(example)))).toEqual(check(rule, caseOf(example)));
      }
    }
  });

  it('never passes, nor fails, a machine on the strength of a disk that was not read', () => {
    for (const example of examplesOf(rule)) {
      const whole = caseOf(example);
      for (const index of whole.machine.disks.keys()) {
        expect([check(rule, whole).kind, 'unjudged']).toContain(check(rule, withoutDisk(whole, index)).kind);
      }
    }
  });
});
