/** What a machine has today from one option, and the shape of an option as code. `core/options/index.ts` is the list. */
import type { Consistency, Estate, Machine } from './estate.ts';
import { gapOver, unknown, type Collected, type Gap, type Unknown } from './fact.ts';
import { keyOf, parseId, type ResourceId } from './ids.ts';
import type { OptionId } from './option.ts';
import type { Instant } from './time.ts';
import { hourMs, instantMs, momentText } from './time.ts';

export interface Protection {
  readonly option: OptionId;
  /** The protected or replicated item, the set's first snapshot, the collection, the image. */
  readonly id: ResourceId;
  readonly vaultId?: ResourceId;
  /**
   * azure-backup: `BackupState`; site-recovery: Azure's protectionState; disk-snapshot: `complete`, `incomplete`,
   * `copying`, `instant-access`, `failed`; restore-point: `available`, `empty`, `unknown`; images: `available`, `failed`.
   */
  readonly state: string;
  /** Works as Azure and our rules want it today. Says nothing of age: the audit holds `newestPoint` against the RPO. */
  readonly healthy: boolean;
  /** Set up and on its way to its first point (first backup, initial replication, a copy in progress). */
  readonly pending: boolean;
  /** In force, even if it ails: false once stopped, suspended or soft-deleted. */
  readonly active: boolean;
  readonly newestPoint?: ProtectionPoint;
  /**
   * That point is known to hold all its disks as of one moment, whatever new ones would be of the machine as it is now: a set
   * of snapshots taken while it was off.
   */
  readonly agrees?: boolean;
  /** Why the points, or more about the newest one, are not known. */
  readonly pointsUnknown?: Unknown;
  /** Site Recovery: seconds behind, as Azure last reckoned it at `rpoAt`. */
  readonly rpoSeconds?: number;
  readonly rpoAt?: Instant;
  readonly lastDrillAt?: Instant;
  /** Site Recovery: where the replica is. */
  readonly recoveryRegion?: string;
  /** Names or LUNs (`LUN 3`) of the machine's disks that it leaves out. */
  readonly disksLeftOut: readonly string[];
  /** Why there may be more of them. */
  readonly disksUnknown?: Unknown;
  /** A clause for people when it is not healthy: `its last backup Failed`. */
  readonly detail?: string;
}

export interface ProtectionPoint {
  /** Null when only its moment is known (a backup item read without its points). */
  readonly id: ResourceId | null;
  readonly at: Instant;
  readonly consistency: Consistency;
  readonly disksIncluded: number | null;
  readonly disksAttached: number | null;
}

export interface Option {
  readonly id: OptionId;
  readonly title: string;
  readonly source: string;
  /** Whole sentences; docs/options.md is made of them. */
  readonly can: readonly string[];
  readonly cannot: readonly string[];
  /** What the machine already has of it, joined by lower-cased ids alone. Healthy first, then newest first. */
  present(machine: Machine, estate: Estate): readonly Protection[];
  /** Why finding nothing would not prove that there is nothing. */
  blindSpot(machine: Machine, estate: Estate): Unknown | undefined;
}

/** For `toSorted`: healthy first, then the newest point first; among equals by id, so that Azure's order never shows. */
export const byHealthThenAge = (a: Protection, b: Protection): number =>
  Number(b.healthy) - Number(a.healthy) ||
  Number(b.active) - Number(a.active) ||
  (instantMs(b.newestPoint?.at) ?? 0) - (instantMs(a.newestPoint?.at) ?? 0) ||
  (keyOf(a.id) < keyOf(b.id) ? -1 : 1);

/** The item with the latest moment; those without one (or with Azure's "never") do not count. */
export const newest = <T>(items: readonly T[], at: (item: T) => Instant | undefined): T | undefined =>
  items
    .filter((item) => instantMs(at(item)) !== undefined)
    .toSorted((a, b) => instantMs(at(b))! - instantMs(at(a))!)[0];

/**
 * The first gap of a kind of protection, in all that lies at `scope`, that could hide one of this machine. A gap at another
 * machine hides only what protects that one.
 */
export const gapBefore = (machine: Machine, read: Collected<unknown>, scope: string): Gap | undefined =>
  gapOver({ items: [], gaps: read.gaps.filter((gap) => gap.scope === machine.key || !isMachine(gap.scope)) }, scope);

const isMachine = (scope: string): boolean =>
  parseId(scope)?.type?.toLowerCase() === 'microsoft.compute/virtualmachines';

/** How many disks the machine has, where that is known. */
export const attachedDisks = (machine: Machine): number | null =>
  machine.disksUnknown === undefined ? machine.disks.length : null;

/** A fleet takes a while to read, and clocks differ a little. Our choice. */
const clocksDifferMs = hourMs;

/** Whether a moment lies after the fleet was read: no point can be that young, so nothing it says of age counts. */
export const isToCome = (at: Instant | undefined, { asOf }: Estate): boolean =>
  (instantMs(at) ?? 0) > (instantMs(asOf) ?? Infinity) + clocksDifferMs;

export const datedToCome = (at: Instant): Unknown =>
  unknown('unintelligible', `Azure dates its newest point ${momentText(at)}, which is after the fleet was read.`);
