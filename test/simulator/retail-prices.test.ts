import { describe, expect, test } from 'vitest';
import { RETAIL_ROWS } from '../../src/simulator/retail-price-rows.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';

interface Page {
  readonly Items: readonly Readonly<Record<string, unknown>>[];
  readonly NextPageLink: string | null;
  readonly Count: number;
}

const simulator = createSimulator();
const ask = async (url: string): Promise<{ readonly status: number; readonly body: Page }> => {
  const response = await simulator.handle(new Request(url));
  return { status: response.status, body: (await response.json()) as Page };
};
const at = (query: Readonly<Record<string, string>>): string =>
  `https://prices.azure.com/api/retail/prices?${new URLSearchParams(query).toString()}`;
const preview = '2023-01-01-preview';
const hdd =
  "serviceName eq 'Storage' and productName eq 'Standard HDD Managed Disks' and armRegionName eq 'westeurope'";

describe('the simulated price list', () => {
  test('needs no login and answers in the documented shape', async () => {
    const { status, body } = await ask(
      at({ 'api-version': preview, $filter: `${hdd} and meterName eq 'LRS Snapshots'` }),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      BillingCurrency: 'USD',
      CustomerEntityId: 'Default',
      CustomerEntityType: 'Retail',
      NextPageLink: null,
      Count: 1,
    });
    expect(Object.keys(body.Items[0]!).sort()).toEqual([
      'armRegionName',
      'armSkuName',
      'currencyCode',
      'effectiveStartDate',
      'isPrimaryMeterRegion',
      'location',
      'meterId',
      'meterName',
      'productId',
      'productName',
      'retailPrice',
      'serviceFamily',
      'serviceId',
      'serviceName',
      'skuId',
      'skuName',
      'tierMinimumUnits',
      'type',
      'unitOfMeasure',
      'unitPrice',
    ]);
  });

  test('pages are linked until every row was shown once', async () => {
    const seen: unknown[] = [];
    let next: string | null = at({ 'api-version': preview, $filter: hdd });
    while (next !== null) {
      const { body }: { body: Page } = await ask(next);
      seen.push(...body.Items.map(({ meterName }) => meterName));
      next = body.NextPageLink;
    }
    const rows = RETAIL_ROWS.filter(
      (row) => row.productName === 'Standard HDD Managed Disks' && row.armRegionName === 'westeurope',
    );
    expect(seen).toEqual(rows.map(({ meterName }) => meterName));
    expect(seen.length).toBeGreaterThan(10);
  });

  test('values regard letter case from the preview version on, and did not before', async () => {
    const folded = hdd.replace("'Storage'", "'storage'");
    expect((await ask(at({ 'api-version': preview, $filter: folded }))).body.Count).toBe(0);
    expect((await ask(at({ $filter: folded }))).body.Count).toBeGreaterThan(0);
  });

  test.each([
    ['a filter it does not know', { $filter: "contains(meterName, 'LRS')" }],
    ['a filter cut short', { $filter: "serviceName eq 'Storage' and " }],
    ['a field that cannot be filtered by', { $filter: "retailPrice eq '1'" }],
    ['another currency', { currencyCode: "'EUR'" }],
    ['a version that never was', { 'api-version': '2020-01-01' }],
  ])('%s is refused', async (_, query) => {
    expect((await ask(at(query))).status).toBe(400);
  });
});
