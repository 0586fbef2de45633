import type { Mutable } from '../service.ts';
import { invalidInput } from './backup-names.ts';

const HOURLY_INTERVALS = [4, 6, 8, 12, 24];
const LIMITS: Readonly<Record<string, number>> = { Days: 9_999, Weeks: 5_163, Months: 1_188, Years: 99 };

/**
 * Holds a machine policy against the published limits.
 * https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy,
 * https://learn.microsoft.com/azure/backup/backup-instant-restore-capability
 * @throws 400 BMSUserErrorInvalidInput naming the first thing wrong
 */
export function checkMachinePolicy(policy: Mutable): void {
  const enhanced = policy['policyType'] === 'V2';
  const schedule: Mutable | undefined = policy['schedulePolicy'];
  if (schedule === undefined) throw invalidInput('A schedule policy is required.', 'schedulePolicy');
  const wanted = enhanced ? 'SimpleSchedulePolicyV2' : 'SimpleSchedulePolicy';
  if (schedule['schedulePolicyType'] !== wanted) {
    throw invalidInput(
      `A policy of type ${enhanced ? 'V2' : 'V1'} takes the schedule ${wanted}.`,
      'schedulePolicy.schedulePolicyType',
    );
  }
  const frequency: unknown = schedule['scheduleRunFrequency'];
  if (enhanced) checkEnhancedSchedule(schedule, frequency);
  else checkStandardSchedule(schedule, frequency);
  checkRetention(policy['retentionPolicy'], frequency);
  checkInstantRestore(policy, enhanced, schedule, frequency);
}

function checkStandardSchedule(schedule: Mutable, frequency: unknown): void {
  if (frequency !== 'Daily' && frequency !== 'Weekly') {
    throw invalidInput('A Standard policy runs Daily or Weekly.', 'schedulePolicy.scheduleRunFrequency');
  }
  checkTimes(schedule['scheduleRunTimes'], 'schedulePolicy.scheduleRunTimes');
  if (frequency === 'Weekly') checkDays(schedule['scheduleRunDays'], 'schedulePolicy.scheduleRunDays');
}

function checkEnhancedSchedule(schedule: Mutable, frequency: unknown): void {
  if (frequency === 'Hourly') {
    const hourly: Mutable = schedule['hourlySchedule'] ?? {};
    const { interval, scheduleWindowDuration: window } = hourly;
    if (!HOURLY_INTERVALS.includes(interval)) {
      throw invalidInput(
        `The hourly interval must be one of ${HOURLY_INTERVALS.join(', ')}.`,
        'hourlySchedule.interval',
      );
    }
    if (typeof window !== 'number' || window < interval || window > 24) {
      throw invalidInput(
        'The schedule window must be at least one interval and at most 24 hours.',
        'hourlySchedule.scheduleWindowDuration',
      );
    }
    checkTimes([hourly['scheduleWindowStartTime']], 'hourlySchedule.scheduleWindowStartTime');
  } else if (frequency === 'Daily') {
    checkTimes(schedule['dailySchedule']?.['scheduleRunTimes'], 'dailySchedule.scheduleRunTimes');
  } else if (frequency === 'Weekly') {
    checkTimes(schedule['weeklySchedule']?.['scheduleRunTimes'], 'weeklySchedule.scheduleRunTimes');
    checkDays(schedule['weeklySchedule']?.['scheduleRunDays'], 'weeklySchedule.scheduleRunDays');
  } else throw invalidInput('An Enhanced policy runs Hourly, Daily or Weekly.', 'schedulePolicy.scheduleRunFrequency');
}

/** One backup a day, on the hour or the half hour. */
function checkTimes(times: unknown, target: string): void {
  if (!Array.isArray(times) || times.length !== 1 || typeof times[0] !== 'string') {
    throw invalidInput('Exactly one time of day is required.', target);
  }
  const found = /(\d\d):(\d\d)/.exec(times[0].includes('T') ? times[0].slice(times[0].indexOf('T')) : times[0]);
  if (found === null || !['00', '30'].includes(found[2]!))
    throw invalidInput(`'${times[0]}' is not a full or half hour.`, target);
}

function checkDays(days: unknown, target: string): void {
  if (!Array.isArray(days) || days.length === 0)
    throw invalidInput('A weekly schedule needs at least one day.', target);
}

function checkRetention(retention: Mutable | undefined, frequency: unknown): void {
  if (retention?.['retentionPolicyType'] !== 'LongTermRetentionPolicy') {
    throw invalidInput('Virtual machines take a LongTermRetentionPolicy.', 'retentionPolicy.retentionPolicyType');
  }
  const schedules = ['daily', 'weekly', 'monthly', 'yearly'].map(
    (name) => [name, retention[`${name}Schedule`]] as const,
  );
  const base = frequency === 'Weekly' ? 'weekly' : 'daily';
  if (schedules.find(([name]) => name === base)?.[1] === undefined) {
    throw invalidInput(`A ${String(frequency)} schedule needs a ${base} retention.`, `retentionPolicy.${base}Schedule`);
  }
  for (const [name, schedule] of schedules) {
    if (schedule === undefined || schedule === null) continue;
    const { count, durationType } = (schedule['retentionDuration'] ?? {}) as Mutable;
    const limit = LIMITS[String(durationType)];
    const least = durationType === 'Days' ? 7 : 1;
    if (limit === undefined || typeof count !== 'number' || count < least || count > limit) {
      throw invalidInput(
        `The ${name} retention must be ${least} to ${limit ?? '?'} ${String(durationType)}.`,
        `retentionPolicy.${name}Schedule`,
      );
    }
  }
}

/** How many days snapshots stay beside the machine, by what the policy is. */
function checkInstantRestore(policy: Mutable, enhanced: boolean, schedule: Mutable, frequency: unknown): void {
  const days: unknown = policy['instantRpRetentionRangeInDays'];
  if (days === undefined || days === null) return;
  const [least, most] = instantRange(enhanced, schedule, frequency);
  if (typeof days !== 'number' || days < least || days > most) {
    throw invalidInput(
      `Instant restore snapshots must be kept ${least} to ${most} days under this schedule.`,
      'instantRpRetentionRangeInDays',
    );
  }
  const daily: unknown = policy['retentionPolicy']?.['dailySchedule']?.['retentionDuration']?.['count'];
  if (typeof daily === 'number' && days > daily) {
    throw invalidInput(
      'Instant restore snapshots cannot be kept longer than the backups in the vault.',
      'instantRpRetentionRangeInDays',
    );
  }
}

function instantRange(enhanced: boolean, schedule: Mutable, frequency: unknown): [number, number] {
  if (!enhanced) return frequency === 'Weekly' ? [5, 5] : [1, 5];
  if (frequency === 'Weekly') return [5, 20];
  const interval: unknown = schedule['hourlySchedule']?.['interval'];
  if (frequency === 'Hourly' && interval === 4) return [1, 17];
  if (frequency === 'Hourly' && interval === 6) return [1, 22];
  return [1, 30];
}
