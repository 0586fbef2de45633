import type { Place, ExpandedMachine } from './fleet-machines.ts';
import { time } from './fleet-machines.ts';
import { expandBackup, pointTime, type ExpandedVault } from './fleet-backup.ts';
import { expandReplication } from './fleet-replication.ts';
import { ageMs, type FleetFile, type Machine } from './fleet-shape.ts';
import type { Mutable } from './service.ts';

const VAULT = 'Microsoft.RecoveryServices/vaults';

export function expandVault(vault: FleetFile['vaults'][number], place: Place): ExpandedVault {
  const group = `/subscriptions/${place.subscriptionId(vault.subscription)}/resourceGroups/${vault.resourceGroup}`;
  const id = `${group}/providers/${VAULT}/${vault.name}`;
  const body: Mutable = {
    id,
    type: VAULT,
    name: vault.name,
    location: vault.location,
    etag: `W/"datetime'${encodeURIComponent(pointTime(place.asOf - ageMs('300d')))}'"`,
    sku: { name: 'Standard' },
    properties: {
      provisioningState: 'Succeeded',
      privateEndpointStateForBackup: 'None',
      privateEndpointStateForSiteRecovery: 'None',
      monitoringSettings: {
        azureMonitorAlertSettings: {
          alertsForAllJobFailures: 'Enabled',
          alertsForAllReplicationIssues: 'Enabled',
          alertsForAllFailoverIssues: 'Enabled',
        },
        classicAlertSettings: { alertsForCriticalOperations: 'Enabled', emailNotificationsForSiteRecovery: 'Enabled' },
      },
      backupStorageVersion: 'V2',
      securitySettings: {
        immutabilitySettings: { state: 'Disabled' },
        softDeleteSettings: {
          softDeleteRetentionPeriodInDays: vault.softDelete === 'Disabled' ? 0 : 14,
          softDeleteState: vault.softDelete,
          enhancedSecurityState: vault.softDelete,
        },
        multiUserAuthorization: 'Disabled',
      },
      redundancySettings: {
        standardTierStorageRedundancy: vault.redundancy,
        crossRegionRestore: vault.crossRegionRestore ? 'Enabled' : 'Disabled',
      },
      secureScore: vault.softDelete === 'Disabled' ? 'None' : 'Minimum',
      bcdrSecurityLevel: vault.softDelete === 'Disabled' ? 'Poor' : 'Fair',
      publicNetworkAccess: 'Enabled',
      restoreSettings: { crossSubscriptionRestoreSettings: { crossSubscriptionRestoreState: 'Enabled' } },
    },
    // The service makes DefaultPolicy and EnhancedPolicy, as Azure does with a new vault.
    hidden: { builtInPolicies: true },
  };
  return { id, resources: [body] };
}

/** What protects a machine, from every option that the fleet file names. */
export function expandProtection(
  machine: Machine,
  made: ExpandedMachine,
  vaults: ReadonlyMap<string, ExpandedVault>,
  place: Place,
): readonly Mutable[] {
  const replicationVault = vaults.get(machine.replication?.vault ?? '');
  return [
    ...expandBackup(machine, made, vaults, place),
    ...(machine.replication && replicationVault
      ? expandReplication(machine, machine.replication, made, replicationVault.id, place)
      : []),
    ...machine.snapshots.flatMap((_, index) => expandSnapshots(machine, index, made, place)),
    ...expandRestorePoints(machine, made, place),
    ...machine.images.map((image) => expandImage(image, made)),
  ];
}

function expandSnapshots(machine: Machine, index: number, made: ExpandedMachine, place: Place): readonly Mutable[] {
  const set = machine.snapshots[index];
  if (!set) return [];
  const group =
    set.resourceGroup === undefined
      ? made.group
      : `${made.group.slice(0, made.group.lastIndexOf('/'))}/${set.resourceGroup}`;
  const wanted = made.disks.filter(
    (disk) => disk.body !== undefined && (set.disks === undefined || set.disks.includes(disk.lun ?? 'os')),
  );
  return wanted.map((disk) => {
    const from: Mutable = disk.body?.['properties'];
    const name = `${machine.name}-${disk.lun === undefined ? 'os' : `lun${disk.lun}`}-${index + 1}`;
    return {
      id: `${group}/providers/Microsoft.Compute/snapshots/${name}`,
      type: 'Microsoft.Compute/snapshots',
      name,
      location: made.location,
      ...(set.tags === undefined ? {} : { tags: set.tags }),
      sku: { name: set.sku, tier: set.sku.split('_')[0] },
      properties: {
        ...(from['osType'] === undefined
          ? {}
          : {
              osType: from['osType'],
              hyperVGeneration: from['hyperVGeneration'],
              supportedCapabilities: from['supportedCapabilities'],
            }),
        creationData: { createOption: 'Copy', sourceResourceId: disk.id, sourceUniqueId: from['uniqueId'] },
        diskSizeGB: from['diskSizeGB'],
        encryption: from['encryption'],
        incremental: set.incremental,
        networkAccessPolicy: 'AllowAll',
        publicNetworkAccess: 'Enabled',
        timeCreated: time(place.asOf - ageMs(set.age)),
        provisioningState: 'Succeeded',
        diskState: 'Unattached',
        diskSizeBytes: from['diskSizeBytes'],
        uniqueId: place.random.uuid(),
        ...(set.incremental ? { incrementalSnapshotFamilyId: familyOf(from['uniqueId']) } : {}),
        ...(set.completionPercent === undefined ? {} : { completionPercent: set.completionPercent }),
        ...(set.accessState === undefined ? {} : { snapshotAccessState: set.accessState }),
      },
    };
  });
}

/** Snapshots of one disk share a family: told from the disk's own id, so that two sets agree. */
function familyOf(uniqueId: string): string {
  return `${uniqueId.slice(-8)}${uniqueId.slice(8)}`;
}

function expandRestorePoints(machine: Machine, made: ExpandedMachine, place: Place): readonly Mutable[] {
  const collections = new Map<string, Mutable>();
  const points = machine.restorePoints.map((point, index): Mutable => {
    const group =
      point.resourceGroup === undefined
        ? made.group
        : `${made.group.slice(0, made.group.lastIndexOf('/'))}/${point.resourceGroup}`;
    const collection = point.collection ?? `rpc-${machine.name}`;
    const id = `${group}/providers/Microsoft.Compute/restorePointCollections/${collection}`;
    collections.set(id, {
      id,
      type: 'Microsoft.Compute/restorePointCollections',
      name: collection,
      location: made.location,
      properties: {
        source: { location: made.location, id: made.id },
        restorePointCollectionId: place.random.uuid(),
        provisioningState: 'Succeeded',
      },
    });
    const name = `rp-${machine.name}-${index + 1}`;
    return {
      id: `${id}/restorePoints/${name}`,
      type: 'Microsoft.Compute/restorePointCollections/restorePoints',
      name,
      properties: {
        sourceMetadata: pointMetadata(made, `${id}/restorePoints/${name}`, new Set(point.excludedLuns)),
        provisioningState: 'Succeeded',
        consistencyMode: point.consistency,
        timeCreated: time(place.asOf - ageMs(point.age)),
      },
    };
  });
  return [...collections.values(), ...points];
}

function pointMetadata(made: ExpandedMachine, pointId: string, excluded: ReadonlySet<number>): Mutable {
  const { hardwareProfile, storageProfile, osProfile, vmId } = made.vm['properties'];
  const disk = (one: Mutable): Mutable => ({
    ...(one['lun'] === undefined ? { osType: one['osType'] } : { lun: one['lun'] }),
    name: one['name'],
    diskSizeGB: one['diskSizeGB'],
    caching: one['caching'],
    managedDisk: one['managedDisk'],
    diskRestorePoint: {
      encryption: { type: 'EncryptionAtRestWithPlatformKey' },
      id: `${pointId}/diskRestorePoints/${String(one['name'])}`,
    },
  });
  const kept = (storageProfile.dataDisks as readonly Mutable[]).filter((one) => !excluded.has(one['lun']));
  return {
    vmId,
    location: made.location,
    hardwareProfile,
    storageProfile: { osDisk: disk(storageProfile.osDisk), dataDisks: kept.map(disk) },
    osProfile,
    hyperVGeneration: made.vm['hidden'].hyperVGeneration,
  };
}

function expandImage(image: Machine['images'][number], made: ExpandedMachine): Mutable {
  const group =
    image.resourceGroup === undefined
      ? made.group
      : `${made.group.slice(0, made.group.lastIndexOf('/'))}/${image.resourceGroup}`;
  const profile: Mutable = made.vm['properties'].storageProfile;
  const disk = (one: Mutable): Mutable => ({
    ...(one['lun'] === undefined ? { osType: one['osType'], osState: 'Generalized' } : { lun: one['lun'] }),
    diskSizeGB: one['diskSizeGB'],
    managedDisk: { id: one['managedDisk']?.id },
    caching: one['caching'],
    storageAccountType: one['managedDisk']?.storageAccountType,
  });
  return {
    id: `${group}/providers/Microsoft.Compute/images/${image.name}`,
    type: 'Microsoft.Compute/images',
    name: image.name,
    location: made.location,
    properties: {
      sourceVirtualMachine: { id: made.id },
      storageProfile: {
        osDisk: disk(profile['osDisk']),
        dataDisks: profile['dataDisks'].map(disk),
        zoneResilient: false,
      },
      provisioningState: 'Succeeded',
      hyperVGeneration: made.vm['hidden'].hyperVGeneration,
    },
  };
}
