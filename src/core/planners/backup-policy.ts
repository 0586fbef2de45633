/** Backup policies: which existing one will do, and what a new one must say. Limits are facts B-12, B-14, B-65 … B-72. */
import { isUltraOrPremiumV2, skuOf } from '../check.ts';
import { refusalReason } from './draft.ts';
import type { BackupPolicy, Machine } from '../estate.ts';
import type { Guidance, Objective } from '../guidance.ts';
import type { Reason } from '../option.ts';
import type { BackupPolicyInput } from '../steps/backup.ts';
import { sources } from '../sources.ts';

/** Facts B-12. */
export const mostMachinesPerPolicy = 100;

/** Enhanced where Azure asks for it (facts B-20, B-41) or a disk's SKU is not known; else as the guidance has it. */
export const tierFor = (machine: Machine, objective: Objective, guidance: Guidance): BackupPolicyInput['tier'] => {
  const demanding =
    machine.securityType !== 'standard' ||
    machine.disks.some((attached) => {
      const sku = skuOf(attached);
      return attached.kind === 'managed' && (!sku.known || isUltraOrPremiumV2(sku.value));
    });
  return demanding || objective.rpoHours.value < 24 ? 'enhanced' : guidance.plan.backupPolicy.tier;
};

/** Whether a policy that is there serves the objective: often enough, long enough, consistent enough. */
export const suits = (policy: BackupPolicy, tier: BackupPolicyInput['tier'], objective: Objective): boolean => {
  const { frequency, intervalHours = 24 } = policy.schedule;
  const everyHours = { hourly: intervalHours, daily: 24, weekly: 168 }[frequency];
  const { windows, linux } = objective.consistency;
  const crashWillDo = [windows, linux].every((wanted) => wanted === 'crash' || wanted === 'none');
  return (
    policy.workload === 'virtual-machine' &&
    (tier === 'standard' || policy.tier === 'enhanced') &&
    everyHours <= objective.rpoHours.value &&
    (policy.retainDays ?? 0) >= objective.retainDays.value &&
    (!policy.crashConsistentOnly || crashWillDo)
  );
};

/** Hours between runs that an enhanced policy offers below a day (facts B-66). */
const intervals = [12, 8, 6, 4];

export type PolicyWish =
  | { readonly kind: 'policy'; readonly input: BackupPolicyInput }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

/** A new policy for the objective, within Azure's limits; what cannot be held within them is refused, never trimmed. */
export const policyFor = (tier: BackupPolicyInput['tier'], objective: Objective, guidance: Guidance): PolicyWish => {
  const { backupPolicy } = guidance.plan;
  const rpoHours = objective.rpoHours.value;
  const intervalHours = rpoHours >= 24 ? undefined : intervals.find((hours) => hours <= rpoHours);
  if (rpoHours < 24 && intervalHours === undefined) {
    const text = `Azure Backup runs every 4 hours at the most, and the objective allows ${rpoHours} hours between points.`;
    return { kind: 'refused', reasons: [refusalReason('policy-limit', text, sources.ENH, 'B-66')] };
  }
  const { weeklyWeeks, monthlyMonths, yearlyYears } = backupPolicy.retain;
  const dailyDays = Math.max(backupPolicy.retain.dailyDays.value, objective.retainDays.value, leastDailyDays);
  const input: BackupPolicyInput = {
    tier,
    schedule:
      intervalHours === undefined
        ? { frequency: 'daily', at: backupPolicy.at }
        : { frequency: 'hourly', intervalHours, windowHours: 24, at: backupPolicy.at },
    timeZone: backupPolicy.timeZone,
    instantRestoreDays: Math.min(backupPolicy.instantRestoreDays.value, mostInstantDays(tier, intervalHours), dailyDays),
    retain: {
      dailyDays,
      ...(weeklyWeeks === undefined ? {} : { weeklyWeeks: weeklyWeeks.value }),
      ...(monthlyMonths === undefined ? {} : { monthlyMonths: monthlyMonths.value }),
      ...(yearlyYears === undefined ? {} : { yearlyYears: yearlyYears.value }),
    },
  };
  const reasons = policyProblems(input);
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'policy', input };
};

const leastDailyDays = 7;

/** Facts B-65, B-66. */
const mostInstantDays = (tier: BackupPolicyInput['tier'], intervalHours: number | undefined): number => {
  if (tier === 'standard') return 5;
  if (intervalHours === 4) return 17;
  return intervalHours === 6 ? 22 : 30;
};

/** Everything about a policy that Azure would refuse, as far as is documented. */
export const policyProblems = (input: BackupPolicyInput): readonly Reason[] => {
  const { tier, schedule, retain, instantRestoreDays } = input;
  const { dailyDays = 0, weeklyWeeks = 0, monthlyMonths = 0, yearlyYears = 0 } = retain;
  const perDay = schedule.frequency === 'hourly' ? Math.ceil((schedule.windowHours ?? 24) / (schedule.intervalHours ?? 24)) : 1;
  // In an hourly policy only the day's last point goes to the vault; the others live as long as instant restore (B-67).
  const points = dailyDays + Math.max(0, perDay - 1) * instantRestoreDays + weeklyWeeks + monthlyMonths + yearlyYears;
  const checks: readonly (readonly [boolean, string, string, string])[] = [
    [tier === 'standard' && schedule.frequency === 'hourly', 'A standard policy cannot run hourly.', sources.INST, 'B-65'],
    [dailyDays < leastDailyDays || dailyDays > 9999, `Daily points are kept 7 to 9,999 days, not ${dailyDays}.`, sources.FAQ, 'B-14'],
    [weeklyWeeks > 5163, `Weekly points are kept 5,163 weeks at most, not ${weeklyWeeks}.`, sources.FAQ, 'B-14'],
    [monthlyMonths > 1188, `Monthly points are kept 1,188 months at most, not ${monthlyMonths}.`, sources.FAQ, 'B-14'],
    [yearlyYears > 99, `Yearly points are kept 99 years at most, not ${yearlyYears}.`, sources.FAQ, 'B-14'],
    [points > 9999, `One machine has 9,999 points at most, and this policy would keep ${points}.`, sources.FAQ, 'B-14'],
    [instantRestoreDays < 1, 'Instant restore cannot be turned off: one day is the least.', sources.INST, 'B-71'],
    [instantRestoreDays > mostInstantDays(tier, schedule.intervalHours), `Instant restore of ${instantRestoreDays} days is more than this schedule allows.`, sources.INST, 'B-66'],
    [instantRestoreDays > dailyDays, 'Instant restore may not outlast the retention in the vault.', sources.ENH, 'B-71'],
  ];
  return checks.filter(([broken]) => broken).map(([, text, source, fact]) => refusalReason('policy-limit', text, source, fact));
};
