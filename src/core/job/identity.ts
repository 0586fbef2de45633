/**
 * Which points of a machine are a job's, told from Azure alone: by the tags of snapshots, and by the names of restore points,
 * which take no tags. Both hang on the job, its window and the attempt, so every host comes to the same ones.
 */
import type { Consistency, Estate, Machine, RestorePoint, RestorePointCollection, Snapshot } from '../estate.ts';
import { shortHash, type ResourceId } from '../ids.ts';
import { joinBy } from '../join.ts';
import { nameFor } from '../names.ts';
import type { OptionId } from '../option.ts';
import { conditionOf, consistencyOf } from '../options/disk-snapshot.ts';
import { ownCollectionsOf } from '../options/restore-point.ts';
import { sha256 } from '../plan-digest.ts';
import { isOfNamesake, tagOf } from '../points/point.ts';
import { instantMs, toInstant, type Instant } from '../time.ts';

export interface JobPoint {
  /** Of a set: its first snapshot's. */
  readonly id: ResourceId;
  readonly option: OptionId;
  /** The tag that joins a set. */
  readonly set?: string;
  readonly due: Instant;
  readonly attempt: number;
  /** When it was taken; of a copy: when its original was, where that is still there. */
  readonly at: Instant | undefined;
  /** `broken`: it lacks something, or failed, and will never be whole. */
  readonly state: 'complete' | 'being-made' | 'broken';
  readonly complete: boolean;
  readonly consistency: Consistency;
  readonly region: string;
  readonly isCopy: boolean;
  /** All there is of it. */
  readonly resourceIds: readonly ResourceId[];
}

/** More attempts at one window than this are not made, nor recognised. */
export const mostAttempts = 10;

/** What the names of a machine's point hang on. */
export const seedOf = (job: string, due: Instant, attempt: number): string => sha256(`job|${job}|${due}|${attempt}`);

/** In no order that means anything. Points older than the machine are of an earlier one of its name, and left out. */
export const jobPointsOf = (machine: Machine, estate: Estate, job: string): readonly JobPoint[] => {
  const ofEstate = found.get(estate) ?? new WeakMap<Machine, Map<string, readonly JobPoint[]>>();
  found.set(estate, ofEstate);
  const known = ofEstate.get(machine) ?? new Map<string, readonly JobPoint[]>();
  ofEstate.set(machine, known);
  const points = known.get(job) ?? [...setsOf(machine, estate, job), ...restorePointsOf(machine, estate, job)];
  known.set(job, points);
  return points;
};

// Asked for again at every part of a run. Estates are never written to, so remembering it changes no answer.
const found = new WeakMap<Estate, WeakMap<Machine, Map<string, readonly JobPoint[]>>>();

const byMachineTag = joinBy<Snapshot>(({ tags }) => [tagOf(tags, 'holdfast-machine')?.toLowerCase()]);

const setsOf = (machine: Machine, estate: Estate, job: string): readonly JobPoint[] => {
  const own = byMachineTag(estate.snapshots, shortHash(machine.key, 12)).filter(
    (snapshot) => tagOf(snapshot.tags, 'holdfast-job') === job && !isOfNamesake(snapshot.createdAt, machine),
  );
  const sets = Map.groupBy(own, (snapshot) => `${tagOf(snapshot.tags, 'holdfast-set')}|${snapshot.location}`);
  return [...sets.values()].flatMap((members) => setPoint(members, own, machine, job) ?? []);
};

const isCopy = ({ tags, sourceSnapshotKey }: Snapshot): boolean =>
  sourceSnapshotKey !== undefined || tagOf(tags, 'holdfast-copy-of') !== undefined;

const setPoint = (
  members: readonly Snapshot[],
  all: readonly Snapshot[],
  machine: Machine,
  job: string,
): JobPoint | undefined => {
  const first = members.toSorted((a, b) => (a.key < b.key ? -1 : 1))[0]!;
  const due = tagOf(first.tags, 'holdfast-window');
  const set = tagOf(first.tags, 'holdfast-set');
  if (due === undefined || set === undefined || instantMs(due) === undefined) return undefined;
  const attempt = attemptOf((seed) => shortHash(`${seed}|${machine.key}`, 12) === set, job, due);
  if (attempt === undefined) return undefined;
  const copied = isCopy(first);
  const originals = copied ? all.filter((one) => !isCopy(one) && tagOf(one.tags, 'holdfast-set') === set) : [];
  const moments = (originals.length > 0 ? originals : members).flatMap(({ createdAt }) => instantMs(createdAt) ?? []);
  const state = setState(members);
  return {
    id: first.id,
    option: 'disk-snapshot',
    set,
    due,
    attempt,
    at: moments.length === 0 ? undefined : toInstant(Math.min(...moments)),
    state,
    complete: state === 'complete',
    consistency: consistencyOf(members, machine),
    region: first.location,
    isCopy: copied,
    resourceIds: members.map(({ id }) => id),
  };
};

/** By its own tag, which tells how many disks the machine had then: it may have more by now. */
const setState = (members: readonly Snapshot[]): JobPoint['state'] => {
  const wanted = Math.max(...members.map(({ tags }) => Number(tagOf(tags, 'holdfast-disks') ?? 1)));
  const conditions = members.map(conditionOf);
  if (members.length < wanted || conditions.includes('failed')) return 'broken';
  return conditions.every((condition) => condition === 'complete') ? 'complete' : 'being-made';
};

const attemptOf = (fits: (seed: string) => boolean, job: string, due: Instant): number | undefined => {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) if (fits(seedOf(job, due, attempt))) return attempt;
  return undefined;
};

const restorePointsOf = (machine: Machine, estate: Estate, job: string): readonly JobPoint[] => {
  const own = ownCollectionsOf(estate, machine);
  if (own.length === 0) return [];
  const keys = new Set(own.map(({ key }) => key));
  const copies = estate.restorePointCollections.items.filter(
    ({ sourceKey }) => sourceKey !== undefined && keys.has(sourceKey),
  );
  const originals = new Map(own.flatMap(({ points }) => (points.known ? points.value : [])).map((p) => [p.key, p]));
  return [...own, ...copies].flatMap((collection) =>
    (collection.points.known ? collection.points.value : []).flatMap(
      (point) => restorePoint(point, collection, originals, machine, job) ?? [],
    ),
  );
};

const restorePoint = (
  point: RestorePoint,
  collection: RestorePointCollection,
  originals: ReadonlyMap<string, RestorePoint>,
  machine: Machine,
  job: string,
): JobPoint | undefined => {
  const named = identify(point.name, machine, job);
  if (named === undefined) return undefined;
  const copied = collection.sourceKey !== machine.key;
  const original = copied && point.sourcePointKey !== undefined ? originals.get(point.sourcePointKey) : undefined;
  const at = original?.at ?? point.at;
  if (isOfNamesake(at, machine)) return undefined;
  const state = restorePointState(point, copied);
  return {
    id: point.id,
    option: 'restore-point',
    ...named,
    at,
    state,
    complete: state === 'complete',
    consistency: point.consistency === 'unknown' ? (original?.consistency ?? 'unknown') : point.consistency,
    region: collection.location,
    isCopy: copied,
    resourceIds: [point.id],
  };
};

/** A copy is made at once, and its disks follow: until Azure tells that they have, it is not whole (facts P-18). */
const restorePointState = (
  { failed, provisioned, copiedPercent }: RestorePoint,
  copied: boolean,
): JobPoint['state'] => {
  if (failed === true) return 'broken';
  return provisioned && (!copied || copiedPercent === 100) ? 'complete' : 'being-made';
};

/** The window and attempt that a name says, if it is one that this job would give. */
const identify = (
  name: string,
  machine: Machine,
  job: string,
): { readonly due: Instant; readonly attempt: number } | undefined => {
  const [, y, mo, d, h, m] = /-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)-[0-9a-f]{10}$/i.exec(name) ?? [];
  if (m === undefined) return undefined;
  const due = toInstant(Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(m)));
  const folded = name.toLowerCase();
  const attempt = attemptOf(
    (seed) => nameFor('restore-point', machine.name, due, seed, machine.key).toLowerCase() === folded,
    job,
    due,
  );
  return attempt === undefined ? undefined : { due, attempt };
};
