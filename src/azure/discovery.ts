/**
 * Azure Backup protects only machines it has discovered. One list per vault serves every step; a machine missing from it starts
 * one refresh, which the steps wait for. https://learn.microsoft.com/azure/backup/backup-azure-arm-userestapi-backupazurevms
 */
import { keyOf, type ResourceId, type ResourceKey } from '../core/ids.ts';
import type { Began, NotYet, Throttled, Uncertain } from '../engine/ports.ts';
import { unanswered, type Answer, type Arm } from './ask.ts';
import { retryAfterMsOf } from './failure.ts';
import { apiVersions } from './kinds.ts';
import { listAt, textAt } from './raw.ts';

export interface Discovery {
  /** `undefined`: go on and protect. Otherwise what to do first. */
  find(vaultId: ResourceId, machineId: ResourceId, signal: AbortSignal): Promise<Began | undefined>;
}

type Wait = NotYet | Throttled | Uncertain | Extract<Began, { kind: 'settled' }>;

interface VaultState {
  listed: ReadonlySet<ResourceKey> | undefined;
  /** The refresh under way. */
  refreshUrl: string | undefined;
  refreshed: boolean;
  /** The question in flight: steps of one vault ask it once. */
  asking: Promise<Wait | undefined> | undefined;
}

/** Where Azure does not say: a refresh took about 13 s in recorded traffic. */
const refreshLookMs = 10_000;

export const makeDiscovery = (arm: Arm): Discovery => {
  const vaults = new Map<ResourceKey, VaultState>();
  const ask = (
    vaultId: ResourceId,
    rest: string,
    method: 'GET' | 'POST',
    signal: AbortSignal,
    query = {},
  ): Promise<Answer> =>
    arm.ask({ provider: 'backup', method, path: `${vaultId}${rest}`, apiVersion: apiVersions.backup, query, signal });

  const step = async (vaultId: ResourceId, state: VaultState, signal: AbortSignal): Promise<Wait | undefined> => {
    if (state.refreshUrl !== undefined) return awaitRefresh(arm, state, signal);
    if (state.listed === undefined)
      return list(
        arm,
        state,
        await ask(vaultId, '/backupProtectableItems', 'GET', signal, {
          $filter: "backupManagementType eq 'AzureIaasVM'",
        }),
        signal,
      );
    const answer = await ask(vaultId, '/backupFabrics/Azure/refreshContainers', 'POST', signal);
    const trouble = answer.kind === 'answer' ? undefined : passing(answer);
    if (trouble) return trouble;
    state.refreshed = true;
    if (answer.kind !== 'answer') return undefined;
    state.refreshUrl = answer.response.headers['location'];
    return discovering(retryAfterMsOf(answer.response.headers));
  };

  return {
    async find(vaultId, machineId, signal) {
      const key = keyOf(vaultId);
      const state = vaults.get(key) ?? {
        listed: undefined,
        refreshUrl: undefined,
        refreshed: false,
        asking: undefined,
      };
      vaults.set(key, state);
      while (!state.listed?.has(keyOf(machineId))) {
        if (state.refreshed && state.listed !== undefined && state.refreshUrl === undefined) return undefined;
        state.asking ??= step(vaultId, state, signal).finally(() => (state.asking = undefined));
        const first = await state.asking;
        if (first) return first;
      }
      return undefined;
    },
  };
};

const awaitRefresh = async (arm: Arm, state: VaultState, signal: AbortSignal): Promise<Wait | undefined> => {
  const answer = await arm.ask({ provider: 'backup', method: 'GET', url: state.refreshUrl!, signal });
  if (answer.kind === 'answer' && answer.response.status === 202)
    return discovering(retryAfterMsOf(answer.response.headers));
  const trouble = answer.kind === 'answer' ? undefined : passing(answer);
  if (trouble) return trouble;
  state.refreshUrl = undefined;
  state.listed = undefined;
  return undefined;
};

const list = async (arm: Arm, state: VaultState, first: Answer, signal: AbortSignal): Promise<Wait | undefined> => {
  const found = new Set<ResourceKey>();
  for (let answer = first; ;) {
    if (answer.kind !== 'answer') {
      const trouble = passing(answer);
      if (trouble) return trouble;
      break;
    }
    for (const item of listAt(answer.response.body, 'value')) {
      const id = textAt(item, 'properties', 'virtualMachineId');
      if (id !== undefined) found.add(keyOf(id));
    }
    const url = textAt(answer.response.body, 'nextLink');
    if (url === undefined) break;
    answer = await arm.ask({ provider: 'backup', method: 'GET', url, signal });
  }
  state.listed = found;
  return undefined;
};

const discovering = (retryAfterMs: number | undefined): NotYet => ({
  kind: 'not-yet',
  phase: 'Azure Backup is looking for machines',
  retryAfterMs: retryAfterMs ?? refreshLookMs,
});

/**
 * Trouble that passes by itself, and a right that is missing: a write that fails for want of discovery would not
 * name it. Any other refusal is left to the write to report: discovery is a service to it, not a condition.
 */
const passing = (answer: Exclude<Answer, { kind: 'answer' }>): Wait | undefined => {
  const said = unanswered(answer);
  if (said.kind !== 'refused') return said;
  return answer.kind === 'forbidden' ? { kind: 'settled', ok: false, problem: said.problem } : undefined;
};
