/** One recovery point of a machine, from whichever option. The JSON of `points` is these types, field for field. */
import type { Consistency, Machine } from '../estate.ts';
import type { ResourceId } from '../ids.ts';
import type { OptionId } from '../option.ts';
import { instantMs, toSecond, type Instant } from '../time.ts';

/**
 * `machine`: the whole machine, every disk it has now. `files`: single files without restoring a disk.
 * `another-region`: into another region than the machine's. `many-machines`: any number of new machines.
 */
export type Restores = 'machine' | 'disks' | 'files' | 'another-region' | 'many-machines';

export type PointState =
  /** Whole, and holds every disk of the machine as far as Azure tells. */
  | 'available'
  /** Whole, and lacks a disk of the machine. */
  | 'incomplete'
  /** Being made or copied: not to be relied on yet. */
  | 'copying'
  | 'failed'
  /** Azure does not tell whether it is whole, or whose it is. */
  | 'unknown';

export interface RecoveryPoint {
  readonly id: ResourceId;
  readonly option: OptionId;
  /** Null where Azure does not tell. */
  readonly at: Instant | null;
  /** Null where the moment is not known, or lies after `asOf`. */
  readonly ageSeconds: number | null;
  readonly consistency: Consistency;
  readonly state: PointState;
  /** Of the disks the machine has now, how many it holds. */
  readonly disksIncluded: number | null;
  readonly disksAttached: number | null;
  /** Names or LUNs of the disks it lacks. */
  readonly disksLeftOut: readonly string[];
  /** The size of the disks in it, not what is billed; null where Azure does not tell. */
  readonly sizeGiB: number | null;
  readonly expiresAt: Instant | null;
  readonly region: string | null;
  readonly vaultId?: ResourceId;
  /** Of a vault point: where it is kept. */
  readonly tiers?: readonly ('snapshot' | 'vault' | 'archive')[];
  /** Empty where nothing can be restored from it as it is. */
  readonly restores: readonly Restores[];
  /** The snapshots of a set. */
  readonly members?: readonly ResourceId[];
  /** Sentences that a person needs before relying on it. */
  readonly notes: readonly string[];
}

/** What an option tells of a point; moment and age are made alike for all. */
export type FoundPoint = Omit<RecoveryPoint, 'at' | 'ageSeconds' | 'expiresAt'> & {
  readonly at: Instant | undefined;
  readonly expiresAt: Instant | undefined;
};

/** Something of the machine that could not be read. */
export interface Missed {
  readonly subject: ResourceId;
  readonly fact: string;
  readonly reason: string;
}

export interface Found {
  readonly points: readonly FoundPoint[];
  readonly missed: readonly Missed[];
}

/** A tag of holdfast, whatever the letter case. */
export const tagOf = (tags: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.entries(tags).find(([key]) => key.toLowerCase() === name)?.[1];

export const expiryOf = (tags: Readonly<Record<string, string>>): Instant | undefined => {
  const ms = instantMs(tagOf(tags, 'holdfast-expires'));
  return ms === undefined ? undefined : toSecond(ms);
};

/** Made before the machine was: of an earlier machine of that name. */
export const isOfNamesake = (at: Instant | undefined, { createdAt }: Machine): boolean =>
  (instantMs(at) ?? Infinity) < (instantMs(createdAt) ?? -Infinity);

export const namesakeNote = (machine: Machine): string =>
  `it is older than ${machine.name}, so it may be of an earlier machine of that name`;

/** It is a point all the same, until it is deleted. */
export const trashNote = (until: Instant | undefined): readonly string[] =>
  until === undefined ? [] : [`it is in the trash: a prune may delete it from ${until} on`];
