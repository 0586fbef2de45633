import { describe, expect, it } from 'vitest';
import { parseGuidance, type ParsedGuidance } from '../../src/core/guidance-file.ts';
import { shipped } from './guidance-shipped.ts';

/** `line:column code` of every problem; with the file in front where it is not the user's. */
const placed = ({ problems }: ParsedGuidance): readonly string[] =>
  problems.map(({ at, code }) => `${at?.file === 'mine.yaml' ? '' : `${at?.file}:`}${at?.line}:${at?.column} ${code}`);

const lines = (...texts: readonly string[]): string => `${texts.join('\n')}\n`;
const check = (text: string): ParsedGuidance => parseGuidance(text, 'mine.yaml', shipped);
const extending = (text: string): ParsedGuidance => check(`extends: default\n${text}`);

describe('a guidance file with a mistake', () => {
  const cases: readonly {
    readonly shows: string;
    readonly text: string;
    readonly problems: readonly string[];
    readonly says?: RegExp;
  }[] = [
    { shows: 'an empty file', text: '', problems: ['1:1 guidance-invalid'], says: /extends: default/ },
    { shows: 'a list instead of a map', text: lines('- a', '- b'), problems: ['1:1 guidance-invalid'] },
    {
      shows: 'bad YAML',
      text: lines('extends: default', 'plan: {expiresHours: 24', 'name: x'),
      problems: ['3:1 yaml-syntax'],
    },
    {
      shows: 'a key that stands twice',
      text: lines('extends: default', 'name: a', 'name: b'),
      problems: ['3:1 yaml-duplicate-key'],
      says: /Keep one/,
    },
    {
      shows: 'two documents in one file',
      text: lines('extends: default', '---', 'name: b'),
      problems: ['2:1 yaml-syntax'],
    },
    {
      shows: 'an alias without an anchor',
      text: lines('extends: default', 'name: *nobody'),
      problems: ['2:7 yaml-syntax'],
    },
    {
      shows: 'a base that does not exist',
      text: lines('extends: other'),
      problems: ['1:10 guidance-invalid'],
      says: /only `extends: default`/,
    },
    {
      shows: 'a misspelt key, with the one that was meant',
      text: lines('extends: default', 'objectives:', '  production:', '    retainDay: 5'),
      problems: ['4:5 guidance-unknown-key'],
      says: /Did you mean "retainDays"/,
    },
    {
      shows: 'a misspelt key inside an alternative of a match',
      text: lines(
        'extends: default',
        'classes:',
        '  - id: all',
        '    title: All',
        '    objective: production',
        '    match:',
        '      - enviroment: [production]',
      ),
      problems: ['7:9 guidance-unknown-key'],
      says: /Did you mean "environment"/,
    },
    {
      shows: 'a bare true where text belongs',
      text: lines('extends: default', 'vocabulary:', '  striping:', '    values:', '      striped: [lvm, true]'),
      problems: ['5:22 guidance-invalid'],
      says: /quotes: 'true'/,
    },
    {
      shows: 'a number without its source',
      text: lines('extends: default', 'objectives:', '  production:', '    rpoHours: { value: 12 }'),
      problems: ['4:5 guidance-missing'],
      says: /https link/,
    },
    {
      shows: 'a source that is no https link',
      text: lines('extends: default', 'objectives:', '  production:', '    rpoHours: { value: 12, source: see wiki }'),
      problems: ['4:36 guidance-invalid'],
      says: /https link/,
    },
    {
      shows: 'a number out of its limits',
      text: lines(
        'extends: default',
        'plan:',
        '  vault:',
        '    softDeleteDays: { value: 7, source: https://example.com/a }',
      ),
      problems: ['4:30 guidance-invalid'],
    },
    {
      shows: 'an option that does not exist',
      text: lines(
        'extends: default',
        'objectives:',
        '  production:',
        '    requires:',
        '      - anyOf: [azure-backups]',
        '        why: x',
        '        source: https://example.com/a',
      ),
      problems: ['5:17 guidance-invalid'],
    },
    {
      shows: 'a class with an objective that does not exist',
      text: lines('extends: default', 'classes:', '  - { id: all, title: All, objective: gold }'),
      problems: ['3:39 guidance-unknown-objective'],
      says: /Known are mission-critical/,
    },
    {
      shows: 'a meaning that the vocabulary lacks',
      text: lines(
        'extends: default',
        'classes:',
        '  - { id: a, title: A, objective: production, match: { environment: [prod] } }',
        '  - { id: b, title: B, objective: production }',
      ),
      problems: ['3:70 guidance-unknown-meaning'],
      says: /Use production, dev-test/,
    },
    {
      shows: 'a last class that does not take every machine',
      text: lines(
        'extends: default',
        'classes:',
        '  - { id: a, title: A, objective: production, match: { environment: [production] } }',
      ),
      problems: ['3:11 guidance-last-class'],
    },
    {
      shows: 'classes after one that takes every machine',
      text: lines(
        'extends: default',
        'classes:',
        '  - { id: a, title: A, objective: production }',
        '  - { id: b, title: B, objective: production }',
      ),
      problems: ['4:11 guidance-unreachable-class'],
      says: /"a" above takes every machine/,
    },
    {
      shows: 'two classes of one name',
      text: lines(
        'extends: default',
        'classes:',
        '  - { id: a, title: A, objective: production, match: { tagged: true } }',
        '  - { id: a, title: B, objective: production }',
      ),
      problems: ['4:11 guidance-duplicate-class'],
    },
    {
      shows: 'a condition that does not parse, at the character',
      text: lines(
        'extends: default',
        'classes:',
        '  - id: a',
        '    title: A',
        '    objective: production',
        '    when: os = "linux"',
        '  - { id: b, title: B, objective: production }',
      ),
      problems: ['6:14 guidance-condition'],
    },
    {
      shows: 'a condition over several lines that names nothing known, at the character',
      text: lines(
        'extends: default',
        'classes:',
        '  - id: a',
        '    title: A',
        '    objective: production',
        '    when: |',
        '      os == "linux" &&',
        '        disks > 3',
        '  - { id: b, title: B, objective: production }',
      ),
      problems: ['8:9 guidance-condition'],
      says: /disks/,
    },
    {
      shows: 'a condition that is no yes-or-no question',
      text: lines(
        'extends: default',
        'classes:',
        '  - { id: a, title: A, objective: production, when: dataDisks + 1 }',
        '  - { id: b, title: B, objective: production }',
      ),
      problems: ['3:53 guidance-condition'],
    },
    {
      shows: 'evidence that nobody looks for',
      text: lines('extends: default', 'striping:', '  weights:', '    moonPhase: 2'),
      problems: ['4:5 guidance-unknown-signal'],
    },
    {
      shows: 'a consistency that nobody can demand',
      text: lines('extends: default', 'objectives:', '  production:', '    consistency: { linux: unknown }'),
      problems: ['4:27 guidance-consistency'],
    },
    {
      shows: 'a policy that Azure refuses, in the file that made it so',
      text: lines('extends: default', 'plan:', '  backupPolicy:', '    tier: standard'),
      problems: ['4:11 guidance-instant-restore'],
    },
    {
      shows: 'snapshots that outlast the backups',
      text: lines(
        'extends: default',
        'plan:',
        '  backupPolicy:',
        '    instantRestoreDays: { value: 9, source: https://example.com }',
        '    retain:',
        '      dailyDays: { value: 8, source: https://example.com }',
      ),
      problems: ['4:34 guidance-instant-restore'],
    },
    {
      shows: 'a schedule that Azure does not offer',
      text: lines(
        'extends: default',
        'plan:',
        '  backupPolicy:',
        '    schedule:',
        '      frequency: hourly',
        '      intervalHours: 5',
        '      windowHours: 3',
        '      source: https://example.com',
      ),
      problems: ['6:22 guidance-backup-policy', '7:20 guidance-backup-policy'],
      says: /every 4, 6, 8, 12 or 24 hours, not every 5/,
    },
    {
      shows: 'an hourly schedule under a standard policy',
      text: lines(
        'extends: default',
        'plan:',
        '  backupPolicy:',
        '    tier: standard',
        '    instantRestoreDays: { value: 5, source: https://example.com }',
        '    schedule: { frequency: hourly, intervalHours: 4, windowHours: 12, source: https://example.com }',
      ),
      problems: ['6:28 guidance-backup-policy'],
    },
    {
      shows: 'a weekly schedule that does not say how many weeks',
      text: lines(
        'extends: default',
        'plan:',
        '  backupPolicy:',
        '    schedule: { frequency: weekly, days: [Monday], source: https://example.com }',
      ),
      problems: ['4:28 guidance-backup-policy'],
    },
    {
      shows: 'cross-region restore from a vault that is not copied anywhere',
      text: lines(
        'extends: default',
        'plan:',
        '  vault:',
        '    redundancy: { value: zone-redundant, source: https://example.com }',
        '    crossRegionRestore: { value: true, source: https://example.com }',
      ),
      problems: ['5:34 guidance-vault'],
    },
  ];

  it.each(cases)('is told: $shows', ({ text, problems, says }) => {
    const parsed = check(text);
    expect(placed(parsed)).toEqual(problems);
    expect(parsed.guidance).toBeUndefined();
    for (const { remedy } of parsed.problems) expect(remedy).toBeTruthy();
    if (says) expect(parsed.problems.map(({ summary, remedy }) => `${summary} ${remedy}`).join('\n')).toMatch(says);
  });

  it('is told every mistake at once, in the order of the file', () => {
    const parsed = extending('plan:\n  expiresHours: soon\nvocabulary:\n  colour: {}\nclasses: []\n');
    expect(placed(parsed)).toEqual(['3:17 guidance-invalid', '5:3 guidance-unknown-key', '6:1 guidance-invalid']);
  });

  it('is only warned of a condition that compares with upper case, and is used', () => {
    const parsed = extending(
      lines(
        'classes:',
        '  - { id: a, title: A, objective: production, when: name == "Web01" }',
        '  - { id: b, title: B, objective: dev-test }',
      ),
    );
    expect(parsed.problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual(['low guidance-condition-case']);
    expect(parsed.guidance?.classes[0]?.id).toBe('a');
  });

  it('is told what is wrong in the shipped file, if that is where it stands', () => {
    const broken = {
      text: shipped.text.replace('\n  expiresHours: 24', '\n  expiresHours: never'),
      file: 'config/guidance.yaml',
    };
    const line = broken.text.split('\n').findIndex((text) => text.includes('expiresHours: never')) + 1;
    expect(placed(parseGuidance('extends: default\nname: mine\n', 'mine.yaml', broken))).toEqual([
      `config/guidance.yaml:${line}:17 guidance-invalid`,
    ]);
  });

  it('cannot extend what it was not given', () => {
    expect(placed(parseGuidance('extends: default\n', 'mine.yaml'))).toEqual(['1:10 guidance-invalid']);
  });
});
