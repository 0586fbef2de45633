/** Azure's limits of policies, one case a fact; and the policies that the planner makes of guidance and objective. */
import { describe, expect, it } from 'vitest';
import { nextRunBy } from '../../src/core/backup-schedule.ts';
import { brokenLimits, instantDaysRange, longestGapHours } from '../../src/core/backup-policy-limits.ts';
import type { Objective } from '../../src/core/guidance.ts';
import { policyFor, suits } from '../../src/core/planners/backup-policy.ts';
import type { BackupPolicyInput } from '../../src/core/steps/backup.ts';
import { aBackupPolicy } from './estate-builder.ts';
import { guidanceWith, shippedGuidance } from './guidance-shipped.ts';

const daily: BackupPolicyInput = {
  tier: 'enhanced',
  schedule: { frequency: 'daily', at: '22:00' },
  timeZone: 'UTC',
  instantRestoreDays: 7,
  retain: { dailyDays: 30 },
};
const policy = (
  over: { schedule?: Partial<BackupPolicyInput['schedule']>; retain?: BackupPolicyInput['retain'] } & Partial<
    Omit<BackupPolicyInput, 'schedule' | 'retain'>
  >,
): BackupPolicyInput => ({
  ...daily,
  ...over,
  schedule: { ...daily.schedule, ...over.schedule },
  retain: over.retain ?? daily.retain,
});
const hourly = (intervalHours: number, windowHours = 24, instantRestoreDays = 7): BackupPolicyInput =>
  policy({ schedule: { frequency: 'hourly', intervalHours, windowHours }, instantRestoreDays });
const weekly = (tier: BackupPolicyInput['tier'], instantRestoreDays: number): BackupPolicyInput =>
  policy({
    tier,
    schedule: { frequency: 'weekly', days: ['Monday'] },
    retain: { weeklyWeeks: 12 },
    instantRestoreDays,
  });
const broken = (input: BackupPolicyInput): readonly string[] =>
  brokenLimits(input).map(({ field, fact }) => `${field} ${fact}`);

describe('a policy that Azure takes', () => {
  it.each([
    ['standard, daily', policy({ tier: 'standard', instantRestoreDays: 5 })],
    ['standard, weekly', weekly('standard', 5)],
    ['enhanced, weekly, at its longest', weekly('enhanced', 20)],
    ['every 4 hours, at its longest', hourly(4, 12, 17)],
    ['every 6 hours, at its longest', hourly(6, 24, 22)],
    ['every 12 hours, at its longest', hourly(12, 24, 30)],
    [
      'kept as long as can be',
      policy({ retain: { dailyDays: 3000, weeklyWeeks: 5163, monthlyMonths: 1188, yearlyYears: 99 } }),
    ],
  ])('%s', (_name, input) => expect(broken(input)).toEqual([]));
});

describe('a policy that Azure refuses', () => {
  it.each([
    ['standard, hourly', { ...hourly(4), tier: 'standard' as const, instantRestoreDays: 5 }, 'frequency B-65'],
    ['standard, six days of snapshots', policy({ tier: 'standard', instantRestoreDays: 6 }), 'instantRestoreDays B-65'],
    ['standard, weekly, other than five', weekly('standard', 4), 'instantRestoreDays B-65'],
    ['every 5 hours', hourly(5), 'intervalHours B-66'],
    ['a window shorter than its interval', hourly(8, 6), 'windowHours B-66'],
    ['a window longer than a day', hourly(8, 25), 'windowHours B-66'],
    ['every 4 hours, 18 days of snapshots', hourly(4, 24, 18), 'instantRestoreDays B-66'],
    ['every 6 hours, 23 days of snapshots', hourly(6, 24, 23), 'instantRestoreDays B-66'],
    [
      'enhanced, 31 days of snapshots',
      policy({ instantRestoreDays: 31, retain: { dailyDays: 60 } }),
      'instantRestoreDays B-66',
    ],
    ['weekly, four days of snapshots', weekly('enhanced', 4), 'instantRestoreDays B-66'],
    ['weekly, 21 days of snapshots', weekly('enhanced', 21), 'instantRestoreDays B-66'],
    ['days of the week on a daily schedule', policy({ schedule: { days: ['Monday'] } }), 'days B-66'],
    ['no snapshots', policy({ instantRestoreDays: 0 }), 'instantRestoreDays B-71'],
    [
      'snapshots longer than backups',
      policy({ retain: { dailyDays: 7 }, instantRestoreDays: 8 }),
      'instantRestoreDays B-71',
    ],
    ['six days', policy({ retain: { dailyDays: 6 }, instantRestoreDays: 2 }), 'dailyDays B-14'],
    ['ten thousand days', policy({ retain: { dailyDays: 10_000 } }), 'dailyDays B-14'],
    [
      'weekly without weeks',
      policy({ schedule: { frequency: 'weekly' }, retain: { dailyDays: 30 } }),
      'weeklyWeeks B-14',
    ],
    ['too many weeks', policy({ retain: { dailyDays: 7, weeklyWeeks: 5164 } }), 'weeklyWeeks B-14'],
    ['too many months', policy({ retain: { dailyDays: 7, monthlyMonths: 1189 } }), 'monthlyMonths B-14'],
    ['too many years', policy({ retain: { dailyDays: 7, yearlyYears: 100 } }), 'yearlyYears B-14'],
    ['too many points', policy({ retain: { dailyDays: 9000, weeklyWeeks: 1000 } }), 'dailyDays B-14'],
  ] as const)('%s', (_name, input, expected) => expect(broken(input)).toContain(expected));
});

describe('the longest time without a run', () => {
  it.each([
    [{ frequency: 'daily' }, 24],
    [{ frequency: 'hourly', intervalHours: 4, windowHours: 24 }, 4],
    [{ frequency: 'hourly', intervalHours: 4, windowHours: 12 }, 12],
    [{ frequency: 'hourly', intervalHours: 6 }, 24],
    [{ frequency: 'weekly', days: ['Sunday'] }, 168],
    [{ frequency: 'weekly', days: ['Monday', 'Thursday'] }, 96],
    [{ frequency: 'weekly', days: ['Saturday', 'Sunday'] }, 144],
  ] as const)('of %j is %i hours', (schedule, hours) =>
    expect(longestGapHours({ at: '22:00', ...schedule })).toBe(hours),
  );

  it('keeps an hourly policy from passing for an RPO that its nights do not meet', () => {
    const objective = {
      ...shippedGuidance.objectives['production']!,
      rpoHours: { value: 4, source: 'https://example.com' },
    };
    const every4 = (windowHours: number) =>
      aBackupPolicy({
        schedule: { frequency: 'hourly', intervalHours: 4, windowHours, runTimes: [], timeZone: 'UTC' },
      });
    expect(suits(every4(24), 'enhanced', objective)).toBe(true);
    expect(suits(every4(12), 'enhanced', objective)).toBe(false);
  });
});

describe('the next run of a weekly policy', () => {
  const weeklyAt = (days?: readonly ('Monday' | 'Thursday')[], timeZone = 'UTC') => ({
    schedule: { frequency: 'weekly' as const, runTimes: ['2026-01-01T22:30:00Z'], timeZone, ...(days ? { days } : {}) },
  });

  it.each([
    // 2026-06-03 is a Wednesday.
    [
      'on its next day, and two hours late at most',
      weeklyAt(['Monday', 'Thursday']),
      '2026-06-03T12:00:00Z',
      '2026-06-05T00:30:00Z',
    ],
    [
      'today, while the time is still to come',
      weeklyAt(['Monday', 'Thursday']),
      '2026-06-04T22:00:00Z',
      '2026-06-05T00:30:00Z',
    ],
    ['in a week, once it has passed', weeklyAt(['Monday']), '2026-06-01T23:00:00Z', '2026-06-09T00:30:00Z'],
    [
      'by the days of its own zone',
      weeklyAt(['Monday'], 'Tokyo Standard Time'),
      '2026-06-03T12:00:00Z',
      '2026-06-08T15:30:00Z',
    ],
  ] as const)('is %s', (_name, its, now, by) => expect(nextRunBy(its, Date.parse(now))).toEqual({ kind: 'due', by }));

  it('is not told where the days are not', () =>
    expect(nextRunBy(weeklyAt(), Date.UTC(2026, 5, 3)).kind).toBe('not-told'));
});

describe('a new policy', () => {
  const objective = (rpoHours: number, retainDays = 30): Objective => ({
    ...shippedGuidance.objectives['production']!,
    rpoHours: { value: rpoHours, source: 'https://example.com' },
    retainDays: { value: retainDays, source: 'https://example.com' },
  });
  const weeklyGuidance = guidanceWith(
    'plan: { backupPolicy: { schedule: { frequency: weekly, days: [Monday, Thursday], source: https://example.com }, retain: { weeklyWeeks: { value: 4, source: https://example.com } } } }',
  );

  it.each([
    [24, { frequency: 'daily' }],
    [12, { frequency: 'hourly', intervalHours: 12, windowHours: 24 }],
    [5, { frequency: 'hourly', intervalHours: 4, windowHours: 24 }],
  ] as const)('for an RPO of %i hours runs as seldom as that allows', (rpo, schedule) => {
    expect(policyFor('enhanced', objective(rpo), shippedGuidance)).toMatchObject({
      kind: 'policy',
      input: { schedule },
    });
  });

  it('runs weekly where the guidance says so and the RPO allows it, keeping as many weeks as the objective has days', () => {
    const made = policyFor('enhanced', objective(96, 90), weeklyGuidance);
    expect(made).toMatchObject({
      kind: 'policy',
      input: { schedule: { frequency: 'weekly', days: ['Monday', 'Thursday'] }, retain: { weeklyWeeks: 13 } },
    });
    expect(made.kind === 'policy' && made.input.retain.dailyDays).toBeUndefined();
    expect(policyFor('enhanced', objective(48), weeklyGuidance)).toMatchObject({
      input: { schedule: { frequency: 'daily' } },
    });
  });

  it('is refused, never trimmed, where Azure is not that often', () => {
    expect(policyFor('enhanced', objective(3), shippedGuidance)).toMatchObject({
      kind: 'refused',
      reasons: [{ code: 'policy-limit', fact: 'B-66' }],
    });
  });

  it('keeps snapshots within what its schedule allows', () => {
    const long = guidanceWith(
      'plan: { backupPolicy: { instantRestoreDays: { value: 30, source: https://example.com } } }',
    );
    expect(policyFor('enhanced', objective(4), long)).toMatchObject({ input: { instantRestoreDays: 17 } });
    expect(instantDaysRange({ tier: 'standard', schedule: { frequency: 'daily', at: '22:00' } })).toEqual([1, 5]);
  });
});
