import { sameResource } from '../../core/ids.ts';
import type { Step } from '../../core/plan.ts';
import type { GoalState } from '../../engine/ports.ts';
import { normaliseReplicatedItem } from '../normalise-replication.ts';
import { numberAt, textAt } from '../raw.ts';
import { readResource } from '../resource.ts';
import { holds, taken, type ReadGoal } from './reader.ts';

/** Mappings of containers and of networks go through states of their own after their operation. */
export const paired: ReadGoal<'paired'> = async ({ arm, signal }, { resourceId }, step): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const other = otherThan(step, read.body);
  if (other !== undefined) return taken(resourceId, other);
  const state = textAt(read.body, 'properties', 'state') ?? 'unknown';
  if (state.toLowerCase() === 'paired') return holds(resourceId);
  return /failed/i.test(state)
    ? { kind: 'absent', detail: `its state is ${state}` }
    : { kind: 'coming', phase: `its state is ${state}` };
};

const otherThan = (step: Step, body: unknown): string | undefined => {
  const differs = (wanted: string, name: string): boolean =>
    !sameResource(textAt(body, 'properties', name) ?? '', wanted);
  if (step.kind === 'replication-mapping.create') {
    if (differs(step.input.targetContainerId, 'targetProtectionContainerId')) return 'it maps to another container';
    return differs(step.input.policyId, 'policyId') ? 'it follows another policy' : undefined;
  }
  if (step.kind !== 'network-mapping.create') return undefined;
  const away =
    differs(step.input.networkId, 'primaryNetworkId') || differs(step.input.targetNetworkId, 'recoveryNetworkId');
  return away ? 'it maps other networks' : undefined;
};

/** Hours, for a large disk; what Azure tells of the progress is told. */
const copyLookMs = 60_000;

/**
 * `Protected` (facts R-47), whatever the health: a lag or a warning does not undo the copy, is said, and judged by the audit.
 */
export const replicated: ReadGoal<'replicated'> = async (
  { arm, signal },
  { machineId, itemId },
): Promise<GoalState> => {
  const read = await readResource(arm, itemId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const normal = normaliseReplicatedItem(read.body);
  if (normal.kind !== 'item') return taken(itemId, 'Azure answers about it in words that cannot be read');
  const { machineKey, protectionState: state, health, rpoSeconds } = normal.item;
  if (machineKey === undefined || !sameResource(machineKey, machineId))
    return taken(itemId, `it replicates ${machineKey ?? 'an unnamed machine'}`);
  if (/^protected$/i.test(state)) {
    const outputs = { id: itemId, ...(rpoSeconds === undefined ? {} : { rpoSeconds: String(rpoSeconds) }) };
    return health === 'normal'
      ? { kind: 'holds', outputs }
      : {
          kind: 'holds',
          outputs,
          detail: `its replication health is ${health ?? 'not told'}`,
        };
  }
  if (/fail/i.test(state) && !/failover/i.test(state))
    return taken(itemId, `its state is ${state}; disable replication before trying again`);
  if (/^(?:unprotected|disabl|unplanned|planned|failover|switch)/i.test(state))
    return taken(itemId, `its state is ${state}`);
  return { kind: 'coming', phase: phaseOf(state, read.body), retryAfterMs: copyLookMs };
};

/** `InitialReplicationInProgress` in words, and how far it is where Azure says so. */
const phaseOf = (state: string, body: unknown): string => {
  const words = state.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  const percent = numberAt(body, 'properties', 'providerSpecificDetails', 'monitoringPercentageCompletion');
  return percent === undefined ? words : `${words}, ${Math.round(percent)} %`;
};

export const notReplicated: ReadGoal<'not-replicated'> = async ({ arm, signal }, { itemId }): Promise<GoalState> => {
  const read = await readResource(arm, itemId, signal);
  if (read.kind === 'none') return holds(itemId);
  if (read.kind !== 'body') return read;
  const state = textAt(read.body, 'properties', 'protectionState') ?? 'unknown';
  return /^disabl/i.test(state) && !/fail/i.test(state)
    ? { kind: 'coming', phase: 'replication is being disabled' }
    : { kind: 'absent' };
};
