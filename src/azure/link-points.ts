/** Points read by themselves, put into what they are points of. What hides them makes them unknown, never none. */
import type { RestorePoint, RestorePointCollection } from '../core/estate.ts';
import { gap, gapOver, known, unknown, type Collected, type Fact, type Gap, type Unknown } from '../core/fact.ts';
import { keyOf, type ResourceKey } from '../core/ids.ts';
import { instantMs, type Instant } from '../core/time.ts';
import { collectionKeyOf } from './normalise-points.ts';

/** Why a thing in a gap is unknown, with the permission that was missing where one was. */
export const hiddenBy = ({ reason, detail, action, scope }: Gap): Unknown =>
  unknown(reason, detail, action === undefined ? {} : { action, scope });

/**
 * Recovery points into their items, newest first; an item says `not-read` of its own accord until its points were asked for.
 * `everywhere` (an incomplete bundle) hides only what is not there.
 */
export const linkItemPoints = <
  P extends { readonly at?: Instant },
  I extends { readonly key: ResourceKey; readonly points: Fact<readonly P[]> },
>(
  items: Collected<I>,
  points: Collected<readonly [string, P]>,
  everywhere: readonly Gap[],
): Collected<I> => {
  const byItem = Map.groupBy(points.items, ([key]) => itemKeyOf(key));
  return {
    ...items,
    items: items.items.map((item) => {
      const mine = byItem.get(item.key)?.map(([, point]) => point);
      const hidden = gapOver(points, item.key) ?? (mine === undefined ? everywhere[0] : undefined);
      if (hidden === undefined) return { ...item, points: known(newestFirst(mine ?? [])) };
      return hidden.reason === 'not-read' ? item : { ...item, points: hiddenBy(hidden) };
    }),
  };
};

/** Azure Backup and Site Recovery alike: the point's id goes on from its item's. */
const itemKeyOf = (pointId: string): ResourceKey => keyOf(pointId).replace(/\/recoverypoints\/[^/]*$/, '');

const newestFirst = <P extends { readonly at?: Instant }>(points: readonly P[]): readonly P[] =>
  points.toSorted((a, b) => (instantMs(b.at) ?? 0) - (instantMs(a.at) ?? 0));

/**
 * Points into their collections. A collection nothing hides and no point names is empty; a point whose collection no
 * answer
 * holds leaves a gap where that collection must be. `everywhere` (an incomplete bundle) hides only what is not there.
 */
export const linkRestorePoints = (
  collections: Collected<RestorePointCollection>,
  points: Collected<RestorePoint>,
  everywhere: readonly Gap[],
): Collected<RestorePointCollection> => {
  const byCollection = Map.groupBy(points.items, (point) => collectionKeyOf(point.key));
  const items = collections.items.map((collection): RestorePointCollection => {
    const mine = byCollection.get(collection.key);
    if (collection.points.known) return { ...collection, points: known(fuller(collection.points.value, mine ?? [])) };
    if (collection.ownedByBackup) return collection;
    const hidden = gapOver(points, collection.key) ?? (mine === undefined ? everywhere[0] : undefined);
    return { ...collection, points: hidden === undefined ? known(mine ?? []) : hiddenBy(hidden) };
  });
  const held = new Set(items.map((collection) => collection.key));
  const orphaned = [...byCollection.keys()].filter((key) => !held.has(key));
  const missing = orphaned.map((key) =>
    gap(key, 'not-answered', 'A restore point names this collection and no answer holds it.'),
  );
  return { items, gaps: [...collections.gaps, ...missing] };
};

/** Points that came with their collection, with what was asked of one by itself. */
const fuller = (points: readonly RestorePoint[], asked: readonly RestorePoint[]): readonly RestorePoint[] =>
  points.map((point) => asked.find(({ key }) => key === point.key) ?? point);
