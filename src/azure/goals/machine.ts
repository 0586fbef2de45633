import type { GoalState } from '../../engine/ports.ts';
import { powerOf } from '../power.ts';
import { readResource } from '../resource.ts';
import { holds, type ReadGoal } from './reader.ts';

/** On its way there, in Azure's words for power states. */
const via: Readonly<Record<'running' | 'deallocated', string>> = { running: 'starting', deallocated: 'deallocating' };

const lookMs = 10_000;

export const machinePower: ReadGoal<'machine-power'> = async (
  { arm, signal },
  { machineId, power },
): Promise<GoalState> => {
  const read = await readResource(arm, machineId, signal, { $expand: 'instanceView' });
  if (read.kind === 'none') return { kind: 'absent', detail: 'the machine is gone' };
  if (read.kind !== 'body') return read;
  const found = powerOf(read.body);
  if (found === power) return holds(machineId);
  if (found === via[power]) return { kind: 'coming', phase: found, retryAfterMs: lookMs };
  return { kind: 'absent', detail: `it is ${found ?? 'in an unknown power state'}` };
};
