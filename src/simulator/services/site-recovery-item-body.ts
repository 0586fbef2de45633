import type { Call, Mutable, Stored } from '../service.ts';
import type { DiskView, MachineView } from './backup-machine.ts';
import { replicationId } from './site-recovery-operations.ts';
import { fabricOf } from './site-recovery-build.ts';
import type { ConsistencyGroup } from './site-recovery-groups.ts';
import { recoveryPlaceOf } from './site-recovery-networks.ts';

export interface ReplicatedDisk {
  readonly view: DiskView;
  readonly id: string;
  readonly input: Mutable;
}

interface Parts {
  readonly source: Stored;
  readonly target: Stored;
  readonly policy: Stored;
  readonly machine: Stored;
  readonly view: MachineView;
  readonly disks: readonly ReplicatedDisk[];
  readonly input: Mutable;
  readonly group: ConsistencyGroup;
}

/** What a replicated item answers when its operation has ended: initial replication has just begun. */
export function newReplicatedItem(call: Call, parts: Parts): Mutable {
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
    currentScenario: {
      scenarioName: 'None',
      jobId: replicationId(call, 'replicationJobs/None'),
      startTime: '1753-01-01T01:01:01Z',
    },
    failoverRecoveryPointId: null,
    providerSpecificDetails: newDetails(call, parts, primaryFabric, recoveryFabric),
    recoveryContainerId: target.id,
    eventCorrelationId: random.uuid(),
  };
}

function newDetails(
  call: Call,
  { machine, view, disks, input, group }: Parts,
  primaryFabric: Stored,
  recoveryFabric: Stored,
): Mutable {
  const { random } = call.world;
  const [primary, recovery] = [primaryFabric, recoveryFabric].map(
    (fabric) => fabric.body['properties']['customDetails']['location'],
  );
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
    multiVmGroupId: group.id,
    multiVmGroupName: group.name,
    multiVmGroupCreateOption: group.createOption,
    managementId: random.uuid(),
    ...nothing('protectedDisks', 'recoveryBootDiagStorageAccountId'),
    unprotectedDisks: leftOut(view, disks),
    protectedManagedDisks: disks.map((disk) => newDisk(disk, input)),
    primaryFabricLocation: primary,
    recoveryFabricLocation: recovery,
    osType: view.isWindows ? 'Windows' : 'Linux',
    recoveryAzureVMSize: view.size,
    recoveryAzureVMName: view.name,
    recoveryAzureResourceGroupId: input['recoveryResourceGroupId'] ?? null,
    ...nothing(
      'recoveryCloudService',
      'recoveryAvailabilitySet',
      'selectedRecoveryAzureNetworkId',
      'selectedTfoAzureNetworkId',
    ),
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
    ...nothing(
      'lifecycleId',
      'testFailoverRecoveryFabricObjectId',
      'rpoInSeconds',
      'lastRpoCalculatedTime',
      'rtoInSeconds',
    ),
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

/** Null where every disk is replicated, as recorded. */
function leftOut(view: MachineView, disks: readonly ReplicatedDisk[]): readonly Mutable[] | null {
  const luns = new Set(disks.map((disk) => disk.view.lun));
  const out = view.disks.filter(({ lun }) => lun !== undefined && !luns.has(lun));
  return out.length === 0 ? null : out.map(({ lun }) => ({ diskLunId: lun, diskAutoProtectionStatus: 'Disabled' }));
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

/**
 * A replicated machine's interfaces, told once it is protected. Of an interface that is not there (a recorded
 * machine's) what only it knows is null. `input` is what replication was enabled with.
 */
export function replicatedInterfaces(call: Call, machine: Stored, input: Mutable): readonly Mutable[] {
  const sent: readonly Mutable[] = machine.body['properties']?.networkProfile?.networkInterfaces ?? [];
  const nothing = (...names: string[]): Mutable => Object.fromEntries(names.map((each) => [each, null]));
  return sent.map(({ id }) => {
    const place = recoveryPlaceOf(call, String(id), input);
    return {
      nicId: call.world.random.uuid(),
      replicaNicId: null,
      sourceNicArmId: id,
      vMNetworkName: place.networkId,
      recoveryVMNetworkId: place.recoveryNetworkId,
      ipConfigs: [
        {
          name: place.configuration ?? `ipconfig${String(machine.body['name'] ?? '')}`,
          isPrimary: true,
          subnetName: place.subnetName,
          staticIPAddress: place.address,
          ipAddressType: place.allocation,
          // Azure's own spelling.
          isSeletedForFailover: true,
          recoverySubnetName: place.recoverySubnetName,
          recoveryStaticIPAddress: '',
          recoveryIPAddressType: 'Dynamic',
          ...nothing('recoveryPublicIPAddressId', 'recoveryLBBackendAddressPoolIds', 'tfoSubnetName'),
          ...nothing('tfoStaticIPAddress', 'tfoPublicIPAddressId', 'tfoLBBackendAddressPoolIds'),
        },
      ],
      selectionType: 'SelectedByUserOverride',
      recoveryNetworkSecurityGroupId: null,
      enableAcceleratedNetworkingOnRecovery: false,
      ...nothing('tfoVMNetworkId', 'tfoNetworkSecurityGroupId', 'enableAcceleratedNetworkingOnTfo'),
      ...nothing('recoveryNicName', 'recoveryNicResourceGroupName'),
      reuseExistingNic: false,
      ...nothing('tfoRecoveryNicName', 'tfoRecoveryNicResourceGroupName'),
      tfoReuseExistingNic: false,
      targetNicName: null,
    };
  });
}
