/**
 * The points of a machine as retention sees them: series by region, copies apart from originals, a set of snapshots one point.
 * Pure look-ups; retain.ts decides, plan-prune.ts writes.
 */
import type { Consistency, Estate, Machine, RestorePoint, RestorePointCollection, Snapshot } from '../estate.ts';
import { keyOf, shortHash, type ResourceKey } from '../ids.ts';
import { jobPointsOf } from '../job/identity.ts';
import { joinBy } from '../join.ts';
import { conditionOf, consistencyOf, sameDisk } from '../options/disk-snapshot.ts';
import { ownCollectionsOf } from '../options/restore-point.ts';
import type { Reason } from '../option.ts';
import { refusalReason } from '../planners/draft.ts';
import { gapBefore } from '../protection.ts';
import { isOfNamesake, namesakeNote, tagOf } from '../points/point.ts';
import { against } from '../removal-steps.ts';
import { restorePointOf, snapshotOf, type Removal } from '../removal.ts';
import { sources } from '../sources.ts';
import { instantMs, toInstant, type Instant } from '../time.ts';
import type { RetentionPoint } from './retain.ts';
import { trashOf, trashOfPoint, type Trashed } from './trash.ts';

export interface SeriesPoint extends RetentionPoint {
  readonly name: string;
  readonly machine: Machine;
  readonly option: 'disk-snapshot' | 'restore-point';
  readonly consistency: Consistency;
  /** All that it is made of. */
  readonly removals: readonly Removal[];
  /** Somebody else's: never touched, and counts for nothing. */
  readonly foreign?: Reason;
  /** In the trash with all its members. */
  readonly trashed?: { readonly until: Instant; readonly marks: ReadonlyMap<ResourceKey, Trashed> };
  /** Members in the trash, even where others are not. */
  readonly marks: ReadonlyMap<ResourceKey, Trashed>;
  /** Of a restore point. */
  readonly collection?: RestorePointCollection;
}

export interface Series {
  readonly region: string;
  readonly isCopy: boolean;
  readonly points: readonly SeriesPoint[];
}

/** By region, the machine's own before copies. With `job` only what that job made. */
export const seriesOf = (machine: Machine, estate: Estate, job?: string): readonly Series[] => {
  const wanted =
    job === undefined
      ? undefined
      : new Set(jobPointsOf(machine, estate, job).flatMap(({ resourceIds }) => resourceIds.map(keyOf)));
  const isWanted = ({ removals }: SeriesPoint): boolean =>
    wanted === undefined || removals.some(({ key }) => wanted.has(key));
  const placed = [...setsOf(machine, estate), ...restorePointsOf(machine, estate)].filter(({ point }) =>
    isWanted(point),
  );
  return [...Map.groupBy(placed, ({ region, isCopy }) => `${isCopy ? 1 : 0}|${region}`)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, its]) => ({
      region: its[0]!.region,
      isCopy: its[0]!.isCopy,
      points: its.map(({ point }) => point),
    }));
};

interface Placed {
  readonly region: string;
  readonly isCopy: boolean;
  readonly point: SeriesPoint;
}

const byMark = joinBy<Snapshot>(({ tags }) => [tagOf(tags, 'holdfast-machine')?.toLowerCase()]);
const byDisk = joinBy<Snapshot>(({ sourceDiskKey }) => [sourceDiskKey]);
const byKey = joinBy<Snapshot>(({ key }) => [key]);

const isCopied = ({ tags, sourceSnapshotKey }: Snapshot): boolean =>
  sourceSnapshotKey !== undefined || tagOf(tags, 'holdfast-copy-of') !== undefined;

/** What our tags say is the machine's (a capture's own snapshots are of no set, and no points); of the rest what was taken of its disks. */
const snapshotsOf = (machine: Machine, estate: Estate): readonly Snapshot[] => {
  const ours = byMark(estate.snapshots, shortHash(machine.key, 12)).filter(
    ({ createdAt, tags }) => tagOf(tags, 'holdfast-set') !== undefined && !isOfNamesake(createdAt, machine),
  );
  const others = machine.disks.flatMap(({ key, disk }) =>
    key === undefined
      ? []
      : byDisk(estate.snapshots, key).filter(
          ({ tags, sourceUniqueId }) =>
            tagOf(tags, 'holdfast-machine') === undefined &&
            sameDisk(disk.known ? disk.value.uniqueId : undefined, sourceUniqueId),
        ),
  );
  return [...ours, ...others];
};

const setsOf = (machine: Machine, estate: Estate): readonly Placed[] => {
  const sets = Map.groupBy(snapshotsOf(machine, estate), (snapshot) => {
    const set = tagOf(snapshot.tags, 'holdfast-set');
    return set === undefined ? snapshot.key : `${set}|${snapshot.location}|${isCopied(snapshot)}`;
  });
  return [...sets.values()].map((members) => ({
    region: members[0]!.location,
    isCopy: isCopied(members[0]!),
    point: setPoint(
      members.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      machine,
      estate,
    ),
  }));
};

const setPoint = (members: readonly Snapshot[], machine: Machine, estate: Estate): SeriesPoint => {
  const first = members[0]!;
  const removals = members.map((member) => snapshotOf(member, estate, machine));
  const foreign = foreignIn(removals, estate);
  const complete = isWhole(members, machine);
  const held = firstOf([
    () => loneMember(members, machine),
    () => (members.some(isUnderWay) ? notWhole(first.name) : undefined),
    () => heldIn(removals, estate),
    () => unseen(estate.snapshots, machine, 'snapshots'),
  ]);
  return {
    id: first.id,
    name: tagOf(first.tags, 'holdfast-set') ?? first.name,
    machine,
    option: 'disk-snapshot',
    at: isCopied(first) ? momentOfCopy(first, estate) : momentOf(members, complete),
    complete,
    consistency: consistencyOf(members, machine),
    tags: Object.assign({}, ...members.map(({ tags }) => tags)) as SeriesPoint['tags'],
    removals,
    ...trashOfMembers(removals, (removal) => trashOf(removal.tags)),
    ...(foreign === undefined ? {} : { foreign }),
    ...(held === undefined ? {} : { held }),
  };
};

/** Whole as it was made: a disk that the machine got since does not make its older points worthless. */
const isWhole = (members: readonly Snapshot[], machine: Machine): boolean => {
  const told = Math.max(...members.map(({ tags }) => Number(tagOf(tags, 'holdfast-disks') ?? 0)));
  const set = tagOf(members[0]!.tags, 'holdfast-set');
  const wanted = told > 0 ? told : set === undefined ? machine.disks.length : 1;
  const disks = members
    .filter((member) => conditionOf(member) === 'complete')
    .map(({ tags, sourceDiskKey, key }) => tagOf(tags, 'holdfast-disk') ?? sourceDiskKey ?? key);
  return new Set(disks).size >= wanted && members.every((member) => conditionOf(member) !== 'copying');
};

/** Somebody else's that was adopted without a set: nobody can tell with which others it is a point. */
const loneMember = (members: readonly Snapshot[], machine: Machine): Reason | undefined =>
  members.length === 1 && machine.disks.length > 1 && tagOf(members[0]!.tags, 'holdfast-set') === undefined
    ? refusalReason(
        'no-set',
        `${members[0]!.name} belongs to no set (tag holdfast-set), and ${machine.name} has ${machine.disks.length} disks.`,
        sources.BDR,
      )
    : undefined;

const isUnderWay = (snapshot: Snapshot): boolean => {
  const condition = conditionOf(snapshot);
  return condition === 'copying' || condition === 'instant-access';
};

const notWhole = (name: string): Reason =>
  refusalReason('under-way', `${name} is still being made or copied.`, sources.XREG, 'S-08');

/** A snapshot that failed tells no moment. What came to nothing is dated by the rest of its set, or by its name: or it stayed for ever. */
const momentOf = (members: readonly Snapshot[], complete: boolean): Instant | undefined =>
  complete
    ? oldest(members)
    : (oldest(members.filter(({ createdAt }) => createdAt !== undefined)) ?? minuteIn(members[0]!.name));

const oldest = (members: readonly Snapshot[]): Instant | undefined => {
  const moments = members.map(({ createdAt }) => instantMs(createdAt));
  return moments.length === 0 || moments.some((ms) => ms === undefined)
    ? undefined
    : toInstant(Math.min(...moments.map((ms) => ms!)));
};

/**
 * A copy is as old as what it is a copy of. Its name says when that was to the minute, and goes on saying so when the original is
 * gone: a moment that changed then would move it to another day.
 */
const momentOfCopy = (copy: Snapshot, estate: Estate): Instant | undefined => {
  const [source] = copy.sourceSnapshotKey === undefined ? [] : byKey(estate.snapshots, copy.sourceSnapshotKey);
  return minuteIn(copy.name) ?? source?.createdAt ?? copy.createdAt;
};

/** `hf-web01-202606030000-0123456789`. */
const minuteIn = (name: string): Instant | undefined => {
  const [, y, mo, d, h, m] = /^hf-.*-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)-[0-9a-f]{10}$/i.exec(name) ?? [];
  return m === undefined ? undefined : toInstant(Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(m)));
};

const restorePointsOf = (machine: Machine, estate: Estate): readonly Placed[] => {
  const own = ownCollectionsOf(estate, machine);
  const copies = own.flatMap(({ key }) => copiesOf(estate.restorePointCollections, key));
  const originals = new Map(
    own.flatMap(({ points }) => (points.known ? points.value : [])).map((point) => [point.key, point]),
  );
  return [...own, ...copies].flatMap((collection) =>
    (collection.points.known ? collection.points.value : []).map((point) => ({
      region: collection.location,
      isCopy: collection.sourceKey !== machine.key,
      point: restorePoint(point, collection, originals, machine, estate),
    })),
  );
};

const copiesOf = joinBy<RestorePointCollection>((c) => [c.ownedByBackup ? undefined : c.sourceKey]);

const restorePoint = (
  point: RestorePoint,
  collection: RestorePointCollection,
  originals: ReadonlyMap<ResourceKey, RestorePoint>,
  machine: Machine,
  estate: Estate,
): SeriesPoint => {
  const isCopy = collection.sourceKey !== machine.key;
  const removal = { ...restorePointOf(point, collection, estate), machine };
  const at = isCopy ? (minuteIn(point.name) ?? point.at) : point.at;
  const original = point.sourcePointKey === undefined ? undefined : originals.get(point.sourcePointKey);
  // By when it was made: its name says when its window began, which may be before the machine did.
  const foreign = isOfNamesake(original?.at ?? point.at ?? at, machine)
    ? refusalReason('namesake', `${point.name}: ${namesakeNote(machine)}.`, sources.RP)
    : foreignIn([removal], estate);
  const held = firstOf([
    () => restorePointUnderWay(point, isCopy),
    () => heldIn([removal], estate),
    () => unseen(estate.restorePointCollections, machine, 'restore point collections'),
  ]);
  return {
    id: point.id,
    name: point.name,
    machine,
    option: 'restore-point',
    at,
    complete: point.failed !== true && point.provisioned && (!isCopy || point.copiedPercent === 100),
    consistency: point.consistency,
    tags: collection.tags,
    removals: [removal],
    collection,
    ...trashOfMembers([removal], () => trashOfPoint(point.name, collection.tags)),
    ...(foreign === undefined ? {} : { foreign }),
    ...(held === undefined ? {} : { held }),
  };
};

const restorePointUnderWay = (
  { name, provisioned, failed, copiedPercent }: RestorePoint,
  isCopy: boolean,
): Reason | undefined => {
  if (failed === true) return undefined;
  if (provisioned && isCopy && copiedPercent === undefined)
    return refusalReason('copy-untold', `Azure does not tell how far the copy ${name} is.`, sources.RPMAN, 'P-18');
  return provisioned && (!isCopy || copiedPercent === 100) ? undefined : notWhole(name);
};

const ownership: ReadonlySet<string> = new Set(['not-ours', 'service-owned']);

const reasonsOf = (removals: readonly Removal[], estate: Estate): readonly Reason[] =>
  removals.flatMap((removal) => against(removal, estate));

const foreignIn = (removals: readonly Removal[], estate: Estate): Reason | undefined =>
  reasonsOf(removals, estate).find(({ code }) => ownership.has(code));

const heldIn = (removals: readonly Removal[], estate: Estate): Reason | undefined =>
  reasonsOf(removals, estate).find(({ code }) => !ownership.has(code));

/** Where some could not be read, a copy under way or a member of a set may be out of sight. */
const unseen = (
  list: Estate['snapshots'] | Estate['restorePointCollections'],
  machine: Machine,
  what: string,
): Reason | undefined => {
  const gap = gapBefore(machine, list, `/subscriptions/${machine.subscriptionId}`);
  return gap === undefined
    ? undefined
    : refusalReason('unread', `Not all ${what} could be read at ${gap.scope} (${gap.detail}).`, sources.BDR);
};

const trashOfMembers = (
  removals: readonly Removal[],
  markOf: (removal: Removal) => Trashed | undefined,
): Pick<SeriesPoint, 'trashed' | 'marks'> => {
  const marks = new Map<ResourceKey, Trashed>();
  for (const removal of removals) {
    const mark = markOf(removal);
    if (mark !== undefined) marks.set(removal.key, mark);
  }
  if (marks.size < removals.length) return { marks };
  const untilMs = Math.max(...[...marks.values()].map(({ until }) => instantMs(until)!));
  return { marks, trashed: { until: toInstant(untilMs), marks } };
};

const firstOf = (looks: readonly (() => Reason | undefined)[]): Reason | undefined => {
  for (const look of looks) {
    const found = look();
    if (found !== undefined) return found;
  }
  return undefined;
};
