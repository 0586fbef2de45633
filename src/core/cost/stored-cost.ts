/**
 * What something that is already kept costs a month: a snapshot, a point, an image, a protected item, a replica. For
 * orphans and lists of points, where nothing is planned any more.
 */
import { known, mapFact, unknown, type Fact } from '../fact.ts';
import type { Redundancy } from '../estate.ts';
import { estimate, noMeter, type CostEstimate, type Part, type Usage } from './estimate.ts';
import { diskTier, protectedInstance, replicatedInstance, snapshotStorage, vaultStorage, type Meter } from './meter.ts';
import type { PriceBook } from './price-book.ts';
import { billedGiB, defaultBase, isUsedKnown, sizeAssumptions, sumGiB } from './size.ts';
import type { Mode, ReckoningBase, StoredSize } from './size.ts';

export type StoredKind =
  | 'snapshot'
  | 'restore-point'
  | 'managed-image'
  | 'gallery-image-version'
  /** A managed disk of its own, as a failed-over or replica disk: billed whole, by tier. */
  | 'disk'
  /** The fee and the points of a vault item whose protection was stopped keeping them. */
  | 'backup-item'
  /** The fee and the replica disks of a replicated machine. */
  | 'replicated-item';

export interface StoredDisk {
  readonly name: string;
  readonly sizeGiB?: number | undefined;
  readonly usedGiB?: number | undefined;
  readonly sku?: string | undefined;
}

export interface Stored {
  readonly kind: StoredKind;
  readonly region: string;
  /** Of the one disk kept, or of all of them together where `disks` is not given. */
  readonly sizeGiB?: number | undefined;
  readonly usedGiB?: number | undefined;
  /** Azure's SKU of the snapshot, image or disk: `Standard_LRS`. */
  readonly sku?: string | undefined;
  /** Each disk by itself, for a point of several disks and for replica disks. */
  readonly disks?: readonly StoredDisk[] | undefined;
  /** Of the vault that holds a `backup-item`. */
  readonly redundancy?: Fact<Redundancy> | undefined;
  readonly crossRegionRestore?: boolean | undefined;
  /** Incremental: what it holds beyond the point before it is not known. */
  readonly incremental?: boolean | undefined;
  /** Replicas of a `gallery-image-version` in this region. */
  readonly replicas?: number | undefined;
}

export const costOfStored = (stored: Stored, book: PriceBook, base: ReckoningBase = defaultBase): CostEstimate => {
  const sizes = sizesOf(stored);
  const usage = (mode: Mode): Usage => ({
    parts: partsOf[stored.kind](stored, sizes, (size) => billedGiB(size, mode, base)),
    assumptions: [...(wholeDisks.has(stored.kind) ? [] : sizeAssumptions(sizes, base)), ...assumptionsOf(stored)],
    notCounted: notCountedOf[stored.kind] ?? [],
  });
  const exact = wholeDisks.has(stored.kind) || isUsedKnown(sizes);
  return exact ? estimate(book, usage('expected')) : estimate(book, usage('expected'), usage('at-most'));
};

/** Billed by tier, used or not. */
const wholeDisks: ReadonlySet<StoredKind> = new Set(['disk', 'replicated-item']);

const sizesOf = ({ disks, sizeGiB, usedGiB, sku, kind }: Stored): readonly StoredSize[] =>
  (disks ?? [{ name: `the ${kind}`, sizeGiB, usedGiB, sku }]).map((disk) => ({
    name: disk.name,
    ...((disk.sku ?? sku) === undefined ? {} : { sku: (disk.sku ?? sku)! }),
    provisionedGiB:
      disk.sizeGiB === undefined
        ? unknown('not-answered', `the size of ${disk.name} is not known`)
        : known(disk.sizeGiB),
    ...(disk.usedGiB === undefined ? {} : { usedGiB: disk.usedGiB }),
  }));

type Gib = (size: StoredSize) => Fact<number>;
type PartsOf = (stored: Stored, sizes: readonly StoredSize[], gib: Gib) => readonly Part[];

const onSnapshotMeter =
  (what: string): PartsOf =>
  (stored, sizes, gib) => {
    const quantity = mapFact(sumGiB(sizes.map(gib)), (sum) => sum * (stored.replicas ?? 1));
    return [{ what, meter: snapshotMeter(stored.sku ?? 'Standard_LRS', stored.region), quantity }];
  };

const partsOf: Readonly<Record<StoredKind, PartsOf>> = {
  snapshot: onSnapshotMeter('snapshot'),
  'restore-point': onSnapshotMeter('restore point'),
  'managed-image': onSnapshotMeter('image'),
  'gallery-image-version': onSnapshotMeter('image version'),
  disk: ({ region }, sizes) => sizes.map((size) => diskPart(size, region)),
  'backup-item': ({ region, redundancy, crossRegionRestore }, sizes, gib) => {
    const used = sumGiB(sizes.map(gib));
    return [
      { what: 'protected instance', meter: known(protectedInstance(region)), quantity: mapFact(used, instanceUnits) },
      { what: 'vault storage', meter: vaultMeter(redundancy, crossRegionRestore, region), quantity: used },
    ];
  },
  'replicated-item': ({ region }, sizes) => [replicationPart(region), ...sizes.map((size) => diskPart(size, region))],
};

const assumptionsOf = ({ kind, incremental, sku }: Stored): readonly string[] => [
  ...(incremental ? ['An incremental copy holds what changed since the one before; reckoned as a whole one.'] : []),
  ...(kind === 'backup-item' ? ['The vault holds one whole copy; what further points add is not known.'] : []),
  ...(sku === undefined && copies.has(kind) ? ['Reckoned as kept on Standard HDD, locally redundant.'] : []),
];

const copies: ReadonlySet<StoredKind> = new Set([
  'snapshot',
  'restore-point',
  'managed-image',
  'gallery-image-version',
]);

const notCountedOf: Readonly<Partial<Record<StoredKind, readonly string[]>>> = {
  'replicated-item': ['recovery points of the replica disks', 'the cache storage account', 'traffic between regions'],
};

/** Half a unit up to 50 GB, one up to 500, then one for each 500 begun (facts C-03). */
export const instanceUnits = (usedGiB: number): number => (usedGiB <= 50 ? 0.5 : Math.max(1, Math.ceil(usedGiB / 500)));

export const snapshotMeter = (sku: string, region: string): Fact<Meter> => {
  const meter = snapshotStorage(sku, region);
  return meter === undefined ? noMeter(`no meter is known for snapshots of SKU ${sku}`) : known(meter);
};

export const vaultMeter = (
  redundancy: Fact<Redundancy> | undefined,
  crossRegionRestore: boolean | undefined,
  region: string,
): Fact<Meter> =>
  redundancy === undefined
    ? noMeter('the redundancy of the vault is not known')
    : mapFact(redundancy, (kind) => vaultStorage(kind, crossRegionRestore ?? false, region));

export const replicationPart = (region: string): Part => ({
  what: 'replicated machine',
  meter: known(replicatedInstance(region)),
  quantity: known(1),
});

/** A disk billed whole: one of its tier. */
export const diskPart = ({ name, sku, provisionedGiB }: StoredSize, region: string): Part => {
  const what = `disk ${name}`;
  if (sku === undefined) return { what, meter: noMeter(`the SKU of ${name} is not known`), quantity: known(1) };
  if (!provisionedGiB.known) return { what, meter: provisionedGiB, quantity: known(1) };
  const meter = diskTier(sku, provisionedGiB.value, region);
  return {
    what,
    meter:
      meter === undefined ? noMeter(`${sku} disks are billed by size, IOPS and throughput, not by tier`) : known(meter),
    quantity: known(1),
  };
};
