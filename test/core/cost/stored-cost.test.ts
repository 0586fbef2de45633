import { describe, expect, test } from 'vitest';
import { known, unknown } from '../../../src/core/fact.ts';
import { diskTier, protectedInstance, snapshotStorage, vaultStorage } from '../../../src/core/cost/meter.ts';
import { noPrices } from '../../../src/core/cost/price-book.ts';
import { costOfStored, instanceUnits } from '../../../src/core/cost/stored-cost.ts';
import { bookOf } from './price-builder.ts';

const region = 'eastus';
const book = bookOf(
  [snapshotStorage('Standard_LRS', region)!, 0.05],
  [snapshotStorage('Premium_LRS', region)!, 0.132],
  [protectedInstance(region), 10],
  [vaultStorage('geo-redundant', false, region), 0.0448],
  [diskTier('Premium_LRS', 128, region)!, 19.71],
);

describe('what is kept is billed by used size', () => {
  test('a snapshot of a 64 GiB disk using 10 GiB is billed for 10', () => {
    const cost = costOfStored({ kind: 'snapshot', region, sku: 'Standard_LRS', sizeGiB: 64, usedGiB: 10 }, book);
    expect(cost.meters[0]).toMatchObject({ quantity: 10, meter: 'LRS Snapshots', sku: 'Snapshots LRS' });
    expect(cost.monthlyUsd).toBe(0.5);
    expect(cost).not.toHaveProperty('atMostUsd');
    expect(cost.assumptions).toEqual([]);
  });

  test('where the used size is not known the full disk is the most it can be, and that is said', () => {
    const cost = costOfStored({ kind: 'snapshot', region, sku: 'Standard_LRS', sizeGiB: 64 }, book);
    expect(cost).toMatchObject({ monthlyUsd: 3.2, atMostUsd: 3.2 });
    expect(cost.assumptions[0]).toContain('which is the most');
  });

  test('an expected fill gives an expected figure beside the most, with its source', () => {
    const cost = costOfStored({ kind: 'snapshot', region, sku: 'Standard_LRS', sizeGiB: 100 }, book, {
      dailyChange: { value: 0.02, source: 'https://example.org/a' },
      usedShare: { value: 0.4, source: 'https://example.org/b' },
    });
    expect(cost).toMatchObject({ monthlyUsd: 2, atMostUsd: 5 });
    expect(cost.assumptions[0]).toContain('https://example.org/b');
  });

  test('a premium snapshot goes by the premium meter, not by the standard one', () => {
    expect(
      costOfStored({ kind: 'snapshot', region, sku: 'Premium_LRS', sizeGiB: 64, usedGiB: 10 }, book).monthlyUsd,
    ).toBe(1.32);
  });

  test('a disk is billed whole by its tier, used or not', () => {
    const cost = costOfStored({ kind: 'disk', region, sku: 'Premium_LRS', sizeGiB: 100, usedGiB: 1 }, book);
    expect(cost).toMatchObject({ monthlyUsd: 19.71 });
    expect(cost.meters[0]?.meter).toBe('P10 LRS Disk');
  });

  test('a stopped item keeps its fee and its copy in the vault', () => {
    const cost = costOfStored(
      { kind: 'backup-item', region, redundancy: known('geo-redundant'), usedGiB: 100, sizeGiB: 128 },
      book,
    );
    expect(cost.monthlyUsd).toBe(14.48);
  });

  test.each([
    [10, 0.5],
    [50, 0.5],
    [51, 1],
    [500, 1],
    [501, 2],
    [1000, 2],
    [1001, 3],
  ])('a machine using %i GB is %d protected instances', (used, units) => expect(instanceUnits(used)).toBe(units));
});

describe('an unknown price is unknown, never 0', () => {
  test('a region the table lacks makes the sum unknown, and says what is missing', () => {
    const cost = costOfStored(
      { kind: 'snapshot', region: 'brazilsouth', sku: 'Standard_LRS', sizeGiB: 64, usedGiB: 10 },
      book,
    );
    expect(cost).toMatchObject({ monthlyUsd: 'unknown', knownUsd: 0 });
    expect(cost.meters[0]).toMatchObject({ monthlyUsd: 'unknown', unitUsd: 'unknown', quantity: 10 });
    expect(cost.meters[0]?.why).toContain('brazilsouth');
  });

  test('one unknown part makes the sum unknown; the priced part is still shown', () => {
    const cost = costOfStored({ kind: 'backup-item', region, redundancy: known('zone-redundant'), usedGiB: 100 }, book);
    expect(cost).toMatchObject({ monthlyUsd: 'unknown', knownUsd: 10 });
  });

  test('a size that is not known is not reckoned as none', () => {
    const cost = costOfStored({ kind: 'snapshot', region, sku: 'Standard_LRS' }, book);
    expect(cost).toMatchObject({ monthlyUsd: 'unknown', atMostUsd: 'unknown' });
    expect(cost.meters[0]?.why).toContain('size');
  });

  test('no price is made up for a SKU without a meter', () => {
    expect(costOfStored({ kind: 'snapshot', region, sku: 'UltraSSD_LRS', usedGiB: 1 }, book).monthlyUsd).toBe(
      'unknown',
    );
    expect(costOfStored({ kind: 'disk', region, sku: 'PremiumV2_LRS', sizeGiB: 64 }, book).monthlyUsd).toBe('unknown');
  });

  test('prices that could not be had at all leave everything unknown, with the reason', () => {
    const none = noPrices('live prices', unknown('not-answered', 'prices.azure.com did not answer'));
    const cost = costOfStored({ kind: 'snapshot', region, sku: 'Standard_LRS', usedGiB: 10 }, none);
    expect(cost.monthlyUsd).toBe('unknown');
    expect(cost.meters[0]?.why).toBe('prices.azure.com did not answer');
  });
});
