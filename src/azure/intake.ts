/** Rows go in one at a time, as pages arrive; an estate comes out. Raw rows are normalised at once and never kept. */
import type { BackupItem, Estate, Machine, RestorePoint, RestorePointCollection, Scope } from '../core/estate.ts';
import { gap, gapOver, type Collected, type Gap } from '../core/fact.ts';
import type { Instant } from '../core/time.ts';
import { keyOf, parseId } from '../core/ids.ts';
import { rawKinds, type RawKind } from './kinds.ts';
import { isRecord, textAt } from './raw.ts';
import {
  normaliseBackupItem,
  normaliseBackupPoint,
  normaliseBackupPolicy,
  normaliseVault,
} from './normalise-backup.ts';
import { normaliseDisk, normaliseSnapshot } from './normalise-disk.ts';
import { linkDisks, normaliseMachine } from './normalise-machine.ts';
import {
  normaliseGalleryImageVersion,
  normaliseImage,
  normaliseRestorePoint,
  normaliseRestorePointCollection,
} from './normalise-points.ts';
import { linkItemPoints, linkRestorePoints } from './link-points.ts';
import { linkReplicaDisks } from './link-replication.ts';
import { normaliseReplicaPoint, normaliseReplicatedItem } from './normalise-replication.ts';
import { normaliseLock, normaliseResourceGroup, type Normaliser } from './normalise-resource.ts';

/** Where raw rows go besides, for an export. */
export type Keep = (kind: RawKind, raw: unknown) => void;

export type GapsByKind = Readonly<Partial<Record<RawKind, readonly Gap[]>>>;

export interface Intake {
  /**
   * Takes a row in; a row that cannot be read becomes a gap, and so do rows of one id that contradict each other.
   * Returns whether the row was new and of the kind.
   */
  take(kind: RawKind, raw: unknown): boolean;
  /** Takes a row whose resource was just asked for by itself: later rows of it, which may lag behind, do not count. */
  settle(kind: RawKind, raw: unknown): void;
  /** Takes a fuller answer about a resource that is known to be there, in the place of what was taken before. */
  replace(kind: RawKind, raw: unknown): void;
  /** The kind is read again by other calls, whose answers tell more or less of the same resources: the first ones stay. */
  reread(kind: RawKind): void;
  /** A resource known to be gone: a lagging row of it is not taken. */
  bar(id: string): void;
  /** Notes that a place could not be read wholly. */
  miss(kind: RawKind, gap: Gap): void;
  /** What has been taken of a kind so far. */
  readonly machines: () => readonly Machine[];
  readonly vaultIds: () => readonly string[];
  readonly restorePoints: () => readonly RestorePoint[];
  readonly collections: () => readonly RestorePointCollection[];
  readonly backupItems: () => readonly BackupItem[];
  readonly gaps: () => GapsByKind;
  /** `everywhere`: gaps over every kind that come after linking, as an incomplete bundle's. */
  estate(asOf: Instant, scope: Scope, everywhere?: readonly Gap[]): Estate;
}

interface Shelf<T> {
  readonly items: Map<string, T>;
  /** Of what came twice with different content: neither is believed. */
  readonly contradicted: Set<string>;
  readonly normalise: Normaliser<T>;
}

const shelf = <T>(normalise: Normaliser<T>): Shelf<T> => ({ items: new Map(), contradicted: new Set(), normalise });

export const makeIntake = (keep?: Keep): Intake => {
  const shelves = {
    virtualMachines: shelf(normaliseMachine),
    disks: shelf(normaliseDisk),
    snapshots: shelf(normaliseSnapshot),
    images: shelf(normaliseImage),
    galleryImageVersions: shelf(normaliseGalleryImageVersion),
    restorePointCollections: shelf(normaliseRestorePointCollection),
    restorePoints: shelf(normaliseRestorePoint),
    vaults: shelf(normaliseVault),
    backupPolicies: shelf(normaliseBackupPolicy),
    protectedItems: shelf(normaliseBackupItem),
    recoveryPoints: shelf(normaliseBackupPoint),
    replicationProtectedItems: shelf(normaliseReplicatedItem),
    replicationRecoveryPoints: shelf(normaliseReplicaPoint),
    locks: shelf(normaliseLock),
    resourceGroups: shelf(normaliseResourceGroup),
  };
  const gaps = new Map<RawKind, Gap[]>(rawKinds.map((kind) => [kind, []]));
  const miss = (kind: RawKind, missed: Gap): void => {
    const known = gaps.get(kind)!;
    if (!known.some((g) => g.scope === missed.scope && g.reason === missed.reason)) known.push(missed);
  };

  const barred = new Set<string>();
  const readAgain = new Set<RawKind>();
  const take = (kind: RawKind, raw: unknown): boolean => {
    if (kind === 'replicationPolicies') return false;
    const { items, contradicted, normalise }: Shelf<unknown> = shelves[kind];
    const read = normalise(raw);
    if (read.kind === 'unintelligible') {
      const id = isRecord(raw) ? textAt(raw, 'id') : undefined;
      for (const place of read.places ?? [id === undefined ? '/' : keyOf(id)]) {
        miss(kind, gap(place, 'unintelligible', `Azure's answer could not be read: ${read.why}.`));
      }
    }
    if (read.kind !== 'item') return false;
    const key = keyOf(textAt(raw, 'id') ?? '');
    if (barred.has(key) || contradicted.has(key)) return false;
    // Pages shift while they are read, so a row may come twice (facts L-17); exports hold doubles too.
    const before = items.get(key);
    if (before !== undefined) {
      if (readAgain.has(kind) || sameContent(before, read.item)) return false;
      items.delete(key);
      contradicted.add(key);
      for (const place of new Set([before, read.item].map((one) => placeOf(one) ?? key))) {
        miss(kind, gap(place, 'unintelligible', `Azure's answers hold ${key} twice, with different content.`));
      }
      // An export holds both, so that importing it gives the same audit.
      keep?.(kind, raw);
      return false;
    }
    items.set(key, read.item);
    keep?.(kind, raw);
    return true;
  };

  const collected = <T>(kind: RawKind, items: Iterable<T>, extra: readonly Gap[]): Collected<T> => ({
    items: [...items],
    gaps: [...gaps.get(kind)!, ...extra],
  });

  return {
    take,
    settle(kind, raw) {
      take(kind, raw);
      barred.add(keyOf(textAt(raw, 'id') ?? ''));
    },
    replace(kind, raw) {
      if (kind === 'replicationPolicies') return;
      const { items, normalise }: Shelf<unknown> = shelves[kind];
      const read = normalise(raw);
      const key = keyOf(textAt(raw, 'id') ?? '');
      if (read.kind === 'item') items.set(key, read.item);
    },
    reread: (kind) => void readAgain.add(kind),
    bar: (id) => void barred.add(keyOf(id)),
    miss,
    machines: () => [...shelves.virtualMachines.items.values()],
    vaultIds: () => [...shelves.vaults.items.values()].map((vault) => vault.id),
    restorePoints: () => [...shelves.restorePoints.items.values()],
    collections: () => [...shelves.restorePointCollections.items.values()],
    backupItems: () => [...shelves.protectedItems.items.values()],
    gaps: () => Object.fromEntries([...gaps].filter(([, list]) => list.length > 0)),
    estate(asOf, scope, everywhere = []) {
      const of = <T>(kind: RawKind, { items }: Shelf<T>): Collected<T> => collected(kind, items.values(), everywhere);
      const replicas = of('replicationProtectedItems', shelves.replicationProtectedItems);
      const disks = linkReplicaDisks(collected('disks', shelves.disks.items.values(), []), replicas);
      const restorePoints = collected('restorePoints', shelves.restorePoints.items.values(), []);
      const recoveryPoints = collected('recoveryPoints', shelves.recoveryPoints.items.entries(), []);
      const replicaRows = shelves.replicationRecoveryPoints.items.entries();
      const replicaPoints = collected('replicationRecoveryPoints', replicaRows, []);
      const items = [...shelves.protectedItems.items.values()];
      return {
        asOf,
        scope,
        machines: {
          items: linkDisks([...shelves.virtualMachines.items.values()], disks),
          gaps: of('virtualMachines', shelves.virtualMachines).gaps,
        },
        disks: { ...disks, gaps: [...disks.gaps, ...everywhere] },
        snapshots: of('snapshots', shelves.snapshots),
        images: of('images', shelves.images),
        galleryImageVersions: of('galleryImageVersions', shelves.galleryImageVersions),
        restorePointCollections: linkRestorePoints(
          of('restorePointCollections', shelves.restorePointCollections),
          restorePoints,
          everywhere,
        ),
        vaults: unanswered(
          of('vaults', shelves.vaults),
          [...items, ...replicas.items].map((i) => i.vaultKey),
          'vault',
        ),
        backupPolicies: unanswered(
          of('backupPolicies', shelves.backupPolicies),
          items.map((i) => i.policyKey),
          'policy',
        ),
        backupItems: linkItemPoints(of('protectedItems', shelves.protectedItems), recoveryPoints, everywhere),
        replicatedItems: linkItemPoints(replicas, replicaPoints, everywhere),
        locks: of('locks', shelves.locks),
        resourceGroups: of('resourceGroups', shelves.resourceGroups),
      };
    },
  };
};

/** Of a protected item the machine, so that doubt about it falls on that machine alone. */
const placeOf = (item: unknown): string | undefined => textAt(item, 'machineKey');

/** Whatever the order and spelling of names: Azure's letter case is not content. */
const sameContent = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([x], [y]) => (x < y ? -1 : 1))) : part,
  ).toLowerCase();

/** A gap at each vault or policy that an item names and no answer holds, where nothing accounts for that yet. */
const unanswered = <T extends { readonly key: string }>(
  read: Collected<T>,
  named: readonly (string | undefined)[],
  what: string,
): Collected<T> => {
  const held = new Set(read.items.map(({ key }) => key));
  const missing = [...new Set(named)].filter(
    (key) => key !== undefined && parseId(key) !== undefined && !held.has(key) && gapOver(read, key) === undefined,
  );
  const gaps = missing.map((key) =>
    gap(key!, 'not-answered', `A protected item names this ${what} and no answer holds it.`),
  );
  return gaps.length === 0 ? read : { ...read, gaps: [...read.gaps, ...gaps] };
};
