import type { ExpandedMachine, Place } from './fleet-machines.ts';
import { ageMs, type Machine } from './fleet-shape.ts';
import type { Mutable } from './service.ts';

const VAULT = 'Microsoft.RecoveryServices/vaults';

/**
 * A machine replicated to another region, as Site Recovery answers it: `/Subscriptions/` in its own ids, machine ids in
 * lower case.
 */
export function expandReplication(
  machine: Machine,
  replication: NonNullable<Machine['replication']>,
  made: ExpandedMachine,
  vaultId: string,
  place: Place,
): readonly Mutable[] {
  const vault = vaultId.replace(/^\/subscriptions\//, '/Subscriptions/');
  const fabric = `${vault}/replicationFabrics/asr-a2a-${made.location}`;
  const container = `${fabric}/replicationProtectionContainers/asr-container-${made.location}`;
  const policyId = `${vault}/replicationPolicies/24-hour-retention-policy`;
  const id = `${container}/replicationProtectedItems/${machine.name}`;
  const excluded = new Set(replication.excludedLuns);
  const critical = replication.health === 'Critical';
  const item: Mutable = {
    id,
    type: `${VAULT}/replicationFabrics/replicationProtectionContainers/replicationProtectedItems`,
    name: machine.name,
    hidden: {
      reckonedAt: place.asOf,
      // Points go back further than any policy keeps them; one in trouble has made none since its lag began.
      ...(replication.state === 'Protected' ? { pointsSince: place.asOf - ageMs('20d') } : {}),
      ...(critical ? { pointsUntil: place.asOf - ageMs(replication.rpo) } : {}),
    },
    properties: {
      friendlyName: machine.name,
      protectedItemType: '',
      protectableItemId: null,
      recoveryServicesProviderId: `${fabric}/replicationRecoveryServicesProviders/${place.random.uuid()}`,
      primaryFabricFriendlyName: made.location,
      primaryFabricProvider: 'AzureFabric',
      recoveryFabricFriendlyName: replication.to,
      recoveryFabricId: `${vault}/replicationFabrics/asr-a2a-${replication.to}`,
      primaryProtectionContainerFriendlyName: `asr-container-${made.location}`,
      recoveryProtectionContainerFriendlyName: `asr-container-${replication.to}`,
      protectionState: replication.state,
      protectionStateDescription: replication.state,
      activeLocation: 'Primary',
      testFailoverState: 'None',
      testFailoverStateDescription: 'None',
      switchProviderState: 'None',
      switchProviderStateDescription: null,
      allowedOperations:
        replication.state === 'Protected'
          ? ['UnplannedFailover', 'DisableProtection', 'TestFailover']
          : ['DisableProtection'],
      replicationHealth: replication.health,
      failoverHealth: replication.health,
      healthErrors: critical
        ? [
            {
              innerHealthErrors: [],
              errorSource: 'AzureDiskRpo',
              errorType: 'ReplicationRPO',
              errorLevel: 'Error',
              errorCategory: 'Replication',
              errorCode: '153007',
              errorMessage: 'The recovery point objective has not been met.',
            },
          ]
        : [],
      policyId,
      policyFriendlyName: '24-hour-retention-policy',
      ...(replication.lastDrill === undefined
        ? {}
        : { lastSuccessfulTestFailoverTime: new Date(place.asOf - ageMs(replication.lastDrill)).toISOString() }),
      currentScenario: {
        scenarioName: 'None',
        jobId: `${vault}/replicationJobs/None`,
        startTime: '1753-01-01T01:01:01Z',
      },
      failoverRecoveryPointId: null,
      providerSpecificDetails: {
        instanceType: 'A2A',
        fabricObjectId: made.id.toLowerCase(),
        initialPrimaryFabricLocation: made.location,
        initialRecoveryFabricLocation: replication.to,
        multiVmGroupId: place.random.uuid(),
        multiVmGroupName: '',
        multiVmGroupCreateOption: 'AutoCreated',
        managementId: place.random.uuid(),
        protectedDisks: null,
        unprotectedDisks: made.disks
          .filter((disk) => disk.lun !== undefined && excluded.has(disk.lun))
          .map((disk) => ({ diskLunId: disk.lun })),
        protectedManagedDisks: made.disks
          .filter((disk) => disk.body !== undefined && !(disk.lun !== undefined && excluded.has(disk.lun)))
          .map((disk) => managedDisk(disk, made)),
        primaryFabricLocation: made.location,
        recoveryFabricLocation: replication.to,
        osType: machine.os === 'windows' ? 'Windows' : 'Linux',
        recoveryAzureVMSize: machine.size,
        recoveryAzureVMName: machine.name,
        recoveryAzureResourceGroupId: `${made.group}-asr`,
        vmProtectionState: replication.state,
        vmProtectionStateDescription: replication.state,
        lastHeartbeat: new Date(place.asOf - ageMs(replication.rpo)).toISOString(),
        agentVersion: '9.63.0.1',
        isReplicationAgentUpdateRequired: false,
        rpoInSeconds: ageMs(replication.rpo) / 1000,
        lastRpoCalculatedTime: new Date(place.asOf - 60_000).toISOString(),
      },
    },
  };
  const policy: Mutable = {
    id: policyId,
    type: `${VAULT}/replicationPolicies`,
    name: '24-hour-retention-policy',
    properties: {
      friendlyName: '24-hour-retention-policy',
      providerSpecificDetails: {
        instanceType: 'A2A',
        recoveryPointThresholdInMinutes: 1440,
        recoveryPointHistory: 1440,
        appConsistentFrequencyInMinutes: 240,
        multiVmSyncStatus: 'Enabled',
        crashConsistentFrequencyInMinutes: 5,
      },
    },
  };
  return [policy, item];
}

function managedDisk(disk: ExpandedMachine['disks'][number], made: ExpandedMachine): Mutable {
  const name = String(disk.body?.['name']);
  const sku: unknown = disk.body?.['sku'].name;
  return {
    diskId: disk.id?.toLowerCase(),
    recoveryResourceGroupId: `${made.group}-asr`,
    recoveryTargetDiskId: null,
    recoveryReplicaDiskId: `${made.group}-asr/providers/Microsoft.Compute/disks/${name}-ASRReplica`,
    recoveryReplicaDiskAccountType: sku,
    recoveryTargetDiskAccountType: sku,
    diskName: name,
    diskCapacityInBytes: disk.body?.['properties'].diskSizeBytes,
    diskType: disk.lun === undefined ? 'OperatingSystem' : 'Data',
    resyncRequired: false,
    dataPendingInStagingStorageAccountInMB: 0,
    dataPendingAtSourceAgentInMB: 1.5,
    diskState: 'Protected',
    allowedDiskLevelOperation: [],
    isDiskEncrypted: false,
    isDiskKeyEncrypted: false,
  };
}
