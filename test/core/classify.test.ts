import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, type Classification } from '../../src/core/classify.ts';
import type { Machine, Tags } from '../../src/core/estate.ts';
import { known, unknown } from '../../src/core/fact.ts';
import type { Guidance } from '../../src/core/guidance.ts';
import { assessStriping } from '../../src/core/striping.ts';
import { aMachine, asOf } from './estate-builder.ts';
import { guidanceWith, shippedGuidance } from './guidance-shipped.ts';

const judge = (machine: Machine, guidance: Guidance = shippedGuidance, at = asOf): Classification =>
  classify(machine, guidance, assessStriping(machine, guidance), at);
const tagged = (tags: Tags, over: Partial<Machine> = {}): Classification => judge(aMachine({ tags, ...over }));
const unreadable = unknown('no-permission', 'no permission to read the instance view');

describe('the class of a machine', () => {
  const cases: readonly (readonly [shows: string, tags: Tags, classId: string, over?: Partial<Machine>])[] = [
    ['production by environment', { environment: 'production' }, 'production'],
    ['production by another name and in capitals', { STAGE: 'LIVE' }, 'production'],
    ['dev-test by environment', { env: 'sandbox' }, 'dev-test'],
    ['mission-critical by criticality', { criticality: 'mission-critical', environment: 'prod' }, 'mission-critical'],
    ['mission-critical though its environment says dev: the safer one', { tier: 'tier-0', environment: 'dev' }, 'mission-critical'],
    ["mission-critical by Microsoft's own label", { 'Azure.MissionCriticalWorkload': 'Finance-Payroll' }, 'mission-critical'],
    ['not by that label without its form', { 'Azure.MissionCriticalWorkload': 'yes' }, 'unclassified'],
    ['untagged machines are unclassified', {}, 'unclassified'],
    ['an environment nobody knows is unclassified, not dev-test', { environment: 'banana' }, 'unclassified'],
    ['a lesser criticality leaves it to the environment', { criticality: 'low', environment: 'prod' }, 'production'],
    ['two environments that disagree: the safer one', { environment: 'dev', stage: 'prod' }, 'production'],
    ['an image source by role', { purpose: 'Golden-Image', env: 'dev' }, 'image-source'],
    ['a role does not beat production', { role: 'template', env: 'prod' }, 'production'],
    ['nor mission-critical', { role: 'template', criticality: 'mission-critical' }, 'mission-critical'],
    ['generalized beats every tag', { environment: 'prod', criticality: 'mission-critical' }, 'image-source', { generalized: known(true) }],
    ['disaster recovery is no class of its own', { dr: 'yes', env: 'dev' }, 'dev-test'],
  ];

  for (const [shows, tags, classId, over] of cases) {
    it(shows, () => {
      const found = tagged(tags, over);
      expect(found.classId).toBe(classId);
      expect(found.objective).toBe(classId);
      expect(found.unknowns).toEqual([]);
    });
  }

  it('tells environment, application, disaster recovery and scripts beside it', () => {
    expect(tagged({ env: 'Prod', app: 'Payroll', DR: 'Required', 'pre-post-scripts': 'yes' })).toMatchObject({
      environment: 'production',
      application: 'Payroll',
      disasterRecovery: true,
      prePostScripts: true,
    });
    expect(tagged({ dr: 'no' })).toMatchObject({ environment: 'none', disasterRecovery: false, prePostScripts: false });
    expect(tagged({ env: 'banana' }).environment).toBe('unrecognized');
  });

  it('reports values matched regardless of case, unknown values and disagreements', () => {
    const notes = tagged({ env: 'PROD', stage: 'dev', criticality: 'banana', backup: 'daily' }).tagNotes;
    expect(notes.map(({ code, tag }) => `${code} ${tag}`)).toEqual(['case-folded env', 'conflict stage', 'unrecognized criticality', 'unrecognized backup']);
  });
});

describe('a fact that is not known', () => {
  it('leaves the class that the tags give, and says that it could be another', () => {
    const found = tagged({ env: 'dev' }, { generalized: unreadable });
    expect(found.classId).toBe('dev-test');
    expect(found.unknowns).toEqual([{ fact: 'generalized', unknown: unreadable }]);
    expect(found.decidedBy.map(({ text }) => text)).toContain(
      'It could be image-source, which cannot be judged: whether the machine is generalized is not known (no permission to read the instance view).',
    );
  });

  it('is not reported where it could not have changed the class', () => {
    const found = tagged({ role: 'template', env: 'dev' }, { generalized: unreadable });
    expect(found).toMatchObject({ classId: 'image-source', unknowns: [] });
    expect(tagged({ env: 'prod' }, { power: unreadable, os: unreadable, size: unreadable }).unknowns).toEqual([]);
  });

  const classesBefore = (condition: string): Guidance =>
    guidanceWith(`classes:
  - { id: special, title: Special, objective: production, ${condition} }
  - { id: rest, title: Rest, objective: dev-test }
`);

  const cases: readonly (readonly [shows: string, condition: string, over: Parameters<typeof aMachine>[0], classId: string, unknowns: readonly string[]])[] = [
    ['in a match', 'match: { os: [linux] }', { os: unreadable }, 'rest', ['os']],
    ['in a match that fails anyway', 'match: { os: [linux], dataDisks: { min: 1 } }', { os: unreadable }, 'rest', []],
    ['in one alternative of a match, with the other one holding', 'match: [{ os: [linux] }, { dataDisks: { max: 0 } }]', { os: unreadable }, 'special', []],
    ['in a condition', 'when: os == "linux"', { os: unreadable }, 'rest', ['os']],
    ['in the opposite of a condition', 'when: os != "linux"', { os: unreadable }, 'rest', ['os']],
    ['in a condition that fails anyway', 'when: os == "linux" && dataDisks > 0', { os: unreadable }, 'rest', []],
    ['in a condition beside a match that fails', 'match: { dataDisks: { min: 1 } }, when: os == "linux"', { os: unreadable }, 'rest', []],
    ['in a condition beside a match that holds', 'match: { dataDisks: { max: 0 } }, when: os == "linux"', { os: unreadable }, 'rest', ['os']],
    ['a tag that a condition names is missing: no match, but nothing unknown', 'when: tags.owner != "x"', {}, 'rest', []],
    ['striping that cannot be told', 'match: { striping: [striped, likely] }', { dataDisks: 2 }, 'special', []],
  ];
  for (const [shows, condition, over, classId, unknowns] of cases) {
    it(`never matches: ${shows}`, () => {
      const found = judge(aMachine(over), classesBefore(condition));
      expect({ classId: found.classId, unknowns: found.unknowns.map(({ fact }) => fact) }).toEqual({ classId, unknowns });
    });
  }

  it('is reported for striping that evidence leaves open, unless the class asks for that', () => {
    const open = aMachine({ dataDisks: 2, extensions: unreadable });
    const striping = { state: 'unknown', score: 1, evidence: [] } as const;
    const found = classify(open, classesBefore('match: { striping: [striped, likely] }'), striping, asOf);
    expect(found).toMatchObject({ classId: 'rest', unknowns: [{ fact: 'striping' }] });
    expect(classify(open, classesBefore('match: { striping: [unknown] }'), striping, asOf)).toMatchObject({ classId: 'special', unknowns: [] });
  });
});

describe('the closed vocabulary of `match`', () => {
  const machine = aMachine({ tags: { CostCenter: 'FI-100', env: 'prod' }, dataDisks: 2 });
  const cases: readonly (readonly [match: string, holds: boolean])[] = [
    ['environment: [PRODUCTION]', true],
    ['criticality: [none]', true],
    ['role: [image-source]', false],
    ['disasterRecovery: false', true],
    ['generalized: false', true],
    ['os: [windows, linux]', true],
    ['power: [Running]', true],
    ['power: [stopped, deallocated]', false],
    ['striping: [likely]', true],
    ['dataDisks: { min: 2, max: 2 }', true],
    ['dataDisks: { min: 3 }', false],
    ['dataDisks: { max: 1 }', false],
    ['tags: { costcenter: [fi-*] }', true],
    ['tags: { costcenter: ["*"] }', true],
    ['tags: { costcenter: [fi] }', false],
    ['tags: { owner: ["*"] }', false],
    ['resourceGroups: [RG-*]', true],
    ['resourceGroups: ["*-*-*"]', false],
    ['subscriptions: [11111111-*]', true],
    ['locations: [West Europe]', true],
    ['locations: [northeurope]', false],
    ['securityType: [standard]', true],
    ['tagged: true', true],
    ['tagged: false', false],
  ];

  it.each(cases)('%s: %s', (match, holds) => {
    const guidance = guidanceWith(`classes:
  - { id: yes, title: Yes, objective: production, match: { ${match} } }
  - { id: no, title: No, objective: production }
`);
    expect(judge(machine, guidance).classId).toBe(holds ? 'yes' : 'no');
  });

  it('lets a condition see tags and names in lower case', () => {
    const guidance = guidanceWith(`classes:
  - { id: yes, title: Yes, objective: production, when: 'tags.costcenter.startsWith("fi-") && name == "web01" && environment == "production"' }
  - { id: no, title: No, objective: production }
`);
    expect(judge({ ...machine, name: 'WEB01' }, guidance).classId).toBe('yes');
  });
});

describe('an exclusion', () => {
  const excluded = { backup: 'exclude', 'backup-exclude-until': '2026-12-31', 'backup-exclude-reason': 'rebuilt nightly' };
  const without = (name: keyof typeof excluded): Tags => Object.fromEntries(Object.entries(excluded).filter(([key]) => key !== name));

  it('stands beside the class while it lasts', () => {
    const found = tagged({ ...excluded, env: 'prod' });
    expect(found).toMatchObject({ classId: 'production', excluded: { until: '2026-12-31', reason: 'rebuilt nightly' } });
    expect(found).not.toHaveProperty('exclusionProblem');
    expect(found.decidedBy.at(-1)?.text).toBe('Left out of protection until 2026-12-31 by tag backup=exclude: rebuilt nightly.');
  });

  const cases: readonly (readonly [shows: string, tags: Tags, problem: string])[] = [
    ['without a date', without('backup-exclude-until'), 'no-date'],
    ['without a reason', without('backup-exclude-reason'), 'no-reason'],
    ['with an empty reason', { ...excluded, 'backup-exclude-reason': ' ' }, 'no-reason'],
    ['that has expired', { ...excluded, 'backup-exclude-until': '2026-06-02' }, 'expired'],
    ['with a date that is none', { ...excluded, 'backup-exclude-until': 'forever' }, 'bad-date'],
    ['with a day the calendar does not have', { ...excluded, 'backup-exclude-until': '2026-06-31' }, 'bad-date'],
    ['with two ends, of which one has passed', { ...excluded, 'Backup-Exclude-Until': '2026-01-01' }, 'expired'],
  ];
  for (const [shows, tags, problem] of cases) {
    it(`${shows} does not count, and is a problem`, () => {
      const found = tagged(tags);
      expect(found.exclusionProblem).toBe(problem);
      expect(found).not.toHaveProperty('excluded');
    });
  }

  it('holds to the end of its day, or to its moment', () => {
    const until = (text: string, at: string): boolean =>
      judge(aMachine({ tags: { ...excluded, 'backup-exclude-until': text } }), shippedGuidance, at).excluded !== undefined;
    expect(until('2026-06-03', '2026-06-03T23:59:59Z')).toBe(true);
    expect(until('2026-06-03', '2026-06-04T00:00:00Z')).toBe(false);
    expect(until('2026-06-03T12:00:00Z', '2026-06-03T11:59:59Z')).toBe(true);
    expect(until('2026-06-03T12:00:00Z', '2026-06-03T12:00:00Z')).toBe(false);
  });

  it('is not asked for by any other value of the tag', () => {
    expect(tagged({ backup: 'daily', 'backup-exclude-until': '2026-12-31' })).not.toHaveProperty('exclusionProblem');
  });
});

describe('the sentences of explain', () => {
  it('tell what was read and tried, in order, and end with what decided', () => {
    expect(tagged({ env: 'Prod', tier: 'web', dr: 'yes' }).decidedBy.map(({ text }) => text)).toEqual([
      'Tag env=Prod says that environment is production.',
      'Note: tag env=Prod was read as "prod" (production), regardless of case.',
      'Tag dr=yes says that disaster recovery is required.',
      'It is not image-source: the machine is not generalized; role is none.',
      'It is not mission-critical: criticality is none; there is no tag Azure.MissionCriticalWorkload.',
      'It is production: environment is production (tag env=Prod).',
    ]);
  });

  it('say so when no class takes the machine, as guidance made by hand may have it', () => {
    const found = judge(aMachine(), { ...shippedGuidance, classes: [] });
    expect(found).toMatchObject({ classId: 'unclassified', objective: 'unclassified' });
  });
});

describe('for any machine', () => {
  const names = ['environment', 'env', 'stage', 'criticality', 'tier', 'dr', 'role', 'striping', 'backup', 'backup-exclude-until', 'backup-exclude-reason', 'Azure.MissionCriticalWorkload', 'owner', '__proto__'];
  const values = ['prod', 'dev', 'banana', 'mission-critical', 'tier-0', 'yes', 'no', 'template', 'raid0', 'exclude', '2027-01-01', '2020-01-01', 'Fin-Pay', ''];
  const tagList = fc.uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...values)), { selector: ([name]) => name, maxLength: 8 });
  const anyCase = (text: string, flips: readonly boolean[]): string =>
    Array.from(text, (letter, i) => (flips[i % flips.length] ? letter.toUpperCase() : letter.toLowerCase()))
      .join('');
  const flips = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 });
  /** What must not depend on the spelling. */
  const decided = ({ classId, environment, disasterRecovery, prePostScripts, exclusionProblem, excluded }: Classification) => ({
    classId,
    environment,
    disasterRecovery,
    prePostScripts,
    exclusionProblem,
    excluded: excluded !== undefined,
  });

  it('the order of its tags never matters', () => {
    fc.assert(
      fc.property(tagList.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))), ([list, shuffled]) => {
        expect(tagged(Object.fromEntries(shuffled))).toEqual(tagged(Object.fromEntries(list)));
      }),
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
        const found = judge(aMachine({ tags, generalized: generalized ? known(false) : unreadable }), shippedGuidance, at);
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
    const environments = fc.uniqueArray(fc.tuple(fc.constantFrom('environment', 'env', 'stage'), fc.constantFrom('prod', 'dev', 'banana')), { selector: ([name]) => name, minLength: 1 });
    fc.assert(
      fc.property(environments, (list) => {
        const fewer = tagged(Object.fromEntries(list.slice(1)));
        const more = tagged(Object.fromEntries(list));
        expect(rank.indexOf(more.environment)).toBeGreaterThanOrEqual(rank.indexOf(fewer.environment));
      }),
    );
  });
});
