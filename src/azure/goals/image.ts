import { sameResource } from '../../core/ids.ts';
import type { GoalState } from '../../engine/ports.ts';
import { listAt, textAt } from '../raw.ts';
import { provisioningOf, readResource } from '../resource.ts';
import { holds, taken, type ReadGoal } from './reader.ts';

/** Whole: of the source the plan meant, and with as many data disks as it had. */
export const imageComplete: ReadGoal<'image-complete'> = async (
  { arm, signal },
  { resourceId, sourceId, dataDisks },
): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const { body } = read;
  const sources = [
    textAt(body, 'properties', 'sourceVirtualMachine', 'id'),
    textAt(body, 'properties', 'storageProfile', 'osDisk', 'managedDisk', 'id'),
    textAt(body, 'properties', 'storageProfile', 'osDisk', 'snapshot', 'id'),
    textAt(body, 'properties', 'storageProfile', 'osDisk', 'blobUri'),
  ];
  if (!sources.some((id) => id !== undefined && sameResource(id, sourceId)))
    return taken(resourceId, 'an image of something else has this name');
  const provisioning = provisioningOf(body);
  if (provisioning === 'failed') return { kind: 'absent', detail: 'it exists, and its provisioning failed' };
  if (provisioning === 'coming') return { kind: 'coming', phase: 'being made' };
  const found = listAt(body, 'properties', 'storageProfile', 'dataDisks').length;
  if (dataDisks !== null && found !== dataDisks)
    return taken(resourceId, `it holds ${found} data disks, and the machine has ${dataDisks}`);
  return holds(resourceId);
};
