import type { Answer, Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { viewMachine, type MachineView } from './backup-machine.ts';
import { MACHINE_TYPE } from './backup-names.ts';
import { azureTime, requireVault } from './recovery-services-vault.ts';
import {
  replicationId,
  replicationPage,
  requireReplication,
  startReplication,
  tailOf,
  REPLICATED_TYPE,
  CONTAINER_TYPE,
  POLICY_TYPE,
} from './site-recovery-operations.ts';
import { newReplicatedItem, replicatedInterfaces, type ReplicatedDisk } from './site-recovery-item-body.ts';
import { fabricOf, requireById } from './site-recovery-build.ts';

const MINUTE = 60_000;
const ENABLE_MS = 335_000;
const DISABLE_MS = 200_000;
/** When, after its operation, an item waits for its first point, and when it is protected. */
interface Pace {
  readonly copiedMs: number;
  readonly protectedMs: number;
}
/** 15 to 30 minutes and 5 to 15 more were seen; back again it took longer. */
const FIRST_REPLICATION: Pace = { copiedMs: 15 * MINUTE, protectedMs: 30 * MINUTE };
export const REPROTECTION: Pace = { copiedMs: 25 * MINUTE, protectedMs: 36 * MINUTE };
/** The disks are seen some minutes after the operation, and copied before the point that holds them can be used. */
const DISKS_SEEN_MS = 3 * MINUTE;
const CERTIFICATE_MS = 3 * 365 * 24 * 60 * MINUTE;

/** An item as it is at reading; one of a bundle goes out as recorded. */
export function renderReplicated(item: Stored, world: World): Mutable {
  const body: Mutable = structuredClone(item.body);
  if (item.hidden['made'] === true) freshen(body['properties'], item.hidden, world.clock.now());
  if (item.hidden['reckonedAt'] !== undefined) reckon(body['properties'], item.hidden['reckonedAt'], world.clock.now());
  return { id: item.id, type: REPLICATED_TYPE, ...body };
}

/** Site Recovery reckons the lag every few minutes; a replication in trouble falls further behind as time passes. */
function reckon(properties: Mutable, since: number, now: number): void {
  if (properties['protectionState'] !== 'Protected' || now <= since) return;
  const details: Mutable = properties['providerSpecificDetails'];
  const reckoned = now - ((now - since) % (5 * MINUTE));
  // Before the first reckoning since the start, what the fleet says holds.
  if (reckoned === since) return;
  details['lastRpoCalculatedTime'] = azureTime(reckoned);
  if (properties['replicationHealth'] === 'Critical') details['rpoInSeconds'] += Math.floor((reckoned - since) / 1000);
}

function freshen(properties: Mutable, hidden: Mutable, now: number): void {
  const details: Mutable = properties['providerSpecificDetails'];
  const since: number = hidden['enabledAt'];
  if (now - since > 3 * MINUTE) details['lastHeartbeat'] = azureTime(now - ((now - since) % (6 * MINUTE)));
  if (now - since > 9 * MINUTE)
    Object.assign(details, { monitoringJobType: 'InitialReplication', monitoringPercentageCompletion: 0 });
  if (properties['protectionState'] !== 'Protected') return;
  details['rpoInSeconds'] = 95;
  details['lastRpoCalculatedTime'] = azureTime(now - ((now - since) % (5 * MINUTE)));
}

export function listReplicated(call: Call): Answer {
  const tail = tailOf(call);
  const scope = tail.includes('/') ? `/${tail.slice(0, tail.lastIndexOf('/'))}` : '';
  const rows = call.world.store.listed(
    REPLICATED_TYPE,
    call.world.options.listLagMs,
    `${requireVault(call).id}${scope}`,
  );
  return replicationPage(call, rows, (row) => renderReplicated(row, call.world));
}

export function getReplicated(call: Call): Answer {
  return { status: 200, body: renderReplicated(requireReplication(call, tailOf(call)), call.world) };
}

/** Enables replication of a machine to another region. */
export function putReplicated(call: Call): Answer {
  const { world } = call;
  const sent: Mutable = call.body?.['properties'] ?? {};
  const input: Mutable = sent['providerSpecificDetails'] ?? {};
  if (input['instanceType'] !== 'A2A')
    throw badInput('Only replication between Azure regions is simulated.', 'providerSpecificDetails.instanceType');
  const source = requireReplication(call, tailOf(call).split('/').slice(0, 4).join('/'));
  const target = requireById(call, input['recoveryContainerId'], CONTAINER_TYPE);
  const policy = requireById(call, sent['policyId'], POLICY_TYPE);
  const machine = world.store.get(String(input['fabricObjectId'] ?? ''));
  if (machine?.type !== MACHINE_TYPE) throw badInput('The virtual machine was not found.', 'fabricObjectId');
  const view = viewMachine(world, machine);
  // https://learn.microsoft.com/azure/site-recovery/azure-to-azure-powershell: the vault lies outside the source
  // region.
  if (requireVault(call).body['location'] === view.location)
    throw badInput('The vault is in the region of the virtual machine.', 'fabricObjectId');
  if (fabricOf(call, source.id).body['properties']['customDetails']['location'] !== view.location) {
    throw badInput('The virtual machine is not in the region of the source fabric.', 'fabricObjectId');
  }
  const disks = disksToReplicate(view, input['vmManagedDisks'], machine);
  const id = replicationId(call, tailOf(call));
  return startReplication(call, {
    scenario: 'EnableDr',
    target: view.name,
    durationMs: ENABLE_MS,
    finish: () => {
      const blocker = notReplicable(view, disks);
      if (blocker !== undefined) throw new AzureError(400, 'A2AVirtualMachineNotSupported', blocker);
      const properties = newReplicatedItem(call, { source, target, policy, machine, view, disks, input });
      world.store.put({
        id,
        type: REPLICATED_TYPE,
        hidden: { made: true, enabledAt: world.clock.now() },
        body: { name: id.slice(id.lastIndexOf('/') + 1), properties },
      });
      progress(world, id, replicatedInterfaces(call, machine, input), FIRST_REPLICATION);
    },
  });
}

export const badInput = (message: string, target: string): AzureError =>
  new AzureError(400, 'InvalidParameter', message, { target });

/** Every disk to replicate is named; the others are left out. */
export function disksToReplicate(view: MachineView, sent: unknown, machine: Stored): ReplicatedDisk[] {
  const profile: Mutable = machine.body['properties']['storageProfile'];
  const attached = [profile['osDisk'], ...(profile['dataDisks'] ?? [])] as readonly Mutable[];
  return ((sent ?? []) as readonly Mutable[]).map((input) => {
    const at = attached.findIndex(
      (disk) => String(disk?.['managedDisk']?.['id']).toLowerCase() === String(input['diskId']).toLowerCase(),
    );
    if (at === -1)
      throw badInput(`The disk '${input['diskId']}' is not attached to the virtual machine.`, 'vmManagedDisks');
    return { view: view.disks[at]!, id: attached[at]!['managedDisk']['id'], input };
  });
}

/** https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix */
function notReplicable(view: MachineView, disks: readonly ReplicatedDisk[]): string | undefined {
  const profile: Mutable = view.stored.body['properties']['storageProfile'] ?? {};
  if (profile['diskControllerType'] === 'NVMe') return 'Virtual machines with NVMe disk controllers are not supported.';
  if (view.securityType === 'ConfidentialVM') return 'Confidential virtual machines are not supported.';
  if (profile['osDisk']?.['diffDiskSettings']?.['option'] === 'Local')
    return 'Ephemeral operating system disks are not supported.';
  if (view.stored.body['properties']['host'] !== undefined)
    return 'Virtual machines on dedicated hosts are not supported.';
  const data = (profile['dataDisks'] ?? []) as readonly Mutable[];
  const accelerated = data
    .filter((disk) => disk['writeAcceleratorEnabled'] === true)
    .map((disk) => Number(disk['lun']));
  if (disks.some((disk) => disk.view.lun !== undefined && accelerated.includes(disk.view.lun)))
    return 'Disks with write accelerator are not supported.';
  return undefined;
}

/** Initial replication, the first point, and then protection, each seen in this order. */
export function progress(world: World, id: string, interfaces: readonly Mutable[], pace: Pace): void {
  const step = (after: number, change: (properties: Mutable, details: Mutable) => void): void => {
    world.clock.at(world.clock.now() + after, () => {
      if (world.store.get(id) === undefined) return;
      world.store.update(id, ({ body: { properties } }) => change(properties, properties['providerSpecificDetails']));
    });
  };
  step(pace.copiedMs, (properties) => {
    properties['protectionState'] = 'InitialReplicationRecoveryCompletionPending';
    properties['protectionStateDescription'] = 'Waiting for first recovery point';
  });
  const disksBecome = (state: string) => (_: Mutable, details: Mutable) => {
    for (const disk of details['protectedManagedDisks']) disk['diskState'] = state;
  };
  step(DISKS_SEEN_MS, disksBecome('InitialReplicationPending'));
  step((pace.copiedMs + pace.protectedMs) / 2, disksBecome('Protected'));
  step(pace.protectedMs, (properties, details) => {
    properties['protectionState'] = 'Protected';
    properties['protectionStateDescription'] = 'Protected';
    properties['allowedOperations'] = ['UnplannedFailover', 'DisableProtection', 'TestFailover'];
    Object.assign(details, {
      vmNics: interfaces,
      vmProtectionState: 'Protected',
      vmProtectionStateDescription: 'Protected',
      lifecycleId: world.random.uuid(),
      agentCertificateExpiryDate: azureTime(world.clock.now() + CERTIFICATE_MS),
    });
  });
}

/** Ends replication: `remove` cleans up, DELETE purges. */
export function removeReplicated(call: Call): Answer {
  const tail = tailOf(call).replace(/\/remove$/i, '');
  const item = requireReplication(call, tail);
  return startReplication(call, {
    scenario: 'DisableDr',
    target: item.body['properties']['friendlyName'],
    durationMs: DISABLE_MS,
    finish: () => {
      call.world.store.delete(item.id);
    },
  });
}
