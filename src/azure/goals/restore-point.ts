import { consistencyText, isAtLeast } from '../../core/findings/quality.ts';
import { keyOf, nameOf } from '../../core/ids.ts';
import type { GoalState } from '../../engine/ports.ts';
import { normaliseRestorePoint } from '../normalise-points.ts';
import { readResource } from '../resource.ts';
import { holds, taken, type ReadGoal } from './reader.ts';

/**
 * Finished and whole. Azure decides the consistency (facts P-02): a weaker one than wanted does not undo the point, and is
 * said. A point cannot be written twice (facts P-21), so one that failed stands in the way.
 */
export const restorePointComplete: ReadGoal<'restore-point-complete'> = async (
  { arm, signal },
  goal,
): Promise<GoalState> => {
  const read = await readResource(arm, goal.resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const point = normaliseRestorePoint(read.body);
  if (point.kind !== 'item') return taken(goal.resourceId, 'Azure answers about it in words that cannot be read');
  const { failed, provisioned, diskKeys, excludedDiskKeys, consistency } = point.item;
  if (failed === true)
    return taken(goal.resourceId, 'a restore point of this name failed, and Azure lets none be made over it');
  if (!provisioned) return { kind: 'coming', phase: 'being made' };
  const missing = goal.diskIds.filter((id) => !diskKeys.includes(keyOf(id)) || excludedDiskKeys.includes(keyOf(id)));
  if (missing.length > 0)
    return taken(goal.resourceId, `it does not hold ${missing.map(nameOf).join(', ')} of ${nameOf(goal.machineId)}`);
  const outputs = { id: goal.resourceId, consistency };
  if (isAtLeast(consistency, goal.consistency)) return { kind: 'holds', outputs };
  return {
    kind: 'holds',
    outputs,
    detail: `weaker than asked for: ${consistencyText(consistency)}, not ${consistencyText(goal.consistency)}`,
  };
};

/** The point is made at once, and its disks follow in the background: only its instance view tells how far they are. */
export const restorePointCopied: ReadGoal<'restore-point-copied'> = async (
  { arm, signal },
  { resourceId, sourcePointId },
): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal, { $expand: 'instanceView' });
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const point = normaliseRestorePoint(read.body);
  if (point.kind !== 'item') return taken(resourceId, 'Azure answers about it in words that cannot be read');
  const { failed, provisioned, sourcePointKey, copiedPercent } = point.item;
  if (sourcePointKey !== keyOf(sourcePointId))
    return taken(resourceId, 'a restore point that is no copy of this one has this name');
  if (failed === true) return taken(resourceId, 'a copy of this name failed, and Azure lets none be made over it');
  if (!provisioned) return { kind: 'coming', phase: 'being made' };
  if (copiedPercent === undefined) return { kind: 'coming', phase: 'copied as far as Azure does not tell' };
  return copiedPercent < 100 ? { kind: 'coming', phase: `copied ${copiedPercent} %` } : holds(resourceId);
};

/** Begun is begun, even where it has failed since: the next run of its job deletes it and begins anew. */
export const restorePointCopyBegun: ReadGoal<'restore-point-copy-begun'> = async (
  { arm, signal },
  { resourceId, sourcePointId },
): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const point = normaliseRestorePoint(read.body);
  if (point.kind !== 'item') return taken(resourceId, 'Azure answers about it in words that cannot be read');
  if (point.item.sourcePointKey !== keyOf(sourcePointId))
    return taken(resourceId, 'a restore point that is no copy of this one has this name');
  return point.item.failed === true
    ? { kind: 'holds', outputs: { id: resourceId }, detail: 'its copy failed' }
    : holds(resourceId);
};
