/** The body of a virtual machine backup policy. https://learn.microsoft.com/rest/api/backup/protection-policies/create-or-update */
import type { BackupPolicyInput } from '../../core/steps/backup.ts';
import { given } from '../raw.ts';

/** Standard policies are V1 with a SimpleSchedulePolicy, enhanced ones V2 with a SimpleSchedulePolicyV2 (facts B-65, B-66). */
export const policyBody = (input: BackupPolicyInput) => {
  const time = scheduleTime(input.schedule.at);
  return {
    properties: {
      backupManagementType: 'AzureIaasVM',
      ...(input.tier === 'enhanced' ? { policyType: 'V2' } : {}),
      instantRPDetails: {},
      schedulePolicy: input.tier === 'enhanced' ? enhancedSchedule(input, time) : standardSchedule(input, time),
      retentionPolicy: retention(input, time),
      instantRpRetentionRangeInDays: input.instantRestoreDays,
      timeZone: input.timeZone,
    },
  };
};

/**
 * Azure takes a whole date-time and uses its time of day, in the policy's time zone; minutes are 00 or 30. The date is any
 * fixed one, so that the same plan always sends the same body.
 */
const scheduleTime = (hhmm: string): string => `2024-01-01T${hhmm}:00.000Z`;

/** Weekly backups run on Sundays, and longer retentions keep that day's point. */
const weekday = 'Sunday';

const standardSchedule = ({ schedule }: BackupPolicyInput, time: string) => ({
  schedulePolicyType: 'SimpleSchedulePolicy',
  scheduleRunFrequency: schedule.frequency === 'weekly' ? 'Weekly' : 'Daily',
  ...given('scheduleRunDays', schedule.frequency === 'weekly' ? [weekday] : undefined),
  scheduleRunTimes: [time],
  scheduleWeeklyFrequency: 0,
});

const enhancedSchedule = ({ schedule }: BackupPolicyInput, time: string) => {
  const schedulePolicyType = 'SimpleSchedulePolicyV2';
  switch (schedule.frequency) {
    case 'hourly':
      return {
        schedulePolicyType,
        scheduleRunFrequency: 'Hourly',
        hourlySchedule: { interval: schedule.intervalHours ?? 4, scheduleWindowStartTime: time, scheduleWindowDuration: schedule.windowHours ?? 24 },
      };
    case 'weekly':
      return { schedulePolicyType, scheduleRunFrequency: 'Weekly', weeklySchedule: { scheduleRunDays: [weekday], scheduleRunTimes: [time] } };
    default:
      return { schedulePolicyType, scheduleRunFrequency: 'Daily', dailySchedule: { scheduleRunTimes: [time] } };
  }
};

const retention = ({ retain, schedule }: BackupPolicyInput, time: string) => {
  const keep = (count: number | undefined, durationType: string, more: object = {}) =>
    count === undefined ? undefined : { ...more, retentionTimes: [time], retentionDuration: { count, durationType } };
  // The first week's Sunday, and of the year January's.
  const first = { retentionScheduleFormatType: 'Weekly', retentionScheduleWeekly: { daysOfTheWeek: [weekday], weeksOfTheMonth: ['First'] } };
  return {
    retentionPolicyType: 'LongTermRetentionPolicy',
    // A weekly schedule makes no daily points to keep.
    ...given('dailySchedule', schedule.frequency === 'weekly' ? undefined : keep(retain.dailyDays, 'Days')),
    ...given('weeklySchedule', keep(retain.weeklyWeeks, 'Weeks', { daysOfTheWeek: [weekday] })),
    ...given('monthlySchedule', keep(retain.monthlyMonths, 'Months', first)),
    ...given('yearlySchedule', keep(retain.yearlyYears, 'Years', { ...first, monthsOfYear: ['January'] })),
  };
};
