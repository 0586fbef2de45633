/**
 * The trash: what is marked to be deleted after a grace period. Snapshots carry the mark as a tag of their own; Azure takes no
 * tags on restore points, so their collection lists theirs: `<8 hex of the name's hash>.<minutes since 1970, base 36>`.
 * Limits of tags: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations
 */
import type { RestorePoint, RestorePointCollection, Tags } from '../estate.ts';
import { shortHash } from '../ids.ts';
import { instantMs, minuteMs, toInstant, toSecond, type Instant } from '../time.ts';

export const trashTag = 'holdfast-trash';

/** As many as hold the 500 points that Azure keeps of a machine (facts P-13). */
const mostTags = 30;
const longestValue = 256;

/** As far as `Date` can tell. */
const latestMs = 8.64e15;

export interface Trashed {
  /** From then on it may be deleted. */
  readonly until: Instant;
  /** As it stands in the tag: what a deletion looks for again. */
  readonly mark: string;
}

/** Of a snapshot. A mark that is no moment is none: it would never run out. */
export const trashOf = (tags: Tags): Trashed | undefined => {
  const mark = Object.entries(tags).find(([name]) => name.toLowerCase() === trashTag)?.[1];
  const ms = instantMs(mark);
  return mark === undefined || ms === undefined ? undefined : { until: toSecond(ms), mark };
};

export const markUntil = (untilMs: number): string => toInstant(Math.ceil(untilMs / 1000) * 1000);

/** Of a restore point, by its name, among its collection's tags. */
export const trashOfPoint = (name: string, collectionTags: Tags): Trashed | undefined => {
  const hash = hashOf(name);
  const mark = entriesIn(collectionTags).findLast((entry) => entry.startsWith(`${hash}.`));
  if (mark === undefined) return undefined;
  const untilMs = Number.parseInt(mark.slice(hash.length + 1), 36) * minuteMs;
  // Anybody may write tags: what no calendar reaches is no moment, nor is one before there was an Azure.
  const until = untilMs <= latestMs ? toInstant(untilMs) : undefined;
  return until === undefined || instantMs(until) === undefined ? undefined : { until, mark };
};

/** When it may be deleted; `undefined`: it is not in the trash. */
export const trashedAt = (point: Pick<RestorePoint, 'name'>, collection: Pick<RestorePointCollection, 'tags'>) =>
  trashOfPoint(point.name, collection.tags)?.until;

/** Whether a mark read before still stands there. */
export const hasMark = (tags: Tags, mark: string): boolean =>
  trashOf(tags)?.mark === mark || entriesIn(tags).includes(mark);

const hashOf = (name: string): string => shortHash(name.toLowerCase(), 8);

const numbered = /^holdfast-trash-(\d{1,2})$/i;

const trashTagsOf = (tags: Tags): readonly (readonly [name: string, value: string])[] =>
  Object.entries(tags)
    .filter(([name]) => numbered.test(name))
    .toSorted(([a], [b]) => Number(numbered.exec(a)?.[1]) - Number(numbered.exec(b)?.[1]));

const entriesIn = (tags: Tags): readonly string[] =>
  trashTagsOf(tags)
    .flatMap(([, value]) => value.split(','))
    .filter((entry) => /^[0-9a-f]{8}\.[0-9a-z]+$/.test(entry));

export interface TrashChange {
  /** Names of points with the moment, ms, from which each may be deleted. */
  readonly into: ReadonlyMap<string, number>;
  /** Names of points. */
  readonly outOf: readonly string[];
  /** Names of the points that are there: entries of others are dropped. */
  readonly present: readonly string[];
}

export interface TagChange {
  readonly set: Tags;
  readonly remove: Tags;
}

/** What of a collection's tags changes. */
export const changeTrash = (tags: Tags, { into, outOf, present }: TrashChange): TagChange => {
  const left = new Set(outOf.map(hashOf));
  const there = new Set(present.map(hashOf));
  const entries = new Map(
    entriesIn(tags)
      .map((entry) => entry.split('.') as [string, string])
      .filter(([hash]) => there.has(hash) && !left.has(hash)),
  );
  for (const [name, untilMs] of into) entries.set(hashOf(name), Math.ceil(untilMs / minuteMs).toString(36));
  const values = packed([...entries].map(([hash, minutes]) => `${hash}.${minutes}`));
  const before = new Map(trashTagsOf(tags).map(([name, value]) => [name.toLowerCase(), [name, value] as const]));
  const set: Record<string, string> = {};
  for (const [i, value] of values.entries()) {
    const name = `${trashTag}-${i + 1}`;
    if (before.get(name)?.[1] !== value) set[name] = value;
    before.delete(name);
  }
  return { set, remove: Object.fromEntries(before.values()) };
};

const packed = (entries: readonly string[]): readonly string[] => {
  const values: string[] = [];
  for (const entry of entries) {
    const last = values.at(-1);
    if (last !== undefined && last.length + 1 + entry.length <= longestValue)
      values[values.length - 1] = `${last},${entry}`;
    else values.push(entry);
  }
  // Beyond that, points stay where they are until there is room.
  return values.slice(0, mostTags);
};
