import { createHash } from 'node:crypto';
import { RETAIL_ROWS, type RetailRow } from './retail-price-rows.ts';
import type { Answer, Call, Service } from './service.ts';

/**
 * The public price list: no login, no part of Resource Manager.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
 */
export const retailPrices: Service = {
  // As login and metadata: asked without a token, and no provider namespace.
  provider: '',
  routes: [{ method: 'GET', path: '/api/retail/prices', apiVersions: [], action: null, handle: prices }],
};

/** From this version on, values in a filter regard letters' case. */
const PREVIEW = '2023-01-01-preview';
const VERSIONS = ['', '2021-10-01', '2021-10-01-preview', '2023-01-01', PREVIEW];

const FILTERED: Readonly<Record<string, keyof RetailRow>> = {
  armRegionName: 'armRegionName',
  location: 'location',
  meterName: 'meterName',
  productName: 'productName',
  skuName: 'skuName',
  serviceName: 'serviceName',
  serviceFamily: 'serviceFamily',
  priceType: 'type',
};

function prices(call: Call): Answer {
  if (!VERSIONS.includes(call.apiVersion)) return refused(`The api-version '${call.apiVersion}' is not supported.`);
  const currency = unquoted(call.query.get('currencyCode') ?? 'USD');
  if (currency !== 'USD') return refused(`currencyCode '${currency}' is not simulated.`);
  const region = call.query.get('meterRegion');
  if (region !== null && unquoted(region) !== 'primary') return refused(`meterRegion ${region} is not known.`);
  const wanted = parseFilter(call.query.get('$filter') ?? '');
  if (typeof wanted === 'string') return refused(wanted);
  const skip = Number(call.query.get('$skip') ?? 0);
  if (!Number.isSafeInteger(skip) || skip < 0) return refused('$skip must be a whole number.');
  const same = call.apiVersion === PREVIEW ? (a: string, b: string) => a === b : sameFolded;
  const rows = RETAIL_ROWS.filter(
    (row) =>
      (region === null || row.isPrimaryMeterRegion) &&
      wanted.every(({ field, value }) => same(String(row[field]), value)),
  );
  const shown = rows.slice(skip, skip + call.world.options.pageSize);
  const more = skip + shown.length < rows.length;
  return {
    status: 200,
    body: {
      BillingCurrency: 'USD',
      CustomerEntityId: 'Default',
      CustomerEntityType: 'Retail',
      Items: shown.map(item),
      NextPageLink: more ? nextPage(call, skip + shown.length) : null,
      Count: shown.length,
    },
  };
}

interface Condition {
  readonly field: keyof RetailRow;
  readonly value: string;
}

/** `a eq 'b' and …`; the reason when it is anything else. */
function parseFilter(text: string): readonly Condition[] | string {
  const found: Condition[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const match = /^(\w+)\s+eq\s+'((?:[^']|'')*)'\s*(and\s+)?/.exec(rest);
    const field = match?.[1] === undefined ? undefined : FILTERED[match[1]];
    if (!match || field === undefined) return `The filter is not understood at: ${rest}`;
    found.push({ field, value: (match[2] ?? '').replaceAll("''", "'") });
    rest = rest.slice(match[0].length);
    if ((match[3] !== undefined) !== (rest !== '')) return `The filter is not understood at: ${rest || 'its end'}`;
  }
  return found;
}

function item(row: RetailRow): unknown {
  const { retailPrice, reservationTerm, ...rest } = row;
  return {
    currencyCode: 'USD',
    ...rest,
    ...(reservationTerm === undefined ? {} : { reservationTerm }),
    retailPrice,
    unitPrice: retailPrice,
    effectiveStartDate: '2026-01-01T00:00:00Z',
    meterId: uuidOf(`${row.armRegionName}|${row.productName}|${row.skuName}|${row.meterName}`),
    productId: uuidOf(row.productName).slice(0, 12).toUpperCase(),
    skuId: `${uuidOf(row.productName).slice(0, 12).toUpperCase()}/${uuidOf(row.skuName).slice(0, 4).toUpperCase()}`,
    serviceId: uuidOf(row.serviceName).slice(0, 12).toUpperCase(),
    armSkuName: '',
  };
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function nextPage(call: Call, skip: number): string {
  const query = new URLSearchParams(call.query);
  query.set('$skip', String(skip));
  return `${call.world.origin()}/api/retail/prices?${query.toString().replaceAll('%24', '$').replaceAll('+', '%20')}`;
}

function refused(message: string): Answer {
  return { status: 400, body: { Error: { Code: 'BadRequest', Message: message } } };
}

function unquoted(text: string): string {
  return text.replaceAll("'", '');
}

function sameFolded(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
