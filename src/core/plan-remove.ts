/**
 * Taking points back: snapshots (a whole set where they are one), restore points, images, image versions. Only what carries
 * holdfast's tags, never what a service or a lock holds, and never a machine's last whole point unasked.
 */
import { findPoint, type Found } from './removal.ts';
import type { Estate, Machine } from './estate.ts';
import { keyOf, nameOf, type ResourceId, type ResourceKey } from './ids.ts';
import { options } from './options/index.ts';
import type { Reason } from './option.ts';
import type { Refusal, StepOf } from './plan.ts';
import { contextFor, type Drafts, type PlanDraft } from './planning.ts';
import { obstacles, refusalReason } from './planners/draft.ts';
import { against, deleteStep, emptied } from './removal-steps.ts';
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
      const drafted =
        reasons.length > 0
          ? []
          : point.removals.map((removal) =>
              deleteStep(
                removal,
                { reason: `${nameOf(removal.id)} was made by holdfast, and somebody asks for it to be deleted.` },
                context,
              ),
            );
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
