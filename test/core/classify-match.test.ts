import { describe, expect, it } from 'vitest';
import { classify } from '../../src/core/classify.ts';
import type { Guidance } from '../../src/core/guidance.ts';
import { aMachine, asOf } from './estate-builder.ts';
import { guidanceWith, judge, tagged, unreadable } from './guidance-shipped.ts';

describe('a fact that is not known', () => {
  it('leaves the class that the tags give, and says that it could be another', () => {
    const found = tagged({ env: 'dev' }, { generalized: unreadable });
    expect(found.classId).toBe('dev-test');
    expect(found.unknowns).toEqual([{ fact: 'generalized', unknown: unreadable }]);
    expect(found.decidedBy.map(({ text }) => text)).toContain(
      'It could be image-source, which cannot be judged: ' +
        'whether the machine is generalized is not known (no permission to read the instance view).',
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

  const cases: readonly (readonly [
    shows: string,
    condition: string,
    over: Parameters<typeof aMachine>[0],
    classId: string,
    unknowns: readonly string[],
  ])[] = [
    ['in a match', 'match: { os: [linux] }', { os: unreadable }, 'rest', ['os']],
    ['in a match that fails anyway', 'match: { os: [linux], dataDisks: { min: 1 } }', { os: unreadable }, 'rest', []],
    [
      'in one alternative of a match, with the other one holding',
      'match: [{ os: [linux] }, { dataDisks: { max: 0 } }]',
      { os: unreadable },
      'special',
      [],
    ],
    ['in a condition', 'when: os == "linux"', { os: unreadable }, 'rest', ['os']],
    ['in the opposite of a condition', 'when: os != "linux"', { os: unreadable }, 'rest', ['os']],
    ['in a condition that fails anyway', 'when: os == "linux" && dataDisks > 0', { os: unreadable }, 'rest', []],
    [
      'in a condition beside a match that fails',
      'match: { dataDisks: { min: 1 } }, when: os == "linux"',
      { os: unreadable },
      'rest',
      [],
    ],
    [
      'in a condition beside a match that holds',
      'match: { dataDisks: { max: 0 } }, when: os == "linux"',
      { os: unreadable },
      'rest',
      ['os'],
    ],
    [
      'a tag that a condition names is missing: no match, but nothing unknown',
      'when: tags.owner != "x"',
      {},
      'rest',
      [],
    ],
    ['striping that cannot be told', 'match: { striping: [striped, likely] }', { dataDisks: 2 }, 'special', []],
  ];
  for (const [shows, condition, over, classId, unknowns] of cases) {
    it(`never matches: ${shows}`, () => {
      const found = judge(aMachine(over), classesBefore(condition));
      expect({ classId: found.classId, unknowns: found.unknowns.map(({ fact }) => fact) }).toEqual({
        classId,
        unknowns,
      });
    });
  }

  it('is reported for striping that evidence leaves open, unless the class asks for that', () => {
    const open = aMachine({ dataDisks: 2, extensions: unreadable });
    const striping = { state: 'unknown', score: 1, evidence: [] } as const;
    const found = classify(open, classesBefore('match: { striping: [striped, likely] }'), striping, asOf);
    expect(found).toMatchObject({
      classId: 'rest',
      unknowns: [{ fact: 'striping', unknown: { reason: 'not-knowable' } }],
    });
    expect(classify(open, classesBefore('match: { striping: [unknown] }'), striping, asOf)).toMatchObject({
      classId: 'special',
      unknowns: [],
    });
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
  - id: yes
    title: Yes
    objective: production
    when: tags.costcenter.startsWith("fi-") && name == "web01" && environment == "production"
  - { id: no, title: No, objective: production }
`);
    expect(judge({ ...machine, name: 'WEB01' }, guidance).classId).toBe('yes');
  });
});
