/** Joins of the estate's lists to a machine, by lower-cased id. A list is indexed once however many machines ask. */
import type { Collected } from './fact.ts';
import type { ResourceKey } from './ids.ts';

/** Items under a key. `keysOf` gives every key an item is found by. */
export const joinBy = <T>(keysOf: (item: T) => readonly (ResourceKey | undefined)[]) => {
  // Remembering an index changes no answer: lists are never written to.
  const indexes = new WeakMap<readonly T[], ReadonlyMap<ResourceKey, readonly T[]>>();
  return ({ items }: Collected<T>, key: ResourceKey): readonly T[] => {
    const index = indexes.get(items) ?? indexOf(items, keysOf);
    indexes.set(items, index);
    return index.get(key) ?? [];
  };
};

const indexOf = <T>(items: readonly T[], keysOf: (item: T) => readonly (ResourceKey | undefined)[]) => {
  const index = new Map<ResourceKey, T[]>();
  for (const item of items) {
    for (const key of new Set(keysOf(item))) {
      if (key === undefined) continue;
      const found = index.get(key);
      if (found) found.push(item);
      else index.set(key, [item]);
    }
  }
  return index;
};
