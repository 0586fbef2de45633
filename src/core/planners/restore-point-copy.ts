/**
 * A restore point's copy in another region (in preview): a collection there that names the machine's own as its source, and a
 * point in it that names the point (facts P-18). Done when every disk is at 100 %.
 */
import type { Machine, RestorePointCollection } from '../estate.ts';
import { keyOf, nameOf, resourceGroupId, shortHash, type ResourceId } from '../ids.ts';
import { nameFor } from '../names.ts';
import type { Reason } from '../option.ts';
import type { Step, StepOf } from '../plan.ts';
import { sources } from '../sources.ts';
import { hourMs, instantMs, momentText, toInstant, type Instant } from '../time.ts';
import { refusalReason, type DraftContext } from './draft.ts';

/** Facts P-18: Azure makes no more copies an hour in one collection. */
export const mostPerHour = 3;

/** Why a point of the machine cannot be copied there. What it lacks in the copy counts: a copy under a weaker key is not made. */
export const uncopyablePoint = (
  machine: Machine,
  region: string,
  collectionId: ResourceId,
  { estate, asOf }: DraftContext,
): readonly Reason[] => {
  const no = (code: string, text: string): readonly Reason[] => [
    refusalReason(code, `${machine.name} gets no copy of its restore point in ${region}: ${text}.`, sources.RP, 'P-18'),
  ];
  const never = neverCopied(machine, region);
  if (never.length > 0) return never;
  const there = copiesOf(collectionId, region, estate.restorePointCollections.items);
  const left = mostPerHour - copiedWithinHour(there, asOf).length;
  if (left > 0) return [];
  return no(
    'copy-rate',
    `${mostPerHour - left} copies were made there within the hour, and Azure makes ${mostPerHour}: plan again after ${momentText(toInstant(Math.min(...copiedWithinHour(there, asOf)) + hourMs))}`,
  );
};

/** When the copies of the last hour were begun, ms. */
export const copiedWithinHour = (there: RestorePointCollection | undefined, asOf: Instant): readonly number[] =>
  (there?.points.known ? there.points.value : [])
    .flatMap(({ at }) => instantMs(at) ?? [])
    .filter((at) => at > instantMs(asOf)! - hourMs);

/** What keeps a machine's points from ever being copied there. */
export const neverCopied = (machine: Machine, region: string): readonly Reason[] => {
  const no = (code: string, text: string): readonly Reason[] => [
    refusalReason(code, `${machine.name} gets no copy of its restore point in ${region}: ${text}.`, sources.RP, 'P-18'),
  ];
  if (region === machine.location) return no('copy-same-region', 'it is in that region itself');
  const keyed = machine.disks.find(
    ({ disk }) => disk.known && disk.value.encryption !== undefined && disk.value.encryption !== 'platform-key',
  );
  if (keyed)
    return no(
      'copy-encryption',
      `disk ${keyed.name} is encrypted with a customer's key, and the copy would be under Azure's own`,
    );
  const shut = machine.disks.find(({ disk }) => disk.known && disk.value.networkAccess === 'allow-private');
  if (shut) return no('copy-private', `disk ${shut.name} is behind a private link, which copies do not have`);
  return [];
};

export const copiesOf = (
  sourceId: ResourceId,
  region: string,
  collections: readonly RestorePointCollection[],
): RestorePointCollection | undefined => {
  const key = keyOf(sourceId);
  return collections.find(
    ({ sourceKey, location, ownedByBackup }) => !ownedByBackup && sourceKey === key && location === region,
  );
};

export const copySteps = (
  machine: Machine,
  point: StepOf<'restore-point.create'>,
  region: string,
  context: DraftContext,
): readonly Step[] => {
  const sourceId = point.resourceId.replace(/\/restorePoints\/[^/]+$/i, '');
  const there = copiesOf(sourceId, region, context.estate.restorePointCollections.items);
  const named = { at: context.asOf, seed: context.seed, distinct: `${machine.key}|${region}` };
  const made =
    there === undefined ? [copyCollectionStep(machine, { sourceId, region, named, after: [point] }, context)] : [];
  const collectionId = there?.id ?? made[0]!.resourceId;
  const resourceId = `${collectionId}/restorePoints/${nameOf(point.resourceId)}`;
  const copy: StepOf<'restore-point.copy'> = {
    id: context.ids.take(['copy-restore-point', machine.name, region], machine.key),
    kind: 'restore-point.copy',
    option: 'restore-point',
    subject: machine.id,
    reason: `A copy of the restore point of ${machine.name} in ${region}, so that it outlives ${machine.location}.`,
    source: sources.RPMAN,
    method: 'PUT',
    resourceId,
    assumes: [{ kind: 'absent', resourceId }],
    goal: { kind: 'restore-point-copied', resourceId, sourcePointId: point.resourceId },
    dependsOn: [point.id, ...made.map(({ id }) => id)],
    runs: 'on-success',
    destructive: false,
    cost: { monthlyUsd: 'unknown', basis: 'billed by used size, and once for what is sent between the regions' },
    input: { machineId: machine.id, location: region, sourcePointId: point.resourceId },
  };
  return [...made, copy];
};

/** Where copies of one collection's points lie in a region. */
interface CopyCollection {
  readonly sourceId: ResourceId;
  readonly region: string;
  /** What its name hangs on. */
  readonly named: { readonly at: Instant; readonly seed: string; readonly distinct: string };
  readonly after: readonly Step[];
}

export const copyCollectionStep = (
  machine: Machine,
  { sourceId, region, named, after }: CopyCollection,
  context: DraftContext,
): StepOf<'restore-point-collection.create'> => {
  const { at, seed, distinct } = named;
  const name = nameFor('restore-point-collection', `${machine.name}-${region}`, at, seed, distinct);
  const resourceId = `${resourceGroupId(sourceId)}/providers/Microsoft.Compute/restorePointCollections/${name}`;
  return {
    id: context.ids.take(['copy-collection', machine.name, region], machine.key),
    kind: 'restore-point-collection.create',
    option: 'restore-point',
    subject: machine.id,
    reason: `Copies lie in a collection of the region they are copied to, and ${machine.name} has none in ${region}.`,
    source: sources.RPMAN,
    method: 'PUT',
    resourceId,
    assumes: [
      { kind: 'no-other-collection', machineId: machine.id, location: region, besides: [], copiesOf: sourceId },
    ],
    goal: { kind: 'exists', resourceId },
    dependsOn: after.map(({ id }) => id),
    runs: 'on-success',
    destructive: false,
    cost: { monthlyUsd: 0, basis: 'collections are free; their points are not' },
    input: {
      machineId: machine.id,
      location: region,
      copyOf: sourceId,
      tags: {
        'holdfast-machine': shortHash(machine.key, 12),
        'holdfast-run': shortHash(seed, 12),
        'holdfast-made-by': context.madeBy,
      },
    },
  };
};
