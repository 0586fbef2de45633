/** As made-since.ts, of restore points: whether the machine got a collection, or the collection a point, since the plan looked. */
import { keyOf, nameOf, sameResource, subscriptionOf } from '../core/ids.ts';
import type { Assumption, Step } from '../core/plan.ts';
import { instantMs } from '../core/time.ts';
import type { AssumptionState } from '../engine/ports.ts';
import type { Arm } from './ask.ts';
import { apiVersions } from './kinds.ts';
import type { Lists } from './made-since.ts';
import { normaliseRestorePoint, normaliseRestorePointCollection } from './normalise-points.ts';
import { listAt } from './raw.ts';
import { readResource } from './resource.ts';

type AssumptionOf<K extends Assumption['kind']> = Extract<Assumption, { kind: K }>;

const holds: AssumptionState = { kind: 'holds' };
const moved = (detail: string): AssumptionState => ({ kind: 'moved', detail });

/** Of the subscription: a collection may lie in any group. */
export const noOtherCollection = async (
  lists: Lists,
  { machineId, location, besides, copiesOf }: AssumptionOf<'no-other-collection'>,
  step: Step,
  signal: AbortSignal,
): Promise<AssumptionState> => {
  const path = `/subscriptions/${subscriptionOf(machineId)}/providers/Microsoft.Compute/restorePointCollections`;
  const listed = await lists.all({ provider: 'compute', path, apiVersion: apiVersions.compute }, signal);
  if (listed.kind !== 'items') return listed;
  const known = new Set([...besides, step.resourceId].map(keyOf));
  const other = listed.items
    .map(normaliseRestorePointCollection)
    .flatMap((row) => (row.kind === 'item' ? [row.item] : []))
    .find(
      ({ key, sourceKey, ownedByBackup, location: its }) =>
        sourceKey === keyOf(copiesOf ?? machineId) && its === location && !ownedByBackup && !known.has(key),
    );
  return other === undefined
    ? holds
    : moved(
        `restore point collection ${other.name} of ${nameOf(copiesOf ?? machineId)} was made since the plan looked`,
      );
};

/** Plan and answer may round the same moment differently. */
const roundingMs = 1_000;

/** A collection that is not there yet holds nothing. */
export const noNewerPoint = async (
  arm: Arm,
  { collectionId, than }: AssumptionOf<'no-newer-point'>,
  step: Step,
  signal: AbortSignal,
): Promise<AssumptionState> => {
  const read = await readResource(arm, collectionId, signal, { $expand: 'restorePoints' });
  if (read.kind === 'none') return holds;
  if (read.kind !== 'body') return read;
  const knownMs = than === null ? -Infinity : (instantMs(than) ?? -Infinity) + roundingMs;
  const newer = listAt(read.body, 'properties', 'restorePoints')
    .map(normaliseRestorePoint)
    .flatMap((row) => (row.kind === 'item' ? [row.item] : []))
    .find(
      ({ id, at, failed }) =>
        failed !== true && !sameResource(id, step.resourceId) && (instantMs(at) ?? Infinity) > knownMs,
    );
  return newer === undefined
    ? holds
    : moved(
        `restore point ${newer.name} was made since the plan looked${newer.at === undefined ? '' : `, at ${newer.at}`}`,
      );
};
