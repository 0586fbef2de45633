/** What Azure bills by, under the names the Retail Prices API uses (facts C-01 to C-06, C-11). */
import type { Redundancy } from '../estate.ts';

/** A line of the price list: one meter in one region. */
export interface Meter {
  /** `serviceName`: `Storage`, `Backup`, `Azure Site Recovery`. */
  readonly service: string;
  /** `productName`. */
  readonly product: string;
  /** `skuName`. */
  readonly sku: string;
  /** `meterName`. */
  readonly meter: string;
  /** What one of it is: a GB kept for a month, or a thing kept for a month. */
  readonly unit: 'GB-month' | 'month';
  /** `armRegionName`: `westeurope`. */
  readonly region: string;
}

/** The two names a meter goes by in the API's rows are one: `Azure VM Protected Instances` and `… Instance`. */
export const meterKey = ({ service, product, sku, meter, region }: Omit<Meter, 'unit'>): string =>
  [service, product, sku, plainMeterName(meter, sku), region].join('|').toLowerCase();

/** Rows were seen with and without the SKU in front (`Standard LRS Data Stored`) and the plural behind. */
const plainMeterName = (meter: string, sku: string): string => {
  const short = meter.toLowerCase().startsWith(`${sku.toLowerCase()} `) ? meter.slice(sku.length + 1) : meter;
  const known = sku === 'Azure VM' && short.startsWith('Protected Instance') ? `${sku} ${short}` : short;
  return known.replace(/s$/, '');
};

export const protectedInstance = (region: string): Meter => ({
  service: 'Backup',
  product: 'Backup',
  sku: 'Azure VM',
  meter: 'Azure VM Protected Instances',
  unit: 'month',
  region,
});

const vaultMeters: Readonly<Record<Redundancy, string>> = {
  'locally-redundant': 'LRS Data Stored',
  'zone-redundant': 'ZRS Data Stored',
  'geo-redundant': 'GRS Data Stored',
};

/** Cross-region restore makes a geo-redundant vault a read-access one (facts C-03). */
export const vaultStorage = (redundancy: Redundancy, crossRegionRestore: boolean, region: string): Meter => ({
  service: 'Backup',
  product: 'Backup',
  sku: 'Standard',
  meter: crossRegionRestore && redundancy === 'geo-redundant' ? 'RA-GRS Data Stored' : vaultMeters[redundancy],
  unit: 'GB-month',
  region,
});

export const replicatedInstance = (region: string): Meter => ({
  service: 'Azure Site Recovery',
  product: 'Azure Site Recovery',
  sku: 'Azure',
  meter: 'VM Replicated to Azure',
  unit: 'month',
  region,
});

const hdd = 'Standard HDD Managed Disks';

/** By Azure's SKU of the snapshot, compared case-folded; `undefined` for one that is not known to be sold. */
export const snapshotStorage = (sku: string, region: string): Meter | undefined => {
  const found = snapshotSkus.get(sku.toLowerCase());
  return found && { service: 'Storage', ...found, unit: 'GB-month', region };
};

/**
 * The product `Standard SSD Managed Disks` has snapshot meters too, at another price; snapshots of a Standard SSD disk
 * are kept as Standard HDD or Premium all the same (facts C-02).
 */
const snapshotSkus: ReadonlyMap<string, Pick<Meter, 'product' | 'sku' | 'meter'>> = new Map([
  ['standard_lrs', { product: hdd, sku: 'Snapshots LRS', meter: 'LRS Snapshots' }],
  ['standard_zrs', { product: hdd, sku: 'Snapshots ZRS', meter: 'ZRS Snapshots' }],
  ['premium_lrs', { product: 'Premium SSD Managed Disks', sku: 'Snapshots LRS', meter: 'LRS Snapshots' }],
  ['premium_zrs', { product: 'Premium SSD Managed Disks', sku: 'Snapshots ZRS', meter: 'ZRS Snapshots' }],
]);

interface DiskFamily {
  readonly product: string;
  readonly letter: string;
  readonly redundancy: 'LRS' | 'ZRS';
}

/** Ultra and Premium SSD v2 disks are billed by size, IOPS and throughput, which no tier says (facts C-06). */
const diskFamilies: ReadonlyMap<string, DiskFamily> = new Map([
  ['standard_lrs', { product: hdd, letter: 'S', redundancy: 'LRS' }],
  ['standardssd_lrs', { product: 'Standard SSD Managed Disks', letter: 'E', redundancy: 'LRS' }],
  ['standardssd_zrs', { product: 'Standard SSD Managed Disks', letter: 'E', redundancy: 'ZRS' }],
  ['premium_lrs', { product: 'Premium SSD Managed Disks', letter: 'P', redundancy: 'LRS' }],
  ['premium_zrs', { product: 'Premium SSD Managed Disks', letter: 'P', redundancy: 'ZRS' }],
]);

/** Tier number and the largest size billed as that tier, GiB. */
const tiers: readonly (readonly [number, number])[] = [
  [1, 4],
  [2, 8],
  [3, 16],
  [4, 32],
  [6, 64],
  [10, 128],
  [15, 256],
  [20, 512],
  [30, 1024],
  [40, 2048],
  [50, 4096],
  [60, 8192],
  [70, 16_384],
  [80, 32_767],
];

/** Billed whole to the next tier up, used or not. `undefined` where the SKU has no tiers. */
export const diskTier = (sku: string, sizeGiB: number, region: string): Meter | undefined => {
  const family = diskFamilies.get(sku.toLowerCase());
  const fitting = tiers.find(([tier, most]) => sizeGiB <= most && (family?.letter !== 'S' || tier >= 4));
  if (family === undefined || fitting === undefined) return undefined;
  const name = `${family.letter}${fitting[0]} ${family.redundancy}`;
  return { service: 'Storage', product: family.product, sku: name, meter: `${name} Disk`, unit: 'month', region };
};
