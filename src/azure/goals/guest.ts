import type { GoalState } from '../../engine/ports.ts';
import { listAt, numberAt, textAt } from '../raw.ts';
import { readResource } from '../resource.ts';
import { holds, type ReadGoal } from './reader.ts';

export const machineGeneralized: ReadGoal<'machine-generalized'> = async (
  { arm, signal },
  { machineId },
): Promise<GoalState> => {
  const read = await readResource(arm, machineId, signal, { $expand: 'instanceView' });
  if (read.kind === 'none') return { kind: 'absent', detail: 'the machine is gone' };
  if (read.kind !== 'body') return read;
  const codes = listAt(read.body, 'properties', 'instanceView', 'statuses').map((status) =>
    textAt(status, 'code')?.toLowerCase(),
  );
  return codes.includes('osstate/generalized') ? holds(machineId) : { kind: 'absent' };
};

/** https://learn.microsoft.com/rest/api/compute/virtual-machine-run-commands/get#executionstate */
export const runCommandSucceeded: ReadGoal<'run-command-succeeded'> = async (
  { arm, signal },
  { resourceId },
): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal, { $expand: 'instanceView' });
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const state = textAt(read.body, 'properties', 'instanceView', 'executionState')?.toLowerCase();
  const code = numberAt(read.body, 'properties', 'instanceView', 'exitCode');
  if (state === 'succeeded' && (code ?? 0) === 0) return holds(resourceId);
  if (state === undefined || state === 'pending' || state === 'running' || state === 'unknown') {
    return { kind: 'coming', phase: 'the script runs' };
  }
  return { kind: 'absent', detail: `the script ended ${state}${code === undefined ? '' : `, exit code ${code}`}` };
};
