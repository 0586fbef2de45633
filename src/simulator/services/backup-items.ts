import type { Answer, Call, Mutable, Operation, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { ineligibility, isExcluded, viewMachine } from './backup-machine.ts';
import { endJob, startJob, type JobOperation } from './backup-jobs.ts';
import {
  CONTAINER_TYPE,
  ITEM_TYPE,
  MACHINE_ITEM,
  POINT_TYPE,
  POLICY_TYPE,
  containerId,
  containerName,
  invalidInput,
  isSoftDeleted,
  itemId,
  itemName,
  itemsOfMachine,
  keyOfCall,
  keyOfMachine,
  malformedProtection,
  parseMachineId,
  shortName,
  vaultIdOfChild,
  type MachineId,
  type MachineKey,
} from './backup-names.ts';
import { acceptedHeaders } from './backup-operations.ts';
import { countItem, itemsUnder } from './backup-policies.ts';
import { scheduleNext } from './backup-runs.ts';
import { azureTime, requireVault } from './recovery-services-vault.ts';

/** Durations as recorded, ms. */
const CONFIGURE_MS = 40_000;
const CHANGE_MS = 1_490;
const STOP_MS = 1_359;
const UNDELETE_MS = 10_639;
const SOFT_DELETE_MS = 10_895;
const HARD_DELETE_MS = 111_096;
const DAY_MS = 86_400_000;

/** https://learn.microsoft.com/azure/backup/backup-support-matrix */
const MAX_MACHINES_PER_VAULT = 1_000;
const MAX_REGISTRATIONS_PER_DAY = 250;
const MAX_MACHINES_PER_POLICY = 100;
/** From this api-version on a deletion is soft whatever the vault says: https://learn.microsoft.com/azure/backup/secure-by-default */
const ALWAYS_SOFT = '2024-09-30-preview';

interface Target {
  readonly call: Call;
  readonly vault: Stored;
  readonly key: MachineKey;
  readonly machine: MachineId;
  readonly sent: Mutable;
  readonly item: Stored | undefined;
}

/** PUT of a protected item: enable, change policy or disks, stop, suspend, resume or undelete, by what the body says. */
export function putItem(call: Call): Answer {
  const vault = requireVault(call);
  const key = keyOfCall(call);
  const sent: Mutable = call.body?.['properties'] ?? {};
  if (String(sent['protectedItemType']).toLowerCase() !== MACHINE_ITEM.toLowerCase()) {
    throw invalidInput(`Only items of type ${MACHINE_ITEM} are simulated.`, 'protectedItemType');
  }
  const machine = parseMachineId(sent['sourceResourceId']);
  if (machine === undefined || shortName(keyOfMachine(machine)) !== shortName(key)) throw malformedProtection();
  const item = call.world.store.get(itemId(vault.id, key));
  const target: Target = { call, vault, key, machine, sent, item };
  if (sent['isRehydrate'] === true) return undelete(target);
  if (sent['protectionState'] === 'ProtectionStopped' || sent['protectionState'] === 'BackupsSuspended') return stop(target);
  return item === undefined ? enable(target) : change(target, item);
}

function enable(target: Target): Answer {
  const { call, vault, key, machine, sent } = target;
  const { world } = call;
  const stored = world.store.get(String(sent['sourceResourceId']));
  const sameSubscription = vault.id.toLowerCase().startsWith(`/subscriptions/${machine.subscriptionId.toLowerCase()}/`);
  // A machine of another region or subscription has no container in this vault.
  if (stored === undefined || !sameSubscription || viewMachine(world, stored).location !== vault.body['location']) throw malformedProtection();
  const policy = requirePolicy(target);
  refuseOverLimits(target, policy);
  const view = viewMachine(world, stored);
  return begin(target, {
    operation: 'ConfigureBackup',
    durationMs: CONFIGURE_MS,
    bag: { 'Policy Name': policy.body['name'] },
    protecting: String(sent['sourceResourceId']),
    finish: () => {
      const other = itemsOfMachine(world, stored.id).find((each) => !isSoftDeleted(each));
      if (other !== undefined && vaultIdOfChild(other.id).toLowerCase() !== vault.id.toLowerCase()) throw registeredElsewhere();
      const reason = ineligibility(view, policy.body['properties'], call.apiVersion, (disk) => isExcluded(sent, disk));
      if (reason !== undefined) throw new AzureError(400, reason.code, reason.message);
      createItem(world, vault, key, stored, policy, sent);
    },
  });
}

/** Message as https://github.com/Azure/terraform-provider-azapi/issues/398 quotes it; its code is not public. */
function registeredElsewhere(): AzureError {
  const text = 'Virtual machine is already registered\\registering with another recovery services vault Please select a different virtual machine for registration.';
  return new AzureError(400, 'UserErrorVMAlreadyRegisteredWithAnotherVault', text);
}

function createItem(world: World, vault: Stored, key: MachineKey, machine: Stored, policy: Stored, sent: Mutable): void {
  const friendlyName: string = machine.body['name'] ?? key.machine;
  world.store.put({
    id: containerId(vault.id, key),
    type: CONTAINER_TYPE,
    body: {
      name: containerName(key),
      properties: {
        virtualMachineId: machine.id,
        virtualMachineVersion: 'Compute',
        resourceGroup: key.resourceGroup,
        friendlyName,
        backupManagementType: 'AzureIaasVM',
        registrationStatus: 'Registered',
        healthStatus: 'Healthy',
        containerType: MACHINE_ITEM,
        protectableObjectType: MACHINE_ITEM,
      },
    },
  });
  const item = world.store.put({
    id: itemId(vault.id, key),
    type: ITEM_TYPE,
    hidden: { made: true },
    body: {
      name: itemName(key),
      properties: {
        friendlyName,
        virtualMachineId: machine.id,
        protectionStatus: 'Healthy',
        protectionState: 'IRPending',
        healthStatus: 'Passed',
        lastBackupStatus: '',
        lastBackupTime: '2001-01-01T00:00:00Z',
        protectedItemDataId: String(world.random.int(100_000_000, 999_999_999)) + String(world.random.int(100_000, 999_999)),
        ...(sent['extendedProperties'] === undefined ? {} : { extendedProperties: sent['extendedProperties'] }),
        sourceSideScanning: 0,
        protectedItemType: MACHINE_ITEM,
        backupManagementType: 'AzureIaasVM',
        workloadType: 'VM',
        containerName: shortName(key),
        sourceResourceId: machine.id,
        policyId: policy.id,
        policyName: policy.body['name'],
        vaultId: `https://management.azure.com${vault.id}`,
        isArchiveEnabled: false,
        softDeleteRetentionPeriod: 0,
      },
    },
  });
  countItem(world, policy.id, 1);
  world.store.update(vault.id, (stored) => {
    stored.body['properties']['backupStorageVersion'] = 'V2';
    const since = world.clock.now() - DAY_MS;
    stored.hidden['registeredAt'] = [...((stored.hidden['registeredAt'] ?? []) as readonly number[]).filter((at) => at > since), world.clock.now()];
  });
  scheduleNext(world, item.id);
}

function refuseOverLimits({ call, vault }: Target, policy: Stored): void {
  const { world } = call;
  if (world.store.list(ITEM_TYPE, vault.id).length >= MAX_MACHINES_PER_VAULT) {
    throw new AzureError(400, 'BMSUserErrorVaultItemLimitReached', `A vault protects at most ${MAX_MACHINES_PER_VAULT} virtual machines.`);
  }
  if (itemsUnder(world, policy.id).length >= MAX_MACHINES_PER_POLICY) {
    throw new AzureError(400, 'BMSUserErrorPolicyItemLimitReached', `A policy protects at most ${MAX_MACHINES_PER_POLICY} virtual machines.`);
  }
  const recent = ((vault.hidden['registeredAt'] ?? []) as readonly number[]).filter((at) => at > world.clock.now() - DAY_MS);
  if (recent.length >= MAX_REGISTRATIONS_PER_DAY) {
    throw new AzureError(400, 'BMSUserErrorRegistrationLimitReached', `A vault registers at most ${MAX_REGISTRATIONS_PER_DAY} virtual machines a day.`);
  }
}

function requirePolicy({ call, vault, sent }: Target): Stored {
  const id = String(sent['policyId'] ?? '');
  const policy = call.world.store.get(id);
  const inVault = id.toLowerCase().startsWith(`${vault.id.toLowerCase()}/backuppolicies/`);
  if (policy === undefined || policy.type !== POLICY_TYPE || !inVault) throw invalidInput(`The policy '${id}' is not a policy of this vault.`, 'policyId');
  if (policy.body['properties']['backupManagementType'] !== 'AzureIaasVM') throw invalidInput('The policy is not for virtual machines.', 'policyId');
  return policy;
}

/** Another policy, other disks, or resuming: whatever is not said again is lost, the disk list included. */
function change(target: Target, item: Stored): Answer {
  const { call, sent } = target;
  const { world } = call;
  if (isSoftDeleted(item)) {
    const text = 'The protected item is in soft deleted state. Undelete it before protecting the virtual machine again.';
    throw new AzureError(400, 'BMSUserErrorProtectedItemSoftDeleted', text);
  }
  const policy = requirePolicy(target);
  const before: unknown = item.body['properties']['policyId'];
  if (String(before).toLowerCase() !== policy.id.toLowerCase() && itemsUnder(world, policy.id).length >= MAX_MACHINES_PER_POLICY) {
    throw new AzureError(400, 'BMSUserErrorPolicyItemLimitReached', `A policy protects at most ${MAX_MACHINES_PER_POLICY} virtual machines.`);
  }
  return begin(target, {
    operation: 'ConfigureBackup',
    durationMs: CHANGE_MS,
    bag: { 'Policy Name': policy.body['name'] },
    finish: () => {
      countItem(world, before, -1);
      countItem(world, policy.id, 1);
      world.store.update(item.id, ({ body: { properties } }) => {
        properties['policyId'] = policy.id;
        properties['policyName'] = policy.body['name'];
        properties['protectionState'] = properties['lastBackupStatus'] === '' ? 'IRPending' : 'Protected';
        if (sent['extendedProperties'] === undefined) delete properties['extendedProperties'];
        else properties['extendedProperties'] = sent['extendedProperties'];
      });
      scheduleNext(world, item.id);
    },
  });
}

function stop(target: Target): Answer {
  const { call, sent, item } = target;
  const { world } = call;
  if (item === undefined || isSoftDeleted(item)) throw invalidInput('There is no protection to stop.', 'protectionState');
  const suspended = sent['protectionState'] === 'BackupsSuspended';
  return begin(target, {
    operation: 'DisableBackup',
    durationMs: STOP_MS,
    bag: { 'Policy Name': '' },
    finish: () => {
      if (!suspended) countItem(world, item.body['properties']['policyId'], -1);
      world.store.update(item.id, ({ body: { properties } }) => {
        properties['protectionState'] = sent['protectionState'];
        if (suspended) return;
        properties['policyId'] = '';
        properties['policyName'] = '';
        // https://learn.microsoft.com/azure/backup/selective-disk-backup-restore: stopping loses the disk list.
        delete properties['extendedProperties'];
      });
      scheduleNext(world, item.id);
    },
  });
}

function undelete(target: Target): Answer {
  const { call, item } = target;
  if (item === undefined || !isSoftDeleted(item)) throw invalidInput('The protected item is not in soft deleted state.', 'isRehydrate');
  return begin(target, {
    operation: 'Undelete',
    durationMs: UNDELETE_MS,
    bag: { 'Undelete flag': 'True' },
    finish: () => {
      call.world.store.update(item.id, ({ body: { properties }, hidden }) => {
        for (const name of ['deferredDeleteTimeInUTC', 'isScheduledForDeferredDelete', 'deferredDeleteTimeRemaining']) delete properties[name];
        properties['softDeleteRetentionPeriod'] = 0;
        delete hidden['purgesAt'];
      });
    },
  });
}

export function deleteItem(call: Call): Answer {
  const vault = requireVault(call);
  const key = keyOfCall(call);
  const { world } = call;
  const item = world.store.get(itemId(vault.id, key));
  if (item === undefined) return { status: 204 };
  const machine = parseMachineId(item.body['properties']['sourceResourceId']);
  if (machine === undefined) throw invalidInput('Only items of virtual machines are simulated.');
  if (isSoftDeleted(item)) throw invalidInput('The protected item is already in soft deleted state.');
  if (vault.body['properties']['securitySettings']?.['immutabilitySettings']?.['state'] === 'Locked') {
    throw new AzureError(400, 'UserErrorImmutableVault', 'Backup data of an immutable vault cannot be deleted.');
  }
  const settings: Mutable = vault.body['properties']['securitySettings']?.['softDeleteSettings'] ?? {};
  const soft = call.apiVersion >= ALWAYS_SOFT || settings['softDeleteState'] !== 'Disabled';
  const days: number = settings['softDeleteRetentionPeriodInDays'] || 14;
  const points = world.store.list(POINT_TYPE, item.id).length;
  const target: Target = { call, vault, key, machine, sent: {}, item };
  return begin(target, {
    operation: 'DeleteBackupData',
    durationMs: soft ? SOFT_DELETE_MS : HARD_DELETE_MS,
    bag: { 'Number of Recovery Points': String(points) },
    place: 'vault',
    finish: (operation) => {
      countItem(world, world.store.get(item.id)?.body['properties']['policyId'], -1);
      if (soft) softDelete(world, item.id, operation.startedAt, days);
      else purge(world, item.id);
    },
  });
}

function softDelete(world: World, id: string, deletedAt: number, days: number): void {
  const purgesAt = deletedAt + days * DAY_MS;
  world.store.update(id, ({ body: { properties }, hidden }) => {
    properties['protectionState'] = 'ProtectionStopped';
    properties['policyId'] = '';
    properties['policyName'] = '';
    // Not when it goes, but when it was deleted.
    properties['deferredDeleteTimeInUTC'] = azureTime(deletedAt);
    properties['isScheduledForDeferredDelete'] = true;
    properties['softDeleteRetentionPeriod'] = days;
    hidden['purgesAt'] = purgesAt;
  });
  markContainer(world, id, 'SoftDeleted');
  purgeLater(world, id, purgesAt);
}

export function purgeLater(world: World, id: string, at: number): void {
  world.clock.at(at, () => {
    const item = world.store.get(id);
    if (item !== undefined && isSoftDeleted(item) && (item.hidden['purgesAt'] ?? at) === at) purge(world, id);
  });
}

function markContainer(world: World, id: string, registrationStatus: string): void {
  const container = world.store.get(id.slice(0, id.toLowerCase().lastIndexOf('/protecteditems/')));
  if (container === undefined) return;
  world.store.update(container.id, (stored) => {
    stored.body['properties']['registrationStatus'] = registrationStatus;
  });
}

function purge(world: World, id: string): void {
  for (const point of world.store.list(POINT_TYPE, id)) world.store.delete(point.id);
  world.store.delete(id);
  world.store.delete(id.slice(0, id.toLowerCase().lastIndexOf('/protecteditems/')));
}

/** Starts job and operation together; the job ends as the operation does. The 202 has no body. */
function begin(
  { call, vault, key, machine }: Target,
  spec: {
    operation: JobOperation;
    durationMs: number;
    bag: Mutable;
    finish: (operation: Operation) => void;
    place?: 'item' | 'vault';
    protecting?: string;
  },
): Answer {
  const { world } = call;
  const job = startJob(world, vault, key, { operation: spec.operation, friendlyName: machine.name, bag: spec.bag });
  const operation: Operation = world.operations.start({
    kind: `backup-${spec.operation}`,
    scope: vault.id,
    durationMs: spec.durationMs,
    data: { vaultId: vault.id, jobId: job.body['name'], itemId: itemId(vault.id, key), protecting: spec.protecting },
    finish: () => {
      try {
        spec.finish(operation);
        endJob(world, job.id, 'Completed');
      } catch (error) {
        if (error instanceof AzureError) endJob(world, job.id, 'Failed', { error });
        throw error;
      }
      return undefined;
    },
  });
  const place = spec.place ?? 'item';
  return { status: 202, headers: acceptedHeaders(call, operation, place, place === 'item' ? call.path : vault.id) };
}
