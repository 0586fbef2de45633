import type { GoalState } from '../../engine/ports.ts';
import { readResource } from '../resource.ts';
import { holds, type ReadGoal } from './reader.ts';

/** Only Azure's own 404 counts: what one may not see is not gone. */
export const gone: ReadGoal<'gone'> = async ({ arm, signal }, { resourceId }): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return holds(resourceId);
  return read.kind === 'body' ? { kind: 'absent', detail: 'it is still there' } : read;
};
