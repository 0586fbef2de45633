/** From quantities of meters to money: a sum with an unknown part is unknown, and says which part. */
import { unknown, type Fact } from '../fact.ts';
import type { Meter } from './meter.ts';
import { priceOf, type PriceBook } from './price-book.ts';

/** So much of a meter in a month. `undefined` meter: what is sold is known, and no meter of it. */
export interface Part {
  /** What it is, for people: `vault storage`. */
  readonly what: string;
  readonly meter: Fact<Meter>;
  /** In units of the meter. */
  readonly quantity: Fact<number>;
}

export interface Usage {
  readonly parts: readonly Part[];
  /** What the quantities rest on, in sentences. */
  readonly assumptions: readonly string[];
  /** Billed as well, and in no figure here. */
  readonly notCounted: readonly string[];
}

export interface MeterCost {
  readonly what: string;
  readonly service?: string;
  readonly product?: string;
  readonly sku?: string;
  readonly meter?: string;
  readonly unit?: Meter['unit'];
  readonly region?: string;
  readonly quantity: number | 'unknown';
  readonly unitUsd: number | 'unknown';
  readonly monthlyUsd: number | 'unknown';
  /** Why a part is unknown. */
  readonly why?: string;
}

export interface CostEstimate {
  /** US dollars a month; `unknown` as soon as one part is. Never a sum that leaves an unknown part out. */
  readonly monthlyUsd: number | 'unknown';
  /** There when a used size is not known: what it is when every disk is full. */
  readonly atMostUsd?: number | 'unknown';
  /** What the parts with a price come to. */
  readonly knownUsd: number;
  readonly meters: readonly MeterCost[];
  readonly assumptions: readonly string[];
  readonly notCounted: readonly string[];
}

/** `atMost`: the same usage reckoned with full disks; leave it out where sizes are known. */
export const estimate = (book: PriceBook, usage: Usage, atMost?: Usage): CostEstimate => {
  const meters = usage.parts.map((part) => costOfPart(book, part));
  const full = atMost?.parts.map((part) => costOfPart(book, part));
  return {
    monthlyUsd: sumOf(meters),
    ...(full === undefined ? {} : { atMostUsd: sumOf(full) }),
    knownUsd: cents(meters.reduce((sum, { monthlyUsd }) => sum + (monthlyUsd === 'unknown' ? 0 : monthlyUsd), 0)),
    meters: meters.map(shown),
    assumptions: [...usage.assumptions, ...unconfirmedIn(book, usage.parts)],
    notCounted: usage.notCounted,
  };
};

/** `unknown` for one that is; the empty sum is 0. */
export const sumOf = (costs: readonly { readonly monthlyUsd: number | 'unknown' }[]): number | 'unknown' => {
  let sum = 0;
  for (const { monthlyUsd } of costs) {
    if (monthlyUsd === 'unknown') return 'unknown';
    sum += monthlyUsd;
  }
  return cents(sum);
};

export const cents = (usd: number): number => Math.round(usd * 100) / 100;

const unconfirmedIn = (book: PriceBook, parts: readonly Part[]): readonly string[] => {
  const names = parts.flatMap(({ meter }) => {
    const price = meter.known ? priceOf(book, meter.value) : meter;
    return meter.known && price.known && price.value.unconfirmed ? [meter.value.meter] : [];
  });
  const [first] = names;
  return first === undefined
    ? []
    : [`From general knowledge, not from a published list: the price of ${[...new Set(names)].join(', ')}.`];
};

const costOfPart = (book: PriceBook, { what, meter, quantity }: Part): MeterCost => {
  const price = meter.known ? priceOf(book, meter.value) : meter;
  const unknowns = [quantity, price].flatMap((fact) => (fact.known ? [] : [fact.detail]));
  return {
    what,
    ...(meter.known ? meter.value : {}),
    quantity: quantity.known ? quantity.value : 'unknown',
    unitUsd: price.known ? price.value.usd : 'unknown',
    monthlyUsd: quantity.known && price.known ? quantity.value * price.value.usd : 'unknown',
    ...(unknowns.length === 0 ? {} : { why: [...new Set(unknowns)].join('; ') }),
  };
};

const shown = (cost: MeterCost): MeterCost => ({
  ...cost,
  quantity: cost.quantity === 'unknown' ? 'unknown' : Math.round(cost.quantity * 1000) / 1000,
  monthlyUsd: cost.monthlyUsd === 'unknown' ? 'unknown' : cents(cost.monthlyUsd),
});

/** For a meter that a SKU does not lead to. */
export const noMeter = (detail: string): Fact<Meter> => unknown('not-knowable', detail);
