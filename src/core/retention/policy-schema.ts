/** A retention policy as it stands in a guidance or a job file. That it is the type of policy.ts, guidance-schema.ts proves. */
import { z } from 'zod';
import { parseSpan } from './span.ts';

const most = z.int().min(1).max(100_000);

const span = z
  .string()
  .refine((text) => parseSpan(text) !== undefined, {
    error: 'must be a length of time as 2y5m7d3h, largest unit first',
  })
  .meta({ description: 'Years, months, days and hours, largest first: 2y5m7d3h.' });

/** `name`, or `name=value`. Azure: 512 characters of name, 256 of value. */
const tag = z.string().regex(/^[^=]{1,512}(?:=.{0,256})?$/, { error: 'must be a tag, as name or name=value' });

export const retentionSchema = z
  .strictObject({
    keepLast: most.exactOptional().meta({ description: 'The newest complete points.' }),
    keepHourly: most.exactOptional().meta({ description: 'The newest of each of so many hours.' }),
    keepDaily: most.exactOptional().meta({ description: 'The newest of each of so many days.' }),
    keepWeekly: most.exactOptional().meta({ description: 'The newest of each of so many ISO weeks.' }),
    keepMonthly: most.exactOptional().meta({ description: 'The newest of each of so many months.' }),
    keepYearly: most.exactOptional().meta({ description: 'The newest of each of so many years.' }),
    keepWithin: span.exactOptional(),
    keepWithinHourly: span.exactOptional(),
    keepWithinDaily: span.exactOptional(),
    keepWithinWeekly: span.exactOptional(),
    keepWithinMonthly: span.exactOptional(),
    keepWithinYearly: span.exactOptional(),
    keepTag: z.array(tag).min(1).exactOptional().meta({ description: 'Points with any of these tags.' }),
  })
  .meta({ description: 'Which points are kept. Rules add up; with no rule, everything is kept.' });
