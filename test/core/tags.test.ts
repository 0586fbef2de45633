import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fold, readMeaning, readTags } from '../../src/core/tags.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const { vocabulary } = shippedGuidance;
const environmentOf = (tags: Readonly<Record<string, string>>) => readMeaning(tags, vocabulary.environment);

describe('the meaning of tags', () => {
  const cases: readonly (readonly [
    shows: string,
    tags: Readonly<Record<string, string>>,
    meaning: string,
    notes: readonly string[],
  ])[] = [
    ['no tag at all', {}, 'none', []],
    ['a tag as the vocabulary spells it', { environment: 'prod' }, 'production', []],
    ['another name for the same', { env: 'prd' }, 'production', []],
    ['a name in other letters says the same, and is nothing to report', { ENVironment: 'live' }, 'production', []],
    ['a value in other letters says the same, and is reported', { environment: 'PROD' }, 'production', ['case-folded']],
    ['spaces around a value are reported like letter case', { environment: ' prod ' }, 'production', ['case-folded']],
    ['a value that stands nowhere', { environment: 'banana' }, 'unrecognized', ['unrecognized']],
    ['an empty value says nothing', { environment: ' ' }, 'none', []],
    ['two tags that agree', { environment: 'prod', stage: 'live' }, 'production', []],
    ['two tags that disagree: the safer one', { environment: 'dev', stage: 'live' }, 'production', ['conflict']],
    ['one tag understood and one not', { environment: 'dev', stage: 'banana' }, 'dev-test', ['unrecognized']],
    ['the same name in two spellings', { env: 'dev', ENV: 'prod' }, 'production', ['conflict']],
  ];

  it.each(cases)('%s', (_, tags, meaning, notes) => {
    const reading = environmentOf(tags);
    expect({ meaning: reading.meaning, notes: reading.notes.map(({ code }) => code) }).toEqual({ meaning, notes });
  });

  it('names the tag that decided, as it is spelled', () => {
    expect(environmentOf({ Env: 'Prod', stage: 'dev' }).tag).toBe('Env=Prod');
  });

  it('reports both sides of a disagreement', () => {
    expect(environmentOf({ env: 'prod', stage: 'dev' }).notes[0]?.text).toBe(
      'tags disagree: env=prod says production, stage=dev says dev-test; the safer one, production, is used',
    );
  });

  it('takes `tier: web` for the layer of an application, not for an unknown criticality', () => {
    expect(readMeaning({ tier: 'Web', criticality: 'Tier-0' }, vocabulary.criticality)).toMatchObject({
      meaning: 'mission-critical',
      notes: [{ code: 'case-folded', tag: 'criticality' }],
    });
    expect(readMeaning({ tier: 'web' }, vocabulary.criticality)).toEqual({ meaning: 'none', notes: [] });
  });

  it('names the application as the tag spells it, by the first name of the vocabulary', () => {
    expect(readTags({ workload: 'later', App: ' Payroll ' }, vocabulary).application).toBe('Payroll');
  });

  it('does not take a name that every object has for a tag', () => {
    expect(environmentOf({ constructor: 'prod', __proto__: 'prod' }).meaning).toBe('none');
  });

  it('folds letters alike however they are cased', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(fold(text.toUpperCase())).toBe(fold(text));
        expect(fold(fold(text))).toBe(fold(text));
      }),
      { examples: [['ẞ'], ['ß'], ['ς'], ['İ']], numRuns: 2_000 },
    );
  });
});
