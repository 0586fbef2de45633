/** Whether a step's goal holds, by GETs of the resource itself. Read before the write and after it. */
import { consistencyText, isAtLeast } from '../core/findings/quality.ts';
import { keyOf, nameOf, sameResource } from '../core/ids.ts';
import type { Goal, Step } from '../core/plan.ts';
import { instantMs } from '../core/time.ts';
import type { GoalState, Refused } from '../engine/ports.ts';
import type { Arm } from './ask.ts';
import { normaliseRestorePoint } from './normalise-points.ts';
import { backupJobsSince } from './backup-jobs.ts';
import { flagAt, numberAt, textAt } from './raw.ts';
import { provisioningOf, readResource } from './resource.ts';
import { isOwnSnapshot, madeFor } from './steps/made-for.ts';

type GoalOf<K extends Goal['kind']> = Extract<Goal, { kind: K }>;

export interface GoalReader {
  readonly arm: Arm;
  /** Azure's clock, where it has been heard. */
  readonly now: () => number | undefined;
  readonly signal: AbortSignal;
}

export const readGoal = (reader: GoalReader, goal: Goal, step: Step): Promise<GoalState> => {
  switch (goal.kind) {
    case 'exists':
      return exists(reader, goal, step);
    case 'snapshot-complete':
      return snapshotComplete(reader, goal, step);
    case 'restore-point-complete':
      return restorePointComplete(reader, goal);
    case 'backup-configured':
      return backupConfigured(reader, goal);
    default:
      return backupPointSince(reader, goal);
  }
};

const holds = (id: string): GoalState => ({ kind: 'holds', outputs: { id } });

const exists = async ({ arm, signal }: GoalReader, { resourceId }: GoalOf<'exists'>, step: Step): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const provisioning = provisioningOf(read.body);
  if (provisioning === 'failed') return { kind: 'absent', detail: 'it exists, and its provisioning failed' };
  if (!madeFor(step, read.body)) return taken(resourceId, 'it exists already and is not what this plan makes');
  return provisioning === 'ready' ? holds(resourceId) : { kind: 'coming', phase: 'being provisioned' };
};

/** Complete as audit means it: wholly copied, and not leaning on its source disk (facts S-10, S-12). */
const snapshotComplete = async ({ arm, signal }: GoalReader, { resourceId, sourceDiskId }: GoalOf<'snapshot-complete'>, step: Step): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const { body } = read;
  const source = textAt(body, 'properties', 'creationData', 'sourceResourceId') ?? '';
  if (!sameResource(source, sourceDiskId)) return taken(resourceId, 'a snapshot of another disk has this name');
  if (!isOwnSnapshot(step, body)) return taken(resourceId, 'a snapshot of this disk that is not what this plan makes has this name');
  const copyError = textAt(body, 'properties', 'copyCompletionError', 'errorMessage');
  if (copyError !== undefined) return { kind: 'absent', detail: `its copy failed: ${copyError}` };
  const provisioning = provisioningOf(body);
  if (provisioning === 'failed') return { kind: 'absent', detail: 'it exists, and its provisioning failed' };
  if (provisioning === 'coming') return { kind: 'coming', phase: 'being provisioned' };
  const percent = numberAt(body, 'properties', 'completionPercent') ?? 100;
  const access = textAt(body, 'properties', 'snapshotAccessState')?.toLowerCase();
  if (percent < 100) return { kind: 'coming', phase: `copied ${percent} %` };
  if (access === 'pending' || access === 'instantaccess') return { kind: 'coming', phase: 'still leans on its source disk' };
  return holds(resourceId);
};

/**
 * Finished and whole. Azure decides the consistency (facts P-02): a weaker one than wanted does not undo the point, and is
 * said. A point cannot be written twice (facts P-21), so one that failed stands in the way.
 */
const restorePointComplete = async ({ arm, signal }: GoalReader, goal: GoalOf<'restore-point-complete'>): Promise<GoalState> => {
  const read = await readResource(arm, goal.resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const point = normaliseRestorePoint(read.body);
  if (point.kind !== 'item') return taken(goal.resourceId, 'Azure answers about it in words that cannot be read');
  const { failed, provisioned, diskKeys, excludedDiskKeys, consistency } = point.item;
  if (failed === true) return taken(goal.resourceId, 'a restore point of this name failed, and Azure lets none be made over it');
  if (!provisioned) return { kind: 'coming', phase: 'being made' };
  const missing = goal.diskIds.filter((id) => !diskKeys.includes(keyOf(id)) || excludedDiskKeys.includes(keyOf(id)));
  if (missing.length > 0) return taken(goal.resourceId, `it does not hold ${missing.map(nameOf).join(', ')} of ${nameOf(goal.machineId)}`);
  const outputs = { id: goal.resourceId, consistency };
  if (isAtLeast(consistency, goal.consistency)) return { kind: 'holds', outputs };
  return { kind: 'holds', outputs, detail: `weaker than asked for: ${consistencyText(consistency)}, not ${consistencyText(goal.consistency)}` };
};

/** IRPending will do: the first backup comes later, and verification says `protection-pending` until then. */
const backupConfigured = async ({ arm, signal }: GoalReader, goal: GoalOf<'backup-configured'>): Promise<GoalState> => {
  const read = await readResource(arm, goal.itemId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const { body } = read;
  const machine = textAt(body, 'properties', 'sourceResourceId') ?? textAt(body, 'properties', 'virtualMachineId') ?? '';
  const state = textAt(body, 'properties', 'protectionState') ?? 'unknown';
  if (!sameResource(machine, goal.machineId)) return taken(goal.itemId, `the item protects ${machine || 'an unnamed machine'}`);
  if (flagAt(body, 'properties', 'isScheduledForDeferredDelete') === true) return { kind: 'absent', detail: 'the item is soft-deleted' };
  if (!working.has(state.toLowerCase())) return { kind: 'absent', detail: `the item's protection is ${state}` };
  const policy = textAt(body, 'properties', 'policyId') ?? '';
  return sameResource(policy, goal.policyId) ? holds(goal.itemId) : { kind: 'absent', detail: `the item follows another policy, ${policy || 'none'}` };
};

/** An error of one backup does not undo the configuration; the audit reports it. */
const working: ReadonlySet<string> = new Set(['irpending', 'protected', 'protectionerror']);

const jobLookMs = 60_000;

const backupPointSince = async ({ arm, now, signal }: GoalReader, { itemId, since }: GoalOf<'backup-point-since'>): Promise<GoalState> => {
  const sinceMs = instantMs(since) ?? 0;
  const read = await readResource(arm, itemId, signal);
  if (read.kind === 'none') return { kind: 'absent', detail: 'the machine is not protected in this vault' };
  if (read.kind !== 'body') return read;
  const lastPoint = instantMs(textAt(read.body, 'properties', 'lastRecoveryPoint')) ?? 0;
  if (lastPoint >= sinceMs) return holds(itemId);
  const found = await backupJobsSince(arm, itemId, sinceMs, now(), signal);
  if (found.kind !== 'jobs') return found;
  if (found.jobs.some((job) => job.state === 'ok')) return holds(itemId);
  return found.jobs.some((job) => job.state === 'running')
    ? { kind: 'coming', phase: 'a backup is running', retryAfterMs: jobLookMs }
    : { kind: 'absent' };
};

/** Writing would change something that is not ours. */
const taken = (subject: string, detail: string): Refused => ({
  kind: 'refused',
  problem: { code: 'name-taken', severity: 'high', subject, summary: 'What this step would make is there already, and is not its own', detail, remedy: 'Make a new plan.' },
});
