/** Items in vaults whose machine is gone. */
import type { BackupItem, BackupState } from '../estate.ts';
import type { EstateView } from '../estate-view.ts';
import { dayMs, instantMs, toSecond } from '../time.ts';
import { machineFate, type Thing } from './thing.ts';

export const orphanedBackupItems = (view: EstateView): readonly Thing[] =>
  view.estate.backupItems.items.map((item) => {
    const vault = view.vaults.get(item.vaultKey);
    return {
      id: item.id,
      option: 'azure-backup',
      what: `backup item, ${stateWords[item.state]}`,
      machineKey: item.machineKey,
      fate: machineFate(item.machineKey, view),
      since: item.deletedAt ?? item.lastPointAt ?? item.lastBackupAt,
      sizeGiB: undefined,
      stored: {
        kind: 'backup-item',
        region: vault?.location ?? '',
        disks: [{ name: 'the disks of a machine that is gone' }],
        redundancy: vault?.redundancy,
        crossRegionRestore: vault?.crossRegionRestore.known === true && vault.crossRegionRestore.value,
      },
      ...(item.state === 'soft-deleted' ? { severity: 'info' as const } : {}),
      remedy: remedyOf(item, view),
    };
  });

const stateWords: Readonly<Record<BackupState, string>> = {
  pending: 'waiting for its first backup',
  protected: 'still protected',
  error: 'failing',
  stopped: 'stopped with its points kept',
  paused: 'paused',
  suspended: 'suspended',
  'soft-deleted': 'softly deleted',
  unknown: 'in a state that is not known',
};

const remedyOf = (item: BackupItem, view: EstateView): string => {
  if (item.state === 'soft-deleted')
    return `nothing: Azure deletes it by itself${endOf(item, view)}; undelete it before if its points are still wanted`;
  if (item.state === 'stopped')
    return 'decide whether its points are still wanted; delete the backup data if not, since it is billed either way';
  return 'stop its protection, which can only fail now; delete the backup data if its points are no longer wanted';
};

/** The first 14 days of soft delete cost nothing (facts B-90); instant-restore snapshots stay billed (B-93). */
const endOf = ({ deletedAt, vaultKey }: BackupItem, view: EstateView): string => {
  const deletedMs = instantMs(deletedAt);
  const softDelete = view.vaults.get(vaultKey)?.softDelete;
  if (deletedMs === undefined || softDelete?.known !== true || softDelete.value.retainDays === undefined)
    return ' when its soft-delete time ends';
  return ` on ${toSecond(deletedMs + softDelete.value.retainDays * dayMs).slice(0, 10)}`;
};
