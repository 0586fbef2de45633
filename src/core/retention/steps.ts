/** From what becomes of points to the writes that bring it about: tags of snapshots and collections, and deletions. */
import { nameOf, type ResourceId } from '../ids.ts';
import type { OptionId } from '../option.ts';
import type { Assumption, Step, StepOf } from '../plan.ts';
import type { DraftContext } from '../planners/draft.ts';
import { deleteStep, stillOurs } from '../removal-steps.ts';
import type { Removal } from '../removal.ts';
import { dayMs, instantMs, momentText } from '../time.ts';
import type { RestorePointCollection, Tags } from '../estate.ts';
import type { Judged } from './judge.ts';
import { changeTrash, markUntil, trashTag } from './trash.ts';

/** What is written or left out together. */
export interface PruneSteps {
  readonly subject: ResourceId;
  readonly option: OptionId;
  readonly steps: readonly Step[];
}

/** Oldest first, whatever machine it is of: a run that is cut short has deleted what matters least. */
export const pruneSteps = (
  judged: readonly Judged[],
  trashDays: number,
  context: DraftContext,
): readonly PruneSteps[] => {
  const untilMs = instantMs(context.asOf)! + trashDays * dayMs;
  const sorted = judged.toSorted(
    (a, b) => (instantMs(a.point.at) ?? Infinity) - (instantMs(b.point.at) ?? Infinity) || 0,
  );
  return [
    ...sorted.flatMap((one) => (one.point.option === 'disk-snapshot' ? marksOfSet(one, untilMs, context) : [])),
    ...marksOfCollections(sorted, untilMs, context),
    ...sorted.flatMap((one) => (one.action === 'remove' ? [deletion(one, trashDays, context)] : [])),
  ];
};

const deletion = ({ point, reasons }: Judged, trashDays: number, context: DraftContext): PruneSteps => ({
  subject: point.machine.id,
  option: point.option,
  steps: point.removals.map((removal) => {
    const mark = trashDays === 0 ? undefined : point.trashed?.marks.get(removal.key)?.mark;
    const assumes: readonly Assumption[] =
      mark === undefined ? [] : [{ kind: 'in-trash', taggedId: removal.taggedId, mark }];
    const reason = `${nameOf(removal.id)} of ${at(point)} goes: ${reasons.join('; ')}${mark === undefined ? '' : ', and its time in the trash is over'}.`;
    return deleteStep(removal, { reason, assumes }, context);
  }),
});

const marksOfSet = (
  { point, action, reasons }: Judged,
  untilMs: number,
  context: DraftContext,
): readonly PruneSteps[] => {
  if (action !== 'trash' && action !== 'rescue') return [];
  const { machine, option, marks } = point;
  const why = reasons.join('; ');
  const steps = point.removals.flatMap((removal): readonly Step[] => {
    if (marks.has(removal.key) !== (action === 'rescue')) return [];
    const name = nameOf(removal.id);
    const edit: TagEdit =
      action === 'rescue'
        ? { operation: 'delete', tags: marked(removal.tags), reason: `${name} leaves the trash: ${why}.` }
        : {
            operation: 'merge',
            tags: { [trashTag]: markUntil(untilMs) },
            reason: `${name} of ${at(point)} goes into the trash: ${why}.`,
            assumes: [stillOurs(removal)],
          };
    return [tagStep(removal, edit, context)];
  });
  return [{ subject: machine.id, option, steps }];
};

/** The tag as it is spelled there. */
const marked = (tags: Tags): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => name.toLowerCase() === trashTag));

/** All of a collection's points in one change of its tags. */
const marksOfCollections = (
  judged: readonly Judged[],
  untilMs: number,
  context: DraftContext,
): readonly PruneSteps[] => {
  const byCollection = Map.groupBy(
    judged.filter(({ point, action }) => point.collection !== undefined && (action === 'trash' || action === 'rescue')),
    ({ point }) => point.collection!,
  );
  return [...byCollection].map(([collection, its]) => collectionSteps(collection, its, untilMs, context));
};

const collectionSteps = (
  collection: RestorePointCollection,
  its: readonly Judged[],
  untilMs: number,
  context: DraftContext,
): PruneSteps => {
  const named = (action: Judged['action']) => its.filter((one) => one.action === action).map(({ point }) => point.name);
  const into = named('trash');
  const outOf = named('rescue');
  const present = collection.points.known ? collection.points.value.map(({ name }) => name) : [];
  const { set, remove } = changeTrash(collection.tags, {
    into: new Map(into.map((name) => [name, untilMs])),
    outOf,
    present,
  });
  const { machine, option, removals } = its[0]!.point;
  const [first] = removals;
  const tagged: Removal = { ...first!, id: first!.taggedId, key: `${first!.key} tags` };
  const reason = `In ${collection.name}${listOf('go into the trash', into)}${listOf('leave it', outOf)}.`;
  const assumes = into.length > 0 ? [stillOurs(tagged)] : [];
  const setting =
    Object.keys(set).length > 0 ? [tagStep(tagged, { operation: 'merge', tags: set, reason, assumes }, context)] : [];
  const removing =
    Object.keys(remove).length > 0
      ? [tagStep(tagged, { operation: 'delete', tags: remove, reason, dependsOn: setting }, context)]
      : [];
  return { subject: machine.id, option, steps: [...setting, ...removing] };
};

const listOf = (what: string, names: readonly string[]): string =>
  names.length === 0 ? '' : ` ${names.length === 1 ? names[0]! : `${names.length} points`} ${what}`;

interface TagEdit {
  readonly operation: 'merge' | 'delete';
  readonly tags: Tags;
  readonly reason: string;
  readonly dependsOn?: readonly Step[];
  /** Nothing for what only leaves the trash: that is right whatever else was tagged since. */
  readonly assumes?: readonly Assumption[];
}

const tagStep = (
  removal: Removal,
  { operation, tags, reason, dependsOn = [], assumes = [] }: TagEdit,
  context: DraftContext,
): StepOf<'tags.update'> => ({
  id: context.ids.take([operation === 'merge' ? 'trash' : 'untrash', nameOf(removal.id)], removal.key),
  kind: 'tags.update',
  option: removal.option,
  subject: removal.machine?.id ?? removal.id,
  reason,
  source: 'https://learn.microsoft.com/rest/api/resources/tags/update-at-scope',
  method: 'PATCH',
  resourceId: `${removal.id}/providers/Microsoft.Resources/tags/default`,
  assumes,
  goal: {
    kind: 'tags-are',
    resourceId: removal.id,
    tags: operation === 'merge' ? tags : {},
    without: operation === 'delete' ? Object.keys(tags) : [],
  },
  dependsOn: dependsOn.map(({ id }) => id),
  runs: 'on-success',
  destructive: false,
  cost: { monthlyUsd: 0, basis: 'tags are free' },
  input: { targetId: removal.id, operation, tags },
});

const at = ({ at: moment }: Judged['point']): string =>
  moment === undefined ? 'an unknown moment' : momentText(moment);
