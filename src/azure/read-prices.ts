/**
 * Today's prices from the public Retail Prices API, a product and region at a time. A page that does not come leaves
 * the meters of its product and region unknown, with the reason; nothing here throws for it.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
 */
import { known, unknown, type Fact, type Unknown } from '../core/fact.ts';
import { meterKey, type Meter } from '../core/cost/meter.ts';
import { gapKey, noPrices, perUnit, type Price, type PriceBook } from '../core/cost/price-book.ts';
import type { Clock } from '../engine/ports.ts';
import { makeInquiry, type Inquiry } from './inquiry.ts';
import { at, textAt } from './raw.ts';
import type { ArmRequest, Transport } from './transport.ts';

export interface PricePorts {
  /** To the price list; `undefined` where the cloud has none. */
  readonly transport: Transport | undefined;
  readonly cloudName: string;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
}

const page = 'https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices';
const apiVersion = '2023-01-01-preview';
const path = '/api/retail/prices';

/** Prices are good to have and nothing waits for them: less patience than the fleet gets. */
const defaultPatienceMs = 60_000;

/** The most pages one product has in a region is a handful; more is a list that goes round. */
const mostPages = 50;

export const readPrices = async (wanted: readonly Meter[], ports: PricePorts): Promise<PriceBook> => {
  const { transport, cloudName, clock } = ports;
  if (transport === undefined) {
    return noPrices('live prices', unknown('not-knowable', `cloud ${cloudName} names no Retail Prices API`));
  }
  const inquiry = makeInquiry(transport, clock, {
    concurrency: ports.concurrency,
    patienceMs: ports.patienceMs ?? defaultPatienceMs,
    ...(ports.signal ? { signal: ports.signal } : {}),
  });
  const groups = Map.groupBy(wanted, gapKey);
  const read = await Promise.all(
    [...groups].map(async ([key, meters]) => [key, await rowsOf(inquiry, meters)] as const),
  );
  const asOf = new Date(transport.azureNow() ?? clock.now()).toISOString().slice(0, 10);
  const prices = new Map<string, Fact<Price>>();
  const gaps = new Map<string, Unknown>();
  for (const [key, answer] of read) {
    if (answer.kind === 'failed') gaps.set(key, answer.why);
    else for (const meter of groups.get(key) ?? []) prices.set(meterKey(meter), priceAmong(answer.rows, meter, asOf));
  }
  return { title: `live prices of ${asOf}`, asOf, source: page, prices, gaps };
};

type Rows =
  { readonly kind: 'rows'; readonly rows: readonly unknown[] } | { readonly kind: 'failed'; readonly why: Unknown };

/** All pages, or none: half a list could lack the very row. */
const rowsOf = async (inquiry: Inquiry, meters: readonly Meter[]): Promise<Rows> => {
  const [first] = meters;
  if (first === undefined) return { kind: 'rows', rows: [] };
  const rows: unknown[] = [];
  const get = { provider: 'retail-prices', method: 'GET' } as const;
  let next: ArmRequest | undefined = { ...get, path, apiVersion, query: { $filter: filterFor(first) } };
  for (let pages = 0; next !== undefined; pages += 1) {
    if (pages === mostPages) return failed('the pages of the price list do not end');
    const answer = await inquiry.one(next);
    if (!answer.ok) return failed(`the price list could not be read: ${answer.failure.problem.summary}`);
    const items = at(answer.response.body, 'Items');
    if (!Array.isArray(items)) return failed('the answer of the price list holds no "Items"');
    rows.push(...(items as readonly unknown[]));
    const url = textAt(answer.response.body, 'NextPageLink');
    next = url === undefined ? undefined : { ...get, url };
  }
  return { kind: 'rows', rows };
};

const failed = (detail: string): Rows => ({ kind: 'failed', why: unknown('not-answered', detail) });

/** Values regard letter case in this version of the API (facts C-09). */
const filterFor = ({ service, product, region }: Meter): string =>
  [
    ['serviceName', service],
    ['productName', product],
    ['armRegionName', region],
    ['priceType', 'Consumption'],
  ]
    .map(([field, value]) => `${field} eq '${value?.replaceAll("'", "''")}'`)
    .join(' and ');

/**
 * The rows of one SKU hold other meters too, and terms of reservations (facts C-12): what counts is the meter's own
 * name, billed from the first unit on. Rows that disagree give no price.
 */
const priceAmong = (rows: readonly unknown[], meter: Meter, asOf: string): Fact<Price> => {
  const named = rows.filter((row) => isOf(row, meter));
  const primary = named.filter((row) => at(row, 'isPrimaryMeterRegion') === true);
  const amounts = (primary.length > 0 ? primary : named).map((row) => amountOf(row, meter));
  const [first] = amounts;
  const where = `"${meter.meter}" (${meter.product}) in ${meter.region}`;
  if (first === undefined) return unknown('not-answered', `Azure lists no price of ${where}`);
  if (!first.known) return first;
  const agreed = amounts.every((amount) => amount.known && amount.value === first.value);
  if (!agreed) return unknown('unintelligible', `Azure lists several prices of ${where}`);
  return known({ usd: first.value, asOf, source: page });
};

const isOf = (row: unknown, meter: Meter): boolean => {
  const field = (name: string): string => textAt(row, name) ?? '';
  const named = {
    service: field('serviceName'),
    product: field('productName'),
    sku: field('skuName'),
    meter: field('meterName'),
    region: field('armRegionName'),
  };
  return (
    meterKey(named) === meterKey(meter) &&
    textAt(row, 'type') === 'Consumption' &&
    textAt(row, 'currencyCode') === 'USD' &&
    at(row, 'tierMinimumUnits') === 0
  );
};

const amountOf = (row: unknown, meter: Meter): Fact<number> => {
  const price = at(row, 'retailPrice');
  // A list price of nothing is a placeholder, never a gift.
  if (typeof price !== 'number' || !(price > 0)) {
    return unknown('unintelligible', `Azure lists "${meter.meter}" in ${meter.region} at ${JSON.stringify(price)}`);
  }
  return perUnit(price, textAt(row, 'unitOfMeasure') ?? '', meter.unit);
};
