/**
 * PUT restorePointCollections: 201, over at once. PUT restorePoints: 201 with Azure-AsyncOperation, once only (facts P-21).
 * https://learn.microsoft.com/rest/api/compute/restore-point-collections/create-or-update and
 * https://learn.microsoft.com/rest/api/compute/restore-points/create
 */
import type {
  RestorePointCollectionInput,
  RestorePointCopyInput,
  RestorePointInput,
} from '../../core/steps/restore-point.ts';
import { readGoal } from '../goals/index.ts';
import { given } from '../raw.ts';
import { putRunner, type MakeRunner } from './runner.ts';

export const restorePointCollectionCreate: MakeRunner<'restore-point-collection.create'> = (step, tools) =>
  putRunner(step, tools, collectionBody(step.input));

export const collectionBody = ({ location, tags, machineId, copyOf }: RestorePointCollectionInput) => ({
  location,
  tags,
  properties: { source: { id: copyOf ?? machineId } },
});

/** Not repeatable: a second PUT is refused even when it was the first one's twin. */
export const restorePointCreate: MakeRunner<'restore-point.create'> = (step, tools) => ({
  ...putRunner(step, tools, pointBody(step.input)),
  repeatable: false,
});

/** https://learn.microsoft.com/azure/virtual-machines/virtual-machines-copy-restore-points-how-to */
export const restorePointCopy: MakeRunner<'restore-point.copy'> = (step, tools) => {
  const put = putRunner(step, tools, pointCopyBody(step.input));
  return {
    ...put,
    repeatable: false,
    // The operation may last until all is copied; where beginning is all that is wanted, a look at the copy tells.
    poll: async (operation, signal) => {
      const polled = await put.poll(operation, signal);
      if (polled.kind !== 'running' || step.goal.kind !== 'restore-point-copy-begun') return polled;
      const goal = await readGoal({ ...tools, signal }, step.goal, step);
      return goal.kind === 'holds' ? { kind: 'settled', ok: true } : polled;
    },
  };
};

export const pointCopyBody = ({ sourcePointId }: RestorePointCopyInput) => ({
  properties: { sourceRestorePoint: { id: sourcePointId } },
});

/** Application consistency is what Azure does unless told otherwise; its name is no valid input (facts P-01). */
export const pointBody = ({ mode, excludeDiskIds }: RestorePointInput) => ({
  properties: {
    ...given('consistencyMode', mode === 'crash' ? 'CrashConsistent' : undefined),
    ...given('excludeDisks', excludeDiskIds.length === 0 ? undefined : excludeDiskIds.map((id) => ({ id }))),
  },
});
