import type { GoalState } from '../../engine/ports.ts';
import { provisioningOf, readResource } from '../resource.ts';
import { isStrangers, madeFor } from '../steps/made-for.ts';
import { holds, taken, type ReadGoal } from './reader.ts';

export const exists: ReadGoal<'exists'> = async ({ arm, signal }, { resourceId }, step): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const provisioning = provisioningOf(read.body);
  // A machine in use is `Failed` as soon as its last change failed: nothing of somebody else's is written over.
  if (provisioning === 'failed' && isStrangers(step, read.body))
    return taken(resourceId, "it exists already, has failed, and is somebody else's");
  if (provisioning === 'failed') return { kind: 'absent', detail: 'it exists, and its provisioning failed' };
  if (!madeFor(step, read.body)) return taken(resourceId, 'it exists already and is not what this plan makes');
  return provisioning === 'ready' ? holds(resourceId) : { kind: 'coming', phase: 'being provisioned' };
};
