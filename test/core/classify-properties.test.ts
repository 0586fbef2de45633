import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Classification } from '../../src/core/classify.ts';
import { known } from '../../src/core/fact.ts';
import { assessStriping } from '../../src/core/striping.ts';
import { aMachine } from './estate-builder.ts';
import { judge, shippedGuidance, tagged, unreadable } from './guidance-shipped.ts';

describe('for any machine', () => {
  const names = [
    'environment',
    'env',
    'stage',
    'criticality',
    'tier',
    'dr',
    'role',
    'striping',
    'backup',
    'backup-exclude-until',
    'backup-exclude-reason',
    'Azure.MissionCriticalWorkload',
    'owner',
    '__proto__',
  ];
  const values = [
    'prod',
    'dev',
    'banana',
    'mission-critical',
    'tier-0',
    'yes',
    'no',
    'template',
    'raid0',
    'exclude',
    '2027-01-01',
    '2020-01-01',
    'Fin-Pay',
    '',
  ];
  const tagList = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)), {
    selector: ([name]) => name,
    maxLength: 8,
  });
  const anyCase = (text: string, flips: readonly boolean[]): string =>
    Array.from(text, (letter, i) => (flips[i % flips.length] ? letter.toUpperCase() : letter.toLowerCase())).join('');
  const flips = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
  /** What must not depend on the spelling. */
  const decided = ({
    classId,
    environment,
    disasterRecovery,
    prePostScripts,
    exclusionProblem,
    excluded,
  }: Classification) => ({
    classId,
    environment,
    disasterRecovery,
    prePostScripts,
    exclusionProblem,
    excluded: excluded !== undefined,
  });

  it('the order of its tags never matters', () => {
    fc.assert(
      fc.property(
        tagList.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(tagged(Object.fromEntries(shuffled))).toEqual(tagged(Object.fromEntries(list)));
        },
      ),
    );
  });

  it('letter case never matters', () => {
    fc.assert(
      fc.property(tagList, flips, flips, (list, inNames, inValues) => {
        const respelled = list.map(([name, value]) => [anyCase(name, inNames), anyCase(value, inValues)] as const);
        const [a, b] = [Object.fromEntries(list), Object.fromEntries(respelled)];
        expect(decided(tagged(b))).toEqual(decided(tagged(a)));
        expect(assessStriping(aMachine({ tags: b, dataDisks: 2 }), shippedGuidance).state).toBe(
          assessStriping(aMachine({ tags: a, dataDisks: 2 }), shippedGuidance).state,
        );
      }),
    );
  });

  it('classifying never throws, and always ends in a class of the guidance with a decision', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), anyText, fc.boolean(), (tags, at, generalized) => {
        const found = judge(
          aMachine({ tags, generalized: generalized ? known(false) : unreadable }),
          shippedGuidance,
          at,
        );
        expect(shippedGuidance.classes.map(({ id }) => id)).toContain(found.classId);
        expect(found.decidedBy.some(({ outcome, rule }) => outcome === 'matched' && rule === found.classId)).toBe(true);
      }),
    );
  });

  it('a fact that becomes unknown leaves the class, or names itself as what could change it', () => {
    fc.assert(
      fc.property(tagList, fc.boolean(), (list, generalized) => {
        const tags = Object.fromEntries(list);
        const before = tagged(tags, { generalized: known(generalized) });
        const after = tagged(tags, { generalized: unreadable });
        if (after.classId !== before.classId) expect(after.unknowns.map(({ fact }) => fact)).toContain('generalized');
        // An unknown state of the machine never makes it an image source, which needs no backup.
        if (!generalized) expect(after.classId).toBe(before.classId);
      }),
    );
  });

  it('another tag never makes an environment less safe', () => {
    const rank = ['dev-test', 'production'];
    const environments = fc.uniqueArray(
      fc.tuple(fc.constantFrom('environment', 'env', 'stage'), fc.constantFrom('prod', 'dev', 'banana')),
      { selector: ([name]) => name, minLength: 1 },
    );
    fc.assert(
      fc.property(environments, (list) => {
        const fewer = tagged(Object.fromEntries(list.slice(1)));
        const more = tagged(Object.fromEntries(list));
        expect(rank.indexOf(more.environment)).toBeGreaterThanOrEqual(rank.indexOf(fewer.environment));
      }),
    );
  });
});
