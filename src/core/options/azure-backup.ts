import type { BackupItem, BackupPoint, BackupState, Estate, Machine } from '../estate.ts';
import { unknown, type Unknown } from '../fact.ts';
import { joinBy } from '../join.ts';
import type { Option, Protection, ProtectionPoint } from '../protection.ts';
import { attachedDisks, byHealthThenAge, datedToCome, gapBefore, isToCome, newest } from '../protection.ts';
import { sources } from '../sources.ts';
import { instantMs, toSecond } from '../time.ts';

const itemsOf = joinBy<BackupItem>((item) => [item.machineKey]);

export const azureBackup: Option = {
  id: 'azure-backup',
  title: 'Azure Backup',
  source: sources.BSM,
  can: [
    'Keep scheduled recovery points of the whole machine in a vault, for up to 9,999 days, apart from the machine and its disks.',
    'Be application-consistent on running Windows machines, and file-system-consistent on Linux (application-consistent with pre and post scripts).',
    'Capture all disks of a machine at one moment, so volumes striped in the guest come back whole.',
    'Survive the loss of the region with a geo-redundant vault and cross-region restore, and hasty deletion with soft delete and immutability.',
    'Restore to a new machine, to disks, or in place of the existing disks.',
  ],
  cannot: [
    'Back up shared disks, disks with Entra data-access authentication, unmanaged disks, or more than 32 disks on one machine.',
    'Keep a machine running elsewhere when its region fails: restoring takes as long as it takes, and the vault-tier point can be a day old.',
    'Protect a machine from a vault in another region, or from two vaults at once.',
    'Make points consistent across several machines.',
    'Vouch for Windows Storage Spaces, which Microsoft lists as not supported.',
  ],
  present: (machine, estate) =>
    itemsOf(estate.backupItems, machine.key)
      .map((item) => protectionBy(item, machine, estate))
      .toSorted(byHealthThenAge),
  blindSpot: (machine, estate) => gapBefore(machine, estate.backupItems, `/subscriptions/${machine.subscriptionId}`),
};

const protectionBy = (item: BackupItem, machine: Machine, estate: Estate): Protection => {
  const trouble = troubleOf(item);
  const point = newestPoint(item, machine, estate);
  const doubt = doubtOf(item, point, machine, estate);
  const disksUnknown = item.disksUnknown ?? machine.disksUnknown;
  return {
    option: 'azure-backup',
    id: item.id,
    vaultId: item.vaultId,
    state: item.state,
    healthy: item.state === 'protected' && trouble === undefined && doubt === undefined,
    pending: item.state === 'pending',
    active: active.has(item.state),
    ...(point ? { newestPoint: point } : {}),
    ...(doubt ? { pointsUnknown: doubt } : item.points.known ? {} : { pointsUnknown: item.points }),
    disksLeftOut: disksLeftOut(item, machine),
    ...(disksUnknown ? { disksUnknown } : {}),
    ...(trouble === undefined ? {} : { detail: trouble }),
  };
};

const active: ReadonlySet<BackupState> = new Set<BackupState>(['pending', 'protected', 'error', 'unknown']);

const troubleOf = (item: BackupItem): string | undefined => {
  if (item.state === 'pending') return undefined;
  if (item.state !== 'protected') return `Azure Backup gives its state as ${item.rawState}`;
  if (item.lastBackupStatus && /fail|unhealthy/i.test(item.lastBackupStatus))
    return `its last backup ${item.lastBackupStatus}`;
  if (item.health === 'unhealthy' || item.health === 'action-required')
    return `Azure Backup gives its health as ${item.health}`;
  return undefined;
};

/** A point dated to come is not believed; nor is one from before the machine was made, which may be of a namesake. */
const doubtOf = (
  item: BackupItem,
  point: ProtectionPoint | undefined,
  machine: Machine,
  estate: Estate,
): Unknown | undefined => {
  const moments = item.points.known ? item.points.value.map(({ at }) => at) : [item.lastPointAt];
  const toCome = moments.find((at) => isToCome(at, estate));
  if (toCome !== undefined) return datedToCome(toCome);
  const madeMs = instantMs(machine.createdAt);
  const pointMs = instantMs(point?.at);
  if (madeMs === undefined || pointMs === undefined || pointMs >= madeMs) return undefined;
  const made = `${machine.name} was made ${toSecond(madeMs)}, after its newest point (${toSecond(pointMs)})`;
  return unknown('unintelligible', `${made}, so its points may be of an earlier machine of that name.`);
};

/** Without the points themselves only the moment of the last one is known: its consistency is not. */
const newestPoint = (item: BackupItem, machine: Machine, estate: Estate): ProtectionPoint | undefined => {
  if (item.points.known) {
    const point = newest(
      item.points.value.filter(({ at }) => !isToCome(at, estate)),
      (p) => p.at,
    );
    return (
      point && {
        id: point.id,
        at: point.at!,
        consistency: point.consistency,
        disksIncluded: point.disksIncluded ?? null,
        disksAttached: disksToHold(point, machine),
      }
    );
  }
  if (!item.lastPointAt || instantMs(item.lastPointAt) === undefined || isToCome(item.lastPointAt, estate))
    return undefined;
  return { id: null, at: item.lastPointAt, consistency: 'unknown', disksIncluded: null, disksAttached: null };
};

/** Disks attached since the point was made are missing from it as surely as those left out on purpose. */
export const disksToHold = ({ disksIncluded, disksAttached }: BackupPoint, machine: Machine): number | null => {
  if (disksIncluded === undefined) return disksAttached ?? null;
  const now = attachedDisks(machine);
  return disksAttached === undefined || now === null ? (disksAttached ?? now) : Math.max(disksAttached, now);
};

/** By LUN, as Azure lists them (facts B-55); the operating system disk is always in. */
export const disksLeftOut = ({ diskExclusion }: BackupItem, machine: Machine): readonly string[] => {
  if (!diskExclusion) return [];
  const { luns, inclusion } = diskExclusion;
  return machine.disks
    .filter(({ role, lun }) => role === 'data' && lun !== undefined && luns.includes(lun) !== inclusion)
    .map(({ lun, name }) => `LUN ${lun} (${name})`);
};
