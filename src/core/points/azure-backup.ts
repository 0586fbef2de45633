/** Points in vaults, and their instant-restore snapshots. */
import { unknownText } from '../assessment.ts';
import type { BackupItem, BackupPoint, Estate, Machine } from '../estate.ts';
import { joinBy } from '../join.ts';
import { azureBackup, disksLeftOut, disksToHold } from '../options/azure-backup.ts';
import {
  isOfNamesake,
  namesakeNote,
  type Found,
  type FoundPoint,
  type Missed,
  type PointState,
  type Restores,
} from './point.ts';

const itemsOf = joinBy<BackupItem>((item) => [item.machineKey]);

export const backupPoints = (machine: Machine, estate: Estate): Found => {
  const items = itemsOf(estate.backupItems, machine.key);
  // One vault at a time protects a machine (facts B-04): where its item is seen, no other is hidden.
  const blind = items.length === 0 ? azureBackup.blindSpot(machine, estate) : undefined;
  const missed: readonly Missed[] = [
    ...(blind ? [{ subject: machine.id, fact: 'points of azure-backup', reason: unknownText(blind) }] : []),
    ...items.flatMap(({ id, points }) =>
      points.known ? [] : [{ subject: id, fact: 'points of azure-backup', reason: unknownText(points) }],
    ),
  ];
  return {
    points: items.flatMap((item) =>
      item.points.known ? item.points.value.map((point) => pointIn(item, point, machine, estate)) : [],
    ),
    missed,
  };
};

const pointIn = (item: BackupItem, point: BackupPoint, machine: Machine, estate: Estate): FoundPoint => {
  const vault = estate.vaults.items.find(({ key }) => key === item.vaultKey);
  const attached = disksToHold(point, machine);
  const lacks = point.disksIncluded !== undefined && attached !== null && point.disksIncluded < attached;
  const deleted = item.state === 'soft-deleted';
  const archived = point.tiers.length > 0 && point.tiers.every((tier) => tier === 'archive');
  const stranger = isOfNamesake(point.at, machine);
  const state: PointState = stranger ? 'unknown' : lacks ? 'incomplete' : 'available';
  const reach =
    vault?.redundancy.known === true &&
    vault.redundancy.value === 'geo-redundant' &&
    vault.crossRegionRestore.known &&
    vault.crossRegionRestore.value;
  const elsewhere: readonly Restores[] =
    reach && point.tiers.some((tier) => tier !== 'snapshot') ? ['another-region'] : [];
  return {
    id: point.id,
    option: 'azure-backup',
    at: point.at,
    consistency: point.consistency,
    state,
    disksIncluded: point.disksIncluded ?? null,
    disksAttached: attached,
    disksLeftOut: lacks ? disksLeftOut(item, machine) : [],
    sizeGiB: null,
    expiresAt: point.expiresAt,
    region: vault?.location ?? null,
    vaultId: item.vaultId,
    tiers: point.tiers,
    restores: deleted || stranger ? [] : [...what(lacks, machine), ...elsewhere],
    notes: [
      ...(deleted ? ['its backup item is soft-deleted: undelete it before anything can be restored'] : []),
      ...(archived ? ['it is in the archive tier alone: rehydrate it before restoring'] : []),
      ...(stranger ? [namesakeNote(machine)] : []),
    ],
  };
};

/**
 * With disks left out only disks come back (facts B-56); an encrypted guest comes back whole or not at all (B-47);
 * Ultra and Premium SSD v2 disks give no single files (B-41). A disk that was not read promises none of that.
 */
const what = (lacks: boolean, { disks }: Machine): readonly Restores[] => {
  if (lacks) return ['disks'];
  const read = disks.flatMap(({ disk }) => (disk.known ? [disk.value] : []));
  if (read.some(({ azureDiskEncryption }) => azureDiskEncryption)) return ['machine'];
  const files = read.length === disks.length && !read.some(({ sku }) => /^(?:ultrassd|premiumv2)_/i.test(sku ?? ''));
  return files ? ['machine', 'disks', 'files'] : ['machine', 'disks'];
};
