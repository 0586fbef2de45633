/** Orphans and waste for people: what is kept of machines that are gone, since when, and what it costs a month. */
import type { Audit, Orphan } from '../core/audit.ts';
import { cents } from '../core/cost/estimate.ts';
import { nameOf } from '../core/ids.ts';
import { layout, type Column, type Paint } from './layout.ts';
import { severityStyle } from './words.ts';

const columns: readonly Column[] = [
  { title: 'ORPHANS AND WASTE', least: 17, elide: 'middle' },
  { title: 'WHAT', least: 12, elide: 'end' },
  { title: 'SINCE', least: 10, elide: 'end' },
  { title: 'GIB', least: 3, elide: 'end', align: 'right' },
  { title: 'USD A MONTH', least: 11, elide: 'end', align: 'right' },
  { title: 'FINDING', least: 8, elide: 'end' },
];

export const orphanTable = ({ orphans }: Audit, width: number, paint: Paint): string =>
  orphans.length === 0
    ? ''
    : layout(
        columns,
        orphans.map((orphan) => {
          const [worst] = orphan.findings;
          return [
            { text: nameOf(orphan.id) },
            { text: orphan.what },
            { text: orphan.since?.slice(0, 10) ?? 'not told' },
            { text: orphan.sizeGiB === null ? '?' : String(orphan.sizeGiB) },
            { text: money(orphan) },
            {
              text: orphan.findings.map(({ code }) => code).join(', '),
              ...(worst ? { style: severityStyle[worst.severity] } : {}),
            },
          ];
        }),
        width,
        paint,
      );

/** Billed by what is used, which nobody tells: the figure is the most it can be. */
const money = ({ cost: { monthlyUsd, atMostUsd } }: Orphan): string =>
  monthlyUsd === 'unknown'
    ? 'unknown'
    : `${atMostUsd === undefined ? '' : '≤ '}${(typeof atMostUsd === 'number' ? atMostUsd : monthlyUsd).toFixed(2)}`;

/** `at most 12.40 USD a month, and 2 of unknown cost`: never a sum that passes over what it leaves out. */
export const costText = ({ orphans, prices }: Audit): string => {
  const priced = orphans.flatMap(({ cost }) => {
    const usd = cost.atMostUsd ?? cost.monthlyUsd;
    return usd === 'unknown' || cost.monthlyUsd === 'unknown' ? [] : [usd];
  });
  const unpriced = orphans.length - priced.length;
  if (priced.length === 0) return 'cost unknown';
  const sum = cents(priced.reduce((a, b) => a + b, 0)).toFixed(2);
  const most = orphans.some(({ cost }) => typeof cost.atMostUsd === 'number' && cost.monthlyUsd !== 'unknown')
    ? 'at most '
    : '';
  const rest = unpriced === 0 ? '' : `, and ${unpriced} of unknown cost`;
  return `${most}${sum} USD a month by the ${prices?.title ?? 'prices known'}${rest}`;
};
