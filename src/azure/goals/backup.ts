import { sameResource } from '../../core/ids.ts';
import { instantMs } from '../../core/time.ts';
import type { GoalState } from '../../engine/ports.ts';
import { backupJobsSince } from '../backup-jobs.ts';
import { flagAt, textAt } from '../raw.ts';
import { readResource } from '../resource.ts';
import { holds, taken, type ReadGoal } from './reader.ts';

/** IRPending will do: the first backup comes later, and verification says `protection-pending` until then. */
export const backupConfigured: ReadGoal<'backup-configured'> = async ({ arm, signal }, goal): Promise<GoalState> => {
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

export const backupPointSince: ReadGoal<'backup-point-since'> = async ({ arm, now, signal }, { itemId, since }): Promise<GoalState> => {
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
