/**
 * How far the copies of a job's points are, told from Azure alone: which points a region is to have, which of their parts (a
 * snapshot each, or the restore point) are there, under way, failed or not begun. Pure; plan-copies.ts begins what is to be.
 */
import type { Estate, Machine, RestorePoint, RestorePointCollection, Snapshot } from '../estate.ts';
import { keyOf, shortHash, type ResourceId, type ResourceKey } from '../ids.ts';
import { joinBy } from '../join.ts';
import { conditionOf } from '../options/disk-snapshot.ts';
import { tagOf } from '../points/point.ts';
import { retain } from '../retention/retain.ts';
import { instantMs, type Instant } from '../time.ts';
import { jobPointsOf, type JobPoint } from './identity.ts';
import type { Job, JobCopy } from './job.ts';

/** A point of a machine, and its copy in one region. */
export interface PointCopy {
  readonly machine: Machine;
  readonly region: string;
  /** The point in its own region, whole. */
  readonly source: JobPoint;
  /** The region's retention keeps it there today. */
  readonly kept: boolean;
  readonly parts: readonly CopyPart[];
  readonly state: CopyState;
}

/** `partial`: of a set only some snapshots are copied, and the others not begun. */
export type CopyState = 'none' | 'partial' | 'under-way' | 'failed' | 'complete';

export interface CopyPart {
  readonly sourceId: ResourceId;
  readonly sourceKey: ResourceKey;
  /** When the part was taken: copies of one disk are made in this order. */
  readonly takenMs: number;
  readonly state: PartState;
}

export type PartState =
  | { readonly kind: 'none' }
  | { readonly kind: 'under-way'; readonly id: ResourceId; readonly percent?: number }
  | { readonly kind: 'complete'; readonly id: ResourceId }
  | { readonly kind: 'failed'; readonly id: ResourceId; readonly why: string; readonly attempt: number };

/** How often a part was begun before; stands on the copy itself. */
export const attemptTag = 'holdfast-copy-attempt';

/** Of every region that the job copies to, oldest point first. Points in the region itself are no copies, and left out. */
export const pointCopiesOf = (machine: Machine, estate: Estate, job: Job, asOf: Instant): readonly PointCopy[] => {
  const points = jobPointsOf(machine, estate, job.name);
  const originals = points.filter(({ isCopy, complete }) => !isCopy && complete);
  return job.copies.flatMap((copy) => {
    const sources = originals.filter(({ region }) => region !== copy.region).toSorted(byDue);
    const kept = keptIn(copy, sources, points, job, asOf);
    return sources.map((source): PointCopy => {
      const parts = partsOf(source, copy.region, estate);
      return { machine, region: copy.region, source, kept: kept.has(identityOf(source)), parts, state: stateOf(parts) };
    });
  });
};

const byDue = (a: JobPoint, b: JobPoint): number =>
  instantMs(a.due)! - instantMs(b.due)! || a.attempt - b.attempt || (a.id < b.id ? -1 : 1);

/** The same of a point and of its copies. */
export const identityOf = ({ option, due, attempt }: JobPoint): string => `${option}|${due}|${attempt}`;

/**
 * As if all were copied: what is begun would be kept when it is whole. Dated by their windows, as copies are, whose own moments
 * are those of the copying.
 */
const keptIn = (
  { region, retention }: JobCopy,
  sources: readonly JobPoint[],
  points: readonly JobPoint[],
  job: Job,
  asOf: Instant,
): ReadonlySet<string> => {
  const copies = points.filter((point) => point.isCopy && point.complete && point.region === region);
  const all = new Map([...sources, ...copies].map((point) => [identityOf(point), point]));
  const series = [...all].map(([id, { due }]) => ({ id, at: due, complete: true, tags: {} }));
  const { timeZone } = job.timing;
  const retained = retain(series, retention ?? job.retention, { asOf, timeZone });
  return new Set(retained.flatMap(({ keep, point }) => (keep ? [point.id] : [])));
};

const partsOf = (source: JobPoint, region: string, estate: Estate): readonly CopyPart[] =>
  source.resourceIds.map((sourceId) => {
    const sourceKey = keyOf(sourceId);
    return source.option === 'disk-snapshot'
      ? snapshotPart(sourceId, sourceKey, region, estate)
      : restorePointPart(sourceId, sourceKey, region, source, estate);
  });

const stateOf = (parts: readonly CopyPart[]): CopyState => {
  const kinds = new Set(parts.map(({ state }) => state.kind));
  if (kinds.has('failed')) return 'failed';
  if (kinds.has('under-way')) return 'under-way';
  if (!kinds.has('none')) return 'complete';
  return kinds.has('complete') ? 'partial' : 'none';
};

const bySource = joinBy<Snapshot>(({ sourceSnapshotKey, tags }) => [
  sourceSnapshotKey,
  tagOf(tags, 'holdfast-copy-of')?.toLowerCase(),
]);
const snapshotsByKey = joinBy<Snapshot>(({ key }) => [key]);

/** Of a snapshot in a region, those that holdfast made: anybody else's is no copy of the job's. */
const snapshotCopies = (sourceKey: ResourceKey, region: string, estate: Estate): readonly Snapshot[] => {
  const found = [...bySource(estate.snapshots, sourceKey), ...bySource(estate.snapshots, shortHash(sourceKey, 12))];
  return [...new Set(found)].filter(
    ({ location, tags }) => location === region && tagOf(tags, 'holdfast-copy-of') !== undefined,
  );
};

const snapshotPart = (sourceId: ResourceId, sourceKey: ResourceKey, region: string, estate: Estate): CopyPart => {
  const [source] = snapshotsByKey(estate.snapshots, sourceKey);
  const copies = snapshotCopies(sourceKey, region, estate);
  const takenMs = instantMs(source?.createdAt) ?? 0;
  return { sourceId, sourceKey, takenMs, state: snapshotState(copies) };
};

/** Whole before under way before failed: of several attempts the last word counts. */
const snapshotState = (copies: readonly Snapshot[]): PartState => {
  const [whole] = copies.filter((one) => conditionOf(one) === 'complete');
  if (whole !== undefined) return { kind: 'complete', id: whole.id };
  const [coming] = copies.filter((one) => conditionOf(one) !== 'failed');
  if (coming !== undefined)
    return {
      kind: 'under-way',
      id: coming.id,
      ...(coming.completionPercent === undefined ? {} : { percent: coming.completionPercent }),
    };
  const [failed] = copies.toSorted((a, b) => attemptOf(b) - attemptOf(a));
  return failed === undefined
    ? { kind: 'none' }
    : { kind: 'failed', id: failed.id, why: failed.copyError ?? 'Azure gives no reason', attempt: attemptOf(failed) };
};

const attemptOf = ({ tags }: Snapshot): number => {
  const told = Number(tagOf(tags, attemptTag) ?? 0);
  return Number.isSafeInteger(told) && told >= 0 ? told : 0;
};

const collectionsWithCopies = joinBy<RestorePointCollection>(({ points }) =>
  points.known ? points.value.map(({ sourcePointKey }) => sourcePointKey) : [],
);

const restorePointPart = (
  sourceId: ResourceId,
  sourceKey: ResourceKey,
  region: string,
  { at, due }: JobPoint,
  estate: Estate,
): CopyPart => {
  const copies = collectionsWithCopies(estate.restorePointCollections, sourceKey)
    .filter(({ location, ownedByBackup }) => location === region && !ownedByBackup)
    .flatMap(({ points }) => (points.known ? points.value : []))
    .filter(({ sourcePointKey }) => sourcePointKey === sourceKey);
  return { sourceId, sourceKey, takenMs: instantMs(at) ?? instantMs(due)!, state: restorePointState(copies) };
};

const restorePointState = (copies: readonly RestorePoint[]): PartState => {
  const [living] = copies.filter(({ failed }) => failed !== true);
  if (living !== undefined) {
    const { id, provisioned, copiedPercent: percent } = living;
    if (provisioned && percent === 100) return { kind: 'complete', id };
    return { kind: 'under-way', id, ...(percent === undefined ? {} : { percent }) };
  }
  const [failed] = copies;
  return failed === undefined
    ? { kind: 'none' }
    : { kind: 'failed', id: failed.id, why: 'Azure gives no reason', attempt: 0 };
};
