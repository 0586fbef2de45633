import { keyOf, nameOf, sameResource } from '../../core/ids.ts';
import { apiVersions } from '../kinds.ts';
import type { Lists } from '../made-since.ts';
import { normaliseFabric, normaliseNetworkMapping } from '../normalise-replication-setup.ts';
import { normaliseReplicatedItem } from '../normalise-replication.ts';
import { textAt } from '../raw.ts';
import { holds, judge, moved, type Checker } from './checker.ts';

type Kinds = 'no-other-fabric' | 'no-other-network-mapping' | 'replicated-nowhere' | 'replicates-machine';

const listed = (lists: Lists, path: string, signal: AbortSignal) =>
  lists.all({ provider: 'site-recovery', path, apiVersion: apiVersions.siteRecovery }, signal);

export const siteRecoveryCheckers: { readonly [K in Kinds]: Checker<K> } = {
  'no-other-fabric': async (_arm, { vaultId, location }, signal, step, lists) => {
    const found = await listed(lists, `${vaultId}/replicationFabrics`, signal);
    if (found.kind !== 'items') return found;
    const other = found.items
      .flatMap((row) => normaliseFabric(row) ?? [])
      .find((fabric) => fabric.location === location && !sameResource(fabric.id, step.resourceId));
    return other === undefined
      ? holds
      : moved(`vault ${nameOf(vaultId)} has got the fabric ${other.name} for ${location} since the plan looked`);
  },

  'no-other-network-mapping': async (_arm, { fabricId, targetFabric, networkId }, signal, step, lists) => {
    const found = await listed(
      lists,
      `${fabricId}/replicationNetworks/azureNetwork/replicationNetworkMappings`,
      signal,
    );
    if (found.kind !== 'items') return found;
    const other = found.items
      .flatMap((row) => normaliseNetworkMapping(row) ?? [])
      .find(
        (mapping) =>
          mapping.networkKey === keyOf(networkId) &&
          nameOf(mapping.targetFabricKey) === targetFabric.toLowerCase() &&
          !sameResource(mapping.id, step.resourceId),
      );
    return other === undefined
      ? holds
      : moved(`network ${nameOf(networkId)} was mapped to ${nameOf(other.targetNetworkId)} since the plan looked`);
  },

  'replicated-nowhere': async (_arm, { machineId, vaultIds }, signal, step, lists) => {
    for (const vaultId of vaultIds) {
      const found = await listed(lists, `${vaultId}/replicationProtectedItems`, signal);
      if (found.kind !== 'items') return found;
      const other = found.items
        .flatMap((row) => {
          const normal = normaliseReplicatedItem(row);
          return normal.kind === 'item' ? [normal.item] : [];
        })
        .find((item) => item.machineKey === keyOf(machineId) && !sameResource(item.id, step.resourceId));
      if (other !== undefined) return moved(`vault ${nameOf(vaultId)} replicates ${nameOf(machineId)} now`);
    }
    return holds;
  },

  'replicates-machine': (arm, { machineId, itemId }, signal) =>
    judge(arm, itemId, signal, (body) => {
      const found = textAt(body, 'properties', 'providerSpecificDetails', 'fabricObjectId') ?? '';
      return sameResource(found, machineId)
        ? holds
        : moved(`the item replicates ${found === '' ? 'an unnamed machine' : nameOf(found)} now`);
    }),
};
