import type { ExpandedMachine, Place } from './fleet-machines.ts';
import { ageMs, type Machine } from './fleet-shape.ts';
import type { Mutable } from './service.ts';

export interface ExpandedVault {
  readonly id: string;
  readonly resources: readonly Mutable[];
}

const ITEM = 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems';
/** What Azure Backup answers for a moment that never came. */
const NEVER = '2001-01-01T00:00:00Z';

/** A moment as Azure Backup writes it, seven decimals. */
export const pointTime = (ms: number): string => new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$10000Z');

export function expandBackup(
  machine: Machine,
  made: ExpandedMachine,
  vaults: ReadonlyMap<string, ExpandedVault>,
  place: Place,
): readonly Mutable[] {
  const { backup } = machine;
  const vault = vaults.get(backup?.vault ?? '');
  if (!backup || !vault) return [];
  const short = `iaasvmcontainerv2;${made.group.split('/').at(-1)?.toLowerCase() ?? ''};${machine.name.toLowerCase()}`;
  const container = `${vault.id}/backupFabrics/Azure/protectionContainers/IaasVMContainer;${short}`;
  const id = `${container}/protectedItems/VM;${short}`;
  const points = backup.points.map((point) => backupPoint(id, machine, made, point, place));
  const newest = backup.points.map((point) => place.asOf - ageMs(point.age)).sort((one, other) => other - one)[0];
  const ended = backup.state === 'stopped' || backup.state === 'soft-deleted';
  const policyId = ended ? '' : `${vault.id}/backupPolicies/${backup.policy}`;
  const deletedAt = place.asOf - ageMs(backup.deletedAge ?? '3d');
  const failed = backup.state === 'error' || backup.lastStatus === 'Failed';
  const item: Mutable = {
    id,
    type: ITEM,
    name: `VM;${short}`,
    properties: {
      friendlyName: machine.name.toLowerCase(),
      virtualMachineId: made.id,
      protectionStatus: failed ? 'Unhealthy' : 'Healthy',
      protectionState: {
        protected: 'Protected',
        pending: 'IRPending',
        stopped: 'ProtectionStopped',
        suspended: 'BackupsSuspended',
        'soft-deleted': 'ProtectionStopped',
        error: 'ProtectionError',
      }[backup.state],
      healthStatus: failed ? 'ActionRequired' : 'Passed',
      healthDetails: [],
      lastBackupStatus:
        backup.lastStatus ?? (backup.state === 'error' ? 'Failed' : newest === undefined ? '' : 'Completed'),
      lastBackupTime: newest === undefined ? NEVER : pointTime(newest),
      protectedItemDataId: String(place.random.int(100_000_000, 999_999_999)),
      ...(backup.excludedLuns.length === 0
        ? {}
        : {
            extendedProperties: {
              diskExclusionProperties: { diskLunList: backup.excludedLuns, isInclusionList: false },
            },
          }),
      protectedItemType: 'Microsoft.Compute/virtualMachines',
      backupManagementType: 'AzureIaasVM',
      workloadType: 'VM',
      containerName: short,
      sourceResourceId: made.id,
      policyId,
      policyName: ended ? '' : backup.policy,
      ...(newest === undefined ? {} : { lastRecoveryPoint: pointTime(newest) }),
      vaultId: `https://management.azure.com${vault.id}`,
      isArchiveEnabled: false,
      softDeleteRetentionPeriodInDays: 14,
      ...(backup.state === 'soft-deleted'
        ? { isScheduledForDeferredDelete: true, deferredDeleteTimeInUTC: pointTime(deletedAt) }
        : {}),
    },
    ...(backup.state === 'soft-deleted' ? { hidden: { purgesAt: deletedAt + 14 * ageMs('1d') } } : {}),
  };
  return [item, ...points];
}

function backupPoint(
  itemId: string,
  machine: Machine,
  made: ExpandedMachine,
  point: NonNullable<Machine['backup']>['points'][number],
  place: Place,
): Mutable {
  const takenAt = place.asOf - ageMs(point.age);
  const name = String(place.random.int(100_000_000, 999_999_999)) + String(place.random.int(100_000, 999_999));
  const excluded = new Set(point.excludedLuns);
  const listed = (lun: number | undefined) => ({
    lun: lun ?? -1,
    name: made.disks.find((disk) => disk.lun === lun)?.body?.['name'],
  });
  const luns = made.disks.map((disk) => disk.lun);
  return {
    id: `${itemId}/recoveryPoints/${name}`,
    type: `${ITEM}/recoveryPoints`,
    name,
    properties: {
      objectType: 'IaasVMRecoveryPoint',
      recoveryPointType: point.consistency,
      recoveryPointTime: pointTime(takenAt),
      recoveryPointAdditionalInfo: '',
      sourceVMStorageType: 'PremiumVMOnPartialPremiumStorage',
      isSourceVMEncrypted: false,
      isInstantIlrSessionActive: false,
      recoveryPointTierDetails: [
        { type: 'InstantRP', status: 'Valid' },
        { type: 'HardenedRP', status: 'Valid' },
      ],
      isManagedVirtualMachine: !machine.unmanaged,
      virtualMachineSize: machine.size,
      originalStorageAccountOption: false,
      osType: machine.os === 'windows' ? 'Windows' : 'Linux',
      recoveryPointDiskConfiguration: {
        numberOfDisksIncludedInBackup: luns.length - excluded.size,
        numberOfDisksAttachedToVm: luns.length,
        includedDiskList: luns.filter((lun) => lun === undefined || !excluded.has(lun)).map(listed),
        excludedDiskList: luns.filter((lun) => lun !== undefined && excluded.has(lun)).map(listed),
      },
    },
    hidden: { takenAt, expiresAt: takenAt + ageMs('30d'), snapshotUntil: takenAt + ageMs('2d') },
  };
}
