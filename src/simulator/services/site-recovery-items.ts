import type { Answer, Call, Mutable, Stored, World } from '../service.ts';
import { viewMachine, type MachineView } from './backup-machine.ts';
import { MACHINE_TYPE } from './backup-names.ts';
import { azureTime, requireVault } from './recovery-services-vault.ts';
import { makeReplicas, removeReplicas } from './site-recovery-replicas.ts';
import { consistencyGroup } from './site-recovery-groups.ts';
import { badInput, requireAssociation, requireReplicable } from './site-recovery-requirements.ts';
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
/** How far the copy has come is told from some minutes after the operation on. */
const COPY_TOLD_MS = 9 * MINUTE;
/** Some time after protection Azure looks whether the machine could be failed over. */
const VALIDATED_MS = 1.5 * MINUTE;
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
  if (now - since > COPY_TOLD_MS) {
    const copied = Math.min(1, (now - since - COPY_TOLD_MS) / (hidden['pace'].copiedMs - COPY_TOLD_MS));
    const told = { monitoringJobType: 'InitialReplication', monitoringPercentageCompletion: Math.floor(copied * 100) };
    Object.assign(details, told);
    for (const disk of details['protectedManagedDisks'] as readonly Mutable[])
      if (disk['diskState'] === 'InitialReplicationPending') Object.assign(disk, told);
  }
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
  requireAssociation(call, source, target, policy);
  const disks = disksToReplicate(view, input['vmManagedDisks'], machine);
  const id = replicationId(call, tailOf(call));
  if (world.store.get(id) !== undefined)
    throw badInput(`The protected item '${id.slice(id.lastIndexOf('/') + 1)}' already exists.`, 'name');
  return startReplication(call, {
    scenario: 'EnableDr',
    target: view.name,
    durationMs: ENABLE_MS,
    finish: () => {
      requireReplicable(world, viewMachine(world, machine), disks, input);
      const group = consistencyGroup(call, input);
      const properties = newReplicatedItem(call, { source, target, policy, machine, view, disks, input, group });
      const item = world.store.put({
        id,
        type: REPLICATED_TYPE,
        hidden: { made: true, enabledAt: world.clock.now(), pace: FIRST_REPLICATION },
        body: { name: id.slice(id.lastIndexOf('/') + 1), properties },
      });
      makeReplicas(world, item);
      progress(world, id, replicatedInterfaces(call, machine, input), FIRST_REPLICATION);
    },
  });
}

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

/** Initial replication, the first point, and then protection, each seen in this order. */
export function progress(world: World, id: string, interfaces: readonly Mutable[], pace: Pace): void {
  const step = (after: number, change: (properties: Mutable, details: Mutable, hidden: Mutable) => void): void => {
    world.clock.at(world.clock.now() + after, () => {
      if (world.store.get(id) === undefined) return;
      world.store.update(id, ({ body: { properties }, hidden }) =>
        change(properties, properties['providerSpecificDetails'], hidden),
      );
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
  step(pace.protectedMs, (properties, details, hidden) => {
    hidden['pointsSince'] = world.clock.now();
    properties['protectionState'] = 'Protected';
    properties['protectionStateDescription'] = 'Protected';
    properties['allowedOperations'] = ['UnplannedFailover', 'DisableProtection', 'TestFailover'];
    Object.assign(details, {
      vmNics: interfaces,
      vmProtectionState: 'Protected',
      vmProtectionStateDescription: 'Protected',
      lifecycleId: world.random.uuid(),
      agentCertificateExpiryDate: azureTime(world.clock.now() + CERTIFICATE_MS),
      ...(interfaces.length === 0 ? {} : { selectedRecoveryAzureNetworkId: interfaces[0]!['recoveryVMNetworkId'] }),
    });
  });
  step(pace.protectedMs + VALIDATED_MS, (properties) => warnOfDrill(world, properties));
}

/** Recorded of an item that no test failover was done of (asr-a2a-e2e). */
function warnOfDrill(world: World, properties: Mutable): void {
  if (properties['protectionState'] !== 'Protected') return;
  const name = String(properties['friendlyName']);
  properties['failoverHealth'] = 'Warning';
  properties['healthErrors'] = [
    {
      innerHealthErrors: [],
      errorSource: 'ReplicationUnitFailoverValidatorError',
      errorType: '8010',
      errorLevel: 'Warning',
      errorCategory: 'TestFailover',
      errorCode: '161011',
      summaryMessage: '',
      errorMessage: `No successful test failover has been done on the virtual machine '${name}'.`,
      possibleCauses: 'No successful test failover has been done on the virtual machine after it was replicated.',
      recommendedAction: 'Do a test failover on the virtual machine.',
      creationTimeUtc: azureTime(world.clock.now()),
      recoveryProviderErrorMessage: null,
      entityId: properties['providerSpecificDetails'].managementId,
      errorId: '6:8010',
      customerResolvability: 'NotAllowed',
    },
  ];
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
      removeReplicas(call.world, item);
      call.world.store.delete(item.id);
    },
  });
}
