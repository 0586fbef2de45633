import type { Answer, Call, Mutable, Route, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { normalLocation, requireVault } from './recovery-services-vault.ts';
import {
  renderReplication,
  replicationId,
  replicationNotFound,
  replicationPage,
  replicationResult,
  replicationRoute,
  requireReplication,
  startReplication,
  tailOf,
} from './site-recovery-operations.ts';

const VAULTS = 'Microsoft.RecoveryServices/vaults';
export const FABRIC_TYPE = `${VAULTS}/replicationFabrics`;
export const CONTAINER_TYPE = `${FABRIC_TYPE}/replicationProtectionContainers`;
export const MAPPING_TYPE = `${CONTAINER_TYPE}/replicationProtectionContainerMappings`;
export const POLICY_TYPE = `${VAULTS}/replicationPolicies`;
export const NETWORK_MAPPING_TYPE = `${FABRIC_TYPE}/replicationNetworks/replicationNetworkMappings`;

const FABRIC = 'replicationFabrics/{fabricName}';
const CONTAINER = `${FABRIC}/replicationProtectionContainers/{containerName}`;
const MAPPING = `${CONTAINER}/replicationProtectionContainerMappings/{mappingName}`;
const NETWORK_MAPPING = `${FABRIC}/replicationNetworks/{networkName}/replicationNetworkMappings/{networkMappingName}`;
const POLICY = 'replicationPolicies/{policyName}';

interface Kind {
  readonly path: string;
  readonly type: string;
  readonly noun: string;
  readonly request: string;
  readonly createMs: number;
  readonly build: (call: Call, sent: Mutable) => Mutable;
  /** What stands in the way of removing it. */
  readonly holds?: readonly string[];
  readonly removeByPost?: boolean;
}

/** What replication is built from, in the order it is made; durations as recorded. */
const kinds: readonly Kind[] = [
  { path: FABRIC, type: FABRIC_TYPE, noun: 'Fabric', request: 'FabricCreationInput', createMs: 85_000, build: buildFabric, holds: [CONTAINER_TYPE], removeByPost: true },
  { path: CONTAINER, type: CONTAINER_TYPE, noun: 'ProtectionContainer', request: 'CreateProtectionContainerInput', createMs: 1_000, build: buildContainer, holds: [`${CONTAINER_TYPE}/replicationProtectedItems`, MAPPING_TYPE], removeByPost: true },
  { path: MAPPING, type: MAPPING_TYPE, noun: 'ProtectionContainerMapping', request: 'CreateProtectionContainerMappingInput', createMs: 150_000, build: buildMapping, removeByPost: true },
  { path: NETWORK_MAPPING, type: NETWORK_MAPPING_TYPE, noun: 'NetworkMapping', request: 'CreateNetworkMappingInput', createMs: 3_000, build: buildNetworkMapping },
  { path: POLICY, type: POLICY_TYPE, noun: 'ProtectionProfile', request: 'CreatePolicyInput', createMs: 1_000, build: buildPolicy },
];

export const topologyRoutes: readonly Route[] = kinds.flatMap((kind) => [
  replicationRoute('GET', kind.path, (call) => ({ status: 200, body: renderReplication(requireReplication(call, tailOf(call))) })),
  replicationRoute('GET', kind.path.slice(0, kind.path.lastIndexOf('/')), (call) => list(call, kind)),
  replicationRoute('PUT', kind.path, (call) => create(call, kind), kind.request),
  replicationRoute('DELETE', kind.path, (call) => remove(call, kind, tailOf(call))),
  ...(kind.removeByPost === true
    ? [replicationRoute('POST', `${kind.path}/remove`, (call) => remove(call, kind, tailOf(call).replace(/\/remove$/i, '')))]
    : []),
  replicationRoute('GET', `${kind.path}/operationresults/{operationId}`, replicationResult),
]);

function list(call: Call, kind: Kind): Answer {
  const rows = call.world.store.listed(kind.type, call.world.options.listLagMs, `${requireVault(call).id}/${parentOf(tailOf(call))}`);
  return replicationPage(call, rows, (row) => (kind.type === FABRIC_TYPE ? listedFabric(row) : renderReplication(row)));
}

/** The collection's own name is not part of its rows' scope. */
function parentOf(tail: string): string {
  return tail.includes('/') ? tail.slice(0, tail.lastIndexOf('/')) : '';
}

/** A list does not look into a fabric. */
function listedFabric(fabric: Stored): Mutable {
  const body: Mutable = structuredClone(renderReplication(fabric));
  const details: Mutable | undefined = body['properties']?.['customDetails'];
  if (details?.['instanceType'] === 'Azure') {
    details['containerIds'] = null;
    delete details['zones'];
  }
  return body;
}

function create(call: Call, kind: Kind): Answer {
  const tail = tailOf(call);
  const parent = tail.split('/').slice(0, -2);
  if (parent.length >= 2 && kind.type !== NETWORK_MAPPING_TYPE) requireReplication(call, parent.join('/'));
  const properties = kind.build(call, call.body?.['properties'] ?? {});
  const name = tail.slice(tail.lastIndexOf('/') + 1);
  const id = replicationId(call, tail);
  return startReplication(call, {
    scenario: `Create${kind.noun}`,
    target: name,
    durationMs: call.world.store.get(id) === undefined ? kind.createMs : Math.min(kind.createMs, 30_000),
    finish: () => {
      call.world.store.put({ id, type: kind.type, body: { name, properties } });
    },
  });
}

function remove(call: Call, kind: Kind, tail: string): Answer {
  const stored = requireReplication(call, tail);
  const inside = (kind.holds ?? []).flatMap((type) => call.world.store.list(type, stored.id));
  const name: string = stored.body['name'];
  if (inside.length > 0) {
    throw new AzureError(400, 'BadRequest', `'${name}' cannot be removed: it still holds '${inside[0]!.body['name']}'.`);
  }
  return startReplication(call, {
    scenario: `Delete${kind.noun}`,
    target: name,
    durationMs: 20_000,
    finish: () => {
      call.world.store.delete(stored.id);
    },
  });
}

/** Regions as Azure names them to people. */
export function regionName(location: string): string {
  const words: Readonly<Record<string, string>> = {
    eastus: 'East US', eastus2: 'East US 2', westus: 'West US', westus2: 'West US 2', westus3: 'West US 3', centralus: 'Central US',
    northcentralus: 'North Central US', southcentralus: 'South Central US', westcentralus: 'West Central US', canadacentral: 'Canada Central',
    northeurope: 'North Europe', westeurope: 'West Europe', uksouth: 'UK South', ukwest: 'UK West', francecentral: 'France Central',
    germanywestcentral: 'Germany West Central', swedencentral: 'Sweden Central', switzerlandnorth: 'Switzerland North', norwayeast: 'Norway East',
    southeastasia: 'Southeast Asia', eastasia: 'East Asia', japaneast: 'Japan East', japanwest: 'Japan West', australiaeast: 'Australia East',
    centralindia: 'Central India', southindia: 'South India', brazilsouth: 'Brazil South', southafricanorth: 'South Africa North',
  };
  return words[normalLocation(location)] ?? location;
}

function buildFabric(call: Call, sent: Mutable): Mutable {
  const details: Mutable = sent['customDetails'] ?? {};
  if (details['instanceType'] !== 'Azure') throw new AzureError(400, 'InvalidParameter', 'Only fabrics of Azure regions are simulated.', { target: 'customDetails.instanceType' });
  const location = normalLocation(String(details['location'] ?? ''));
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

export function fabricOf(call: Call, id: string): Stored {
  const fabricId = /^.*?\/replicationFabrics\/[^/]+/i.exec(id)?.[0] ?? '';
  const fabric = call.world.store.get(fabricId);
  if (fabric === undefined) throw replicationNotFound(fabricId.slice(fabricId.lastIndexOf('/') + 1));
  return fabric;
}

function buildContainer(call: Call): Mutable {
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
  if (stored === undefined || stored.type !== type) throw replicationNotFound(String(id).slice(String(id).lastIndexOf('/') + 1));
  return stored;
}

function buildMapping(call: Call, sent: Mutable): Mutable {
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

function buildNetworkMapping(call: Call, sent: Mutable): Mutable {
  const primary = fabricOf(call, replicationId(call, tailOf(call)));
  const recovery = requireReplication(call, `replicationFabrics/${sent['recoveryFabricName'] ?? ''}`);
  const network = (id: unknown): string => (typeof id === 'string' ? id.toLowerCase() : '');
  const friendly = (id: unknown): string => network(id).slice(network(id).lastIndexOf('/') + 1);
  const primaryId: unknown = (sent['fabricSpecificDetails'] ?? {})['primaryNetworkId'];
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

const MAX_HISTORY_MINUTES = 15 * 24 * 60;

/** https://learn.microsoft.com/azure/site-recovery/azure-to-azure-common-questions: points for at most 15 days. */
function buildPolicy(call: Call, sent: Mutable): Mutable {
  const input: Mutable = sent['providerSpecificInput'] ?? {};
  if (input['instanceType'] !== 'A2A') throw new AzureError(400, 'InvalidParameter', 'Only policies between Azure regions are simulated.', { target: 'providerSpecificInput.instanceType' });
  const history = Number(input['recoveryPointHistory'] ?? 0);
  if (history > MAX_HISTORY_MINUTES) {
    throw new AzureError(400, 'InvalidParameter', `Recovery points can be kept for at most ${MAX_HISTORY_MINUTES} minutes.`, { target: 'recoveryPointHistory' });
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
