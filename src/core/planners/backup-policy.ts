/** Backup policies: which existing one will do, and what a new one must say. Azure's limits are in backup-policy-limits.ts. */
import { isUltraOrPremiumV2, skuOf } from '../check.ts';
import {
  brokenLimits,
  hourlyIntervals,
  instantDaysRange,
  leastDailyDays,
  longestGapHours,
} from '../backup-policy-limits.ts';
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
  const { windows, linux } = objective.consistency;
  const crashWillDo = [windows, linux].every((wanted) => wanted === 'crash' || wanted === 'none');
  return (
    policy.workload === 'virtual-machine' &&
    (tier === 'standard' || policy.tier === 'enhanced') &&
    longestGapHours({ ...policy.schedule, at: '00:00' }) <= objective.rpoHours.value &&
    (policy.retainDays ?? 0) >= objective.retainDays.value &&
    (!policy.crashConsistentOnly || crashWillDo)
  );
};

export type PolicyWish =
  | { readonly kind: 'policy'; readonly input: BackupPolicyInput }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

/** A new policy for the objective, within Azure's limits; what cannot be held within them is refused, never trimmed. */
export const policyFor = (tier: BackupPolicyInput['tier'], objective: Objective, guidance: Guidance): PolicyWish => {
  const { backupPolicy } = guidance.plan;
  const schedule = scheduleFor(objective.rpoHours.value, backupPolicy);
  if (schedule === undefined) {
    const text = `Azure Backup runs every 4 hours at the most, and the objective allows ${objective.rpoHours.value} hours between points.`;
    return { kind: 'refused', reasons: [refusalReason('policy-limit', text, sources.ENH, 'B-66')] };
  }
  const retain = retentionFor(schedule, objective, backupPolicy);
  const [least, most] = instantDaysRange({ tier, schedule });
  const vaultDays = retain.dailyDays ?? (retain.weeklyWeeks ?? 0) * 7;
  const input: BackupPolicyInput = {
    tier,
    schedule,
    timeZone: backupPolicy.timeZone,
    instantRestoreDays: Math.min(Math.max(backupPolicy.instantRestoreDays.value, least), most, vaultDays),
    retain,
  };
  const reasons = policyProblems(input);
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'policy', input };
};

/** As the guidance has it where that is often enough; else as seldom as the RPO allows. `undefined`: Azure is never that often. */
const scheduleFor = (
  rpoHours: number,
  { at, schedule }: Guidance['plan']['backupPolicy'],
): BackupPolicyInput['schedule'] | undefined => {
  if (schedule !== undefined) {
    const { source: _, ...wanted } = schedule;
    const wish = { ...wanted, at };
    if (longestGapHours(wish) <= rpoHours) return wish;
  }
  if (rpoHours >= 24) return { frequency: 'daily', at };
  const intervalHours = hourlyIntervals.find((hours) => hours <= rpoHours);
  return intervalHours === undefined ? undefined : { frequency: 'hourly', intervalHours, windowHours: 24, at };
};

const retentionFor = (
  schedule: BackupPolicyInput['schedule'],
  objective: Objective,
  { retain }: Guidance['plan']['backupPolicy'],
): BackupPolicyInput['retain'] => {
  const weekly = schedule.frequency === 'weekly';
  const weeks = weekly
    ? Math.max(retain.weeklyWeeks?.value ?? 1, Math.ceil(objective.retainDays.value / 7))
    : retain.weeklyWeeks?.value;
  return {
    // A weekly schedule makes no daily points to keep.
    ...(weekly ? {} : { dailyDays: Math.max(retain.dailyDays.value, objective.retainDays.value, leastDailyDays) }),
    ...(weeks === undefined ? {} : { weeklyWeeks: weeks }),
    ...(retain.monthlyMonths === undefined ? {} : { monthlyMonths: retain.monthlyMonths.value }),
    ...(retain.yearlyYears === undefined ? {} : { yearlyYears: retain.yearlyYears.value }),
  };
};

const policyProblems = (input: BackupPolicyInput): readonly Reason[] =>
  brokenLimits(input).map(({ text, source, fact }) => refusalReason('policy-limit', text, source, fact));
