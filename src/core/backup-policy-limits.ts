/** What Azure lets a policy of virtual machines say: facts B-14, B-65 … B-71. Held against guidance files and against plans. */
import { listed } from './duration.ts';
import type { BackupPolicyInput } from './steps/backup.ts';
import { sources } from './sources.ts';
import { weekdays, type Weekday } from './time.ts';

/** The setting that is wrong, as guidance files and plans name it. */
export type PolicyField =
  | 'frequency'
  | 'days'
  | 'intervalHours'
  | 'windowHours'
  | 'instantRestoreDays'
  | 'dailyDays'
  | 'weeklyWeeks'
  | 'monthlyMonths'
  | 'yearlyYears';

export interface BrokenLimit {
  readonly field: PolicyField;
  readonly text: string;
  readonly source: string;
  readonly fact: string;
}

/** Hours between runs that an enhanced policy offers (facts B-66), longest first. */
export const hourlyIntervals = [24, 12, 8, 6, 4] as const;

export const leastDailyDays = 7;
export const mostPoints = 9_999;

/** How many days snapshots stay for instant restore (facts B-65, B-66). */
export const instantDaysRange = ({
  tier,
  schedule,
}: Pick<BackupPolicyInput, 'tier' | 'schedule'>): readonly [least: number, most: number] => {
  const weekly = schedule.frequency === 'weekly';
  if (tier === 'standard') return weekly ? [5, 5] : [1, 5];
  if (weekly) return [5, 20];
  if (schedule.frequency === 'hourly' && schedule.intervalHours === 4) return [1, 17];
  if (schedule.frequency === 'hourly' && schedule.intervalHours === 6) return [1, 22];
  return [1, 30];
};

/** The longest time without a run, in hours: of an hourly schedule that includes the night outside its window. */
export const longestGapHours = ({
  frequency,
  intervalHours = 24,
  windowHours = 0,
  days = ['Sunday'],
}: BackupPolicyInput['schedule']): number => {
  if (frequency === 'daily') return 24;
  if (frequency === 'weekly') return longestDayGap(days) * 24;
  const spanHours = Math.floor(windowHours / intervalHours) * intervalHours;
  return Math.max(intervalHours, 24 - spanHours);
};

const longestDayGap = (days: readonly Weekday[]): number => {
  const at = [...new Set(days.map((day) => weekdays.indexOf(day)))].toSorted((a, b) => a - b);
  return Math.max(...at.map((day, i) => (at[i + 1] ?? at[0]! + 7) - day));
};

/** Empty when Azure takes the policy, as far as is documented. */
export const brokenLimits = (input: BackupPolicyInput): readonly BrokenLimit[] => [
  ...scheduleLimits(input),
  ...retentionLimits(input),
  ...instantLimits(input),
];

const scheduleLimits = ({ tier, schedule }: BackupPolicyInput): readonly BrokenLimit[] => {
  const { frequency, intervalHours, windowHours, days } = schedule;
  const interval = intervalHours ?? 0;
  const hourly = frequency === 'hourly';
  return broken([
    [
      hourly && tier === 'standard',
      'frequency',
      'A standard policy runs daily or weekly, not hourly.',
      sources.INST,
      'B-65',
    ],
    [
      hourly && !hourlyIntervals.some((hours) => hours === interval),
      'intervalHours',
      `An hourly schedule runs every ${listed(hourlyIntervals.toReversed().map(String), 'or')} hours${intervalHours === undefined ? '' : `, not every ${intervalHours}`}.`,
      sources.ENH,
      'B-66',
    ],
    [
      hourly && ((windowHours ?? 0) < interval || (windowHours ?? 0) > 24),
      'windowHours',
      `The window of an hourly schedule is at least one interval long and at most 24 hours${windowHours === undefined ? '' : `, not ${windowHours}`}.`,
      sources.ENH,
      'B-66',
    ],
    [
      frequency !== 'weekly' && days !== undefined,
      'days',
      `Days of the week are of weekly schedules; this one is ${frequency}.`,
      sources.ENH,
      'B-66',
    ],
  ]);
};

const retentionLimits = (input: BackupPolicyInput): readonly BrokenLimit[] => {
  const { schedule, retain, instantRestoreDays } = input;
  const weekly = schedule.frequency === 'weekly';
  const { dailyDays = 0, weeklyWeeks = 0, monthlyMonths = 0, yearlyYears = 0 } = retain;
  // In an hourly policy only the day's last point goes to the vault; the others live as long as instant restore (B-67).
  const perDay =
    schedule.frequency === 'hourly' ? Math.ceil((schedule.windowHours ?? 24) / (schedule.intervalHours ?? 24)) : 1;
  const perWeek = weekly ? (schedule.days?.length ?? 1) : 1;
  const points =
    (weekly ? 0 : dailyDays) +
    Math.max(0, perDay - 1) * instantRestoreDays +
    weeklyWeeks * perWeek +
    monthlyMonths +
    yearlyYears;
  return broken([
    [
      !weekly && (dailyDays < leastDailyDays || dailyDays > mostPoints),
      'dailyDays',
      `Daily points are kept 7 to 9,999 days, not ${dailyDays}.`,
      sources.FAQ,
      'B-14',
    ],
    [
      weekly && weeklyWeeks < 1,
      'weeklyWeeks',
      'A weekly schedule needs to say how many weeks its points are kept.',
      sources.FAQ,
      'B-14',
    ],
    [
      weeklyWeeks > 5163,
      'weeklyWeeks',
      `Weekly points are kept 5,163 weeks at most, not ${weeklyWeeks}.`,
      sources.FAQ,
      'B-14',
    ],
    [
      monthlyMonths > 1188,
      'monthlyMonths',
      `Monthly points are kept 1,188 months at most, not ${monthlyMonths}.`,
      sources.FAQ,
      'B-14',
    ],
    [
      yearlyYears > 99,
      'yearlyYears',
      `Yearly points are kept 99 years at most, not ${yearlyYears}.`,
      sources.FAQ,
      'B-14',
    ],
    [
      points > mostPoints,
      weekly ? 'weeklyWeeks' : 'dailyDays',
      `One machine has 9,999 points at most, and this policy would keep ${points}.`,
      sources.FAQ,
      'B-14',
    ],
  ]);
};

const instantLimits = (input: BackupPolicyInput): readonly BrokenLimit[] => {
  const { tier, schedule, retain, instantRestoreDays } = input;
  const [least, most] = instantDaysRange(input);
  const range = least === most ? `${least} days` : `${least} to ${most} days`;
  const every = schedule.frequency === 'hourly' ? `${schedule.intervalHours}-hourly` : schedule.frequency;
  const vaultDays = schedule.frequency === 'weekly' ? (retain.weeklyWeeks ?? 0) * 7 : (retain.dailyDays ?? 0);
  const off = instantRestoreDays < 1;
  return broken([
    [off, 'instantRestoreDays', 'Instant restore cannot be turned off: one day is the least.', sources.INST, 'B-71'],
    [
      !off && (instantRestoreDays < least || instantRestoreDays > most),
      'instantRestoreDays',
      `A ${tier} policy that runs ${every} keeps instant restore points ${range}, not ${instantRestoreDays}.`,
      sources.INST,
      tier === 'standard' ? 'B-65' : 'B-66',
    ],
    [
      // No retention at all is a complaint of its own.
      vaultDays > 0 && instantRestoreDays > vaultDays,
      'instantRestoreDays',
      `Instant restore points (${instantRestoreDays} days) may not outlast the backups in the vault (${vaultDays} days).`,
      sources.ENH,
      'B-71',
    ],
  ]);
};

const broken = (
  checks: readonly (readonly [is: boolean, field: PolicyField, text: string, source: string, fact: string])[],
): readonly BrokenLimit[] =>
  checks.filter(([is]) => is).map(([, field, text, source, fact]) => ({ field, text, source, fact }));
