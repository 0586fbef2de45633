import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pricesJsonSchema } from '../../../src/build/generate-schema.ts';
import { meterKey, protectedInstance, snapshotStorage, type Meter } from '../../../src/core/cost/meter.ts';
import { perUnit, priceOf } from '../../../src/core/cost/price-book.ts';
import { parsePriceFile } from '../../../src/core/cost/price-file.ts';

const at = (path: string): string => readFileSync(new URL(`../../../config/${path}`, import.meta.url), 'utf8');
const shipped = at('prices.json');

const row = {
  service: 'Storage',
  product: 'Standard HDD Managed Disks',
  sku: 'Snapshots LRS',
  meter: 'LRS Snapshots',
  region: 'eastus',
  unit: '1 GB/Month',
  price: 0.05,
  source: 'https://example.org',
  seen: '2026-01-01',
};
const file = (...meters: readonly object[]): string =>
  JSON.stringify(
    { schemaVersion: 1, asOf: '2026-11-22', currency: 'USD', source: 'https://example.org', meters },
    null,
    2,
  );

const problemsOf = (text: string) => {
  const parsed = parsePriceFile(text, 'prices.json');
  return parsed.kind === 'invalid' ? parsed.problems : [];
};

describe('the shipped price table', () => {
  const parsed = parsePriceFile(shipped, 'config/prices.json');

  test('is valid, and every row has a day and a source', () => {
    expect(parsed.kind === 'invalid' ? parsed.problems : []).toEqual([]);
    const { meters } = JSON.parse(shipped) as { meters: { seen: string; source: string }[] };
    for (const { seen, source } of meters) {
      expect(seen).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(source).toMatch(/^https:/);
    }
  });

  test('has the snapshot price of East US that Azure lists (C-01)', () => {
    if (parsed.kind !== 'prices') throw new Error('invalid');
    expect(priceOf(parsed.book, snapshotStorage('Standard_LRS', 'eastus')!)).toMatchObject({
      known: true,
      value: { usd: 0.05, asOf: '2026-07-24' },
    });
  });

  test('its schema file is the one the schema generates: run `node src/build/generate-schema.ts` when this fails', () => {
    expect(at('prices.schema.json')).toBe(pricesJsonSchema());
  });
});

describe('a price table with mistakes', () => {
  test.each([
    ['no JSON', '{"schemaVersion": 1,\n', 'prices-not-json', 2, 1, 'not JSON'],
    ['a price of 0', file({ ...row, price: 0 }), 'prices-invalid', 14, 16, 'meters.0.price: must be more than 0'],
    ['another currency', file(row).replace('USD', 'EUR'), 'prices-invalid', 4, 15, 'currency: must be "USD"'],
    ['an unknown member', file({ ...row, prise: 1 }), 'prices-invalid', 17, 16, 'prise'],
    ['no source', file({ ...row, source: 'somewhere' }), 'prices-invalid', 15, 17, 'must be an https link'],
    ['no day', file({ ...row, seen: 'lately' }), 'prices-invalid', 16, 15, 'must be a day'],
    ['a meter twice', file(row, { ...row, price: 0.06 }), 'prices-twice', 18, 5, 'stands here twice'],
  ])('%s is told with its line and column', (_, text, code, line, column, words) => {
    const [problem] = problemsOf(text);
    expect(problem).toMatchObject({ code, at: { file: 'prices.json', line, column } });
    expect(problem?.summary).toContain(words);
  });

  test('a byte order mark is no mistake', () => {
    expect(problemsOf(`\uFEFF${file(row)}`)).toEqual([]);
  });
});

describe('a price', () => {
  test.each<[string, number, string, Meter['unit'], number | 'unknown']>([
    ['a GB', 0.05, '1 GB/Month', 'GB-month', 0.05],
    ['a hundred GB', 5, '100 GB/Month', 'GB-month', 0.05],
    ['one', 10, '1/Month', 'month', 10],
    ['one, written apart', 10, '1 /Month', 'month', 10],
    ['an hour', 1, '1 Hour', 'month', 'unknown'],
    ['ten thousand operations', 1, '10K', 'month', 'unknown'],
    ['a GB where one is asked for', 0.05, '1 GB/Month', 'month', 'unknown'],
    ['nothing', 1, '0/Month', 'month', 'unknown'],
  ])('per %s', (_, price, unit, wanted, usd) => {
    const per = perUnit(price, unit, wanted);
    expect(per.known ? per.value : 'unknown').toBe(usd);
  });

  test('one meter under the names that rows were seen with is one meter', () => {
    const long = protectedInstance('westeurope');
    for (const meter of ['Azure VM Protected Instance', 'Protected Instances', 'Azure VM Protected Instances']) {
      expect(meterKey({ ...long, meter })).toBe(meterKey(long));
    }
    const vault = { ...long, sku: 'Standard' };
    expect(meterKey({ ...vault, meter: 'Standard GRS Data Stored' })).toBe(
      meterKey({ ...vault, meter: 'GRS Data Stored' }),
    );
    expect(meterKey({ ...vault, meter: 'RA-GRS Data Stored' })).not.toBe(
      meterKey({ ...vault, meter: 'GRS Data Stored' }),
    );
  });

  test('the operations and mounts of a disk are other meters than the disk', () => {
    const disk = { ...protectedInstance('eastus'), sku: 'P10 LRS' };
    const keys = ['P10 LRS Disk', 'P10 LRS Disk Mount', 'P10 LRS Disk Operations'].map((meter) =>
      meterKey({ ...disk, meter }),
    );
    expect(new Set(keys).size).toBe(3);
  });
});
