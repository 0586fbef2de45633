/** Prices as they were read, from a dated table or from Azure; what is not in it is not known, never free. */
import { known, unknown, type Fact, type Unknown } from '../fact.ts';
import { meterKey, type Meter } from './meter.ts';

export interface Price {
  /** Of one unit of the meter, US dollars. */
  readonly usd: number;
  /** Day it was seen or took effect, `2026-07-24`. */
  readonly asOf: string;
  readonly source: string;
  /** From general knowledge: no published row was seen. */
  readonly unconfirmed?: true;
}

export interface PriceBook {
  /** For people: `price table of 2026-11-22`, `live prices of 2026-11-22`. */
  readonly title: string;
  readonly asOf: string;
  readonly source: string;
  /** By `meterKey`. */
  readonly prices: ReadonlyMap<string, Fact<Price>>;
  /** Why a meter that is in `prices` under no key is not known, by `gapKey`; `''` for all others. */
  readonly gaps: ReadonlyMap<string, Unknown>;
}

/** Meters are read a product and region at a time, so that is what can be missing as a whole. */
export const gapKey = ({ service, product, region }: Pick<Meter, 'service' | 'product' | 'region'>): string =>
  [service, product, region].join('|').toLowerCase();

export const priceOf = (book: PriceBook, meter: Meter): Fact<Price> =>
  book.prices.get(meterKey(meter)) ??
  book.gaps.get(gapKey(meter)) ??
  book.gaps.get('') ??
  unknown('not-answered', `the ${book.title} has no price of "${meter.meter}" (${meter.product}) in ${meter.region}`);

/** A book that knows nothing, and why. */
export const noPrices = (title: string, why: Unknown): PriceBook => ({
  title,
  asOf: '',
  source: '',
  prices: new Map(),
  gaps: new Map([['', why]]),
});

/**
 * `1 GB/Month` at 0.05 is 0.05 a GB-month, `100 GB/Month` at 5 as well. A unit that is not the meter's own gives no
 * price rather than a wrong one.
 */
export const perUnit = (price: number, unitOfMeasure: string, unit: Meter['unit']): Fact<number> => {
  const [, count = '', rest = ''] = /^([\d.]+)\s*(.*)$/.exec(unitOfMeasure.trim()) ?? [];
  const per = Number(count);
  const isIt = unit === 'GB-month' ? /^Gi?B\s*\/\s*Month$/i.test(rest) : /^\/\s*Month$/i.test(rest);
  if (!isIt || !(per > 0)) return unknown('unintelligible', `its price is per "${unitOfMeasure}", not per ${unit}`);
  return known(price / per);
};
