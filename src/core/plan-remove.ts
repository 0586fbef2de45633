/**
 * Taking points back: snapshots (a whole set where they are one), restore points, images, image versions. Only what carries
 * holdfast's tags, never what a service or a lock holds, and never a machine's last whole point unasked.
 */
import { findPoint, type Found, type Removal } from './removal.ts';
import type { Estate, Machine } from './estate.ts';
import { keyOf, nameOf, type ResourceId, type ResourceKey } from './ids.ts';
import { options } from './options/index.ts';
import type { Reason } from './option.ts';
import type { Refusal, Step, StepOf } from './plan.ts';
import { contextFor, type Drafts, type PlanDraft } from './planning.ts';
import { obstacles, refusalReason, type DraftContext } from './planners/draft.ts';
import { sources } from './sources.ts';

export interface RemovalRequest {
  readonly ids: readonly ResourceId[];
  /** A machine may be left without a whole point. */
  readonly allowLast: boolean;
}

export const draftRemoval =
  ({ ids, allowLast }: RemovalRequest): PlanDraft =>
  (input) => {
    const { estate } = input;
    const found = distinct(ids.flatMap((id) => findPoint(estate, id) ?? []));
    const context = contextFor(
      input,
      found.flatMap(({ removals }) => removals.map(({ key }) => key)),
    );
    const all = new Set(found.flatMap(({ removals }) => removals.map(({ key }) => key)));
    const refusals: Refusal[] = [];
    const steps: StepOf<'resource.delete'>[] = [];
    for (const point of found) {
      const reasons = [
        ...point.removals.flatMap((removal) => against(removal, estate)),
        ...(allowLast ? [] : lastOf(point, all, estate)),
      ];
      const drafted = reasons.length > 0 ? [] : point.removals.map((removal) => deleteStep(removal, [], context));
      const blocked = [...reasons, ...drafted.flatMap((step) => obstacles(context, step))];
      if (blocked.length > 0)
        refusals.push({ subject: point.machine?.id ?? point.id, option: point.option, reasons: blocked });
      else steps.push(...drafted);
    }
    return { steps: [...steps, ...emptied(steps, estate, context)], refusals } satisfies Drafts;
  };

const distinct = (found: readonly Found[]): readonly Found[] => [
  ...new Map(found.map((point) => [keyOf(point.id), point])).values(),
];

/** Why it is not deleted, whoever asks. */
const against = ({ id, key, tags, owner, busy }: Removal, { locks }: Estate): readonly Reason[] => {
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
  if (tags['holdfast-made-by'] === undefined || tags['holdfast-run'] === undefined) {
    return no(
      'not-ours',
      `${nameOf(id)} does not carry holdfast's tags, so somebody else made it: delete it by hand if it is not wanted.`,
      sources.SNAP,
    );
  }
  if (busy !== undefined) return no('in-use', `${nameOf(id)} is still needed: ${busy}.`, sources.XREG, 'S-08');
  const lock = locks.items.find(({ scope }) => key === scope || key.startsWith(`${scope}/`));
  return lock === undefined
    ? []
    : no('locked', `The lock ${lock.name} at ${lock.scope} refuses to delete ${nameOf(id)}.`, sources.LOCK, 'O-08');
};

/** What remains once everything named is gone is judged: two points named together do not vouch for each other. */
const lastOf = (
  { machine, id, remains }: Found,
  removed: ReadonlySet<ResourceKey>,
  estate: Estate,
): readonly Reason[] => {
  const left = without(estate, removed);
  const kept = machine === undefined ? remains(left) : !hasWhole(machine, estate) || hasWhole(machine, left);
  if (kept) return [];
  const whose = machine === undefined ? 'a machine that is not there any more' : machine.name;
  return [
    refusalReason(
      'last-point',
      `${nameOf(id)} is the last whole point known of ${whose}: --allow-last deletes it all the same.`,
      sources.BDR,
    ),
  ];
};

const hasWhole = (machine: Machine, estate: Estate): boolean =>
  options
    .flatMap((option) => option.present(machine, estate))
    .some(
      ({ healthy, newestPoint, disksLeftOut }) => healthy && newestPoint !== undefined && disksLeftOut.length === 0,
    );

const without = (estate: Estate, removed: ReadonlySet<ResourceKey>): Estate => {
  const kept = <T extends { readonly key: ResourceKey }>(items: readonly T[]): readonly T[] =>
    items.filter(({ key }) => !removed.has(key));
  return {
    ...estate,
    snapshots: { ...estate.snapshots, items: kept(estate.snapshots.items) },
    images: { ...estate.images, items: kept(estate.images.items) },
    galleryImageVersions: { ...estate.galleryImageVersions, items: kept(estate.galleryImageVersions.items) },
    restorePointCollections: {
      ...estate.restorePointCollections,
      items: estate.restorePointCollections.items.map((collection) =>
        collection.points.known
          ? { ...collection, points: { known: true, value: kept(collection.points.value) } }
          : collection,
      ),
    },
  };
};

const deleteStep = (removal: Removal, dependsOn: readonly Step[], context: DraftContext): StepOf<'resource.delete'> => {
  const { id, key, what, option, taggedId, tags, machine } = removal;
  const empty = what === 'restore-point-collection';
  return {
    id: context.ids.take(['delete', nameOf(id)], key),
    kind: 'resource.delete',
    option,
    subject: machine?.id ?? id,
    reason: empty
      ? `Collection ${nameOf(id)} was made by holdfast, and nothing is left in it.`
      : `${nameOf(id)} was made by holdfast, and somebody asks for it to be deleted.`,
    source: sourceOf[what],
    method: 'DELETE',
    resourceId: id,
    assumes: [
      { kind: 'made-by-holdfast', taggedId, run: tags['holdfast-run'] ?? '' },
      ...(empty ? [{ kind: 'collection-empty', collectionId: id } as const] : []),
    ],
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
const emptied = (
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
    const [found] = findPoint(estate, collection.id)?.removals ?? [];
    if (its.length === 0 || its.length < points.length || found === undefined || sourcesOfCopies.has(collection.key))
      return [];
    if (against(found, estate).length > 0) return [];
    return [deleteStep(found, its, context)];
  });
};
