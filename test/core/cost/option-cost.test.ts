import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../../src/core/fact.ts';
import {
  diskTier,
  protectedInstance,
  replicatedInstance,
  snapshotStorage,
  vaultStorage,
} from '../../../src/core/cost/meter.ts';
import { costOfOption, type Setup } from '../../../src/core/cost/option-cost.ts';
import { instantRestoreGiB, pointsGiB, vaultGiB } from '../../../src/core/cost/retention.ts';
import { defaultBase } from '../../../src/core/cost/size.ts';
import { optionIds } from '../../../src/core/option.ts';
import { bookOf } from './price-builder.ts';

const west = 'westeurope';
const north = 'northeurope';
const book = bookOf(
  [snapshotStorage('Standard_LRS', west)!, 0.05],
  [protectedInstance(west), 10],
  [vaultStorage('geo-redundant', false, west), 0.04],
  [vaultStorage('geo-redundant', true, west), 0.06],
  [replicatedInstance(north), 25],
  [diskTier('Premium_LRS', 64, north)!, 10],
);
const keeping = {
  tier: 'enhanced',
  instantRestoreDays: 5,
  dailyDays: 30,
  weeklyWeeks: 0,
  monthlyMonths: 0,
  yearlyYears: 0,
} as const;
const setup = (usedGiB: number | undefined, over: Partial<Setup> = {}): Setup => ({
  machine: { name: 'web01', location: west },
  disks: [{ name: 'os', sku: 'Premium_LRS', provisionedGiB: known(64), ...(usedGiB === undefined ? {} : { usedGiB }) }],
  backup: keeping,
  vault: { redundancy: known('geo-redundant'), crossRegionRestore: false },
  snapshots: { incremental: true, points: 1, everyDays: 1, sku: 'Standard_LRS' },
  restorePoints: { incremental: true, points: 1, everyDays: 1 },
  targetRegion: known(north),
  ...over,
});

describe('what points take up', () => {
  test("Microsoft's example: 100 GB, 2 % a day, 5 days is 10 GB under a standard policy and 108 under an enhanced one (B-69)", () => {
    expect(instantRestoreGiB(100, { ...keeping, tier: 'standard' }, defaultBase)).toBeCloseTo(10);
    expect(instantRestoreGiB(100, keeping, defaultBase)).toBeCloseTo(108);
  });

  test("the vault holds one whole copy and a day's change for each further daily point", () => {
    expect(vaultGiB(100, keeping, defaultBase)).toBeCloseTo(158);
  });

  test('weekly points count only beyond the daily ones, and no point holds more than the whole', () => {
    expect(vaultGiB(100, { ...keeping, weeklyWeeks: 4 }, defaultBase)).toBeCloseTo(158);
    expect(vaultGiB(100, { ...keeping, weeklyWeeks: 6 }, defaultBase)).toBeCloseTo(158 + 2 * 14);
    expect(vaultGiB(100, { ...keeping, yearlyYears: 2 }, defaultBase)).toBeCloseTo(158 + 2 * 100);
  });

  test('full snapshots are whole each, incremental ones hold what changed', () => {
    expect(pointsGiB(10, { incremental: false, points: 3, everyDays: 1 }, defaultBase)).toBe(30);
    expect(pointsGiB(10, { incremental: true, points: 3, everyDays: 1 }, defaultBase)).toBeCloseTo(10.4);
  });
});

describe('options', () => {
  test.each(['disk-snapshot', 'restore-point', 'managed-image', 'gallery-image'] as const)(
    '%s of a 64 GiB disk using 10 GiB is billed for 10',
    (option) => {
      expect(costOfOption(option, setup(10), book)).toMatchObject({ monthlyUsd: 0.5, meters: [{ quantity: 10 }] });
    },
  );

  test('Azure Backup is the fee, the vault and the instant-restore snapshots', () => {
    const cost = costOfOption('azure-backup', setup(10), book);
    expect(cost.meters.map(({ monthlyUsd }) => monthlyUsd)).toEqual([5, 0.63, 0.54]);
    expect(cost.monthlyUsd).toBe(6.17);
  });

  test('cross-region restore makes the vault dearer', () => {
    const vault = { redundancy: known('geo-redundant' as const), crossRegionRestore: true };
    expect(costOfOption('azure-backup', setup(10, { vault }), book).meters[1]?.meter).toBe('RA-GRS Data Stored');
  });

  test('a vault whose redundancy is not known leaves the sum unknown', () => {
    const vault = { redundancy: unknown('no-permission', 'the vault may not be read'), crossRegionRestore: false };
    const cost = costOfOption('azure-backup', setup(10, { vault }), book);
    expect(cost).toMatchObject({ monthlyUsd: 'unknown', knownUsd: 5.54 });
    expect(cost.meters[1]?.why).toBe('the vault may not be read');
  });

  test('Site Recovery is billed by whole disks where they are replicated to, and says what it leaves out', () => {
    const cost = costOfOption('site-recovery', setup(undefined), book);
    expect(cost.monthlyUsd).toBe(35);
    expect(cost).not.toHaveProperty('atMostUsd');
    expect(cost.notCounted).toContain('traffic between regions');
  });

  test('where the target region is not known Site Recovery has no price', () => {
    const cost = costOfOption(
      'site-recovery',
      setup(10, { targetRegion: unknown('not-knowable', 'no region is named') }),
      book,
    );
    expect(cost).toMatchObject({ monthlyUsd: 'unknown', knownUsd: 0 });
    expect(cost.meters[0]?.why).toBe('no region is named');
  });

  test.each(optionIds)('%s says what it assumes', (option) => {
    const { assumptions } = costOfOption(option, setup(undefined), book);
    expect(assumptions.length).toBeGreaterThan(0);
    if (option !== 'site-recovery') expect(assumptions.join(' ')).toContain('which is the most');
  });

  test('a disk of unknown size makes every option by size unknown, never cheaper', () => {
    const disks = [
      ...setup(10).disks,
      { name: 'data', sku: 'Premium_LRS', provisionedGiB: unknown('not-answered', 'nobody said') },
    ];
    for (const option of optionIds) expect(costOfOption(option, setup(10, { disks }), book).monthlyUsd).toBe('unknown');
  });
});
