import { describe, expect, it } from 'vitest';
import type { Tags } from '../../src/core/estate.ts';
import { aMachine } from './estate-builder.ts';
import { judge, shippedGuidance, tagged } from './guidance-shipped.ts';

describe('an exclusion', () => {
  const excluded = {
    backup: 'exclude',
    'backup-exclude-until': '2026-12-31',
    'backup-exclude-reason': 'rebuilt nightly',
  };
  const without = (name: keyof typeof excluded): Tags =>
    Object.fromEntries(Object.entries(excluded).filter(([key]) => key !== name));

  it('stands beside the class while it lasts', () => {
    const found = tagged({ ...excluded, env: 'prod' });
    expect(found).toMatchObject({
      classId: 'production',
      excluded: { until: '2026-12-31', reason: 'rebuilt nightly' },
    });
    expect(found).not.toHaveProperty('exclusionProblem');
    expect(found.decidedBy.at(-1)?.text).toBe(
      'Left out of protection until 2026-12-31 by tag backup=exclude: rebuilt nightly.',
    );
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
      judge(aMachine({ tags: { ...excluded, 'backup-exclude-until': text } }), shippedGuidance, at).excluded !==
      undefined;
    expect(until('2026-06-03', '2026-06-03T23:59:59Z')).toBe(true);
    expect(until('2026-06-03', '2026-06-04T00:00:00Z')).toBe(false);
    expect(until('2026-06-03T12:00:00Z', '2026-06-03T11:59:59Z')).toBe(true);
    expect(until('2026-06-03T12:00:00Z', '2026-06-03T12:00:00Z')).toBe(false);
  });

  it('is not asked for by any other value of the tag', () => {
    expect(tagged({ backup: 'daily', 'backup-exclude-until': '2026-12-31' })).not.toHaveProperty('exclusionProblem');
  });
});
