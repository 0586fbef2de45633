/** Snapshots: those of one set and region are one point, any other stands for itself. */
import { unknownText } from '../assessment.ts';
import type { Consistency, Estate, Machine, Snapshot } from '../estate.ts';
import { keyOf, shortHash, type ResourceKey } from '../ids.ts';
import {
  conditionOf,
  consistencyOf,
  diskSnapshot,
  newestOfEachDisk,
  sameDisk,
  unsureOf,
} from '../options/disk-snapshot.ts';
import { attachedDisks } from '../protection.ts';
import { trashOf } from '../retention/trash.ts';
import { instantMs } from '../time.ts';
import {
  expiryOf,
  isOfNamesake,
  tagOf,
  trashNote,
  type Found,
  type FoundPoint,
  type PointState,
  type Restores,
} from './point.ts';

interface Held {
  /** With the disk and the moment that it holds: a copy's are its source's. */
  readonly snapshot: Snapshot;
  /** A copy whose source is gone: its moment is when it was copied. */
  readonly copiedFromGone: boolean;
}

export const snapshotPoints = (machine: Machine, estate: Estate): Found => {
  const blind = diskSnapshot.blindSpot(machine, estate);
  const sets = Map.groupBy(heldBy(machine, estate), ({ snapshot }) => setOf(snapshot));
  return {
    points: [...sets.values()].map((held) => pointOf(held, machine)),
    missed: blind ? [{ subject: machine.id, fact: 'points of disk-snapshot', reason: unknownText(blind) }] : [],
  };
};

/** By set and region: the copies of a set elsewhere are another point. Without a set each is a point by itself. */
const setOf = ({ key, location, tags }: Snapshot): string => {
  const set = tagOf(tags, 'holdfast-set');
  return set === undefined ? key : `${set}|${location}`;
};

/** Of the machine's disks, of disks it has no more by our tag, and the copies of both. */
const heldBy = (machine: Machine, estate: Estate): readonly Held[] => {
  const all = new Map(estate.snapshots.items.map((snapshot) => [snapshot.key, snapshot]));
  const mark = shortHash(machine.key, 12);
  return estate.snapshots.items.flatMap((snapshot): readonly Held[] => {
    const origin = originOf(snapshot, all);
    const diskKey = origin.sourceDiskKey;
    const copiedFromGone = origin.sourceSnapshotKey !== undefined;
    const as = (sourceDiskKey: ResourceKey): readonly Held[] => [
      {
        snapshot: {
          ...snapshot,
          sourceDiskKey,
          ...(origin.createdAt === undefined ? {} : { createdAt: origin.createdAt }),
        },
        copiedFromGone,
      },
    ];
    const attached = diskKey === undefined ? undefined : machine.disks.find(({ key }) => key === diskKey);
    if (attached !== undefined) {
      const uniqueId = attached.disk.known ? attached.disk.value.uniqueId : undefined;
      return sameDisk(uniqueId, origin.sourceUniqueId) ? as(attached.key!) : [];
    }
    const ours =
      tagOf(snapshot.tags, 'holdfast-machine')?.toLowerCase() === mark && !isOfNamesake(snapshot.createdAt, machine);
    // One that tells no disk stands for itself.
    return ours ? as(diskKey ?? diskByMark(snapshot, machine) ?? snapshot.key) : [];
  });
};

/** The snapshot that a chain of copies began with; a source that is gone ends the search. */
const originOf = (snapshot: Snapshot, all: ReadonlyMap<ResourceKey, Snapshot>): Snapshot => {
  const seen = new Set<ResourceKey>();
  let origin = snapshot;
  while (origin.sourceSnapshotKey !== undefined && !seen.has(origin.key)) {
    seen.add(origin.key);
    const source = all.get(origin.sourceSnapshotKey);
    if (source === undefined) break;
    origin = source;
  }
  return origin;
};

/** The disk of a copy whose source is gone, by the hash in its tag. */
const diskByMark = ({ tags }: Snapshot, { disks }: Machine): ResourceKey | undefined => {
  const mark = tagOf(tags, 'holdfast-disk')?.toLowerCase();
  return disks.find(({ key }) => key !== undefined && shortHash(key, 12) === mark)?.key;
};

/** All disks or none: a set that lacks one is no point of the machine, however good the others are. */
const pointOf = (held: readonly Held[], machine: Machine): FoundPoint => {
  const members = newestOfEachDisk(held.map(({ snapshot }) => snapshot));
  const whole = members.filter((member) => conditionOf(member) === 'complete');
  const covered = new Set(whole.map(({ sourceDiskKey }) => sourceDiskKey));
  const lacking = machine.disks.filter(({ key }) => key === undefined || !covered.has(key));
  const oldest = members
    .map(({ createdAt }) => createdAt)
    .toSorted((a, b) => (instantMs(a) ?? 0) - (instantMs(b) ?? 0))[0];
  const first = members.toSorted((a, b) => (a.key < b.key ? -1 : 1))[0]!;
  const doubt = unsureOf(members, machine);
  const state = doubt === undefined ? stateOf(members, lacking.length, machine) : 'unknown';
  const consistency = labelOf(members, machine);
  const sizes = members.flatMap(({ sizeGiB }) => sizeGiB ?? []);
  const gone = members.filter(({ sourceDiskKey }) => !machine.disks.some(({ key }) => key === sourceDiskKey)).length;
  return {
    id: first.id,
    option: 'disk-snapshot',
    at: oldest,
    consistency,
    state,
    disksIncluded: machine.disks.length - lacking.length,
    disksAttached: attachedDisks(machine),
    disksLeftOut: lacking.map(({ name }) => name),
    sizeGiB: sizes.length === members.length ? sizes.reduce((a, b) => a + b, 0) : null,
    expiresAt: members
      .map(({ tags }) => expiryOf(tags))
      .filter((at) => at !== undefined)
      .toSorted()[0],
    region: first.location,
    restores: restoresOf(state, whole.length > 0, consistency, members, machine),
    ...(members.length > 1 || tagOf(first.tags, 'holdfast-set') !== undefined
      ? { members: members.map(({ id }) => id).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)) }
      : {}),
    notes: [
      ...(doubt === undefined ? [] : [unknownText(doubt)]),
      ...(held.some(({ copiedFromGone }) => copiedFromGone)
        ? ['it is a copy whose source is gone: its moment is when it was copied']
        : []),
      ...(members.every(({ tags }) => trashOf(tags) !== undefined) ? trashNote(trashOf(first.tags)?.until) : []),
      ...(gone > 0
        ? [`${gone} of its snapshots ${gone === 1 ? 'is' : 'are'} of a disk that ${machine.name} has no more`]
        : []),
      ...(state === 'available' && members.length > 1 && (consistency === 'none' || consistency === 'unknown')
        ? ['its disks were taken one by one: what spans them may not come back']
        : []),
    ],
  };
};

const stateOf = (members: readonly Snapshot[], lacking: number, machine: Machine): PointState => {
  const conditions = members.map(conditionOf);
  if (conditions.every((condition) => condition === 'failed')) return 'failed';
  if (conditions.some((condition) => condition === 'copying' || condition === 'instant-access')) return 'copying';
  if (lacking > 0) return 'incomplete';
  return attachedDisks(machine) === null ? 'unknown' : 'available';
};

/** A snapshot of one disk is crash-consistent at the least, whatever else the machine has. */
const labelOf = (members: readonly Snapshot[], machine: Machine): Consistency =>
  members.length === 1 && tagOf(members[0]!.tags, 'holdfast-consistency') === undefined
    ? 'crash'
    : consistencyOf(members, machine);

const restoresOf = (
  state: PointState,
  some: boolean,
  consistency: Consistency,
  members: readonly Snapshot[],
  machine: Machine,
): readonly Restores[] => {
  if (!some || state === 'unknown') return [];
  const whole =
    state === 'available' && (members.length === 1 || (consistency !== 'none' && consistency !== 'unknown'));
  const elsewhere = members.every(({ location }) => location !== machine.location);
  return [...(whole ? (['machine'] as const) : []), 'disks', ...(elsewhere ? (['another-region'] as const) : [])];
};
