/** What replication asks of Azure before a plan: bounded by vaults, subscriptions and the machines to be replicated. */
import type { Estate } from '../../estate.ts';
import { known } from '../../fact.ts';
import type { Guidance } from '../../guidance.ts';
import { bareId, keyOf, resourceGroupId, subscriptionOf, type ResourceId } from '../../ids.ts';
import type { Step } from '../../plan.ts';
import {
  emptySetup,
  type NetworkInterface,
  type ReplicationFacts,
  type ReplicationQuestions,
  type VirtualNetwork,
} from '../../replication.ts';

/** As if nothing were there and nothing stood against it: every machine in one network of its group. */
export const hopefulReplication = (estate: Estate): ReplicationFacts => {
  const bySubscription = Map.groupBy(estate.machines.items, ({ subscriptionId }) => subscriptionId.toLowerCase());
  return {
    setups: new Map(estate.vaults.items.map(({ key }) => [key, known(emptySetup)])),
    networks: new Map(
      [...bySubscription].map(([subscription, machines]) => {
        const places = new Map(
          machines.map(({ key, id, location }) => [
            key,
            { id: `${resourceGroupId(id)}/providers/Microsoft.Network/virtualNetworks/any-${location}`, location },
          ]),
        );
        const networks = new Map([...places.values()].map(({ id, location }) => [keyOf(id), anyNetwork(id, location)]));
        const interfaces = machines.map(({ key }): NetworkInterface => ({
          machineKey: key,
          primary: true,
          networkKey: keyOf(places.get(key)!.id),
          subnetName: 'any',
        }));
        return [subscription, known({ networks: [...networks.values()], interfaces })] as const;
      }),
    ),
    accounts: new Map([...bySubscription.keys()].map((subscription) => [subscription, known([])])),
    eligibility: new Map(estate.machines.items.map(({ key }) => [key, known([])])),
    softDelete: new Map(),
  };
};

const anyNetwork = (id: ResourceId, location: string): VirtualNetwork => ({
  id,
  key: keyOf(id),
  name: 'any',
  location,
  addressPrefixes: ['10.0.0.0/16'],
  subnets: [{ name: 'any', addressPrefixes: ['10.0.0.0/24'] }],
});

/** Which network is to be recovered into may stand in an answer that is still to come: until then, one can always be made. */
export const hopefulGuidance = (guidance: Guidance): Guidance => {
  const { siteRecovery } = guidance.plan;
  return siteRecovery === undefined
    ? guidance
    : {
        ...guidance,
        plan: { ...guidance.plan, siteRecovery: { ...siteRecovery, network: 'make', networks: {} } },
      };
};

export const replicationQuestions = (
  steps: readonly Step[],
  estate: Estate,
  guidance: Guidance,
): ReplicationQuestions => {
  const enabled = steps.flatMap((step) => (step.kind === 'replication.enable' ? [step.input] : []));
  const routes = new Set(
    enabled.map(({ machineId, targetLocation }) => `${subscriptionOf(machineId)}|${targetLocation}`),
  );
  const subscriptions = new Set(enabled.map(({ machineId }) => subscriptionOf(machineId)));
  const named = enabled.length === 0 ? [] : Object.values(guidance.plan.siteRecovery?.networks ?? {});
  return {
    vaults: estate.vaults.items
      .filter(({ subscriptionId, location }) => routes.has(`${subscriptionId.toLowerCase()}|${location}`))
      .map(({ id }) => bareId(id)),
    subscriptions: [...new Set([...subscriptions, ...named.map(subscriptionOf)])],
    machines: enabled.map(({ machineId }) => machineId),
    accounts:
      enabled.length === 0
        ? []
        : [...new Set(estate.replicatedItems.items.flatMap(({ cacheAccountKeys = [] }) => cacheAccountKeys))],
  };
};
