/**
 * Restore points that would meet one of Azure Backup's own runs: Azure makes one at a time of a machine (facts P-12), and when
 * a policy's run may begin is known beforehand (facts B-17).
 */
import { mayStartAt } from '../backup-schedule.ts';
import { counted, listed } from '../duration.ts';
import type { BackupItem, BackupPolicy, Estate, Machine } from '../estate.ts';
import type { ResourceKey } from '../ids.ts';
import type { Problem } from '../problem.ts';
import { sources } from '../sources.ts';
import { dayMs, momentText, toInstant } from '../time.ts';
import type { Timing } from './job.ts';
import { duesBetween } from './windows.ts';

/** Every weekday of a weekly policy is in it. */
const lookedAheadMs = 8 * dayMs;

/** Of items in these states no run comes. */
const idle: ReadonlySet<BackupItem['state']> = new Set(['stopped', 'paused', 'suspended', 'soft-deleted']);

/** One for each policy that a window of the job meets. `machines`: those that get restore points. */
export const backupClashProblems = (
  timing: Timing,
  machines: readonly Pick<Machine, 'key' | 'name'>[],
  { backupItems, backupPolicies }: Pick<Estate, 'backupItems' | 'backupPolicies'>,
  nowMs: number,
): readonly Problem[] => {
  const policyOf = new Map<ResourceKey, ResourceKey>();
  for (const { machineKey, policyKey, state } of backupItems.items)
    if (policyKey !== undefined && !idle.has(state)) policyOf.set(machineKey, policyKey);
  return backupPolicies.items.flatMap((policy): readonly Problem[] => {
    const names = machines.flatMap(({ key, name }) => (policyOf.get(key) === policy.key ? [name] : []));
    const due = names.length === 0 ? undefined : firstMeeting(timing, policy, nowMs);
    return due === undefined ? [] : [problem(policy, names, due)];
  });
};

const firstMeeting = (timing: Timing, policy: BackupPolicy, nowMs: number): number | undefined => {
  for (const due of duesBetween(timing, nowMs, nowMs + lookedAheadMs)) if (mayStartAt(policy, due)) return due;
  return undefined;
};

const problem = ({ name, id }: BackupPolicy, machines: readonly string[], due: number): Problem => {
  const whose = machines.length > 3 ? counted(machines.length, 'machine') : listed(machines);
  return {
    code: 'floor-one-at-a-time',
    severity: 'medium',
    subject: id,
    summary: `a window begins at ${momentText(toInstant(due))}, when Azure Backup of ${whose} may be starting by policy ${name}, and Azure makes one restore point of a machine at a time: the later of the two has to wait`,
    detail: `P-12: ${sources.RP}; B-17: ${sources.FAQ}`,
    remedy: "begin windows before the policy's time, or more than 2 h after it",
  };
};
