import nock from 'nock';
import { afterEach, describe, expect, test } from 'vitest';
import { clouds } from '../../src/azure/cloud.ts';
import { connectPrices } from '../../src/azure/connect.ts';
import { readPrices } from '../../src/azure/read-prices.ts';
import { protectedInstance, snapshotStorage, vaultStorage, type Meter } from '../../src/core/cost/meter.ts';
import { priceOf } from '../../src/core/cost/price-book.ts';
import { intercept, testClock, type Reply, type Sent } from './arm-rig.ts';

afterEach(() => nock.cleanAll());

const snapshots = snapshotStorage('Standard_LRS', 'westeurope')!;
const rowOf = ({ service, product, sku, meter, region, unit }: Meter, price: number, over: object = {}) => ({
  currencyCode: 'USD',
  tierMinimumUnits: 0,
  retailPrice: price,
  unitPrice: price,
  armRegionName: region,
  location: 'EU West',
  effectiveStartDate: '2020-01-01T00:00:00Z',
  meterName: meter,
  productName: product,
  skuName: sku,
  serviceName: service,
  unitOfMeasure: unit === 'month' ? '1/Month' : '1 GB/Month',
  type: 'Consumption',
  isPrimaryMeterRegion: true,
  ...over,
});
const list = (items: readonly object[], next: string | null = null): Reply => [
  200,
  {
    BillingCurrency: 'USD',
    CustomerEntityId: 'Default',
    CustomerEntityType: 'Retail',
    Items: items,
    NextPageLink: next,
    Count: items.length,
  },
];

const read = async (
  answer: (sent: Sent) => Reply | undefined,
  meters: readonly Meter[] = [snapshots],
  patienceMs = 5000,
) => {
  const sent = intercept(answer, 'https://prices.azure.com');
  const transport = connectPrices(clouds[0]!, { elapsedMs: () => 0 });
  const clock = testClock();
  const book = await readPrices(meters, { transport, cloudName: 'AzurePublic', clock, concurrency: 2, patienceMs });
  return {
    book,
    sent,
    clock,
    usd: (meter: Meter) => {
      const price = priceOf(book, meter);
      return price.known ? price.value.usd : price.detail;
    },
  };
};

describe('live prices', () => {
  test('one question a product and region, without a token, values as Azure spells them', async () => {
    const vault = vaultStorage('geo-redundant', false, 'westeurope');
    const fee = protectedInstance('westeurope');
    const { sent, usd } = await read(
      ({ path }) =>
        path.includes("'Backup'") ? list([rowOf(vault, 0.05), rowOf(fee, 11)]) : list([rowOf(snapshots, 0.06)]),
      [snapshots, vault, fee],
    );
    expect(sent).toHaveLength(2);
    expect(sent[0]?.path).toContain("productName eq 'Standard HDD Managed Disks' and armRegionName eq 'westeurope'");
    expect(sent.every(({ headers }) => headers['authorization'] === undefined)).toBe(true);
    expect([snapshots, vault, fee].map(usd)).toEqual([0.06, 0.05, 11]);
  });

  test('every page is followed, as Azure links it with its port', async () => {
    const { usd, sent } = await read(({ path }) =>
      path.includes('$skip=1')
        ? list([rowOf(snapshots, 0.06)])
        : list([rowOf(snapshots, 1, { skuName: 'S4 LRS' })], 'https://prices.azure.com:443/api/retail/prices?$skip=1'),
    );
    expect(sent).toHaveLength(2);
    expect(usd(snapshots)).toBe(0.06);
  });

  test('a second page that does not come leaves the price unknown, though the first may have held it', async () => {
    const { usd } = await read(({ path }) =>
      path.includes('$skip=1')
        ? [500, { error: 'no' }]
        : list([rowOf(snapshots, 0.06)], 'https://prices.azure.com/api/retail/prices?$skip=1'),
    );
    expect(usd(snapshots)).toContain('could not be read');
  });

  test('reservations, development prices, later tiers and other currencies are other prices', async () => {
    const { usd } = await read(() =>
      list([
        rowOf(snapshots, 207_775, { type: 'Reservation' }),
        rowOf(snapshots, 0.01, { type: 'DevTestConsumption' }),
        rowOf(snapshots, 0.02, { tierMinimumUnits: 1000 }),
        rowOf(snapshots, 0.03, { currencyCode: 'EUR' }),
        rowOf(snapshots, 0.04, { armRegionName: 'northeurope' }),
        rowOf(snapshots, 0.06),
      ]),
    );
    expect(usd(snapshots)).toBe(0.06);
  });

  test.each([
    ['no row', [], 'lists no price'],
    ['two rows that disagree', [rowOf(snapshots, 0.06), rowOf(snapshots, 0.07)], 'several prices'],
    ['a price of 0', [rowOf(snapshots, 0)], 'at 0'],
    ['another unit', [rowOf(snapshots, 0.06, { unitOfMeasure: '1 GB/Hour' })], 'not per GB-month'],
  ])('%s gives no price, and says why', async (_, rows, words) => {
    expect((await read(() => list(rows))).usd(snapshots)).toContain(words);
  });

  test('of two rows the primary one counts', async () => {
    const rows = [rowOf(snapshots, 0.07, { isPrimaryMeterRegion: false }), rowOf(snapshots, 0.06)];
    expect((await read(() => list(rows))).usd(snapshots)).toBe(0.06);
  });

  test('a list that turns requests away is asked again after the time it names, and no longer than patience lasts', async () => {
    let asked = 0;
    const { usd, clock } = await read(() =>
      (asked += 1) === 1 ? [429, {}, { 'retry-after': '2' }] : list([rowOf(snapshots, 0.06)]),
    );
    expect(clock.waits).toEqual([2000]);
    expect(usd(snapshots)).toBe(0.06);
    nock.cleanAll();
    const never = await read(() => [429, {}, { 'retry-after': '60' }]);
    expect(never.clock.waits).toEqual([]);
    expect(never.usd(snapshots)).toContain('could not be read');
  });

  test('an answer that is no price list leaves prices unknown instead of throwing', async () => {
    expect((await read(() => [200, '<html>sign in to the proxy</html>'])).usd(snapshots)).toContain(
      'the answer is no JSON',
    );
    nock.cleanAll();
    expect((await read(() => [200, {}])).usd(snapshots)).toContain('no "Items"');
    nock.cleanAll();
    expect((await read(() => list([], 'https://prices.azure.com/api/retail/prices?$skip=1'))).usd(snapshots)).toContain(
      'do not end',
    );
  });

  test('a page elsewhere is not asked for', async () => {
    const { usd, sent } = await read(() => list([rowOf(snapshots, 0.06)], 'https://example.org/api/retail/prices'));
    expect(sent).toHaveLength(1);
    expect(usd(snapshots)).toContain('could not be read');
  });

  test.each(['AzureUSGovernment', 'AzureChina'])(
    '%s has no price list that is documented, and says so',
    async (name) => {
      const cloud = clouds.find((one) => one.name === name)!;
      const transport = connectPrices(cloud, { elapsedMs: () => 0 });
      expect(transport).toBeUndefined();
      const book = await readPrices([snapshots], { transport, cloudName: name, clock: testClock(), concurrency: 1 });
      expect(priceOf(book, snapshots)).toMatchObject({
        known: false,
        detail: `cloud ${name} names no Retail Prices API`,
      });
    },
  );
});
