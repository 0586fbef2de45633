import type { Estate, Machine, RestorePoint, RestorePointCollection } from '../estate.ts';
import { joinBy } from '../join.ts';
import type { Option, Protection, ProtectionPoint } from '../protection.ts';
import { attachedDisks, byHealthThenAge, datedToCome, gapBefore, isToCome, newest } from '../protection.ts';
import { sources } from '../sources.ts';

/** Collections that Azure Backup owns hold its own snapshots: not the user's, never touched (facts B-73). */
const collectionsOf = joinBy<RestorePointCollection>((c) => [c.ownedByBackup ? undefined : c.sourceKey]);

/** In the order of their ids, so that Azure's order never shows. */
export const ownCollectionsOf = (
  { restorePointCollections }: Estate,
  { key }: Machine,
): readonly RestorePointCollection[] =>
  collectionsOf(restorePointCollections, key).toSorted((a, b) => (a.key < b.key ? -1 : 1));

export const restorePoint: Option = {
  id: 'restore-point',
  title: 'VM restore points',
  source: sources.RP,
  can: [
    "Capture a machine's configuration and all its managed disks at one moment: the answer for several disks without a vault.",
    'Be application-consistent on a running machine with a ready agent, or crash-consistent without any agent.',
    'Be copied to another region (in preview).',
  ],
  cannot: [
    'Include ephemeral operating system disks or shared disks.',
    'Promise agreement across several data disks in crash-consistent mode on Azure Boost sizes or with ReadWrite caching.',
    'Schedule, expire or protect themselves, or become a machine in one call.',
    'Be made more often than hourly (crash-consistent) or every three hours (application-consistent).',
  ],
  present: (machine, estate) =>
    collectionsOf(estate.restorePointCollections, machine.key)
      .map((collection) => protectionBy(collection, machine, estate))
      .toSorted(byHealthThenAge),
  blindSpot: (machine, estate) =>
    gapBefore(machine, estate.restorePointCollections, `/subscriptions/${machine.subscriptionId}`),
};

const protectionBy = ({ id, points }: RestorePointCollection, machine: Machine, estate: Estate): Protection => {
  const finished = points.known ? points.value.filter((point) => point.provisioned) : [];
  const toCome = finished.find(({ at }) => isToCome(at, estate))?.at;
  const usable = finished.filter(({ at }) => !isToCome(at, estate));
  const latest = newest(usable, (point) => point.at);
  const living = points.known ? points.value.filter(({ failed }) => failed !== true) : [];
  const pending = points.known && !latest && toCome === undefined && living.length > 0;
  return {
    option: 'restore-point',
    id,
    state: points.known ? (latest ? 'available' : 'empty') : 'unknown',
    healthy: latest !== undefined && toCome === undefined,
    pending,
    active: points.known ? living.length > 0 : true,
    ...(latest ? { newestPoint: pointOf(latest, machine) } : {}),
    ...(toCome === undefined ? {} : { pointsUnknown: datedToCome(toCome) }),
    ...(points.known ? {} : { pointsUnknown: points }),
    disksLeftOut: latest ? disksLeftOut(latest, machine) : [],
    ...(points.known && !latest ? { detail: 'it holds no finished restore point' } : {}),
  };
};

const pointOf = (point: RestorePoint, machine: Machine): ProtectionPoint => ({
  id: point.id,
  at: point.at!,
  consistency: point.consistency,
  disksIncluded: point.diskKeys.length === 0 ? null : point.diskKeys.length,
  disksAttached: attachedDisks(machine),
});

/** Disks attached after the point was made are missing from it as surely as those left out on purpose. */
export const disksLeftOut = (point: RestorePoint, machine: Machine): readonly string[] =>
  machine.disks
    .filter(({ key }) =>
      key === undefined
        ? true
        : point.excludedDiskKeys.includes(key) || (point.diskKeys.length > 0 && !point.diskKeys.includes(key)),
    )
    .map(({ name }) => name);
