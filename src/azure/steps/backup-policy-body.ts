/** The body of a virtual machine backup policy. https://learn.microsoft.com/rest/api/backup/protection-policies/create-or-update */
import type { BackupPolicyInput } from '../../core/steps/backup.ts';
import type { Weekday } from '../../core/time.ts';
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

/** Days of a weekly schedule; of any other, the day whose point longer retentions keep. */
const daysOf = ({ schedule }: BackupPolicyInput): readonly Weekday[] => schedule.days ?? ['Sunday'];

const standardSchedule = (input: BackupPolicyInput, time: string) => ({
  schedulePolicyType: 'SimpleSchedulePolicy',
  scheduleRunFrequency: input.schedule.frequency === 'weekly' ? 'Weekly' : 'Daily',
  ...given('scheduleRunDays', input.schedule.frequency === 'weekly' ? daysOf(input) : undefined),
  scheduleRunTimes: [time],
  scheduleWeeklyFrequency: 0,
});

const enhancedSchedule = (input: BackupPolicyInput, time: string) => {
  const { schedule } = input;
  const schedulePolicyType = 'SimpleSchedulePolicyV2';
  switch (schedule.frequency) {
    case 'hourly':
      return {
        schedulePolicyType,
        scheduleRunFrequency: 'Hourly',
        hourlySchedule: {
          interval: schedule.intervalHours ?? 4,
          scheduleWindowStartTime: time,
          scheduleWindowDuration: schedule.windowHours ?? 24,
        },
      };
    case 'weekly':
      return {
        schedulePolicyType,
        scheduleRunFrequency: 'Weekly',
        weeklySchedule: { scheduleRunDays: daysOf(input), scheduleRunTimes: [time] },
      };
    default:
      return { schedulePolicyType, scheduleRunFrequency: 'Daily', dailySchedule: { scheduleRunTimes: [time] } };
  }
};

const retention = (input: BackupPolicyInput, time: string) => {
  const { retain, schedule } = input;
  const days = daysOf(input);
  const keep = (count: number | undefined, durationType: string, more: object = {}) =>
    count === undefined ? undefined : { ...more, retentionTimes: [time], retentionDuration: { count, durationType } };
  // The first week's first such day, and of the year January's.
  const first = {
    retentionScheduleFormatType: 'Weekly',
    retentionScheduleWeekly: { daysOfTheWeek: days.slice(0, 1), weeksOfTheMonth: ['First'] },
  };
  return {
    retentionPolicyType: 'LongTermRetentionPolicy',
    // A weekly schedule makes no daily points to keep.
    ...given('dailySchedule', schedule.frequency === 'weekly' ? undefined : keep(retain.dailyDays, 'Days')),
    ...given('weeklySchedule', keep(retain.weeklyWeeks, 'Weeks', { daysOfTheWeek: days })),
    ...given('monthlySchedule', keep(retain.monthlyMonths, 'Months', first)),
    ...given('yearlySchedule', keep(retain.yearlyYears, 'Years', { ...first, monthsOfYear: ['January'] })),
  };
};
