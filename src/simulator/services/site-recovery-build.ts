import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { NETWORK_TYPE } from './network-operations.ts';
import { normalLocation, requireVault } from './recovery-services-vault.ts';
import {
  CONTAINER_TYPE,
  FABRIC_TYPE,
  POLICY_TYPE,
  replicationId,
  replicationNotFound,
  requireReplication,
  tailOf,
} from './site-recovery-operations.ts';

/** Regions as Azure names them to people. */
export function regionName(location: string): string {
  const words: Readonly<Record<string, string>> = {
    eastus: 'East US',
    eastus2: 'East US 2',
    westus: 'West US',
    westus2: 'West US 2',
    westus3: 'West US 3',
    centralus: 'Central US',
    northcentralus: 'North Central US',
    southcentralus: 'South Central US',
    westcentralus: 'West Central US',
    canadacentral: 'Canada Central',
    northeurope: 'North Europe',
    westeurope: 'West Europe',
    uksouth: 'UK South',
    ukwest: 'UK West',
    francecentral: 'France Central',
    germanywestcentral: 'Germany West Central',
    swedencentral: 'Sweden Central',
    switzerlandnorth: 'Switzerland North',
    norwayeast: 'Norway East',
    southeastasia: 'Southeast Asia',
    eastasia: 'East Asia',
    japaneast: 'Japan East',
    japanwest: 'Japan West',
    australiaeast: 'Australia East',
    centralindia: 'Central India',
    southindia: 'South India',
    brazilsouth: 'Brazil South',
    southafricanorth: 'South Africa North',
  };
  return words[normalLocation(location)] ?? location;
}

export function buildFabric(call: Call, sent: Mutable): Mutable {
  const details: Mutable = sent['customDetails'] ?? {};
  if (details['instanceType'] !== 'Azure')
    throw new AzureError(400, 'InvalidParameter', 'Only fabrics of Azure regions are simulated.', {
      target: 'customDetails.instanceType',
    });
  const location = normalLocation(String(details['location'] ?? ''));
  requireOnlyFabric(call, location);
  const keys = { kekState: 'None', kekCertThumbprint: null };
  return {
    friendlyName: regionName(location),
    encryptionDetails: keys,
    rolloverEncryptionDetails: keys,
    internalIdentifier: call.world.random.uuid(),
    bcdrState: 'Valid',
    customDetails: { instanceType: 'Azure', location, containerIds: [], zones: [] },
    healthErrorDetails: [],
    health: 'Normal',
  };
}

/** https://learn.microsoft.com/azure/site-recovery/azure-to-azure-powershell: one fabric for each region of a vault. */
function requireOnlyFabric(call: Call, location: string): void {
  const id = replicationId(call, tailOf(call)).toLowerCase();
  const other = call.world.store
    .list(FABRIC_TYPE, requireVault(call).id)
    .find((one) => one.id.toLowerCase() !== id && one.body['properties']?.customDetails?.location === location);
  if (other === undefined) return;
  const message = `The region '${location}' already has the fabric '${String(other.body['name'])}' in this vault.`;
  throw new AzureError(400, 'InvalidParameter', message, { target: 'customDetails.location' });
}

export function fabricOf(call: Call, id: string): Stored {
  const fabricId = /^.*?\/replicationFabrics\/[^/]+/i.exec(id)?.[0] ?? '';
  const fabric = call.world.store.get(fabricId);
  if (fabric === undefined) throw replicationNotFound(fabricId.slice(fabricId.lastIndexOf('/') + 1));
  return fabric;
}

export function buildContainer(call: Call): Mutable {
  return {
    fabricFriendlyName: fabricOf(call, replicationId(call, tailOf(call))).body['properties']['friendlyName'],
    friendlyName: call.params['containerName'],
    fabricType: 'Azure',
    protectedItemCount: 0,
    pairingStatus: 'NotPaired',
    role: '',
    fabricSpecificDetails: null,
  };
}

export function requireById(call: Call, id: unknown, type: string): Stored {
  const stored = typeof id === 'string' ? call.world.store.get(id) : undefined;
  if (stored === undefined || stored.type !== type)
    throw replicationNotFound(String(id).slice(String(id).lastIndexOf('/') + 1));
  return stored;
}

export function buildMapping(call: Call, sent: Mutable): Mutable {
  const source = requireReplication(call, tailOf(call).split('/').slice(0, 4).join('/'));
  const target = requireById(call, sent['targetProtectionContainerId'], CONTAINER_TYPE);
  const policy = requireById(call, sent['policyId'], POLICY_TYPE);
  const input: Mutable = sent['providerSpecificInput'] ?? {};
  const byAccount = input['automationAccountAuthenticationType'] ?? 'RunAsAccount';
  return {
    targetProtectionContainerId: target.id,
    targetProtectionContainerFriendlyName: target.body['properties']['friendlyName'],
    providerSpecificDetails: {
      instanceType: 'A2A',
      agentAutoUpdateStatus: input['agentAutoUpdateStatus'] ?? 'Disabled',
      automationAccountAuthenticationType: byAccount,
      automationAccountArmId: input['automationAccountArmId'] ?? null,
      scheduleName: null,
      jobScheduleName: null,
    },
    health: 'Normal',
    healthErrorDetails: [],
    policyId: policy.id,
    state: 'Paired',
    sourceProtectionContainerFriendlyName: source.body['properties']['friendlyName'],
    sourceFabricFriendlyName: source.body['properties']['fabricFriendlyName'],
    targetFabricFriendlyName: target.body['properties']['fabricFriendlyName'],
    policyFriendlyName: policy.body['properties']['friendlyName'],
  };
}

export function buildNetworkMapping(call: Call, sent: Mutable): Mutable {
  const primary = fabricOf(call, replicationId(call, tailOf(call)));
  const recovery = requireReplication(call, `replicationFabrics/${sent['recoveryFabricName'] ?? ''}`);
  const network = (id: unknown): string => (typeof id === 'string' ? id.toLowerCase() : '');
  const friendly = (id: unknown): string => network(id).slice(network(id).lastIndexOf('/') + 1);
  const primaryId: unknown = (sent['fabricSpecificDetails'] ?? {})['primaryNetworkId'];
  requireNetwork(call, primaryId, primary, 'fabricSpecificDetails.primaryNetworkId');
  requireNetwork(call, sent['recoveryNetworkId'], recovery, 'recoveryNetworkId');
  return {
    state: 'Paired',
    primaryNetworkFriendlyName: friendly(primaryId),
    primaryNetworkId: network(primaryId),
    primaryFabricFriendlyName: primary.body['properties']['friendlyName'],
    recoveryNetworkFriendlyName: friendly(sent['recoveryNetworkId']),
    recoveryNetworkId: network(sent['recoveryNetworkId']),
    recoveryFabricArmId: recovery.id,
    recoveryFabricFriendlyName: recovery.body['properties']['friendlyName'],
    fabricSpecificSettings: {
      instanceType: 'AzureToAzure',
      primaryFabricLocation: primary.body['properties']['customDetails']['location'],
      recoveryFabricLocation: recovery.body['properties']['customDetails']['location'],
    },
  };
}

function requireNetwork(call: Call, id: unknown, fabric: Stored, target: string): void {
  const network = call.world.store.get(String(id));
  const { location } = fabric.body['properties']['customDetails'];
  if (network?.type === NETWORK_TYPE && normalLocation(String(network.body['location'])) === location) return;
  const message = `The virtual network '${String(id)}' was not found in the region '${location}'.`;
  throw new AzureError(400, 'InvalidParameter', message, { target });
}

const MAX_HISTORY_MINUTES = 15 * 24 * 60;

/** https://learn.microsoft.com/azure/site-recovery/azure-to-azure-common-questions: points for at most 15 days. */
export function buildPolicy(call: Call, sent: Mutable): Mutable {
  const input: Mutable = sent['providerSpecificInput'] ?? {};
  if (input['instanceType'] !== 'A2A')
    throw new AzureError(400, 'InvalidParameter', 'Only policies between Azure regions are simulated.', {
      target: 'providerSpecificInput.instanceType',
    });
  const history = Number(input['recoveryPointHistory'] ?? 0);
  if (history > MAX_HISTORY_MINUTES) {
    throw new AzureError(
      400,
      'InvalidParameter',
      `Recovery points can be kept for at most ${MAX_HISTORY_MINUTES} minutes.`,
      { target: 'recoveryPointHistory' },
    );
  }
  return {
    friendlyName: call.params['policyName'],
    providerSpecificDetails: {
      instanceType: 'A2A',
      recoveryPointThresholdInMinutes: 0,
      recoveryPointHistory: history,
      appConsistentFrequencyInMinutes: Number(input['appConsistentFrequencyInMinutes'] ?? 0),
      multiVmSyncStatus: input['multiVmSyncStatus'] === 'Disable' ? 'Disabled' : 'Enabled',
      crashConsistentFrequencyInMinutes: Number(input['crashConsistentFrequencyInMinutes'] ?? 5),
      status: false,
      associatedItemsCount: 0,
      dataSourceType: 'VM',
    },
  };
}
