/** Healthy protections of the built machine, of every option, made within the last day. */
import { known, unknown } from '../../src/core/fact.ts';
import type { ResourceId } from '../../src/core/ids.ts';
import { keyOf } from '../../src/core/ids.ts';
import type {
  BackupItem,
  BackupPoint,
  BackupPolicy,
  GalleryImageVersion,
  Image,
  ReplicatedItem,
  RestorePoint,
  RestorePointCollection,
  Snapshot,
  Vault,
} from '../../src/core/estate.ts';
import { aDisk } from './machine-builder.ts';
import type { Placed } from './place-builder.ts';
import { anId, location, machineId, placed, resourceGroup } from './place-builder.ts';

export const aVault = (over: Placed<Vault> = {}): Vault => ({
  ...placed<Vault>('Microsoft.RecoveryServices/vaults', 'rsv-westeurope', over),
  location,
  tags: {},
  provisioned: true,
  redundancy: known('geo-redundant'),
  crossRegionRestore: known(false),
  softDelete: known({ state: 'enabled', retainDays: 14 }),
  immutability: known('disabled'),
  ...over,
});

export const aBackupPolicy = (over: Placed<BackupPolicy> = {}): BackupPolicy => ({
  ...placed<BackupPolicy>('Microsoft.RecoveryServices/vaults', 'enhanced-daily', {
    id: `${aVault().id}/backupPolicies/${over.name ?? 'enhanced-daily'}`,
    ...over,
  }),
  vaultKey: aVault().key,
  workload: 'virtual-machine',
  tier: 'enhanced',
  schedule: { frequency: 'daily', runTimes: ['2026-06-03T02:00:00Z'], timeZone: 'UTC' },
  retainDays: 30,
  instantRestoreDays: 7,
  crashConsistentOnly: false,
  ...over,
});

export const aBackupPoint = (over: Partial<BackupPoint> = {}): BackupPoint => ({
  id: `${aBackupItemId()}/recoveryPoints/123456789012345`,
  at: '2026-06-03T02:10:00Z',
  consistency: 'application',
  disksIncluded: 1,
  disksAttached: 1,
  tiers: ['snapshot', 'vault'],
  ...over,
});

/** The id Azure Backup gives a machine's protected item: names lower-cased, `VM;` first. */
export const aBackupItemId = (name = 'web01', vaultId = aVault().id): ResourceId =>
  `${vaultId}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;${resourceGroup};${name}` +
  `/protectedItems/VM;iaasvmcontainerv2;${resourceGroup};${name}`;

export const aBackupItem = (over: Partial<BackupItem> = {}): BackupItem => {
  const id = over.id ?? aBackupItemId();
  const vault = aVault();
  return {
    id,
    key: keyOf(id),
    vaultKey: vault.key,
    vaultId: vault.id,
    machineKey: keyOf(machineId()),
    policyKey: aBackupPolicy().key,
    policyName: aBackupPolicy().name,
    state: 'protected',
    rawState: 'Protected',
    health: 'passed',
    lastBackupStatus: 'Completed',
    lastBackupAt: '2026-06-03T02:10:00Z',
    lastPointAt: '2026-06-03T02:10:00Z',
    points: known([aBackupPoint()]),
    ...over,
  };
};

export const aReplicatedItem = (over: Partial<ReplicatedItem> = {}): ReplicatedItem => {
  const vault = aVault({ name: 'rsv-northeurope', location: 'northeurope' });
  const id =
    over.id ??
    `${vault.id}/replicationFabrics/asr-we/replicationProtectionContainers/asr-we-container/replicationProtectedItems/item-web01`;
  return {
    id,
    key: keyOf(id),
    vaultKey: vault.key,
    name: 'item-web01',
    provider: 'A2A',
    machineKey: keyOf(machineId()),
    protectionState: 'Protected',
    health: 'normal',
    rpoSeconds: 180,
    rpoAt: '2026-06-03T11:57:00Z',
    sourceRegion: location,
    recoveryRegion: 'northeurope',
    activeLocation: 'Primary',
    testFailoverState: 'None',
    lastDrillAt: '2026-04-01T10:00:00Z',
    protectedDiskKeys: [aDisk().key],
    unprotectedDisks: [],
    targetDiskKeys: [keyOf(`${aDisk().id}-ASRReplica`)],
    points: unknown('not-read', 'not asked for'),
    ...over,
  };
};

export const aSnapshot = (over: Placed<Snapshot> = {}): Snapshot => ({
  ...placed<Snapshot>('Microsoft.Compute/snapshots', 'web01-os-snap', over),
  location,
  tags: {},
  sourceDiskKey: aDisk().key,
  sourceUniqueId: aDisk().uniqueId!,
  createdAt: '2026-06-03T03:00:00Z',
  incremental: true,
  sizeGiB: 128,
  sku: 'Standard_ZRS',
  provisioned: true,
  completionPercent: 100,
  access: 'available',
  networkAccess: 'deny-all',
  ...over,
});

export const anImage = (over: Placed<Image> = {}): Image => {
  const { resourceGroup: _, ...at } = placed<Image>('Microsoft.Compute/images', 'web01-image', over);
  return {
    ...at,
    location,
    tags: {},
    sourceMachineKey: keyOf(machineId()),
    hyperVGeneration: 'V2',
    generalized: true,
    provisioned: true,
    disks: 1,
    ...over,
  };
};

export const aGalleryImageVersion = (over: Partial<GalleryImageVersion> = {}): GalleryImageVersion => {
  const id = over.id ?? `${anId('Microsoft.Compute/galleries', 'gallery')}/images/web/versions/1.0.0`;
  return {
    id,
    key: keyOf(id),
    name: '1.0.0',
    location,
    tags: {},
    sourceKey: keyOf(machineId()),
    publishedAt: '2026-06-01T09:00:00Z',
    provisioned: true,
    ...over,
  };
};

export const aRestorePoint = (over: Partial<RestorePoint> = {}): RestorePoint => {
  const id =
    over.id ??
    `${anId('Microsoft.Compute/restorePointCollections', 'web01-points')}/restorePoints/${over.name ?? 'rp-1'}`;
  return {
    id,
    key: keyOf(id),
    name: 'rp-1',
    at: '2026-06-03T04:00:00Z',
    consistency: 'application',
    provisioned: true,
    excludedDiskKeys: [],
    diskKeys: [aDisk().key],
    ...over,
  };
};

export const aRestorePointCollection = (over: Placed<RestorePointCollection> = {}): RestorePointCollection => ({
  ...placed<RestorePointCollection>('Microsoft.Compute/restorePointCollections', 'web01-points', over),
  location,
  tags: {},
  sourceKey: keyOf(machineId()),
  ownedByBackup: false,
  points: known([aRestorePoint()]),
  ...over,
});
