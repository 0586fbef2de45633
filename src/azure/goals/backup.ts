import { sameResource, type ResourceId } from '../../core/ids.ts';
import type { BackupPoint } from '../../core/estate.ts';
import { dayMs, hourMs, instantMs } from '../../core/time.ts';
import type { GoalState } from '../../engine/ports.ts';
import { backupJobsSince } from '../backup-jobs.ts';
import { flagAt, listAt, textAt } from '../raw.ts';
import { readResource, type Read } from '../resource.ts';
import { normaliseBackupItem, normaliseBackupPoint } from '../normalise-backup.ts';
import { unanswered } from '../ask.ts';
import { apiVersions } from '../kinds.ts';
import { filterTime } from '../backup-jobs.ts';
import { holds, taken, type GoalReader, type ReadGoal } from './reader.ts';

/** IRPending will do: the first backup comes later, and verification says `protection-pending` until then. */
export const backupConfigured: ReadGoal<'backup-configured'> = async ({ arm, signal }, goal): Promise<GoalState> => {
  const read = await readResource(arm, goal.itemId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const { body } = read;
  const machine =
    textAt(body, 'properties', 'sourceResourceId') ?? textAt(body, 'properties', 'virtualMachineId') ?? '';
  const state = textAt(body, 'properties', 'protectionState') ?? 'unknown';
  if (!sameResource(machine, goal.machineId))
    return taken(goal.itemId, `the item protects ${machine || 'an unnamed machine'}`);
  if (flagAt(body, 'properties', 'isScheduledForDeferredDelete') === true)
    return { kind: 'absent', detail: 'the item is soft-deleted' };
  if (!working.has(state.toLowerCase())) return { kind: 'absent', detail: `the item's protection is ${state}` };
  const policy = textAt(body, 'properties', 'policyId') ?? '';
  if (!sameResource(policy, goal.policyId))
    return { kind: 'absent', detail: `the item follows another policy, ${policy || 'none'}` };
  const left = goal.excludeLuns === undefined ? undefined : otherDisksLeftOut(body, goal.excludeLuns);
  return left === undefined ? holds(goal.itemId) : { kind: 'absent', detail: left };
};

const otherDisksLeftOut = (body: unknown, wanted: readonly number[]): string | undefined => {
  const read = normaliseBackupItem(body);
  if (read.kind !== 'item') return 'the item does not tell which disks it leaves out';
  const { diskExclusion: { luns, inclusion } = { luns: [], inclusion: false }, disksUnknown } = read.item;
  if (disksUnknown !== undefined) return disksUnknown.detail;
  const agrees = !inclusion && luns.length === wanted.length && wanted.every((lun) => luns.includes(lun));
  return agrees
    ? undefined
    : `the item ${inclusion ? 'takes only' : 'leaves out'} the disks at LUN ${luns.join(', ') || 'none'}`;
};

/** An error of one backup does not undo the configuration; the audit reports it. */
const working: ReadonlySet<string> = new Set(['irpending', 'protected', 'protectionerror']);

const jobLookMs = 60_000;

export const backupPointSince: ReadGoal<'backup-point-since'> = async (
  reader,
  { itemId, since },
): Promise<GoalState> => {
  const { arm, now, signal } = reader;
  const sinceMs = instantMs(since) ?? 0;
  const read = await readResource(arm, itemId, signal);
  if (read.kind === 'none') return { kind: 'absent', detail: 'the machine is not protected in this vault' };
  if (read.kind !== 'body') return read;
  const lastPoint = instantMs(textAt(read.body, 'properties', 'lastRecoveryPoint')) ?? 0;
  if (lastPoint >= sinceMs) return pointMade(reader, itemId, sinceMs);
  // One that began before is waited for too: Azure takes none beside it, and counts the attempt.
  const found = await backupJobsSince(arm, itemId, sinceMs - dayMs, now(), signal);
  if (found.kind !== 'jobs') return found;
  if (found.jobs.some((job) => job.state === 'ok' && job.startedAt >= sinceMs))
    return pointMade(reader, itemId, sinceMs);
  return found.jobs.some((job) => job.state === 'running')
    ? { kind: 'coming', phase: 'a backup is running', retryAfterMs: jobLookMs }
    : { kind: 'absent' };
};

/** Long enough before the request for a point that Azure dates by the start of its snapshot. */
const earlierMs = 60_000;

/** The goal holds; what was truly obtained is told from the point itself, and left untold where it cannot be read. */
const pointMade = async ({ arm, now, signal }: GoalReader, itemId: ResourceId, sinceMs: number): Promise<GoalState> => {
  const $filter = `startDate eq '${filterTime(sinceMs - earlierMs)}' and endDate eq '${filterTime((now() ?? sinceMs) + hourMs)}'`;
  const answer = await arm.ask({
    provider: 'backup',
    method: 'GET',
    path: `${itemId}/recoveryPoints`,
    apiVersion: apiVersions.backup,
    query: { $filter },
    signal,
  });
  if (answer.kind !== 'answer') {
    const trouble = unanswered(answer);
    const why =
      trouble.kind === 'throttled'
        ? 'Azure turned the question away'
        : (trouble.problem.detail ?? trouble.problem.summary);
    return { kind: 'holds', outputs: { id: itemId }, detail: `which consistency it has was not told: ${why}` };
  }
  const points = listAt(answer.response.body, 'value')
    .map(normaliseBackupPoint)
    .flatMap((row) => (row.kind === 'item' ? [row.item] : []))
    .toSorted((a, b) => (instantMs(b.at) ?? 0) - (instantMs(a.at) ?? 0));
  const [newest] = points;
  const detail =
    newest === undefined ? 'its point is not listed yet, so its consistency is not known' : pointText(newest);
  return { kind: 'holds', outputs: { id: newest?.id ?? itemId }, detail };
};

const pointText = ({ at, consistency, disksIncluded, disksAttached }: BackupPoint): string => {
  const words =
    consistency === 'unknown'
      ? 'of a consistency that Azure did not tell'
      : consistency === 'none'
        ? 'not consistent'
        : `${consistency}-consistent`;
  const disks =
    disksIncluded === undefined || disksAttached === undefined || disksIncluded === disksAttached
      ? ''
      : `, ${disksIncluded} of ${disksAttached} disks`;
  return `a point of ${at ?? 'an unknown moment'}, ${words}${disks}`;
};

type ItemGoal = { readonly machineId: ResourceId; readonly itemId: ResourceId };

/** Reads an item, and judges it where it is the machine's own. */
const judgeItem = async (
  { arm, signal }: GoalReader,
  { machineId, itemId }: ItemGoal,
  none: GoalState,
  by: (body: unknown, softDeleted: boolean) => GoalState,
): Promise<GoalState> => {
  const read: Read = await readResource(arm, itemId, signal);
  if (read.kind === 'none') return none;
  if (read.kind !== 'body') return read;
  const machine =
    textAt(read.body, 'properties', 'sourceResourceId') ?? textAt(read.body, 'properties', 'virtualMachineId') ?? '';
  if (!sameResource(machine, machineId)) return taken(itemId, `the item protects ${machine || 'an unnamed machine'}`);
  return by(read.body, flagAt(read.body, 'properties', 'isScheduledForDeferredDelete') === true);
};

const gone: GoalState = { kind: 'absent', detail: 'there is no such item in the vault' };

export const backupStopped: ReadGoal<'backup-stopped'> = (reader, goal) =>
  judgeItem(reader, goal, gone, (body, softDeleted) => {
    if (softDeleted) return { kind: 'absent', detail: 'the item is soft-deleted' };
    const state = textAt(body, 'properties', 'protectionState') ?? 'unknown';
    return state.toLowerCase() === 'protectionstopped'
      ? holds(goal.itemId)
      : { kind: 'absent', detail: `the item's protection is ${state}` };
  });

export const backupDeleted: ReadGoal<'backup-deleted'> = (reader, goal) =>
  judgeItem(reader, goal, holds(goal.itemId), (_body, softDeleted) =>
    softDeleted ? holds(goal.itemId) : { kind: 'absent', detail: 'the item is still there' },
  );

export const backupUndeleted: ReadGoal<'backup-undeleted'> = (reader, goal) =>
  judgeItem(reader, goal, gone, (_body, softDeleted) =>
    softDeleted ? { kind: 'absent', detail: 'the item is soft-deleted' } : holds(goal.itemId),
  );

export const vaultLocked: ReadGoal<'vault-locked'> = async ({ arm, signal }, { vaultId }): Promise<GoalState> => {
  const read = await readResource(arm, vaultId, signal);
  if (read.kind === 'none') return { kind: 'absent', detail: 'the vault is not there' };
  if (read.kind !== 'body') return read;
  const state = textAt(read.body, 'properties', 'securitySettings', 'immutabilitySettings', 'state') ?? 'Disabled';
  return state.toLowerCase() === 'locked' ? holds(vaultId) : { kind: 'absent', detail: `its immutability is ${state}` };
};
