import type { Answer, Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { createItem } from './backup-item-create.ts';
import { begin, type Target } from './backup-item-start.ts';
import { ineligibility, isExcluded, viewMachine } from './backup-machine.ts';
import {
  MACHINE_ITEM,
  POLICY_TYPE,
  invalidInput,
  isSoftDeleted,
  itemId,
  itemsOfMachine,
  keyOfCall,
  keyOfMachine,
  malformedProtection,
  parseMachineId,
  shortName,
  vaultIdOfChild,
} from './backup-names.ts';
import { countItem, itemsUnder } from './backup-policies.ts';
import { refuseShorter, vaultFull } from './backup-limits.ts';
import { scheduleNext } from './backup-runs.ts';
import { shortestMs } from './backup-schedule.ts';
import { requireVault } from './recovery-services-vault.ts';

/** Durations as recorded, ms. */
const CONFIGURE_MS = 40_000;
const CHANGE_MS = 1_490;
const STOP_MS = 1_359;
const UNDELETE_MS = 10_639;

/** https://learn.microsoft.com/azure/backup/backup-support-matrix */
const MAX_MACHINES_PER_POLICY = 100;

/**
 * PUT of a protected item: enable, change policy or disks, stop, suspend, resume or undelete, by what the body says.
 */
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
  if (sent['protectionState'] === 'ProtectionStopped' || sent['protectionState'] === 'BackupsSuspended')
    return stop(target);
  return item === undefined ? enable(target) : change(target, item);
}

function enable(target: Target): Answer {
  const { call, vault, key, machine, sent } = target;
  const { world } = call;
  const stored = world.store.get(String(sent['sourceResourceId']));
  const sameSubscription = vault.id.toLowerCase().startsWith(`/subscriptions/${machine.subscriptionId.toLowerCase()}/`);
  // A machine of another region or subscription has no container in this vault.
  if (stored === undefined || !sameSubscription || viewMachine(world, stored).location !== vault.body['location'])
    throw malformedProtection();
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
      if (other !== undefined && vaultIdOfChild(other.id).toLowerCase() !== vault.id.toLowerCase())
        throw registeredElsewhere();
      const reason = ineligibility(view, policy.body['properties'], call.apiVersion, (disk) => isExcluded(sent, disk));
      if (reason !== undefined) throw new AzureError(400, reason.code, reason.message);
      createItem(world, vault, key, stored, policy, sent);
    },
  });
}

/** Message as https://github.com/Azure/terraform-provider-azapi/issues/398 quotes it; its code is not public. */
function registeredElsewhere(): AzureError {
  const text =
    'Virtual machine is already registered\\registering with another recovery services vault ' +
    'Please select a different virtual machine for registration.';
  return new AzureError(400, 'UserErrorVMAlreadyRegisteredWithAnotherVault', text);
}

function refuseOverLimits({ call, vault }: Target, policy: Stored): void {
  const { world } = call;
  const full = vaultFull(world, vault);
  if (full !== undefined) throw new AzureError(400, full.code, full.message);
  if (itemsUnder(world, policy.id).length >= MAX_MACHINES_PER_POLICY) {
    throw new AzureError(
      400,
      'BMSUserErrorPolicyItemLimitReached',
      `A policy protects at most ${MAX_MACHINES_PER_POLICY} virtual machines.`,
    );
  }
}

function requirePolicy({ call, vault, sent }: Target): Stored {
  const id = String(sent['policyId'] ?? '');
  const policy = call.world.store.get(id);
  const inVault = id.toLowerCase().startsWith(`${vault.id.toLowerCase()}/backuppolicies/`);
  if (policy === undefined || policy.type !== POLICY_TYPE || !inVault)
    throw invalidInput(`The policy '${id}' is not a policy of this vault.`, 'policyId');
  if (policy.body['properties']['backupManagementType'] !== 'AzureIaasVM')
    throw invalidInput('The policy is not for virtual machines.', 'policyId');
  return policy;
}

/** Another policy, other disks, or resuming: whatever is not said again is lost, the disk list included. */
function change(target: Target, item: Stored): Answer {
  const { call, sent } = target;
  const { world } = call;
  if (isSoftDeleted(item)) {
    const text =
      'The protected item is in soft deleted state. Undelete it before protecting the virtual machine again.';
    throw new AzureError(400, 'BMSUserErrorProtectedItemSoftDeleted', text);
  }
  const policy = requirePolicy(target);
  const before: unknown = item.body['properties']['policyId'];
  const old = world.store.get(String(before));
  if (old !== undefined)
    refuseShorter(target.vault, shortestMs(old.body['properties']), shortestMs(policy.body['properties']));
  if (old?.body['properties']['policyType'] === 'V2' && policy.body['properties']['policyType'] !== 'V2')
    throw invalidInput('An item under an Enhanced policy cannot be put under a Standard policy.', 'policyId');
  if (
    String(before).toLowerCase() !== policy.id.toLowerCase() &&
    itemsUnder(world, policy.id).length >= MAX_MACHINES_PER_POLICY
  ) {
    throw new AzureError(
      400,
      'BMSUserErrorPolicyItemLimitReached',
      `A policy protects at most ${MAX_MACHINES_PER_POLICY} virtual machines.`,
    );
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
  if (item === undefined || isSoftDeleted(item))
    throw invalidInput('There is no protection to stop.', 'protectionState');
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
  if (item === undefined || !isSoftDeleted(item))
    throw invalidInput('The protected item is not in soft deleted state.', 'isRehydrate');
  return begin(target, {
    operation: 'Undelete',
    durationMs: UNDELETE_MS,
    bag: { 'Undelete flag': 'True' },
    finish: () => {
      call.world.store.update(item.id, ({ body: { properties }, hidden }) => {
        for (const name of ['deferredDeleteTimeInUTC', 'isScheduledForDeferredDelete', 'deferredDeleteTimeRemaining'])
          delete properties[name];
        properties['softDeleteRetentionPeriod'] = 0;
        delete hidden['purgesAt'];
      });
    },
  });
}
