import type { Answer, Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeTime } from './arm-resource.ts';
import { viewMachine } from './backup-machine.ts';
import { MACHINE_TYPE } from './backup-names.ts';
import { requireById } from './site-recovery-build.ts';
import { newReplicatedItem, replicatedInterfaces } from './site-recovery-item-body.ts';
import { disksToReplicate, progress, REPROTECTION } from './site-recovery-items.ts';
import { makeReplicas, removeReplicas } from './site-recovery-replicas.ts';
import type { ConsistencyGroup } from './site-recovery-groups.ts';
import { badInput } from './site-recovery-requirements.ts';
import {
  CONTAINER_TYPE,
  POLICY_TYPE,
  REPLICATED_TYPE,
  replicationNotFound,
  requireReplication,
  startReplication,
  tailOf,
} from './site-recovery-operations.ts';

const FAILOVER_MS = 150_000;
const COMMIT_MS = 37_000;
const SWITCH_MS = 420_000;
const DISK_TYPE = 'Microsoft.Compute/disks';

/** What an item is and allows between failover and reprotection is not recorded: [K]. */
const FAILED_OVER = {
  state: 'UnplannedFailoverCompleted',
  text: 'Failover completed',
  allows: ['Commit', 'DisableProtection'],
} as const;
const COMMITTED = {
  state: 'UnplannedFailoverCommitted',
  text: 'Failover committed',
  allows: ['ReverseReplicate', 'DisableProtection'],
} as const;

function become({ body }: Stored, to: typeof FAILED_OVER | typeof COMMITTED): void {
  Object.assign(body['properties'], {
    protectionState: to.state,
    protectionStateDescription: to.text,
    activeLocation: 'Recovery',
    allowedOperations: [...to.allows],
  });
}

/** The item an action is asked of, if it allows the operation now. */
function requireAllowing(call: Call, operation: string): Stored {
  const item = requireReplication(call, tailOf(call).replace(/\/[^/]+$/, ''));
  requireOperation(item, operation);
  return item;
}

function requireOperation(item: Stored, operation: string): void {
  const { allowedOperations, protectionState, friendlyName } = item.body['properties'] as Mutable;
  if ((allowedOperations as readonly string[]).includes(operation) && item.hidden['made'] === true) return;
  const text = `The operation '${operation}' is not allowed on '${friendlyName}' in the state '${protectionState}'.`;
  throw new AzureError(400, 'OperationNotAllowed', text);
}

/**
 * Makes the machine in the recovery region, off the replicated disks; failing back, in the original's place. The source
 * machine is left as it is; that it cannot be recovered onto itself is [K].
 */
export function unplannedFailover(call: Call): Answer {
  const item = requireAllowing(call, 'UnplannedFailover');
  const { failoverDirection } = (call.body?.['properties'] ?? {}) as Mutable;
  if (failoverDirection !== 'PrimaryToRecovery')
    throw badInput("Only the direction 'PrimaryToRecovery' is possible.", 'failoverDirection');
  return startReplication(call, {
    scenario: 'UnplannedFailover',
    target: item.body['properties']['friendlyName'],
    durationMs: FAILOVER_MS,
    finish: () => {
      recoverMachine(call.world, item.body['properties']['providerSpecificDetails']);
      call.world.store.update(item.id, (edited) => become(edited, FAILED_OVER));
    },
  });
}

export function failoverCommit(call: Call): Answer {
  const item = requireAllowing(call, 'Commit');
  return startReplication(call, {
    scenario: 'CommitFailover',
    target: item.body['properties']['friendlyName'],
    durationMs: COMMIT_MS,
    finish: () => void call.world.store.update(item.id, (edited) => become(edited, COMMITTED)),
  });
}

function recoveredId(details: Mutable): string {
  return `${details['recoveryAzureResourceGroupId']}/providers/${MACHINE_TYPE}/${details['recoveryAzureVMName']}`;
}

function recoverMachine(world: World, details: Mutable): void {
  const source = world.store.get(String(details['fabricObjectId']));
  const id = recoveredId(details);
  if (id.toLowerCase() === details['fabricObjectId'])
    throw new AzureError(409, 'RecoveryVirtualMachineExists', `The machine '${id}' is the one to be replaced.`);
  const profile: Mutable = source?.body['properties']?.storageProfile ?? {};
  const attach = (disk: Mutable): readonly Mutable[] => {
    const wanted = String(disk['managedDisk']?.id).toLowerCase();
    const replica = (details['protectedManagedDisks'] as readonly Mutable[]).find((one) => one['diskId'] === wanted);
    return replica === undefined ? [] : [recoverDisk(world, details, replica, disk, id)];
  };
  const [osDisk] = attach(profile['osDisk'] ?? {});
  const network = `${details['recoveryAzureResourceGroupId']}/providers/Microsoft.Network/networkInterfaces`;
  const interfaces: readonly Mutable[] = source?.body['properties']?.networkProfile?.networkInterfaces ?? [];
  world.store.put({
    id,
    type: MACHINE_TYPE,
    body: {
      name: details['recoveryAzureVMName'],
      location: details['recoveryFabricLocation'],
      tags: source?.body['tags'] ?? {},
      properties: {
        vmId: world.random.uuid(),
        hardwareProfile: { vmSize: details['recoveryAzureVMSize'] },
        storageProfile: { osDisk, dataDisks: ((profile['dataDisks'] ?? []) as readonly Mutable[]).flatMap(attach) },
        networkProfile: {
          networkInterfaces: interfaces.map((nic, index) => ({
            id: `${network}/${String(nic['id']).split('/').at(-1)}`,
            properties: { primary: index === 0 },
          })),
        },
        provisioningState: 'Succeeded',
        timeCreated: computeTime(world.clock.now()),
      },
    },
    hidden: { ...source?.hidden, recorded: false, moved: true, power: 'running', agent: 'ready' },
  });
}

/** The disk made of a replica, and how the machine names it. */
function recoverDisk(world: World, details: Mutable, replica: Mutable, disk: Mutable, machineId: string): Mutable {
  const id = `${replica['recoveryResourceGroupId']}/providers/${DISK_TYPE}/${replica['failoverDiskName']}`;
  const sku = String(replica['recoveryTargetDiskAccountType']);
  const source = world.store.get(String(disk['managedDisk']?.id));
  world.store.put({
    id,
    type: DISK_TYPE,
    body: {
      name: replica['failoverDiskName'],
      location: details['recoveryFabricLocation'],
      managedBy: machineId,
      sku: { name: sku, tier: sku.split('_')[0] },
      properties: {
        ...source?.body['properties'],
        creationData: { createOption: 'Restore', sourceResourceId: replica['recoveryReplicaDiskId'] },
        diskState: 'Attached',
        timeCreated: computeTime(world.clock.now()),
        uniqueId: world.random.uuid(),
      },
    },
  });
  const { osType, lun, caching, deleteOption, diskSizeGB } = disk;
  return {
    ...(lun === undefined ? { osType } : { lun }),
    name: replica['failoverDiskName'],
    createOption: 'Attach',
    caching,
    managedDisk: { storageAccountType: sku, id },
    deleteOption: deleteOption ?? 'Detach',
    diskSizeGB,
  };
}

/** Reprotection: the item moves under the container it failed over to, and replicates back. */
export function switchProtection(call: Call): Answer {
  const { world } = call;
  const sent: Mutable = call.body?.['properties'] ?? {};
  const input: Mutable = sent['providerSpecificDetails'] ?? {};
  const name = String(sent['replicationProtectedItemName'] ?? '');
  const before = tailOf(call).replace(/\/switchprotection$/i, '');
  const item = world.store.get(`${requireReplication(call, before).id}/replicationProtectedItems/${name}`);
  if (item === undefined) throw replicationNotFound(name);
  requireOperation(item, 'ReverseReplicate');
  const source = requireById(call, item.body['properties']['recoveryContainerId'], CONTAINER_TYPE);
  const target = requireById(call, input['recoveryContainerId'], CONTAINER_TYPE);
  const policy = requireById(call, input['policyId'] ?? item.body['properties']['policyId'], POLICY_TYPE);
  const machine = world.store.get(recoveredId(item.body['properties']['providerSpecificDetails']));
  if (machine === undefined)
    throw badInput('The machine that was failed over is gone.', 'replicationProtectedItemName');
  const view = viewMachine(world, machine);
  const disks = disksToReplicate(view, input['vmManagedDisks'], machine);
  return startReplication(call, {
    scenario: 'ReProtect',
    target: view.name,
    durationMs: SWITCH_MS,
    finish: () => {
      const id = `${source.id}/replicationProtectedItems/${name}`;
      const group = groupOf(item);
      const properties = newReplicatedItem(call, { source, target, policy, machine, view, disks, input, group });
      const interfaces = replicatedInterfaces(call, machine, input);
      const waiting = interfaces.map((each) => ({ ...each, selectionType: 'NotSelected' }));
      properties['providerSpecificDetails']['vmNics'] = waiting;
      removeReplicas(world, item);
      world.store.delete(item.id);
      const hidden = { made: true, enabledAt: world.clock.now(), pace: REPROTECTION };
      makeReplicas(world, world.store.put({ id, type: REPLICATED_TYPE, hidden, body: { name, properties } }));
      progress(world, id, interfaces, REPROTECTION);
    },
  });
}

/** An item keeps the group it was enabled in. */
function groupOf(item: Stored): ConsistencyGroup {
  const details: Mutable = item.body['properties'].providerSpecificDetails;
  return {
    id: details['multiVmGroupId'],
    name: details['multiVmGroupName'],
    createOption: details['multiVmGroupCreateOption'],
  };
}
