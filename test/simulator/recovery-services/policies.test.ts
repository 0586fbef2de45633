import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../../src/simulator/service.ts';
import { nextRun, retentionMs } from '../../../src/simulator/services/backup-schedule.ts';
import { VAULT, VaultRig, machine } from './vault-rig.ts';

const at = '2026-11-02T22:30:00Z';
const DAY = 86_400_000;
const daily = (count: number, unit = 'Days'): Mutable => ({
  retentionTimes: [at],
  retentionDuration: { count, durationType: unit },
});

function standard(more: Mutable = {}): Mutable {
  return {
    backupManagementType: 'AzureIaasVM',
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicy',
      scheduleRunFrequency: 'Daily',
      scheduleRunTimes: [at],
    },
    retentionPolicy: { retentionPolicyType: 'LongTermRetentionPolicy', dailySchedule: daily(30) },
    ...more,
  };
}

function enhanced(hourly: Mutable, more: Mutable = {}): Mutable {
  const schedulePolicy = {
    schedulePolicyType: 'SimpleSchedulePolicyV2',
    scheduleRunFrequency: 'Hourly',
    hourlySchedule: { scheduleWindowStartTime: '2026-11-02T08:00:00Z', ...hourly },
  };
  return standard({ policyType: 'V2', schedulePolicy, ...more });
}

const hourly4 = { interval: 4, scheduleWindowDuration: 12 };
const weekly = {
  schedulePolicyType: 'SimpleSchedulePolicy',
  scheduleRunFrequency: 'Weekly',
  scheduleRunTimes: [at],
  scheduleRunDays: ['Sunday'],
};
const weeklyKept = {
  retentionPolicyType: 'LongTermRetentionPolicy',
  weeklySchedule: { ...daily(4, 'Weeks'), daysOfTheWeek: ['Sunday'] },
};

async function vaultRig(): Promise<VaultRig> {
  const rig = new VaultRig(machine('web'));
  await rig.vault();
  return rig;
}

describe('a backup policy', () => {
  it.each([
    ['daily Standard', standard()],
    [
      'weekly Standard',
      standard({ schedulePolicy: weekly, retentionPolicy: weeklyKept, instantRpRetentionRangeInDays: 5 }),
    ],
    ['four-hourly Enhanced', enhanced(hourly4, { instantRpRetentionRangeInDays: 17 })],
    [
      'daily Enhanced keeping 30 days of snapshots',
      standard({
        policyType: 'V2',
        instantRpRetentionRangeInDays: 30,
        schedulePolicy: {
          schedulePolicyType: 'SimpleSchedulePolicyV2',
          scheduleRunFrequency: 'Daily',
          dailySchedule: { scheduleRunTimes: [at] },
        },
      }),
    ],
  ])('is taken: %s', async (_, properties) => {
    const rig = await vaultRig();
    const made = await rig.put(`${VAULT}/backupPolicies/mine`, { properties });
    expect([made.status, made.body['name'], made.body['properties']['protectedItemsCount']]).toEqual([200, 'mine', 0]);
    expect((await rig.get(`${VAULT}/backupPolicies/MINE`)).body).toEqual(made.body);
  });

  it.each([
    ['a Standard policy every four hours', enhanced(hourly4, { policyType: 'V1' })],
    ['a Standard schedule in an Enhanced policy', standard({ policyType: 'V2' })],
    ['an interval of five hours', enhanced({ interval: 5, scheduleWindowDuration: 12 })],
    ['a window shorter than its interval', enhanced({ interval: 8, scheduleWindowDuration: 4 })],
    ['Standard snapshots of six days', standard({ instantRpRetentionRangeInDays: 6 })],
    [
      'weekly Standard snapshots of two days',
      standard({ schedulePolicy: weekly, retentionPolicy: weeklyKept, instantRpRetentionRangeInDays: 2 }),
    ],
    ['four-hourly snapshots of 18 days', enhanced(hourly4, { instantRpRetentionRangeInDays: 18 })],
    [
      'six-hourly snapshots of 23 days',
      enhanced({ interval: 6, scheduleWindowDuration: 12 }, { instantRpRetentionRangeInDays: 23 }),
    ],
    [
      'snapshots kept longer than the vault keeps',
      enhanced(hourly4, {
        instantRpRetentionRangeInDays: 10,
        retentionPolicy: { retentionPolicyType: 'LongTermRetentionPolicy', dailySchedule: daily(8) },
      }),
    ],
    [
      'six days of daily retention',
      standard({ retentionPolicy: { retentionPolicyType: 'LongTermRetentionPolicy', dailySchedule: daily(6) } }),
    ],
    [
      '10,000 days',
      standard({ retentionPolicy: { retentionPolicyType: 'LongTermRetentionPolicy', dailySchedule: daily(10_000) } }),
    ],
    [
      '100 years',
      standard({
        retentionPolicy: {
          retentionPolicyType: 'LongTermRetentionPolicy',
          dailySchedule: daily(30),
          yearlySchedule: daily(100, 'Years'),
        },
      }),
    ],
    ['a daily schedule without daily retention', standard({ retentionPolicy: weeklyKept })],
    [
      'two runs a day',
      standard({
        schedulePolicy: {
          schedulePolicyType: 'SimpleSchedulePolicy',
          scheduleRunFrequency: 'Daily',
          scheduleRunTimes: [at, at],
        },
      }),
    ],
    [
      'a run at ten past',
      standard({
        schedulePolicy: {
          schedulePolicyType: 'SimpleSchedulePolicy',
          scheduleRunFrequency: 'Daily',
          scheduleRunTimes: ['2026-11-02T22:10:00Z'],
        },
      }),
    ],
    ['a field that no document knows', standard({ colour: 'red' })],
  ])('is refused with %s', async (_, properties) => {
    const rig = await vaultRig();
    const refused = await rig.put(`${VAULT}/backupPolicies/mine`, { properties });
    expect([refused.status, refused.body['error']['code']]).toEqual([400, 'BMSUserErrorInvalidInput']);
    expect((await rig.get(`${VAULT}/backupPolicies/mine`)).status).toBe(404);
  });

  it('answers a bare time of day as a full moment', async () => {
    const rig = await vaultRig();
    const schedulePolicy = {
      schedulePolicyType: 'SimpleSchedulePolicy',
      scheduleRunFrequency: 'Daily',
      scheduleRunTimes: ['23:00:00Z'],
    };
    const made = await rig.put(`${VAULT}/backupPolicies/mine`, { properties: standard({ schedulePolicy }) });
    expect(made.body['properties']['schedulePolicy']['scheduleRunTimes']).toEqual(['2026-11-02T23:00:00Z']);
  });

  it('never goes back from Enhanced to Standard', async () => {
    const rig = await vaultRig();
    await rig.put(`${VAULT}/backupPolicies/mine`, { properties: enhanced(hourly4) });
    expect((await rig.put(`${VAULT}/backupPolicies/mine`, { properties: standard() })).status).toBe(400);
  });

  it('is changed by an operation once it protects a machine, and cannot be deleted then', async () => {
    const rig = await vaultRig();
    await rig.put(`${VAULT}/backupPolicies/mine`, { properties: standard() });
    await rig.settle(await rig.protect('web', { policy: 'mine' }));
    const changed = await rig.put(`${VAULT}/backupPolicies/mine`, {
      properties: standard({ instantRpRetentionRangeInDays: 3 }),
    });
    expect(changed.status).toBe(202);
    expect((await rig.settle(changed))['status']).toBe('Succeeded');
    expect((await rig.send('DELETE', `${VAULT}/backupPolicies/mine?api-version=2024-04-01`)).status).toBe(400);
    await rig.settle(await rig.protect('web'));
    expect((await rig.send('DELETE', `${VAULT}/backupPolicies/mine?api-version=2024-04-01`)).status).toBe(200);
    expect((await rig.send('DELETE', `${VAULT}/backupPolicies/mine?api-version=2024-04-01`)).status).toBe(204);
  });
});

describe('a schedule', () => {
  const monday = Date.parse('2026-11-02T00:00:00Z');
  const utc = (policy: Mutable, after: number): string => new Date(nextRun(policy, after)!.at).toISOString();

  it('runs at its time of day, whatever date the time carries', () => {
    expect(utc(standard(), monday)).toBe('2026-11-02T22:30:00.000Z');
    expect(utc(standard(), Date.parse('2026-11-02T22:30:00Z'))).toBe('2026-11-03T22:30:00.000Z');
  });

  it('reads its times in the policy’s zone, with no shift for summer', () => {
    const policy = standard({ timeZone: 'Pacific Standard Time' });
    expect(utc(policy, monday)).toBe('2026-11-02T06:30:00.000Z');
    expect(utc(policy, Date.parse('2026-07-01T00:00:00Z'))).toBe('2026-07-01T06:30:00.000Z');
  });

  it('waits for its weekday', () => {
    expect(utc(standard({ schedulePolicy: weekly }), monday)).toBe('2026-11-08T22:30:00.000Z');
  });

  it('sends only the day’s last hourly run to the vault', () => {
    const policy = enhanced(hourly4);
    const runs: string[] = [];
    for (let after = monday; runs.length < 5;) {
      const run = nextRun(policy, after)!;
      runs.push(`${new Date(run.at).toISOString().slice(5, 13)} ${run.toVault}`);
      after = run.at;
    }
    expect(runs).toEqual(['11-02T08 false', '11-02T12 false', '11-02T16 false', '11-02T20 true', '11-03T08 false']);
  });

  it('keeps a point as long as the longest retention it qualifies for; a month counts 31 days', () => {
    const monthlySchedule = {
      ...daily(12, 'Months'),
      retentionScheduleFormatType: 'Weekly',
      retentionScheduleWeekly: { daysOfTheWeek: ['Sunday'], weeksOfTheMonth: ['First'] },
    };
    const policy = standard({
      retentionPolicy: {
        dailySchedule: daily(30),
        weeklySchedule: { ...daily(8, 'Weeks'), daysOfTheWeek: ['Sunday'] },
        monthlySchedule,
      },
    });
    expect(retentionMs(policy, Date.parse('2026-11-03T22:30:00Z'))).toBe(30 * DAY);
    expect(retentionMs(policy, Date.parse('2026-11-08T22:30:00Z'))).toBe(56 * DAY);
    expect(retentionMs(policy, Date.parse('2026-11-01T22:30:00Z'))).toBe(372 * DAY);
  });
});
