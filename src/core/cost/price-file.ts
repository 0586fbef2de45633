/** From the text of a price table to a price book, or to every problem in it with line and column. Never throws. */
import { mapFact, type Fact } from '../fact.ts';
import { jsonPlaces, placeAt, placeOf, type Place } from '../json-position.ts';
import type { Problem } from '../problem.ts';
import { meterKey } from './meter.ts';
import { perUnit, type Price, type PriceBook } from './price-book.ts';
import { priceFileSchema, type PriceRow } from './price-schema.ts';

export type PriceFile =
  | { readonly kind: 'prices'; readonly book: PriceBook }
  | { readonly kind: 'invalid'; readonly problems: readonly Problem[] };

/** `file` is for messages only; the text was read by the caller. */
export const parsePriceFile = (raw: string, file: string): PriceFile => {
  // Windows editors put a byte order mark in front; it says nothing.
  const text = raw.replace(/^\uFEFF/, '');
  const places = jsonPlaces(text);
  if (places.kind === 'broken') {
    const summary = `not JSON: expected ${places.expected}`;
    return { kind: 'invalid', problems: [problem('prices-not-json', file, summary, placeOf(text, places.offset))] };
  }
  const parsed = priceFileSchema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => {
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
      const where = path.length === 0 ? '' : `${path.map(String).join('.')}: `;
      return problem('prices-invalid', file, `${where}${issue.message}`, placeAt(text, path));
    });
    return { kind: 'invalid', problems };
  }
  const { asOf, source, meters } = parsed.data;
  const prices = new Map<string, Fact<Price>>();
  const problems = meters.flatMap((row, index) => {
    const key = meterKey(row);
    const twice = prices.has(key);
    prices.set(key, priceOfRow(row));
    const summary = `meters.${index}: ${row.meter} in ${row.region} stands here twice`;
    return twice ? [problem('prices-twice', file, summary, placeAt(text, ['meters', index]))] : [];
  });
  if (problems.length > 0) return { kind: 'invalid', problems };
  return { kind: 'prices', book: { title: `price table of ${asOf}`, asOf, source, prices, gaps: new Map() } };
};

const priceOfRow = ({ price, unit, source, seen, confirmed }: PriceRow): Fact<Price> => {
  const usd = perUnit(price, unit, unit === '1/Month' ? 'month' : 'GB-month');
  return mapFact(usd, (each) => ({
    usd: each,
    asOf: seen,
    source,
    ...(confirmed === false ? { unconfirmed: true as const } : {}),
  }));
};

const problem = (code: string, file: string, summary: string, place: Place): Problem => ({
  code,
  severity: 'high',
  subject: file,
  summary,
  remedy: 'correct the price table; config/prices.schema.json says what fits',
  at: { file, ...place },
});
