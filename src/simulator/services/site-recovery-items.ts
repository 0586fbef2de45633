import type { Answer, Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { viewMachine, type DiskView, type MachineView } from './backup-machine.ts';
import { MACHINE_TYPE } from './backup-names.ts';
import { azureTime, requireVault } from './recovery-services-vault.ts';
import { replicationId, replicationPage, requireReplication, startReplication, tailOf } from './site-recovery-operations.ts';
import { CONTAINER_TYPE, POLICY_TYPE, fabricOf, requireById } from './site-recovery-topology.ts';

export const REPLICATED_TYPE = `${CONTAINER_TYPE}/replicationProtectedItems`;

const MINUTE = 60_000;
const ENABLE_MS = 335_000;
const DISABLE_MS = 200_000;
/** After the operation: initial replication, then waiting for the first point; 15 to 30 and 5 to 15 minutes were seen. */
const REPLICATION_MS = 15 * MINUTE;
const FIRST_POINT_MS = 15 * MINUTE;
const CERTIFICATE_MS = 3 * 365 * 24 * 60 * MINUTE;

/** An item as it is at reading; one of a bundle goes out as recorded. */
export function renderReplicated(item: Stored, world: World): Mutable {
  const body: Mutable = structuredClone(item.body);
  if (item.hidden['made'] === true) freshen(body['properties'], item.hidden, world.clock.now());
  return { id: item.id, type: REPLICATED_TYPE, ...body };
}

function freshen(properties: Mutable, hidden: Mutable, now: number): void {
  const details: Mutable = properties['providerSpecificDetails'];
  const since: number = hidden['enabledAt'];
  if (now - since > 3 * MINUTE) details['lastHeartbeat'] = azureTime(now - ((now - since) % (6 * MINUTE)));
  if (now - since > 9 * MINUTE) Object.assign(details, { monitoringJobType: 'InitialReplication', monitoringPercentageCompletion: 0 });
  if (properties['protectionState'] !== 'Protected') return;
  details['rpoInSeconds'] = 95;
  details['lastRpoCalculatedTime'] = azureTime(now - ((now - since) % (5 * MINUTE)));
}

export function listReplicated(call: Call): Answer {
  const tail = tailOf(call);
  const scope = tail.includes('/') ? `/${tail.slice(0, tail.lastIndexOf('/'))}` : '';
  const rows = call.world.store.listed(REPLICATED_TYPE, call.world.options.listLagMs, `${requireVault(call).id}${scope}`);
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
  if (input['instanceType'] !== 'A2A') throw badInput('Only replication between Azure regions is simulated.', 'providerSpecificDetails.instanceType');
  const source = requireReplication(call, tailOf(call).split('/').slice(0, 4).join('/'));
  const target = requireById(call, input['recoveryContainerId'], CONTAINER_TYPE);
  const policy = requireById(call, sent['policyId'], POLICY_TYPE);
  const machine = world.store.get(String(input['fabricObjectId'] ?? ''));
  if (machine?.type !== MACHINE_TYPE) throw badInput('The virtual machine was not found.', 'fabricObjectId');
  const view = viewMachine(world, machine);
  // https://learn.microsoft.com/azure/site-recovery/azure-to-azure-powershell: the vault lies outside the source region.
  if (requireVault(call).body['location'] === view.location) throw badInput('The vault is in the region of the virtual machine.', 'fabricObjectId');
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
      const properties = newItem(call, { source, target, policy, machine, view, disks, input });
      world.store.put({ id, type: REPLICATED_TYPE, hidden: { made: true, enabledAt: world.clock.now() }, body: { name: id.slice(id.lastIndexOf('/') + 1), properties } });
      progress(world, id);
    },
  });
}

const badInput = (message: string, target: string): AzureError => new AzureError(400, 'InvalidParameter', message, { target });

interface ReplicatedDisk {
  readonly view: DiskView;
  readonly id: string;
  readonly input: Mutable;
}

/** Every disk to replicate is named; the others are left out. */
function disksToReplicate(view: MachineView, sent: unknown, machine: Stored): ReplicatedDisk[] {
  const profile: Mutable = machine.body['properties']['storageProfile'];
  const attached = [profile['osDisk'], ...(profile['dataDisks'] ?? [])] as readonly Mutable[];
  return ((sent ?? []) as readonly Mutable[]).map((input) => {
    const at = attached.findIndex((disk) => String(disk?.['managedDisk']?.['id']).toLowerCase() === String(input['diskId']).toLowerCase());
    if (at === -1) throw badInput(`The disk '${input['diskId']}' is not attached to the virtual machine.`, 'vmManagedDisks');
    return { view: view.disks[at]!, id: attached[at]!['managedDisk']['id'], input };
  });
}

/** https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix */
function notReplicable(view: MachineView, disks: readonly ReplicatedDisk[]): string | undefined {
  const profile: Mutable = view.stored.body['properties']['storageProfile'] ?? {};
  if (profile['diskControllerType'] === 'NVMe') return 'Virtual machines with NVMe disk controllers are not supported.';
  if (view.securityType === 'ConfidentialVM') return 'Confidential virtual machines are not supported.';
  if (profile['osDisk']?.['diffDiskSettings']?.['option'] === 'Local') return 'Ephemeral operating system disks are not supported.';
  if (view.stored.body['properties']['host'] !== undefined) return 'Virtual machines on dedicated hosts are not supported.';
  const data = (profile['dataDisks'] ?? []) as readonly Mutable[];
  const accelerated = data.filter((disk) => disk['writeAcceleratorEnabled'] === true).map((disk) => Number(disk['lun']));
  if (disks.some((disk) => disk.view.lun !== undefined && accelerated.includes(disk.view.lun))) return 'Disks with write accelerator are not supported.';
  return undefined;
}

function progress(world: World, id: string): void {
  const step = (after: number, change: Mutable, vm: string | undefined): void => {
    world.clock.at(world.clock.now() + after, () => {
      if (world.store.get(id) === undefined) return;
      world.store.update(id, ({ body: { properties } }) => {
        Object.assign(properties, change);
        if (vm === undefined) return;
        Object.assign(properties['providerSpecificDetails'], { vmProtectionState: vm, vmProtectionStateDescription: vm, lifecycleId: world.random.uuid(), agentCertificateExpiryDate: azureTime(world.clock.now() + CERTIFICATE_MS) });
        for (const disk of properties['providerSpecificDetails']['protectedManagedDisks']) disk['diskState'] = vm;
      });
    });
  };
  step(REPLICATION_MS, { protectionState: 'InitialReplicationRecoveryCompletionPending', protectionStateDescription: 'Waiting for first recovery point' }, undefined);
  const operations = ['UnplannedFailover', 'DisableProtection', 'TestFailover'];
  step(REPLICATION_MS + FIRST_POINT_MS, { protectionState: 'Protected', protectionStateDescription: 'Protected', allowedOperations: operations }, 'Protected');
}

interface Parts {
  readonly source: Stored;
  readonly target: Stored;
  readonly policy: Stored;
  readonly machine: Stored;
  readonly view: MachineView;
  readonly disks: readonly ReplicatedDisk[];
  readonly input: Mutable;
}

function newItem(call: Call, parts: Parts): Mutable {
  const { source, target, policy, view } = parts;
  const { random } = call.world;
  const primaryFabric = fabricOf(call, source.id);
  const recoveryFabric = fabricOf(call, target.id);
  return {
    friendlyName: view.name,
    protectedItemType: '',
    protectableItemId: null,
    recoveryServicesProviderId: `${primaryFabric.id}/replicationRecoveryServicesProviders/${random.uuid()}`,
    primaryFabricFriendlyName: primaryFabric.body['properties']['friendlyName'],
    primaryFabricProvider: 'AzureFabric',
    recoveryFabricFriendlyName: recoveryFabric.body['properties']['friendlyName'],
    recoveryFabricId: recoveryFabric.id,
    primaryProtectionContainerFriendlyName: source.body['properties']['friendlyName'],
    recoveryProtectionContainerFriendlyName: target.body['properties']['friendlyName'],
    protectionState: 'InitialReplicationInProgress',
    protectionStateDescription: 'Initial replication is in progress',
    activeLocation: 'Primary',
    testFailoverState: 'None',
    testFailoverStateDescription: 'None',
    switchProviderState: 'None',
    switchProviderStateDescription: null,
    allowedOperations: ['DisableProtection'],
    replicationHealth: 'Normal',
    failoverHealth: 'Normal',
    healthErrors: [],
    policyId: policy.id,
    policyFriendlyName: policy.body['properties']['friendlyName'],
    currentScenario: { scenarioName: 'None', jobId: replicationId(call, 'replicationJobs/None'), startTime: '1753-01-01T01:01:01Z' },
    failoverRecoveryPointId: null,
    providerSpecificDetails: newDetails(call, parts, primaryFabric, recoveryFabric),
    recoveryContainerId: target.id,
    eventCorrelationId: random.uuid(),
  };
}

function newDetails(call: Call, { machine, view, disks, input }: Parts, primaryFabric: Stored, recoveryFabric: Stored): Mutable {
  const { random } = call.world;
  const [primary, recovery] = [primaryFabric, recoveryFabric].map((fabric) => fabric.body['properties']['customDetails']['location']);
  const nothing = (...names: string[]): Mutable => Object.fromEntries(names.map((name) => [name, null]));
  return {
    instanceType: 'A2A',
    // Ids of Compute come back all in lower case.
    fabricObjectId: machine.id.toLowerCase(),
    initialPrimaryZone: '',
    initialPrimaryFabricLocation: primary,
    initialRecoveryZone: '',
    ...nothing('initialPrimaryExtendedLocation', 'initialRecoveryExtendedLocation'),
    initialRecoveryFabricLocation: recovery,
    multiVmGroupId: random.uuid(),
    multiVmGroupName: input['multiVmGroupName'] ?? '',
    multiVmGroupCreateOption: 'AutoCreated',
    managementId: random.uuid(),
    ...nothing('protectedDisks', 'unprotectedDisks', 'recoveryBootDiagStorageAccountId'),
    protectedManagedDisks: disks.map((disk) => newDisk(disk, input)),
    primaryFabricLocation: primary,
    recoveryFabricLocation: recovery,
    osType: view.isWindows ? 'Windows' : 'Linux',
    recoveryAzureVMSize: view.size,
    recoveryAzureVMName: view.name,
    recoveryAzureResourceGroupId: input['recoveryResourceGroupId'] ?? null,
    ...nothing('recoveryCloudService', 'recoveryAvailabilitySet', 'selectedRecoveryAzureNetworkId', 'selectedTfoAzureNetworkId'),
    vmNics: [],
    vmSyncedConfigDetails: { tags: machine.body['tags'] ?? {}, inputEndpoints: [] },
    ...nothing('monitoringPercentageCompletion', 'monitoringJobType', 'lastHeartbeat'),
    agentVersion: '9.65.7403.1',
    agentExpiryDate: '9999-12-31T23:59:59.9999999',
    isReplicationAgentUpdateRequired: false,
    isReplicationAgentCertificateUpdateRequired: false,
    recoveryFabricObjectId: null,
    vmProtectionState: 'UnprotectedStatesBegin',
    vmProtectionStateDescription: 'Enabling protection',
    ...nothing('lifecycleId', 'testFailoverRecoveryFabricObjectId', 'rpoInSeconds', 'lastRpoCalculatedTime', 'rtoInSeconds'),
    primaryAvailabilityZone: machine.body['zones']?.[0] ?? null,
    recoveryAvailabilityZone: input['recoveryAvailabilityZone'] ?? null,
    ...nothing('primaryExtendedLocation', 'recoveryExtendedLocation'),
    vmEncryptionType: view.disks.some((disk) => disk.isEncryptedInGuest) ? 'OnePassEncrypted' : 'NotEncrypted',
    tfoAzureVMName: `${view.name}-test`,
    recoveryAzureGeneration: 'V1',
    recoveryProximityPlacementGroupId: input['recoveryProximityPlacementGroupId'] ?? null,
    autoProtectionOfDataDisk: input['autoProtectionOfDataDisk'] ?? 'Disabled',
    recoveryVirtualMachineScaleSetId: input['recoveryVirtualMachineScaleSetId'] ?? null,
    recoveryCapacityReservationGroupId: input['recoveryCapacityReservationGroupId'] ?? null,
  };
}

function newDisk({ view, id, input }: ReplicatedDisk, machineInput: Mutable): Mutable {
  const name = view.name === '' ? id.slice(id.lastIndexOf('/') + 1) : view.name;
  const group: string = input['recoveryResourceGroupId'] ?? machineInput['recoveryResourceGroupId'] ?? '';
  const kind: string = view.sku === '' ? 'Premium_LRS' : view.sku;
  const nothing = (...names: string[]): Mutable => Object.fromEntries(names.map((each) => [each, null]));
  return {
    diskId: id.toLowerCase(),
    recoveryResourceGroupId: group,
    recoveryTargetDiskId: null,
    recoveryReplicaDiskId: `${group}/providers/Microsoft.Compute/disks/${name}-ASRReplica`,
    // Azure's own spelling.
    recoveryOrignalTargetDiskId: null,
    recoveryReplicaDiskAccountType: input['recoveryReplicaDiskAccountType'] ?? kind,
    recoveryTargetDiskAccountType: input['recoveryTargetDiskAccountType'] ?? kind,
    recoveryDiskEncryptionSetId: input['recoveryDiskEncryptionSetId'] ?? null,
    primaryDiskEncryptionSetId: null,
    diskName: name,
    diskCapacityInBytes: view.sizeGiB * 1024 ** 3 + 2_097_152,
    primaryStagingAzureStorageAccountId: input['primaryStagingAzureStorageAccountId'] ?? null,
    diskType: view.lun === undefined ? 'OperatingSystem' : 'Data',
    resyncRequired: false,
    ...nothing('monitoringPercentageCompletion', 'monitoringJobType'),
    dataPendingInStagingStorageAccountInMB: 0,
    dataPendingAtSourceAgentInMB: 0,
    diskState: 'Unavailable',
    allowedDiskLevelOperation: [],
    isDiskEncrypted: false,
    ...nothing('secretIdentifier', 'dekKeyVaultArmId'),
    isDiskKeyEncrypted: false,
    ...nothing('keyIdentifier', 'kekKeyVaultArmId'),
    failoverDiskName: name,
    tfoDiskName: `${name}-ASRtest`,
  };
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
