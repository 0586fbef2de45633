/**
 * One part of a point copied to another region, for a job: a snapshot by CopyStart, a restore point by a collection of copies.
 * The step ends when Azure has begun; later runs follow it (facts S-08, P-18). Names hang on source, region and attempt alone, so
 * that nothing is begun twice, whoever begins it.
 */
import type { Disk, Estate, Machine, RestorePointCollection, Snapshot } from '../estate.ts';
import { keyOf, nameOf, resourceGroupId, shortHash, type ResourceId } from '../ids.ts';
import { attemptTag, type CopyPart, type PointCopy } from '../job/copy-state.ts';
import { nameFor } from '../names.ts';
import type { Reason } from '../option.ts';
import { sha256 } from '../plan-digest.ts';
import type { Step, StepOf } from '../plan.ts';
import { against, stillOurs } from '../removal-steps.ts';
import { restorePointOf, snapshotOf, type Removal } from '../removal.ts';
import { sources } from '../sources.ts';
import type { StoredSnapshotInput } from '../steps/snapshot.ts';
import type { Instant } from '../time.ts';
import { natureOf, noExport, skuIn } from './disk-snapshot-input.ts';
import type { DraftContext } from './draft.ts';
import { copyCollectionStep } from './restore-point-copy.ts';

/** What is to be begun. */
export interface Begin {
  readonly copy: PointCopy;
  readonly part: CopyPart;
}

const cost = {
  monthlyUsd: 'unknown',
  basis: 'billed by used size, and once for what is sent between the regions',
} as const;

/** A failed copy's successor has another name, so that whoever deletes the failed one never meets it. */
export const snapshotCopySteps = (
  { copy, part }: Begin,
  source: Snapshot,
  disk: Disk,
  context: DraftContext,
): readonly Step[] => {
  const { machine, region } = copy;
  const attempt = part.state.kind === 'failed' ? part.state.attempt + 1 : 0;
  const seed = sha256(`copy|${part.sourceKey}|${region}|${attempt}`);
  const name = nameFor('snapshot', `${machine.name}-${region}`, copy.source.due, seed, part.sourceKey);
  const resourceId = `${resourceGroupId(source.id)}/providers/Microsoft.Compute/snapshots/${name}`;
  const failed = failedCopy({ copy, part }, context);
  const step: StepOf<'snapshot.copy'> = {
    id: context.ids.take(['copy', machine.name, disk.name, region], part.sourceKey),
    kind: 'snapshot.copy',
    option: 'disk-snapshot',
    subject: machine.id,
    reason: reasonFor(copy, `${disk.name} of ${machine.name}`, attempt > 0),
    source: sources.XREG,
    method: 'PUT',
    resourceId,
    assumes: [{ kind: 'absent', resourceId }],
    goal: { kind: 'snapshot-copy-begun', resourceId, sourceSnapshotId: part.sourceId },
    dependsOn: [],
    ...(failed === undefined ? {} : { after: [failed.id] }),
    runs: 'on-success',
    destructive: false,
    cost,
    input: {
      location: region,
      sku: skuIn(region, context),
      ...noExport,
      ...natureOf(machine, disk),
      tags: tagsOf(source, part, seed, attempt),
      sourceSnapshotId: part.sourceId,
    },
  };
  return failed === undefined ? [step] : [failed, step];
};

const reasonFor = ({ region, source: { due }, machine }: PointCopy, of: string, again: boolean): string =>
  `A copy of the point of ${due} of ${of} in ${region}, so that it outlives ${machine.location}${again ? '; an earlier one failed, and is begun again' : ''}.`;

/** The set's own, which make the copies a point of the job too; not what says when the source goes. */
const tagsOf = (
  { tags }: Snapshot,
  { sourceKey }: CopyPart,
  seed: string,
  attempt: number,
): StoredSnapshotInput['tags'] => ({
  ...Object.fromEntries(Object.entries(tags).filter(([name]) => handedOn.has(name.toLowerCase()))),
  // Not of a run: two hosts that begin the same copy send the same.
  'holdfast-run': shortHash(seed, 12),
  'holdfast-copy-of': shortHash(sourceKey, 12),
  ...(attempt === 0 ? {} : { [attemptTag]: String(attempt) }),
});

const handedOn: ReadonlySet<string> = new Set([
  'holdfast-set',
  'holdfast-disks',
  'holdfast-machine',
  'holdfast-disk',
  'holdfast-policy',
  'holdfast-made-by',
  'holdfast-consistency',
  'holdfast-job',
  'holdfast-window',
]);

/** Deletes what will never be whole, and only if holdfast made it. */
const failedCopy = ({ copy, part }: Begin, context: DraftContext): StepOf<'resource.delete'> | undefined => {
  const { state } = part;
  if (state.kind !== 'failed') return undefined;
  const removal = removalOf(state.id, copy.machine, context.estate);
  if (removal === undefined || against(removal, context.estate).length > 0) return undefined;
  return {
    id: context.ids.take(['delete', nameOf(state.id)], keyOf(state.id)),
    kind: 'resource.delete',
    option: removal.option,
    subject: copy.machine.id,
    reason: `Copy ${nameOf(state.id)} failed (${state.why}), and is begun again.`,
    source: sources.XREG,
    method: 'DELETE',
    resourceId: state.id,
    assumes: [stillOurs(removal), { kind: 'copy-failed', copyId: state.id }],
    goal: { kind: 'gone', resourceId: state.id },
    dependsOn: [],
    runs: 'on-success',
    destructive: true,
    cost: { monthlyUsd: 0, basis: 'what is deleted is billed no longer' },
    input: { what: removal.what },
  };
};

/** Why what failed cannot be deleted: a lock, a legal hold, somebody else's. */
export const whyItStays = ({ copy, part: { state } }: Begin, estate: Estate): Reason | undefined => {
  const removal = state.kind === 'failed' ? removalOf(state.id, copy.machine, estate) : undefined;
  return removal && against(removal, estate)[0];
};

const removalOf = (id: ResourceId, machine: Machine, estate: Estate): Removal | undefined => {
  const key = keyOf(id);
  const snapshot = estate.snapshots.items.find((one) => one.key === key);
  if (snapshot) return snapshotOf(snapshot, estate, machine);
  for (const collection of estate.restorePointCollections.items) {
    const point = (collection.points.known ? collection.points.value : []).find((one) => one.key === key);
    if (point) return { ...restorePointOf(point, collection, estate), machine };
  }
  return undefined;
};

/** Azure makes no point under a name that is taken, failed or not: the failed one has to be gone first. */
export const restorePointCopySteps = (
  begin: Begin,
  collection: StepOf<'restore-point-collection.create'> | RestorePointCollection,
  context: DraftContext,
): readonly Step[] => {
  const { copy, part } = begin;
  const { machine, region } = copy;
  const made = 'kind' in collection;
  const resourceId = `${made ? collection.resourceId : collection.id}/restorePoints/${nameOf(part.sourceId)}`;
  const failed = failedCopy(begin, context);
  const before = [...(made ? [collection.id] : []), ...(failed === undefined ? [] : [failed.id])];
  const step: StepOf<'restore-point.copy'> = {
    id: context.ids.take(['copy-restore-point', machine.name, region], part.sourceKey),
    kind: 'restore-point.copy',
    option: 'restore-point',
    subject: machine.id,
    reason: reasonFor(copy, machine.name, failed !== undefined),
    source: sources.RPMAN,
    method: 'PUT',
    resourceId,
    assumes: [{ kind: 'absent', resourceId }],
    goal: { kind: 'restore-point-copy-begun', resourceId, sourcePointId: part.sourceId },
    dependsOn: before,
    runs: 'on-success',
    destructive: false,
    cost,
    input: { machineId: machine.id, location: region, sourcePointId: part.sourceId },
  };
  return failed === undefined ? [step] : [failed, step];
};

/** Named by what it copies and where: the same from every host. `first`: the oldest point that is to be in it. */
export const jobCopyCollectionStep = (
  machine: Machine,
  sourceId: ResourceId,
  region: string,
  first: Instant,
  context: DraftContext,
): StepOf<'restore-point-collection.create'> => {
  const named = { at: first, seed: sha256(`copies|${keyOf(sourceId)}|${region}`), distinct: machine.key };
  return copyCollectionStep(machine, { sourceId, region, named, after: [] }, context);
};
