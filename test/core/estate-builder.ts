/**
 * Whole, valid pieces of an estate from which a case changes one thing: a running Windows machine with one readable
 * premium disk, a geo-redundant vault with soft delete, a healthy backup item of an hour ago. Every fact is known
 * unless the case makes it unknown, and every collection is without gaps.
 */
import type { Collected } from '../../src/core/fact.ts';
import { known } from '../../src/core/fact.ts';
import type { ResourceId } from '../../src/core/ids.ts';
import { keyOf, parseId } from '../../src/core/ids.ts';
import type {
  AttachedDisk,
  BackupItem,
  BackupPoint,
  BackupPolicy,
  Disk,
  Estate,
  GalleryImageVersion,
  Image,
  Lock,
  Machine,
  ReplicatedItem,
  ResourceGroup,
  RestorePoint,
  RestorePointCollection,
  Snapshot,
  Vault,
} from '../../src/core/estate.ts';

/** The moment every built estate was read at. */
export const asOf = '2026-06-03T12:00:00Z';
export const subscriptionId = '11111111-1111-1111-1111-111111111111';
export const resourceGroup = 'rg-app';
export const location = 'westeurope';

/** An ARM id in the built estate: `anId('Microsoft.Compute/disks', 'web01-os')`. */
export const anId = (type: string, name: string, group = resourceGroup, subscription = subscriptionId): ResourceId =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`;

export const machineId = (name = 'web01'): ResourceId => anId('Microsoft.Compute/virtualMachines', name);
export const diskId = (name: string): ResourceId => anId('Microsoft.Compute/disks', name);

const place = (id: ResourceId) => {
  const parsed = parseId(id);
  return {
    id,
    key: keyOf(id),
    name: parsed?.name ?? '',
    subscriptionId: (parsed?.subscriptionId ?? subscriptionId).toLowerCase(),
    resourceGroup: parsed?.resourceGroup ?? resourceGroup,
  };
};

/** Give `id` (or `name`) and key, name, subscription and group follow from it. */
type Placed<T> = Partial<T> & { readonly id?: ResourceId; readonly name?: string };

const placed = <T extends { readonly id: ResourceId }>(type: string, name: string, over: Placed<T>) =>
  place(over.id ?? anId(type, over.name ?? name));

export const aDisk = (over: Placed<Disk> = {}): Disk => {
  const at = placed<Disk>('Microsoft.Compute/disks', 'web01-os', over);
  return {
    ...at,
    location,
    zones: [],
    tags: {},
    uniqueId: `unique-${at.name}`,
    sku: 'Premium_LRS',
    sizeGiB: 128,
    createdAt: '2026-01-10T08:00:00Z',
    maxShares: 1,
    entraDataAccess: false,
    networkAccess: 'allow-all',
    publicNetworkAccess: true,
    encryption: 'platform-key',
    azureDiskEncryption: false,
    securityType: 'standard',
    hyperVGeneration: 'V2',
    architecture: 'x64',
    performancePlus: false,
    attachedTo: [],
    ...over,
  };
};

/** A managed disk as its machine declares it, with the disk itself known. */
export const anAttachedDisk = (over: Partial<AttachedDisk> = {}, disk: Placed<Disk> = {}): AttachedDisk => {
  const role = over.role ?? 'os';
  const name = over.name ?? disk.name ?? (role === 'os' ? 'web01-os' : `web01-data-${over.lun ?? 0}`);
  const built = aDisk({ name, attachedTo: [keyOf(machineId())], ...disk });
  return {
    role,
    ...(role === 'data' ? { lun: 0 } : {}),
    name: built.name,
    kind: 'managed',
    id: built.id,
    key: built.key,
    caching: role === 'os' ? 'read-write' : 'read-only',
    writeAccelerator: false,
    ...(built.sizeGiB === undefined ? {} : { declaredSizeGiB: built.sizeGiB }),
    ...(built.sku === undefined ? {} : { declaredSku: built.sku }),
    disk: known(built),
    ...over,
  };
};

export const anOsDisk = (over: Partial<AttachedDisk> = {}, disk: Placed<Disk> = {}): AttachedDisk =>
  anAttachedDisk({ role: 'os', ...over }, { os: 'windows', ...disk });

export const aDataDisk = (lun = 0, over: Partial<AttachedDisk> = {}, disk: Placed<Disk> = {}): AttachedDisk =>
  anAttachedDisk({ role: 'data', lun, name: `web01-data-${lun}`, ...over }, { sizeGiB: 256, ...disk });

/** One operating system disk and `count` data disks, alike, on consecutive LUNs, named after the machine. */
export const disksOf = (
  count: number,
  over: Partial<AttachedDisk> = {},
  disk: Placed<Disk> = {},
  machine = 'web01',
): readonly AttachedDisk[] => {
  const attachedTo = [keyOf(machineId(machine))];
  return [
    anOsDisk({ name: `${machine}-os` }, { attachedTo }),
    ...Array.from({ length: count }, (_, lun) =>
      aDataDisk(lun, { name: `${machine}-data-${lun}`, ...over }, { attachedTo, ...disk }),
    ),
  ];
};

export const aMachine = (over: Placed<Machine> & { readonly dataDisks?: number } = {}): Machine => {
  const { dataDisks, ...rest } = over;
  const at = placed<Machine>('Microsoft.Compute/virtualMachines', 'web01', over);
  return {
    ...at,
    location,
    zones: [],
    vmId: known('22222222-2222-2222-2222-222222222222'),
    tags: {},
    os: known('windows'),
    image: { publisher: 'MicrosoftWindowsServer', offer: 'WindowsServer', sku: '2022-datacenter-g2' },
    hasPlan: false,
    size: known('Standard_D4s_v5'),
    power: known('running'),
    generalized: known(false),
    agent: known('ready'),
    securityType: 'standard',
    encryptionAtHost: false,
    diskController: known('scsi'),
    hyperVGeneration: known('V2'),
    architecture: known('x64'),
    dedicatedHost: false,
    spot: false,
    extensions: known([]),
    createdAt: '2026-01-10T08:00:00Z',
    disks: disksOf(dataDisks ?? 0, {}, {}, at.name),
    ...rest,
  };
};

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

export const aLock = (over: Partial<Lock> = {}): Lock => ({
  id: `${machineId()}/providers/Microsoft.Authorization/locks/keep`,
  name: 'keep',
  scope: keyOf(machineId()),
  level: 'can-not-delete',
  ...over,
});

export const aResourceGroup = (over: Partial<ResourceGroup> = {}): ResourceGroup => {
  const id = over.id ?? `/subscriptions/${subscriptionId}/resourceGroups/${over.name ?? resourceGroup}`;
  return { id, key: keyOf(id), name: resourceGroup, subscriptionId, location, tags: {}, ...over };
};

/** Items read wholly. */
export const read = <T>(items: readonly T[] = []): Collected<T> => ({ items, gaps: [] });

type Lists = {
  readonly [K in keyof Estate]?: Estate[K] extends Collected<infer T> ? readonly T[] | Collected<T> : Estate[K];
};

/**
 * An estate read without gaps. A list may be given bare, or as a `Collected` with gaps. Disks default to those the
 * given machines hold; everything else defaults to none.
 */
export const anEstate = (over: Lists = {}): Estate => {
  const list = <T>(given: readonly T[] | Collected<T> | undefined, fallback: readonly T[] = []): Collected<T> =>
    given === undefined ? read(fallback) : 'items' in given ? given : read(given);
  const machines = list(over.machines);
  const heldDisks = machines.items.flatMap((m) => m.disks.flatMap((d) => (d.disk.known ? [d.disk.value] : [])));
  return {
    asOf: over.asOf ?? asOf,
    scope: over.scope ?? {
      description: `subscription ${subscriptionId}`,
      subscriptions: [subscriptionId],
      resourceGroups: [],
      tags: [],
      excludeTags: [],
    },
    machines,
    disks: list(over.disks, heldDisks),
    snapshots: list(over.snapshots),
    images: list(over.images),
    galleryImageVersions: list(over.galleryImageVersions),
    restorePointCollections: list(over.restorePointCollections),
    vaults: list(over.vaults),
    backupPolicies: list(over.backupPolicies),
    backupItems: list(over.backupItems),
    replicatedItems: list(over.replicatedItems),
    locks: list(over.locks),
    resourceGroups: list(over.resourceGroups, [aResourceGroup()]),
  };
};
