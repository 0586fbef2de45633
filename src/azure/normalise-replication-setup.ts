/** What a vault's replication is built from, Azure-to-Azure only. Ids come back as `/Subscriptions/…`. */
import type {
  ContainerMapping,
  NetworkMapping,
  ReplicationContainer,
  ReplicationFabric,
  ReplicationPolicy,
} from '../core/replication.ts';
import { bareId, keyOf, nameOf } from '../core/ids.ts';
import { locationOf } from './normalise-resource.ts';
import { numberAt, textAt } from './raw.ts';

const is = (found: string | undefined, wanted: string): boolean => found?.toLowerCase() === wanted;

export const normaliseFabric = (raw: unknown): ReplicationFabric | undefined => {
  const id = textAt(raw, 'id');
  const location = textAt(raw, 'properties', 'customDetails', 'location');
  if (
    id === undefined ||
    location === undefined ||
    !is(textAt(raw, 'properties', 'customDetails', 'instanceType'), 'azure')
  )
    return undefined;
  return { id: bareId(id), key: keyOf(id), name: nameOf(id), location: locationOf(location) };
};

export const normaliseContainer = (raw: unknown): ReplicationContainer | undefined => {
  const id = textAt(raw, 'id');
  if (id === undefined || !is(textAt(raw, 'properties', 'fabricType'), 'azure')) return undefined;
  return { id: bareId(id), key: keyOf(id), fabricKey: fabricKeyOf(id) };
};

/** `…/vaults/v/replicationFabrics/f` out of anything under it. */
const fabricKeyOf = (id: string): string => /^.*?\/replicationfabrics\/[^/]+/.exec(keyOf(id))?.[0] ?? '';

export const normaliseReplicationPolicy = (raw: unknown): ReplicationPolicy | undefined => {
  const id = textAt(raw, 'id');
  if (id === undefined || !is(textAt(raw, 'properties', 'providerSpecificDetails', 'instanceType'), 'a2a'))
    return undefined;
  const minutes = (name: string): number => numberAt(raw, 'properties', 'providerSpecificDetails', name) ?? 0;
  return {
    id: bareId(id),
    key: keyOf(id),
    name: nameOf(id),
    retainMinutes: minutes('recoveryPointHistory'),
    appConsistentMinutes: minutes('appConsistentFrequencyInMinutes'),
    // Sent as `Enable`, told as `Enabled`.
    multiMachine: /^enable/i.test(textAt(raw, 'properties', 'providerSpecificDetails', 'multiVmSyncStatus') ?? ''),
  };
};

export const normaliseContainerMapping = (raw: unknown): ContainerMapping | undefined => {
  const id = textAt(raw, 'id');
  const target = textAt(raw, 'properties', 'targetProtectionContainerId');
  const policy = textAt(raw, 'properties', 'policyId');
  if (id === undefined || target === undefined || policy === undefined) return undefined;
  return {
    id: bareId(id),
    containerKey: keyOf(id).replace(/\/replicationprotectioncontainermappings\/[^/]+$/, ''),
    targetContainerKey: keyOf(target),
    policyKey: keyOf(policy),
    paired: is(textAt(raw, 'properties', 'state'), 'paired'),
  };
};

export const normaliseNetworkMapping = (raw: unknown): NetworkMapping | undefined => {
  const id = textAt(raw, 'id');
  const network = textAt(raw, 'properties', 'primaryNetworkId');
  const target = textAt(raw, 'properties', 'recoveryNetworkId');
  const fabric = textAt(raw, 'properties', 'recoveryFabricArmId');
  if (id === undefined || network === undefined || target === undefined || fabric === undefined) return undefined;
  return {
    id: bareId(id),
    fabricKey: fabricKeyOf(id),
    targetFabricKey: keyOf(fabric),
    networkKey: keyOf(network),
    targetNetworkId: bareId(target),
  };
};
