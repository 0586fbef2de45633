/**
 * What the simulated price list holds. The rows have the names and units that the real API answers with; the amounts
 * are the simulator's own and no price of Azure's.
 */
export interface RetailRow {
  readonly serviceName: string;
  readonly serviceFamily: string;
  readonly productName: string;
  readonly skuName: string;
  readonly meterName: string;
  readonly armRegionName: string;
  readonly location: string;
  readonly unitOfMeasure: string;
  readonly retailPrice: number;
  readonly tierMinimumUnits: number;
  readonly type: 'Consumption' | 'DevTestConsumption' | 'Reservation';
  readonly reservationTerm?: string;
  readonly isPrimaryMeterRegion: boolean;
}

/** Region and its name in the list; the third part is how much dearer than the first it is. */
const REGIONS: readonly (readonly [string, string, number])[] = [
  ['eastus', 'US East', 1],
  ['westeurope', 'EU West', 1.1],
  ['northeurope', 'EU North', 1.05],
  ['uksouth', 'UK South', 1.2],
];

type Meter = Pick<RetailRow, 'productName' | 'skuName' | 'meterName' | 'unitOfMeasure' | 'retailPrice'>;

const STORAGE = { serviceName: 'Storage', serviceFamily: 'Storage' };
const BACKUP = { serviceName: 'Backup', serviceFamily: 'Storage' };
const RECOVERY = { serviceName: 'Azure Site Recovery', serviceFamily: 'Management and Governance' };

/** Price of the smallest disk tier of a family, and of a GB of its snapshots. */
const DISK_FAMILIES: readonly (readonly [string, string, number, number])[] = [
  ['Premium SSD Managed Disks', 'P', 0.7, 0.14],
  ['Standard SSD Managed Disks', 'E', 0.35, 0.14],
  ['Standard HDD Managed Disks', 'S', 0.22, 0.06],
];
const TIERS: readonly (readonly [number, number])[] = [
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
];

function diskMeters(productName: string, letter: string, least: number, snapshot: number): readonly Meter[] {
  return ['LRS', 'ZRS'].flatMap((redundancy) => {
    const factor = redundancy === 'LRS' ? 1 : 1.5;
    const disks = TIERS.filter(([tier]) => letter !== 'S' || tier >= 4).flatMap(([tier, sizeGiB]) => {
      const skuName = `${letter}${tier} ${redundancy}`;
      const meter = (meterName: string, unitOfMeasure: string, retailPrice: number): Meter => ({
        productName,
        skuName,
        meterName,
        unitOfMeasure,
        retailPrice,
      });
      return [
        meter(`${skuName} Disk`, '1/Month', least * factor * (sizeGiB / 4) ** 0.95),
        // One SKU, several meters: a client that goes by the SKU alone takes the wrong one.
        meter(`${skuName} Disk Mount`, '1/Month', 0.3),
        meter(`${skuName} Disk Operations`, '10K', 0.0006),
      ];
    });
    // Standard HDD snapshots have one price whatever their redundancy.
    const kept = letter === 'S' ? snapshot : snapshot * factor;
    const skuName = `Snapshots ${redundancy}`;
    const meterName = letter === 'E' ? `${skuName} Snapshots` : `${redundancy} Snapshots`;
    return [...disks, { productName, skuName, meterName, unitOfMeasure: '1 GB/Month', retailPrice: kept }];
  });
}

const BACKUP_METERS: readonly Meter[] = [
  ['Azure VM', 'Azure VM Protected Instances', '1/Month', 11],
  ['Azure Files', 'Azure Files Protected Instances', '1/Month', 5.5],
  ['SQL Server in Azure VM', 'SQL Server in Azure VM Protected Instances', '1/Month', 33],
  ['Standard', 'LRS Data Stored', '1 GB/Month', 0.025],
  ['Standard', 'ZRS Data Stored', '1 GB/Month', 0.03],
  ['Standard', 'GRS Data Stored', '1 GB/Month', 0.05],
  ['Standard', 'RA-GRS Data Stored', '1 GB/Month', 0.06],
  ['Archive', 'LRS Data Stored', '1 GB/Month', 0.002],
].map(([skuName, meterName, unitOfMeasure, retailPrice]) => ({
  productName: 'Backup',
  skuName: String(skuName),
  meterName: String(meterName),
  unitOfMeasure: String(unitOfMeasure),
  retailPrice: Number(retailPrice),
}));

const RECOVERY_METERS: readonly Meter[] = ['Azure', 'System Center'].map((skuName, index) => ({
  productName: 'Azure Site Recovery',
  skuName,
  meterName: `VM Replicated to ${skuName}`,
  unitOfMeasure: '1/Month',
  retailPrice: index === 0 ? 27 : 17,
}));

export const RETAIL_ROWS: readonly RetailRow[] = REGIONS.flatMap(([armRegionName, location, factor]) => {
  const common = { armRegionName, location, tierMinimumUnits: 0, isPrimaryMeterRegion: true };
  const consumption = (service: typeof STORAGE, meter: Meter): RetailRow => ({
    ...service,
    ...meter,
    ...common,
    retailPrice: Math.round(meter.retailPrice * factor * 1e6) / 1e6,
    type: 'Consumption',
  });
  const storage = DISK_FAMILIES.flatMap((family) => diskMeters(...family)).map((meter) => consumption(STORAGE, meter));
  const backup = BACKUP_METERS.map((meter) => consumption(BACKUP, meter));
  const recovery = RECOVERY_METERS.map((meter) => consumption(RECOVERY, meter));
  return [
    ...storage,
    ...backup,
    ...recovery,
    // The price of a whole term of 100 TB, not of a GB; and what only development subscriptions pay.
    ...backup
      .filter(({ meterName }) => meterName.endsWith('Data Stored'))
      .map((row): RetailRow => ({ ...row, type: 'Reservation', reservationTerm: '1 Year', retailPrice: 207_775 })),
    ...storage
      .filter(({ skuName }) => skuName === 'P10 LRS')
      .map((row): RetailRow => ({ ...row, type: 'DevTestConsumption', retailPrice: row.retailPrice / 2 })),
  ];
});
