import { known } from '../../../src/core/fact.ts';
import { meterKey, type Meter } from '../../../src/core/cost/meter.ts';
import type { PriceBook } from '../../../src/core/cost/price-book.ts';

const source = 'https://example.org';

/** A price book of just these meters. */
export const bookOf = (...rows: readonly (readonly [Meter, number])[]): PriceBook => ({
  title: 'prices of the test',
  asOf: '2026-01-01',
  source,
  prices: new Map(rows.map(([meter, usd]) => [meterKey(meter), known({ usd, asOf: '2026-01-01', source })])),
  gaps: new Map(),
});
