/** Costs in sentences: what an option would cost, and what that rests on, each assumption once. */
import { withArticle } from '../option-name.ts';
import { listed } from '../duration.ts';
import type { CostEstimate } from './estimate.ts';
import type { OptionCost } from './machine-costs.ts';
import type { PriceBook } from './price-book.ts';

type Figures = Pick<CostEstimate, 'monthlyUsd' | 'atMostUsd'> & { readonly knownUsd?: number };

/** `12.30 USD a month`, `at most …`, `about 4.10 USD a month, at most …`, or that it is not known. */
export const usdText = ({ monthlyUsd, atMostUsd, knownUsd = 0 }: Figures): string => {
  if (monthlyUsd === 'unknown') {
    return knownUsd > 0 ? `not known; the parts with a price come to ${monthly(knownUsd)}` : 'not known';
  }
  if (atMostUsd === undefined) return monthly(monthlyUsd);
  if (atMostUsd === monthlyUsd) return `at most ${monthly(monthlyUsd)}`;
  return `about ${monthly(monthlyUsd)}${atMostUsd === 'unknown' ? '' : `, at most ${monthly(atMostUsd)}`}`;
};

const monthly = (usd: number): string => `${usd.toFixed(2)} USD a month`;

/** The narrow form for tables: `12.30`, `≤ 12.30`, `~ 4.10`, `?`. */
export const usdCell = ({ monthlyUsd, atMostUsd }: Figures): string => {
  if (monthlyUsd === 'unknown') return '?';
  if (atMostUsd === undefined) return monthlyUsd.toFixed(2);
  return `${atMostUsd === monthlyUsd ? '≤' : '~'} ${monthlyUsd.toFixed(2)}`;
};

interface Said {
  readonly text: string;
  readonly source?: string;
}

export const costSentences = (options: readonly OptionCost[], book: PriceBook): readonly Said[] => {
  if (options.length === 0) return [];
  const figures = options.map(({ option, cost }) => {
    const besides = cost.notCounted.length === 0 ? '' : ` Not counted: ${listed(cost.notCounted)}.`;
    return { text: `${withArticle(option, 'A')}: ${usdText(cost)} (${partsText(cost)}).${besides}` };
  });
  const assumptions = new Set(options.flatMap(({ cost }) => cost.assumptions));
  return [
    ...figures,
    ...[...assumptions].map((text) => ({ text })),
    { text: `Prices are list prices, from the ${book.title}.`, ...(book.source === '' ? {} : { source: book.source }) },
  ];
};

/** `protected instance 1 × 10; vault storage 101.1 GB × 0.0448`; of an unknown part, why. */
export const partsText = ({ meters }: Pick<CostEstimate, 'meters'>): string =>
  meters
    .map(({ what, unit, quantity, unitUsd, why }) =>
      why === undefined
        ? `${what} ${quantity}${unit === 'GB-month' ? ' GB' : ''} × ${unitUsd}`
        : `${what} not known: ${why}`,
    )
    .join('; ');
