import { apiVersions } from '../generated/api-versions.ts';
import { operationUrl, retryAfter } from '../operations.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Stored } from '../service.ts';
import { parseFilter, wants } from './backup-filter.ts';
import { vaultFull } from './backup-limits.ts';
import { ineligibility, viewMachine } from './backup-machine.ts';
import {
  ITEM_TYPE,
  MACHINE_ITEM,
  MACHINE_TYPE,
  containerId,
  containerName,
  invalidInput,
  isSoftDeleted,
  itemName,
  itemsOfMachine,
  keyOfMachine,
  parseMachineId,
  shortName,
  vaultIdOfChild,
} from './backup-names.ts';
import { operationResult, operationStatus } from './backup-operations.ts';
import { VAULT_PATH, normalLocation, requireVault } from './recovery-services-vault.ts';

const DISCOVERY_MS = 12_000;
const FABRIC_PATH = `${VAULT_PATH}/backupFabrics/{fabricName}`;
const LOCATION_PATH = '/subscriptions/{subscriptionId}/providers/Microsoft.RecoveryServices/locations/{azureRegion}';

/** Looks for machines that were created since the vault last looked. */
function refreshContainers(call: Call): Answer {
  const vault = requireVault(call);
  const { world } = call;
  const operation = world.operations.start({
    kind: 'backup-refresh',
    scope: vault.id,
    durationMs: DISCOVERY_MS,
    data: { vaultId: vault.id },
    finish: () => {
      if (world.store.get(vault.id) === undefined) return;
      world.store.update(vault.id, (stored) => {
        stored.hidden['discoveredAt'] = world.clock.now();
      });
    },
  });
  const path = (word: string): string => operationUrl(call, `${vault.id}/backupFabrics/Azure/${word}/${operation.id}`);
  return {
    status: 202,
    headers: {
      'Azure-AsyncOperation': path('operationsStatus'),
      Location: path('operationResults'),
      ...retryAfter(call),
    },
  };
}

function protectableItems(call: Call): Answer {
  const vault = requireVault(call);
  const { world } = call;
  const filter = parseFilter(call, ['backupManagementType', 'workloadType', 'providerType', 'status', 'friendlyName']);
  const seenUntil: number = vault.hidden['discoveredAt'] ?? world.clock.now();
  const subscription = `/subscriptions/${call.params['subscriptionId']}`;
  const items = world.store.list(ITEM_TYPE);
  const taken = new Set(items.map((item) => String(item.body['properties']?.['sourceResourceId']).toLowerCase()));
  const machines = world.store.list(MACHINE_TYPE, subscription).filter((machine) => {
    const here = viewMachine(world, machine).location === vault.body['location'];
    return here && machine.createdAt <= seenUntil && !taken.has(machine.id.toLowerCase());
  });
  const ofMachines = wants(filter, 'backupManagementType', 'AzureIaasVM');
  const shown = machines.filter((machine) => ofMachines && wants(filter, 'friendlyName', machine.body['name']));
  return page(
    call,
    shown,
    (machine) => machine.id,
    (machine) => renderProtectable(vault, machine),
  );
}

function renderProtectable(vault: Stored, machine: Stored): Mutable {
  const id = parseMachineId(machine.id);
  if (id === undefined) throw new Error(`${machine.id} is stored as a machine but is not its id`);
  const key = keyOfMachine(id);
  return {
    id: `${containerId(vault.id, key)}/protectableItems/vm;${shortName(key)}`,
    name: shortName(key),
    type: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectableItems',
    properties: {
      virtualMachineId: machine.id,
      virtualMachineVersion: 'Compute',
      resourceGroup: id.resourceGroup,
      backupManagementType: 'AzureIaasVM',
      protectableItemType: MACHINE_ITEM,
      friendlyName: machine.body['name'] ?? id.name,
      protectionState: 'NotProtected',
    },
  };
}

/** Which vault, if any, protects a machine. Answers for any machine id, known or not. */
function backupStatus(call: Call): Answer {
  const { world, body } = call;
  const id = parseMachineId(body?.['resourceId']);
  if (body?.['resourceType'] !== 'VM' || id === undefined)
    throw invalidInput('A resource of type VM and its id are required.', 'resourceId');
  const key = keyOfMachine(id);
  const item = itemsOfMachine(world, String(body['resourceId'])).find((each) => !isSoftDeleted(each));
  const enabling = world.operations
    .list()
    .some(
      (each) =>
        each.status === 'InProgress' &&
        String(each.data['protecting']).toLowerCase() === String(body['resourceId']).toLowerCase(),
    );
  const names = {
    fabricName: 'Azure',
    containerName: containerName(key).toLowerCase(),
    protectedItemName: itemName(key).toLowerCase(),
    protectedItemsCount: 0,
  };
  const objectType = 'BackupStatusResponse';
  if (item === undefined)
    return ok({ protectionStatus: enabling ? 'Protecting' : 'NotProtected', ...names, objectType });
  const failed = item.body['properties']['protectionState'] === 'ProtectionError';
  const policyName: unknown = item.body['properties']['policyName'];
  return ok({
    protectionStatus: failed ? 'ProtectionFailed' : 'Protected',
    ...names,
    vaultId: vaultIdOfChild(item.id),
    ...(typeof policyName === 'string' && policyName !== '' ? { policyName } : {}),
    objectType,
  });
}

/** Tells beforehand what enabling would meet. */
function preValidate(call: Call): Answer {
  const { world, body } = call;
  const id = parseMachineId(body?.['resourceId']);
  if (body?.['resourceType'] !== 'VM' || id === undefined)
    throw invalidInput('A resource of type VM and its id are required.', 'resourceId');
  const key = keyOfMachine(id);
  const names = { containerName: containerName(key).toLowerCase(), protectedItemName: itemName(key).toLowerCase() };
  const fail = (errorCode: string, errorMessage: string, recommendation: string): Answer =>
    ok({ status: 'Failed', errorCode, errorMessage, recommendation, ...names });
  const machine = world.store.get(String(body['resourceId']));
  if (machine === undefined)
    return fail('UserErrorVirtualMachineNotFound', 'The virtual machine was not found.', 'Check the resource id.');
  const view = viewMachine(world, machine);
  const region = normalLocation(call.params['azureRegion'] ?? '');
  if (view.location !== region)
    return fail(
      'UserErrorRegionMismatch',
      `The virtual machine is in '${view.location}', not in '${region}'.`,
      'Use a vault of its region.',
    );
  const other = itemsOfMachine(world, machine.id).find((each) => !isSoftDeleted(each));
  const vaultId = String(body['vaultId'] ?? '').toLowerCase();
  if (other !== undefined && vaultIdOfChild(other.id).toLowerCase() !== vaultId) {
    return fail(
      'UserErrorVMAlreadyRegisteredWithAnotherVault',
      'The virtual machine is registered with another vault.',
      'Stop protection there first.',
    );
  }
  const vault = vaultId === '' ? undefined : world.store.get(vaultId);
  if (vaultId !== '' && vault === undefined)
    return fail('UserErrorVaultNotFound', 'The vault was not found.', 'Check the vault id.');
  const full = vault === undefined || other !== undefined ? undefined : vaultFull(world, vault);
  if (full !== undefined) return fail(full.code, full.message, 'Use another vault of the region.');
  const reason = ineligibility(view, policyNamed(call, body['properties']), call.apiVersion, () => false);
  return reason === undefined
    ? ok({ status: 'Succeeded', ...names })
    : fail(reason.code, reason.message, reason.recommendation);
}

/** `properties` is a JSON text that may name the policy; without one an Enhanced policy is meant. */
function policyNamed(call: Call, properties: unknown): Mutable {
  if (typeof properties !== 'string' || properties.trim() === '') return { policyType: 'V2' };
  try {
    const parsed = JSON.parse(properties) as Mutable;
    return call.world.store.get(String(parsed['policyId'] ?? ''))?.body['properties'] ?? { policyType: 'V2' };
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidInput('properties is not a JSON text.', 'properties');
    throw error;
  }
}

/** Sizes that host nothing but confidential machines: https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas */
const CONFIDENTIAL_SIZE = /^Standard_[DE]C\d+\w*_(cc_)?v[56]$/i;

/** Whether machines of a size can be backed up at all. */
function validateFeatures(call: Call): Answer {
  const { featureType, vmSize } = call.body ?? {};
  if (featureType !== 'AzureVMResourceBackup') return ok({ supportStatus: 'Supported' });
  if (typeof vmSize !== 'string' || vmSize === '') return ok({ supportStatus: 'Invalid' });
  return ok({ supportStatus: CONFIDENTIAL_SIZE.test(vmSize) ? 'NotSupported' : 'Supported' });
}

const ok = (body: Mutable): Answer => ({ status: 200, body });

export const backupDiscoveryRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: `${FABRIC_PATH}/refreshContainers`,
    apiVersions: apiVersions.backup,
    handle: refreshContainers,
  },
  {
    method: 'GET',
    path: `${FABRIC_PATH}/operationResults/{operationId}`,
    apiVersions: apiVersions.backup,
    handle: (call) => operationResult(call),
  },
  {
    method: 'GET',
    path: `${FABRIC_PATH}/operationsStatus/{operationId}`,
    apiVersions: apiVersions.backup,
    handle: operationStatus,
  },
  {
    method: 'GET',
    path: `${VAULT_PATH}/backupProtectableItems`,
    apiVersions: apiVersions.backup,
    handle: protectableItems,
  },
  {
    method: 'POST',
    path: `${LOCATION_PATH}/backupStatus`,
    apiVersions: apiVersions.backup,
    request: 'BackupStatusRequest',
    handle: backupStatus,
  },
  {
    method: 'POST',
    path: `${LOCATION_PATH}/backupPreValidateProtection`,
    apiVersions: apiVersions.backup,
    request: 'PreValidateEnableBackupRequest',
    handle: preValidate,
  },
  {
    method: 'POST',
    path: `${LOCATION_PATH}/backupValidateFeatures`,
    apiVersions: apiVersions.backup,
    request: 'FeatureSupportRequest',
    handle: validateFeatures,
  },
];
