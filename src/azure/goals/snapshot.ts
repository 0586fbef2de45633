import { sameResource } from '../../core/ids.ts';
import type { GoalState } from '../../engine/ports.ts';
import { numberAt, textAt } from '../raw.ts';
import { provisioningOf, readResource } from '../resource.ts';
import { isOwnSnapshot } from '../steps/made-for.ts';
import { holds, taken, type ReadGoal } from './reader.ts';

/** Complete as audit means it: wholly copied, and not leaning on its source disk (facts S-10, S-12). */
export const snapshotComplete: ReadGoal<'snapshot-complete'> = async (
  { arm, signal },
  { resourceId, sourceDiskId },
  step,
): Promise<GoalState> => {
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
