import { guidFrom } from '../random.ts';
import type { Mutable, Stored, World } from '../service.ts';
import { seedNetwork } from './network-seed.ts';
import { regionName } from './site-recovery-build.ts';
import {
  CONTAINER_TYPE,
  FABRIC_TYPE,
  MAPPING_TYPE,
  NETWORK_MAPPING_TYPE,
  REPLICATED_TYPE,
} from './site-recovery-operations.ts';
import { makeReplicas } from './site-recovery-replicas.ts';
import { newAccount, STORAGE_TYPE } from './storage-account-body.ts';

const GROUP_TYPE = 'Microsoft.Resources/subscriptions/resourceGroups';

/**
 * What goes with a replication that a fleet says in short: fabrics, containers, mappings both ways, networks, the cache
 * account, the recovery group and the replica disks. What a bundle recorded is left as it is.
 */
export function seedReplications(world: World): void {
  for (const item of world.store.list(REPLICATED_TYPE)) {
    if (item.hidden['reckonedAt'] !== undefined) seedReplication(world, item);
  }
}

interface Side {
  readonly location: string;
  readonly fabricId: string;
  readonly containerId: string;
}

function seedReplication(world: World, item: Stored): void {
  const { properties } = item.body as Mutable;
  const details: Mutable = properties.providerSpecificDetails;
  const vault = item.id.slice(0, item.id.indexOf('/replicationFabrics/'));
  const side = (location: string, friendlyName: string, fabricId: string): Side => {
    const containerId = `${fabricId}/replicationProtectionContainers/${friendlyName}`;
    seedSide(world, location, fabricId, containerId);
    return { location, fabricId, containerId };
  };
  const fabricHere = item.id.slice(0, item.id.indexOf('/replicationProtectionContainers/'));
  const here = side(details['primaryFabricLocation'], properties.primaryProtectionContainerFriendlyName, fabricHere);
  const there = side(
    details['recoveryFabricLocation'],
    properties.recoveryProtectionContainerFriendlyName,
    properties.recoveryFabricId,
  );
  for (const [from, to] of [
    [here, there],
    [there, here],
  ] as const)
    seedMapping(world, from, to, properties.policyId);
  const group = String(details['recoveryAzureResourceGroupId']);
  putMissing(world, group, GROUP_TYPE, {
    name: group.split('/').at(-1),
    location: there.location,
    properties: { provisioningState: 'Succeeded' },
  });
  const machineGroup = group.replace(/-asr$/, '');
  const networks = seedNetworks(world, vault, machineGroup, group, here, there);
  const cacheId = seedCache(world, machineGroup, here.location);
  const changed = world.store.update(item.id, ({ body }) => {
    body['properties'].recoveryContainerId = there.containerId;
    const edited: Mutable = body['properties'].providerSpecificDetails;
    if (networks !== undefined) edited['selectedRecoveryAzureNetworkId'] = networks;
    for (const disk of edited['protectedManagedDisks']) disk['primaryStagingAzureStorageAccountId'] = cacheId;
  });
  makeReplicas(world, changed);
}

function putMissing(world: World, id: string, type: string, body: Mutable, hidden: Mutable = {}): void {
  if (world.store.get(id) === undefined) world.store.put({ id, type, body, hidden });
}

function lastOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function seedSide(world: World, location: string, fabricId: string, containerId: string): void {
  const keys = { kekState: 'None', kekCertThumbprint: null };
  putMissing(
    world,
    fabricId,
    FABRIC_TYPE,
    {
      name: lastOf(fabricId),
      properties: {
        friendlyName: regionName(location),
        encryptionDetails: keys,
        rolloverEncryptionDetails: keys,
        internalIdentifier: guidFrom(fabricId),
        bcdrState: 'Valid',
        customDetails: { instanceType: 'Azure', location, containerIds: [], zones: [] },
        healthErrorDetails: [],
        health: 'Normal',
      },
    },
    { innerContainer: guidFrom(`${fabricId}#inner`) },
  );
  putMissing(world, containerId, CONTAINER_TYPE, {
    name: lastOf(containerId),
    properties: {
      fabricFriendlyName: regionName(location),
      friendlyName: lastOf(containerId),
      fabricType: 'Azure',
      protectedItemCount: 0,
      pairingStatus: 'Paired',
      role: '',
      fabricSpecificDetails: null,
    },
  });
}

function seedMapping(world: World, from: Side, to: Side, policyId: string): void {
  const name = `${from.location}-${to.location}-${lastOf(policyId)}`;
  putMissing(world, `${from.containerId}/replicationProtectionContainerMappings/${name}`, MAPPING_TYPE, {
    name,
    properties: {
      targetProtectionContainerId: to.containerId,
      targetProtectionContainerFriendlyName: lastOf(to.containerId),
      providerSpecificDetails: { instanceType: 'A2A', agentAutoUpdateStatus: 'Disabled' },
      health: 'Normal',
      healthErrorDetails: [],
      policyId,
      state: 'Paired',
      sourceProtectionContainerFriendlyName: lastOf(from.containerId),
      sourceFabricFriendlyName: regionName(from.location),
      targetFabricFriendlyName: regionName(to.location),
      policyFriendlyName: lastOf(policyId),
    },
  });
}

/** Maps the network of the machine's group and region to one in the recovery group; answers the latter's id. */
function seedNetworks(
  world: World,
  vault: string,
  machineGroup: string,
  recoveryGroup: string,
  here: Side,
  there: Side,
): string | undefined {
  const primaryId = `${machineGroup}/providers/Microsoft.Network/virtualNetworks/vnet-${here.location}`;
  const recoveryId = `${recoveryGroup}/providers/Microsoft.Network/virtualNetworks/vnet-${there.location}`;
  if (world.store.get(primaryId) === undefined) return undefined;
  if (world.store.get(recoveryId) === undefined) seedNetwork(world, recoveryGroup, there.location, RECOVERY_NETWORK);
  const map = (from: Side, to: Side, fromId: string, toId: string): void => {
    const name = `${lastOf(machineGroup)}-${from.location}-${to.location}`;
    const id = `${from.fabricId}/replicationNetworks/azureNetwork/replicationNetworkMappings/${name}`;
    putMissing(world, id, NETWORK_MAPPING_TYPE, {
      name,
      properties: {
        state: 'Paired',
        primaryNetworkFriendlyName: lastOf(fromId),
        primaryNetworkId: fromId.toLowerCase(),
        primaryFabricFriendlyName: regionName(from.location),
        recoveryNetworkFriendlyName: lastOf(toId),
        recoveryNetworkId: toId.toLowerCase(),
        recoveryFabricArmId: to.fabricId,
        recoveryFabricFriendlyName: regionName(to.location),
        fabricSpecificSettings: {
          instanceType: 'AzureToAzure',
          primaryFabricLocation: from.location,
          recoveryFabricLocation: to.location,
        },
      },
    });
  };
  map(here, there, primaryId, recoveryId);
  map(there, here, recoveryId, primaryId);
  return recoveryId;
}

/** A second octet for networks of recovery groups, away from those of the machines. */
const RECOVERY_NETWORK = 255;

function seedCache(world: World, group: string, location: string): string {
  const name = `cache${guidFrom(`${group}|${location}`).replaceAll('-', '').slice(0, 15)}asr`;
  const id = `${group}/providers/${STORAGE_TYPE}/${name}`;
  const sent = { location, kind: 'StorageV2', sku: { name: 'Standard_LRS' } };
  const body = newAccount(name, sent, { now: world.clock.now(), apiVersion: '2024-01-01' });
  body['properties'].provisioningState = 'Succeeded';
  putMissing(world, id, STORAGE_TYPE, body);
  return id;
}
