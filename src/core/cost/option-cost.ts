/** What each option costs a machine a month once it runs as the guidance asks: known before anything is enabled. */
import { known, mapFact, unknown, type Fact } from '../fact.ts';
import { counted } from '../duration.ts';
import type { AttachedDisk, Machine, Redundancy } from '../estate.ts';
import type { Guidance, Objective } from '../guidance.ts';
import type { OptionId } from '../option.ts';
import { estimate, noMeter, type CostEstimate, type Part, type Usage } from './estimate.ts';
import { protectedInstance } from './meter.ts';
import type { PriceBook } from './price-book.ts';
import { instantRestoreGiB, pointsGiB, vaultGiB, type BackupKeeping, type PointKeeping } from './retention.ts';
import { billedGiB, changeAssumption, defaultBase, isUsedKnown, sizeAssumptions, sumGiB } from './size.ts';
import type { Mode, ReckoningBase, StoredSize } from './size.ts';
import { diskPart, instanceUnits, replicationPart, snapshotMeter, vaultMeter } from './stored-cost.ts';

/** How an option would be set up for a machine. */
export interface Setup {
  readonly machine: Pick<Machine, 'name' | 'location'>;
  readonly disks: readonly StoredSize[];
  readonly backup: BackupKeeping;
  /** What instant restore takes snapshots of: under a standard policy excluded disks too (facts B-58). */
  readonly snapshotDisks?: readonly StoredSize[];
  readonly vault: { readonly redundancy: Fact<Redundancy>; readonly crossRegionRestore: boolean };
  readonly snapshots: PointKeeping & { readonly sku: string };
  readonly restorePoints: PointKeeping;
  /** Region it would be replicated to. */
  readonly targetRegion: Fact<string>;
}

export const costOfOption = (
  option: OptionId,
  setup: Setup,
  book: PriceBook,
  base: ReckoningBase = defaultBase,
): CostEstimate => {
  const usage = (mode: Mode): Usage => usages[option](setup, (size) => billedGiB(size, mode, base), base);
  const exact = option === 'site-recovery' || isUsedKnown(setup.disks);
  return exact ? estimate(book, usage('expected')) : estimate(book, usage('expected'), usage('at-most'));
};

type Gib = (size: StoredSize) => Fact<number>;
type UsageOf = (setup: Setup, gib: Gib, base: ReckoningBase) => Usage;

const azureBackup: UsageOf = ({ machine: { location }, disks, backup, vault, snapshotDisks }, gib, base) => {
  const used = sumGiB(disks.map(gib));
  const feeSize = backup.agentless
    ? mapFact(sumGiB(disks.map(({ provisionedGiB }) => provisionedGiB)), (size) => size / 2)
    : used;
  return {
    parts: [
      {
        what: 'protected instance',
        meter: known(protectedInstance(location)),
        quantity: mapFact(feeSize, instanceUnits),
      },
      {
        what: 'vault storage',
        meter: vaultMeter(vault.redundancy, vault.crossRegionRestore, location),
        quantity: mapFact(used, (size) => vaultGiB(size, backup, base)),
      },
      {
        what: 'instant-restore snapshots',
        meter: snapshotMeter('Standard_LRS', location),
        quantity: mapFact(sumGiB((snapshotDisks ?? disks).map(gib)), (size) => instantRestoreGiB(size, backup, base)),
      },
    ],
    assumptions: [
      ...sizeAssumptions(disks, base),
      changeAssumption(base),
      `Once all are there: ${keptText(backup)}; ${counted(backup.instantRestoreDays, 'day')} of instant restore.`,
      'Nothing is billed before the first backup succeeded (B-130).',
      'Instant-restore snapshots are reckoned as Standard HDD (B-70); bills have shown another meter (C-02).',
    ],
    notCounted: [],
  };
};

const keptText = ({ dailyDays, weeklyWeeks, monthlyMonths, yearlyYears }: BackupKeeping): string =>
  [
    `${dailyDays} daily`,
    ...(weeklyWeeks > 0 ? [`${weeklyWeeks} weekly`] : []),
    ...(monthlyMonths > 0 ? [`${monthlyMonths} monthly`] : []),
    ...(yearlyYears > 0 ? [`${yearlyYears} yearly`] : []),
  ].join(', ');

const siteRecovery: UsageOf = ({ disks, targetRegion }) => ({
  parts: targetRegion.known
    ? [replicationPart(targetRegion.value), ...disks.map((disk) => diskPart(disk, targetRegion.value))]
    : [{ what: 'replicated machine and its disks', meter: noMeter(targetRegion.detail), quantity: known(1) }],
  assumptions: [
    'Replica disks are of the SKU and size of the source and billed whole, used or not.',
    'The first 31 days of a machine are free of the fee, not of its disks (R-71).',
  ],
  notCounted: [
    'recovery points of the replica disks',
    'the cache storage account',
    'traffic between regions',
    'machines that run in drills',
  ],
});

const diskSnapshot: UsageOf = ({ machine, disks, snapshots }, gib, base) => ({
  parts: copies('snapshots', snapshots.sku, machine.location, disks, gib, (used) => pointsGiB(used, snapshots, base)),
  assumptions: [...sizeAssumptions(disks, base), ...pointAssumptions(snapshots, base)],
  notCounted: [],
});

const restorePoint: UsageOf = ({ machine: { location }, disks, restorePoints: kept }, gib, base) => ({
  parts: copies('restore points', 'Standard_LRS', location, disks, gib, (used) => pointsGiB(used, kept, base)),
  assumptions: [
    ...sizeAssumptions(disks, base),
    ...pointAssumptions(kept, base),
    'No page names a price of restore points; they are reckoned as snapshots on Standard HDD (P-24).',
  ],
  notCounted: [],
});

const image =
  (what: string, caveat: string): UsageOf =>
  ({ machine, disks }, gib, base) => ({
    parts: copies(what, 'Standard_LRS', machine.location, disks, gib, (used) => used),
    assumptions: [...sizeAssumptions(disks, base), caveat],
    notCounted: [],
  });

const usages: Readonly<Record<OptionId, UsageOf>> = {
  'azure-backup': azureBackup,
  'site-recovery': siteRecovery,
  'disk-snapshot': diskSnapshot,
  'restore-point': restorePoint,
  'managed-image': image('image', 'Images are billed as snapshots on Standard HDD, by used size (C-07).'),
  'gallery-image': image(
    'image version',
    'One replica in the region of the machine, on Standard HDD; each further one costs as much again (C-07).',
  ),
};

const pointAssumptions = ({ points, everyDays, incremental }: PointKeeping, base: ReckoningBase): readonly string[] =>
  points === 1
    ? ['One point is kept.']
    : [
        `${points} points are kept, ${intervalText(everyDays)} apart, ${incremental ? 'the first' : 'each'} whole.`,
        ...(incremental ? [changeAssumption(base)] : []),
      ];

const intervalText = (days: number): string =>
  days < 1 ? counted(Math.round(days * 24), 'hour') : counted(Math.round(days * 10) / 10, 'day');

const copies = (
  what: string,
  sku: string,
  region: string,
  disks: readonly StoredSize[],
  gib: Gib,
  stored: (usedGiB: number) => number,
): readonly Part[] => [{ what, meter: snapshotMeter(sku, region), quantity: mapFact(sumGiB(disks.map(gib)), stored) }];

/** Managed disks; those on the host or in a storage account are in no point of these options. */
export const storedSizes = (disks: readonly AttachedDisk[]): readonly StoredSize[] =>
  disks
    .filter(({ kind }) => kind === 'managed')
    .map((attached) => {
      const disk = attached.disk.known ? attached.disk.value : undefined;
      const size = disk?.sizeGiB ?? attached.declaredSizeGiB;
      const sku = disk?.sku ?? attached.declaredSku;
      return {
        name: attached.name,
        ...(sku === undefined ? {} : { sku }),
        provisionedGiB:
          size === undefined ? unknown('not-answered', `the size of ${attached.name} is not known`) : known(size),
      };
    });

/** As the guidance would set the options up for a machine of this objective. */
export const setupFor = (
  machine: Machine,
  objective: Objective,
  guidance: Guidance,
  tier: BackupKeeping['tier'],
): Setup => {
  const { snapshot, vault, backupPolicy } = guidance.plan;
  const { retain } = backupPolicy;
  const everyDays = objective.rpoHours.value / 24;
  const points = (days: number): number => Math.max(1, Math.ceil(days / everyDays));
  return {
    machine,
    disks: storedSizes(machine.disks),
    backup: {
      tier,
      instantRestoreDays: backupPolicy.instantRestoreDays.value,
      dailyDays: Math.max(retain.dailyDays.value, objective.retainDays.value),
      weeklyWeeks: retain.weeklyWeeks?.value ?? 0,
      monthlyMonths: retain.monthlyMonths?.value ?? 0,
      yearlyYears: retain.yearlyYears?.value ?? 0,
    },
    vault: { redundancy: known(vault.redundancy.value), crossRegionRestore: vault.crossRegionRestore.value },
    snapshots: {
      incremental: snapshot.incremental,
      points: points(Math.max(objective.retainDays.value, snapshot.retainDays.value)),
      everyDays,
      sku: 'Standard_LRS',
    },
    restorePoints: { incremental: true, points: points(objective.retainDays.value), everyDays },
    targetRegion: unknown('not-knowable', 'the guidance names no region to replicate to'),
  };
};
