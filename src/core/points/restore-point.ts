/** VM restore points, and their copies. What Azure Backup's own collections hold is told with its points (facts B-73). */
import { unknownText } from '../assessment.ts';
import type { Estate, Machine, RestorePoint, RestorePointCollection } from '../estate.ts';
import type { ResourceKey } from '../ids.ts';
import { disksLeftOut, ownCollectionsOf, restorePoint } from '../options/restore-point.ts';
import { attachedDisks } from '../protection.ts';
import { trashedAt } from '../retention/trash.ts';
import {
  expiryOf,
  isOfNamesake,
  namesakeNote,
  trashNote,
  type Found,
  type FoundPoint,
  type Missed,
  type PointState,
} from './point.ts';

export const restorePointPoints = (machine: Machine, estate: Estate): Found => {
  const blind = restorePoint.blindSpot(machine, estate);
  const own = ownCollectionsOf(estate, machine);
  const keys = new Set(own.map(({ key }) => key));
  const copies = estate.restorePointCollections.items.filter(
    ({ sourceKey }) => sourceKey !== undefined && keys.has(sourceKey),
  );
  const collections = [...own, ...copies];
  const unread = collections.flatMap(({ id, points }): readonly Missed[] =>
    points.known ? [] : [{ subject: id, fact: 'points of restore-point', reason: unknownText(points) }],
  );
  const originals = new Map(
    own.flatMap(({ points }) => (points.known ? points.value.map((point) => [point.key, point] as const) : [])),
  );
  const points = collections.flatMap((collection) =>
    collection.points.known
      ? collection.points.value.map((point) => pointIn(collection, point, originals, machine))
      : [],
  );
  const untold = points.filter(({ state, notes }) => state === 'unknown' && notes.includes(copyNotTold));
  return {
    points,
    missed: [
      ...(blind ? [{ subject: machine.id, fact: 'points of restore-point', reason: unknownText(blind) }] : []),
      ...unread,
      ...untold.map(({ id }) => ({
        subject: id,
        fact: 'progress of a copied restore point',
        reason: 'Azure does not tell how far the copy is',
      })),
    ],
  };
};

const copyNotTold = 'it is a copy, and Azure does not tell how far it is';

const pointIn = (
  { id: collectionId, location, tags, sourceKey }: RestorePointCollection,
  point: RestorePoint,
  originals: ReadonlyMap<ResourceKey, RestorePoint>,
  machine: Machine,
): FoundPoint => {
  const isCopy = sourceKey !== machine.key;
  const original = isCopy && point.sourcePointKey !== undefined ? originals.get(point.sourcePointKey) : undefined;
  const told = point.diskKeys.length > 0;
  const left = disksLeftOut(point, machine);
  const at = original?.at ?? point.at;
  const stranger = isOfNamesake(at, machine);
  const state = stranger ? 'unknown' : stateOf(point, isCopy, left.length);
  const elsewhere = location !== machine.location;
  return {
    id: point.id,
    option: 'restore-point',
    at,
    consistency: point.consistency === 'unknown' ? (original?.consistency ?? 'unknown') : point.consistency,
    state,
    disksIncluded: told ? machine.disks.length - left.length : null,
    disksAttached: attachedDisks(machine),
    disksLeftOut: left,
    sizeGiB: point.sizeGiB ?? null,
    expiresAt: expiryOf(tags),
    region: location,
    restores:
      state === 'available' || state === 'incomplete'
        ? [
            ...(state === 'available' ? (['machine'] as const) : []),
            'disks',
            ...(elsewhere ? (['another-region'] as const) : []),
          ]
        : [],
    notes: [
      ...(state === 'unknown' && !stranger ? [copyNotTold] : []),
      ...(stranger ? [namesakeNote(machine)] : []),
      ...trashNote(trashedAt(point, { tags })),
      ...(isCopy && original === undefined
        ? [`it is a copy in ${lastOf(collectionId)}, whose original is gone: its moment is the copy's`]
        : []),
    ],
  };
};

const lastOf = (id: string): string => id.split('/').at(-1) ?? id;

/** Made in seconds, while a copy's disks follow for long after (facts P-18, P-20). */
const stateOf = (point: RestorePoint, isCopy: boolean, lacking: number): PointState => {
  if (point.failed === true) return 'failed';
  if (!point.provisioned) return 'copying';
  if (isCopy && point.copiedPercent === undefined) return 'unknown';
  if (isCopy && point.copiedPercent! < 100) return 'copying';
  return lacking > 0 ? 'incomplete' : 'available';
};
