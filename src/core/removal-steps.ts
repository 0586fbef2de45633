/** What `remove` and `prune` have in common: why something is not deleted, whoever asks, and the steps that delete. */
import { holdOf, isAdopted } from './adoption.ts';
import type { Estate, Lock } from './estate.ts';
import { keyOf, nameOf, type ResourceKey } from './ids.ts';
import type { Reason } from './option.ts';
import type { Assumption, Step, StepOf } from './plan.ts';
import { refusalReason, type DraftContext } from './planners/draft.ts';
import { collectionOf, type Removal } from './removal.ts';
import { sources } from './sources.ts';

/** Why it is not deleted, whoever asks. */
export const against = (
  { id, key, tags, owner, busy }: Removal,
  { locks }: Pick<Estate, 'locks'>,
): readonly Reason[] => {
  const no = (code: string, text: string, source: string, fact?: string): readonly Reason[] => [
    refusalReason(code, text, source, fact),
  ];
  if (owner !== undefined)
    return no(
      'service-owned',
      `${nameOf(id)} belongs to ${owner}, which makes and deletes its points itself.`,
      sources.FAQ,
      'B-73',
    );
  if (runIn(tags) === undefined && !isAdopted(tags)) {
    return no(
      'not-ours',
      `${nameOf(id)} does not carry holdfast's tags, so somebody else made it: delete it by hand if it is not wanted.`,
      sources.SNAP,
    );
  }
  const hold = holdOf(tags);
  if (hold !== undefined)
    return no(
      'legal-hold',
      `${nameOf(id)} is held by its tag holdfast-hold (${hold || 'no reason given'}).`,
      sources.CAF,
    );
  if (busy !== undefined) return no('in-use', `${nameOf(id)} is still needed: ${busy}.`, sources.XREG, 'S-08');
  const lock = lockOver(locks.items, key);
  return lock === undefined
    ? []
    : no('locked', `The lock ${lock.name} at ${lock.scope} refuses to delete ${nameOf(id)}.`, sources.LOCK, 'O-08');
};

const lockOver = (locks: readonly Lock[], key: ResourceKey): Lock | undefined =>
  locks.find(({ scope }) => key === scope || key.startsWith(`${scope}/`));

/** The run that made it; only with both tags is it holdfast's. */
const runIn = (tags: Removal['tags']): string | undefined =>
  tags['holdfast-made-by'] === undefined ? undefined : tags['holdfast-run'];

/** Looked at again just before the write. */
export const stillOurs = ({ taggedId, tags }: Pick<Removal, 'taggedId' | 'tags'>): Assumption => {
  const run = runIn(tags);
  return run === undefined ? { kind: 'adopted', taggedId } : { kind: 'made-by-holdfast', taggedId, run };
};

export interface Deletion {
  readonly reason: string;
  readonly dependsOn?: readonly Step[];
  readonly assumes?: readonly Assumption[];
}

export const deleteStep = (
  removal: Removal,
  { reason, dependsOn = [], assumes = [] }: Deletion,
  context: DraftContext,
): StepOf<'resource.delete'> => {
  const { id, key, what, option, machine } = removal;
  return {
    id: context.ids.take(['delete', nameOf(id)], key),
    kind: 'resource.delete',
    option,
    subject: machine?.id ?? id,
    reason,
    source: sourceOf[what],
    method: 'DELETE',
    resourceId: id,
    assumes: [stillOurs(removal), ...assumes],
    goal: { kind: 'gone', resourceId: id },
    dependsOn: dependsOn.map((step) => step.id),
    runs: 'on-success',
    destructive: true,
    cost: { monthlyUsd: 0, basis: 'what is deleted is billed no longer' },
    input: { what },
  };
};

const rest = 'https://learn.microsoft.com/rest/api/compute';
const sourceOf: Readonly<Record<Removal['what'], string>> = {
  snapshot: `${rest}/snapshots/delete`,
  'restore-point': `${rest}/restore-points/delete`,
  'restore-point-collection': `${rest}/restore-point-collections/delete`,
  'managed-image': `${rest}/images/delete`,
  'gallery-image-version': `${rest}/gallery-image-versions/delete`,
};

/** Collections of ours that lose their last point, unless copies elsewhere still name them. */
export const emptied = (
  steps: readonly StepOf<'resource.delete'>[],
  estate: Estate,
  context: DraftContext,
): readonly Step[] => {
  const { items } = estate.restorePointCollections;
  const sourcesOfCopies = new Set(items.map(({ sourceKey }) => sourceKey));
  const deleted = new Map(steps.map((step) => [keyOf(step.resourceId), step]));
  return items.flatMap((collection) => {
    const points = collection.points.known ? collection.points.value : [];
    const its = points.flatMap(({ key }) => deleted.get(key) ?? []);
    if (its.length === 0 || its.length < points.length || sourcesOfCopies.has(collection.key)) return [];
    const found = collectionOf(collection, estate);
    if (against(found, estate).length > 0) return [];
    const reason = `Collection ${collection.name} was made by holdfast, and nothing is left in it.`;
    const assumes: readonly Assumption[] = [{ kind: 'collection-empty', collectionId: collection.id }];
    return [deleteStep(found, { reason, dependsOn: its, assumes }, context)];
  });
};
