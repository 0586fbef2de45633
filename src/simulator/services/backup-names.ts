import { resourceNotFound } from '../envelope.ts';
import type { Call, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { VAULT_PATH, requireVault } from './recovery-services-vault.ts';

export const CONTAINER_TYPE = 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers';
export const ITEM_TYPE = `${CONTAINER_TYPE}/protectedItems`;
export const POINT_TYPE = `${ITEM_TYPE}/recoveryPoints`;
export const POLICY_TYPE = 'Microsoft.RecoveryServices/vaults/backupPolicies';
export const JOB_TYPE = 'Microsoft.RecoveryServices/vaults/backupJobs';
export const MACHINE_TYPE = 'Microsoft.Compute/virtualMachines';
/** `protectedItemType`, as the service spells it. */
export const MACHINE_ITEM = 'Microsoft.Compute/virtualMachines';

export const CONTAINER_PATH = `${VAULT_PATH}/backupFabrics/{fabricName}/protectionContainers/{containerName}`;
export const ITEM_PATH = `${CONTAINER_PATH}/protectedItems/{protectedItemName}`;

/** A machine as backup names spell it: resource group and name in lower case, whatever Resource Manager says. */
export interface MachineKey {
  readonly resourceGroup: string;
  readonly machine: string;
}

export const shortName = (key: MachineKey): string => `iaasvmcontainerv2;${key.resourceGroup};${key.machine}`;
export const containerName = (key: MachineKey): string => `IaasVMContainer;${shortName(key)}`;
export const itemName = (key: MachineKey): string => `VM;${shortName(key)}`;
export const containerId = (vaultId: string, key: MachineKey): string =>
  `${vaultId}/backupFabrics/Azure/protectionContainers/${containerName(key)}`;
export const itemId = (vaultId: string, key: MachineKey): string =>
  `${containerId(vaultId, key)}/protectedItems/${itemName(key)}`;

export interface MachineId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

export function parseMachineId(id: unknown): MachineId | undefined {
  if (typeof id !== 'string') return undefined;
  const found =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Compute\/virtualMachines\/([^/]+)$/i.exec(
      id,
    );
  return found === null ? undefined : { subscriptionId: found[1]!, resourceGroup: found[2]!, name: found[3]! };
}

export const keyOfMachine = (id: MachineId): MachineKey => ({
  resourceGroup: id.resourceGroup.toLowerCase(),
  machine: id.name.toLowerCase(),
});

function parseName(prefix: string, name: string): MachineKey | undefined {
  const found = new RegExp(`^${prefix};iaasvmcontainerv2;([^;]+);([^;]+)$`, 'i').exec(name);
  return found === null ? undefined : { resourceGroup: found[1]!.toLowerCase(), machine: found[2]!.toLowerCase() };
}

/**
 * The machine that a request's container and item names agree on.
 * https://github.com/hashicorp/terraform-provider-azurerm/issues/2207 has code and message.
 */
export function keyOfCall(call: Call): MachineKey {
  const container = parseName('iaasvmcontainer', call.params['containerName'] ?? '');
  const item = parseName('vm', call.params['protectedItemName'] ?? '');
  const fabric = call.params['fabricName'] ?? '';
  const agree = container !== undefined && item !== undefined && shortName(container) === shortName(item);
  if (!agree || fabric.toLowerCase() !== 'azure') throw malformedProtection();
  return container;
}

export function malformedProtection(): AzureError {
  return new AzureError(
    400,
    'BMSUserErrorInvalidConfigureProtectionRequest',
    'Input for configure protection is not in proper format\r\n' +
      'Please ensure that container exists and other parameters are in valid format',
  );
}

export function invalidInput(detail: string, target?: string): AzureError {
  return new AzureError(
    400,
    'BMSUserErrorInvalidInput',
    `Input provided for the call is invalid. ${detail}`,
    target === undefined ? {} : { target },
  );
}

/** The item a path names, under its vault. */
export function requireItem(call: Call): Stored {
  const vault = requireVault(call);
  const { fabricName, containerName: container, protectedItemName: name } = call.params;
  const id = `${vault.id}/backupFabrics/${fabricName}/protectionContainers/${container}/protectedItems/${name}`;
  const item = call.world.store.get(id);
  if (item === undefined) throw itemNotFound(id);
  return item;
}

// Code from memory; no recording has this answer.
export function itemNotFound(id: string): AzureError {
  const error = resourceNotFound(id, ITEM_TYPE);
  return new AzureError(404, 'BMSUserErrorObjectNotFound', error.message);
}

/** The vault that a child resource lies under. */
export function vaultIdOfChild(id: string): string {
  return /^.*?\/providers\/Microsoft\.RecoveryServices\/vaults\/[^/]+/i.exec(id)?.[0] ?? '';
}

export function vaultOfChild(world: World, id: string): Stored | undefined {
  return world.store.get(vaultIdOfChild(id));
}

export const isSoftDeleted = (item: Stored): boolean =>
  item.body['properties']?.['isScheduledForDeferredDelete'] === true;

/** Every item that protects a machine, in whichever vault. */
export function itemsOfMachine(world: World, machineId: string): readonly Stored[] {
  const wanted = machineId.toLowerCase();
  return world.store
    .list(ITEM_TYPE)
    .filter((item) => String(item.body['properties']?.['sourceResourceId']).toLowerCase() === wanted);
}
