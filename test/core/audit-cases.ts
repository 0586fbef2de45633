/** Estates that each show one thing; golden audits and plans are made of them. */
import type { Estate, Machine } from '../../src/core/estate.ts';
import { gap, known, unknown } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import {
  aBackupItem,
  aBackupItemId,
  aBackupPoint,
  aBackupPolicy,
  aDisk,
  aMachine,
  aReplicatedItem,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  aVault,
  anEstate,
  anImage,
  diskId,
  machineId,
  subscriptionId,
} from './estate-builder.ts';

const production = { environment: 'production' };
const devTest = { environment: 'dev' };
const subscription = `/subscriptions/${subscriptionId}`;
const noRead = gap(
  subscription,
  'no-permission',
  'the login may not read it',
  'Microsoft.RecoveryServices/Vaults/read',
);

const web = (over: Parameters<typeof aMachine>[0] = {}): Machine => aMachine({ tags: production, ...over });
const withBackup = (over: Parameters<typeof aBackupItem>[0] = {}, machine = web()): Estate =>
  anEstate({
    machines: [machine],
    vaults: [aVault()],
    backupPolicies: [aBackupPolicy()],
    backupItems: [aBackupItem(over)],
  });

export const auditCases: Readonly<Record<string, Estate>> = {
  'production machine with a fresh backup': withBackup(),
  'production machine without backup': anEstate({ machines: [web()], vaults: [aVault()] }),
  'backup older than its class allows': withBackup({
    lastPointAt: '2026-05-30T02:10:00Z',
    lastBackupStatus: 'Failed',
    points: known([aBackupPoint({ at: '2026-05-30T02:10:00Z' })]),
  }),
  'backup that never ran though it counts as protected': withBackup({
    points: known([]),
    lastBackupAt: '2001-01-01T00:00:00Z',
    lastPointAt: '2001-01-01T00:00:00Z',
  }),
  'backup waiting for its first run': withBackup({
    state: 'pending',
    rawState: 'IRPending',
    points: known([]),
    lastBackupAt: '2001-01-01T00:00:00Z',
    lastPointAt: '2001-01-01T00:00:00Z',
  }),
  'backup stopped with its points kept': withBackup({ state: 'stopped', rawState: 'ProtectionStopped' }),
  'backup deleted softly': withBackup({
    state: 'soft-deleted',
    rawState: 'ProtectionStopped',
    deletedAt: '2026-06-01T09:00:00Z',
  }),
  'backup in a state this version does not know': withBackup({
    state: 'unknown',
    rawState: 'Ruminating',
    points: unknown('not-read', 'read with --deep'),
  }),
  'backup that leaves a disk out': withBackup(
    {
      diskExclusion: { luns: [0], inclusion: false },
      points: known([aBackupPoint({ disksIncluded: 1, disksAttached: 2 })]),
    },
    web({ dataDisks: 1 }),
  ),
  'crash-consistent point of a running Windows machine': withBackup({
    points: known([aBackupPoint({ consistency: 'crash' })]),
  }),
  'crash-consistent point of a machine that is off': withBackup(
    { points: known([aBackupPoint({ consistency: 'crash' })]) },
    web({ power: known('deallocated') }),
  ),
  'points not read without --deep': withBackup({ points: unknown('not-read', 'recovery points are read with --deep') }),
  'dev machine with a fresh snapshot': anEstate({ machines: [web({ tags: devTest })], snapshots: [aSnapshot()] }),
  'dev machine with a snapshot of three weeks ago': anEstate({
    machines: [web({ tags: devTest })],
    snapshots: [aSnapshot({ createdAt: '2026-05-10T03:00:00Z' })],
  }),
  'snapshots of several disks of a running machine': anEstate({
    machines: [web({ tags: devTest, dataDisks: 2 })],
    snapshots: ['web01-os', 'web01-data-0', 'web01-data-1'].map((disk) =>
      aSnapshot({ name: `${disk}-snap`, sourceDiskKey: keyOf(diskId(disk)), sourceUniqueId: `unique-${disk}` }),
    ),
  }),
  'only snapshots for a production machine': anEstate({ machines: [web()], snapshots: [aSnapshot()] }),
  'replication behind, and never rehearsed': anEstate({
    machines: [web({ tags: { ...production, dr: 'yes' } })],
    vaults: [aVault(), aVault({ name: 'rsv-northeurope', location: 'northeurope' })],
    backupItems: [aBackupItem()],
    replicatedItems: [replicated({ rpoSeconds: 7200, health: 'critical' })],
  }),
  'mission-critical machine with everything in order': anEstate({
    machines: [web({ tags: { criticality: 'mission-critical' } })],
    vaults: [aVault()],
    backupItems: [aBackupItem()],
    replicatedItems: [aReplicatedItem()],
  }),
  'backup items that could not be read': anEstate({
    machines: [web()],
    vaults: [aVault()],
    backupItems: { items: [], gaps: [noRead] },
  }),
  'replication unreadable in another subscription': anEstate({
    machines: [web({ tags: { ...production, dr: 'yes' } })],
    vaults: [aVault()],
    backupItems: [aBackupItem()],
    replicatedItems: {
      items: [],
      gaps: [gap('/subscriptions/99999999-9999-9999-9999-999999999999', 'no-permission', 'the login may not read it')],
    },
  }),
  'machine that no option fits': anEstate({
    machines: [
      web({
        disks: [
          {
            role: 'os',
            name: 'web01-os',
            kind: 'unmanaged',
            vhdUri: 'https://x.blob.core.windows.net/vhds/os.vhd',
            caching: 'read-write',
            writeAccelerator: false,
            disk: unknown('not-knowable', 'it is a VHD in a storage account'),
          },
        ],
      }),
    ],
    vaults: [aVault()],
  }),
  'disk that no answer holds': anEstate({
    machines: [web({ disks: [{ ...web().disks[0]!, disk: unknown('not-answered', 'no answer holds it') }] })],
    vaults: [aVault()],
  }),
  'untagged machine': anEstate({ machines: [web({ tags: {} })], vaults: [aVault()] }),
  'machine left out on purpose, and one whose exclusion ran out': anEstate({
    machines: [
      web({
        tags: {
          ...production,
          backup: 'exclude',
          'backup-exclude-until': '2026-12-31',
          'backup-exclude-reason': 'rebuilt nightly',
        },
      }),
      web({
        name: 'web02',
        tags: {
          ...production,
          backup: 'exclude',
          'backup-exclude-until': '2026-01-31',
          'backup-exclude-reason': 'rebuilt nightly',
        },
      }),
    ],
    vaults: [aVault()],
  }),
  'machine that may be generalized and has an image': anEstate({
    machines: [
      web({
        tags: {},
        power: known('deallocated'),
        generalized: unknown('not-answered', 'the answer holds no instance view'),
      }),
    ],
    images: [anImage()],
    vaults: [aVault()],
  }),
  'points and items that outlived their machines': anEstate({
    machines: [web()],
    vaults: [aVault()],
    backupItems: [
      aBackupItem(),
      aBackupItem({
        id: aBackupItemId('gone'),
        key: keyOf(aBackupItemId('gone')),
        machineKey: keyOf(machineId('gone')),
      }),
    ],
    snapshots: [
      aSnapshot({ name: 'of-a-disk-gone', sourceDiskKey: keyOf(diskId('gone-os')), sourceUniqueId: 'unique-gone' }),
      aSnapshot({ name: 'of-a-namesake', sourceUniqueId: 'unique-earlier' }),
      aSnapshot({ name: 'overdue', tags: { 'holdfast-expires': '2026-05-01T00:00:00Z' } }),
    ],
    restorePointCollections: [
      aRestorePointCollection({
        name: 'gone-points',
        sourceKey: keyOf(machineId('gone')),
        points: known([aRestorePoint()]),
      }),
      aRestorePointCollection({ name: 'azurebackup-gone', sourceKey: keyOf(machineId('gone')), ownedByBackup: true }),
    ],
  }),
  'items of machines that could not be read': anEstate({
    machines: {
      items: [],
      gaps: [
        gap(
          subscription,
          'no-permission',
          'the login may not read virtual machines',
          'Microsoft.Compute/virtualMachines/read',
        ),
      ],
    },
    vaults: [aVault()],
    backupItems: [aBackupItem()],
  }),
  'vault that is locally redundant with soft delete off': anEstate({
    machines: [web()],
    vaults: [aVault({ redundancy: known('locally-redundant'), softDelete: known({ state: 'disabled' }) })],
    backupItems: [aBackupItem()],
  }),
  'vault whose posture could not be read': anEstate({
    machines: [web()],
    vaults: [aVault({ redundancy: unknown('no-permission', 'the login may not read it') })],
    backupItems: [aBackupItem()],
  }),
};

function replicated(over: Parameters<typeof aReplicatedItem>[0]) {
  const { lastDrillAt: _, ...item } = aReplicatedItem(over);
  return item;
}

/** For plans: what each asks of the planner. */
export const planCases: Readonly<Record<string, Estate>> = {
  'backup into a vault and policy that are there': anEstate({
    machines: [web()],
    vaults: [aVault()],
    backupPolicies: [aBackupPolicy()],
  }),
  'one new vault and policy for several machines of a region': anEstate({
    machines: [web(), web({ name: 'web02' }), web({ name: 'web03' })],
  }),
  'vaults that are not fit are passed over': anEstate({
    machines: [web()],
    vaults: [
      aVault({ name: 'elsewhere', location: 'northeurope' }),
      aVault({ name: 'local', redundancy: known('locally-redundant') }),
      aVault({ name: 'unsafe', softDelete: known({ state: 'disabled' }) }),
      aVault({ name: 'unread', redundancy: unknown('no-permission', 'the login may not read it') }),
    ],
  }),
  'snapshot of a single-disk dev machine': anEstate({ machines: [web({ tags: devTest })] }),
  'snapshot of a private disk encrypted with a customer key': anEstate({
    machines: [
      web({
        tags: devTest,
        securityType: 'trusted-launch',
        disks: [
          {
            ...web().disks[0]!,
            disk: known(
              aDisk({
                networkAccess: 'allow-private',
                diskAccessId: `${subscription}/resourceGroups/rg-net/providers/Microsoft.Compute/diskAccesses/private`,
                publicNetworkAccess: false,
                encryption: 'customer-key',
                encryptionSetId: `${subscription}/resourceGroups/rg-keys/providers/Microsoft.Compute/diskEncryptionSets/keys`,
                securityType: 'trusted-launch',
              }),
            ),
          },
        ],
      }),
    ],
  }),
  'stale snapshot is followed by a new one': auditCases['dev machine with a snapshot of three weeks ago']!,
  'multi-disk dev machine gets one restore point, not snapshots': anEstate({
    machines: [web({ tags: devTest, dataDisks: 3 })],
  }),
  'stale restore point is followed by another in its collection': anEstate({
    machines: [web({ tags: devTest, dataDisks: 1, power: known('deallocated') })],
    restorePointCollections: [
      aRestorePointCollection({ points: known([aRestorePoint({ at: '2026-05-01T00:00:00Z' })]) }),
    ],
  }),
  'mission-critical machine gets backup and a refusal for replication': anEstate({
    machines: [web({ tags: { criticality: 'mission-critical' } })],
    vaults: [aVault()],
    backupPolicies: [aBackupPolicy()],
  }),
  'stopped and softly deleted backups are refused with what to do': anEstate({
    machines: [web(), web({ name: 'web02' })],
    vaults: [aVault()],
    backupItems: [
      aBackupItem({ state: 'stopped', rawState: 'ProtectionStopped' }),
      aBackupItem({
        id: aBackupItemId('web02'),
        key: keyOf(aBackupItemId('web02')),
        machineKey: keyOf(machineId('web02')),
        state: 'soft-deleted',
        rawState: 'ProtectionStopped',
      }),
    ],
  }),
  'presence unknown is refused': auditCases['backup items that could not be read']!,
  'machine left out gets no step': auditCases['machine left out on purpose, and one whose exclusion ran out']!,
};
