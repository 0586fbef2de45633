/** The shape of a price table: the one source for validation and for config/prices.schema.json. */
import { z } from 'zod';

const text = z.string().min(1, { error: 'must not be empty' });
const day = z.iso.date({ error: 'must be a day, as "2026-11-22"' });
const link = z.string().regex(/^https:\/\/\S+$/, { error: 'must be an https link' });

const row = z
  .strictObject({
    service: text,
    product: text,
    sku: text,
    meter: text,
    region: z.string().regex(/^[a-z0-9]+$/, { error: 'must be a region as Azure writes it, as "westeurope"' }),
    unit: z.enum(['1 GB/Month', '1/Month']),
    // A price that is not known is left out: a zero would make sums wrong in silence.
    price: z.number().positive({ error: 'must be more than 0; leave a price that is not known out' }),
    source: link,
    seen: day.meta({ description: 'Day it was read in the source; where the source has a day of its own, that one.' }),
    note: text.exactOptional(),
    confirmed: z
      .literal(false)
      .exactOptional()
      .meta({ description: 'No published row was seen: said wherever it counts.' }),
  })
  .meta({ description: 'One meter in one region, named as the Retail Prices API names it.' });

export const priceFileSchema = z
  .strictObject({
    $schema: text.exactOptional(),
    schemaVersion: z.literal(1),
    asOf: day.meta({ description: 'When the table was put together.' }),
    currency: z.literal('USD', { error: 'must be "USD": Azure prices in dollars, other currencies are for reference' }),
    source: link,
    meters: z.array(row),
  })
  .meta({ title: 'holdfast prices', description: 'Prices to reckon costs with where Azure is not asked.' });

export type PriceRow = z.output<typeof row>;
