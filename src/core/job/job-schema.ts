/** The shape of a job file: the one source for validation and for config/job.schema.json. */
import { z } from 'zod';
import { retentionSchema } from '../retention/policy-schema.ts';
import type { Hooks, JobOption, NotifyOn, Receiver } from './job.ts';

const text = z.string().min(1, { error: 'must not be empty' });
const texts = z.array(text);
const count = z.int().min(1).max(1_000_000);

/** The list says each word of the type; that the type has no other is for the compiler below. */
const words = <const T extends readonly string[]>(list: T) => z.enum(list);
const jobOptions = ['auto', 'disk-snapshot', 'restore-point', 'azure-backup'] as const;
export const wantedConsistencies = ['application', 'file-system', 'crash', 'any'] as const;
const receiverKinds = ['webhook', 'slack', 'teams'] as const;
const occasions = ['failure', 'late', 'recovered', 'success'] as const;

/** A tag filter joins values by commas, and Azure's tag names may hold none of these. */
const tagName = z.string().regex(/^[^=<>%&\\?/]{1,512}$/, { error: 'must be the name of a tag' });
const tagValue = z.string().regex(/^[^,]{0,256}$/, { error: 'must be the value of a tag, without a comma' });
const tagValues = z.union([tagValue, z.array(tagValue)]);

/** `90s`, `5m`, `24h`, `7d`. */
const length = (units: string, description: string) =>
  z
    .string()
    .regex(new RegExp(`^[1-9]\\d{0,5}[${units}]$`), {
      error: `must be a number and a unit (${units.split('').join(', ')})`,
    })
    .meta({ description });

const timeZone = text.meta({ description: 'As Europe/Berlin. UTC where none is given.' });
const windowLength = length('mhd', 'Minutes that divide a day, as 30m or 4h, or whole days, as 1d: 24h is a day.');

const selector = z
  .strictObject({
    subscriptions: texts.exactOptional(),
    resourceGroups: texts.exactOptional(),
    tags: z
      .record(tagName, tagValues)
      .exactOptional()
      .meta({ description: 'Every tag must hold; of a list, any value.' }),
    excludeTags: z
      .record(tagName, tagValues)
      .exactOptional()
      .meta({ description: 'Machines with any of these tags are left out; an empty list is any value.' }),
    classes: texts.exactOptional().meta({ description: "Ids of the guidance's classes; any of them." }),
  })
  .meta({ description: 'Everything given must hold; without any, every machine that the login can see.' });

const hooks = z
  .strictObject({
    pre: text.exactOptional().meta({ description: 'Script run inside the machine before its point: freeze.' }),
    post: text
      .exactOptional()
      .meta({ description: 'Script run inside the machine afterwards, whatever happened: thaw.' }),
    timeout: length(
      'smh',
      'Of each script; at most an hour and a half, since the machine may stand still as long.',
    ).default('5m'),
    onError: z.enum(['fail', 'continue']).default('fail').meta({
      description: 'What becomes of the point when `pre` fails: none, or one that is said to be without it.',
    }),
  })
  .meta({ description: 'Scripts run by Run Command. Whoever may write this file may run anything in these machines.' });

const retention = retentionSchema.extend({ trashDays: z.number().min(0).max(365).exactOptional() }).meta({
  description: "Rules add up, by calendar days of the job's zone; with none, everything is kept.",
});

const copy = z.strictObject({
  region: z.string().regex(/^[a-z0-9]+$/, { error: 'must be a region as Azure writes it: northeurope' }),
  retention: retentionSchema.exactOptional(),
});

const maxDeletes = z.union([
  count,
  z.string().regex(/^(?:100|[1-9]?\d)%$/, { error: 'must be a number, or percent as 10%' }),
  z.strictObject({ count: count.exactOptional(), percent: z.int().min(0).max(100).exactOptional() }),
]);

const receiver = z.strictObject({
  kind: words(receiverKinds),
  url: z
    .string()
    .regex(/^(?:https:\/\/[^\s/]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?)(?:\/\S*)?$/, {
      error: 'must be an https address',
    })
    .exactOptional(),
  urlEnv: text.exactOptional(),
  urlFile: text.exactOptional(),
  secretEnv: text.exactOptional(),
  secretFile: text.exactOptional(),
  on: z
    .array(words(occasions))
    .min(1)
    .default((): NotifyOn[] => ['failure', 'late', 'recovered']),
});

export const jobFileSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, { error: 'must be lower-case words joined by hyphens' })
      .max(63),
    selector: selector.default(() => ({})),
    option: words(jobOptions)
      .default('auto')
      .meta({ description: 'auto: what the guidance chooses, machine by machine.' }),
    consistency: z
      .strictObject({
        want: words(wantedConsistencies).default('any'),
        otherwise: z.enum(['fail', 'weaker-with-finding']).default('fail'),
      })
      .default(() => ({ want: 'any' as const, otherwise: 'fail' as const })),
    hooks: hooks.exactOptional(),
    schedule: z
      .strictObject({
        cron: text.meta({ description: 'Five fields: minute, hour, day of the month, month, day of the week.' }),
        timeZone: timeZone.exactOptional(),
      })
      .exactOptional()
      .meta({ description: 'A window begins at each moment that is due.' }),
    window: z
      .union([windowLength, z.strictObject({ length: windowLength, timeZone: timeZone.exactOptional() })])
      .exactOptional()
      .meta({ description: 'In the place of a schedule: windows of that length, counted from midnight in the zone.' }),
    retention: retention.default(() => ({})),
    copies: z.array(copy).default(() => []),
    limits: z
      .strictObject({ maxMachines: count.exactOptional(), maxDeletes: maxDeletes.exactOptional() })
      .default(() => ({})),
    notify: z.array(receiver).default(() => []),
  })
  .meta({ title: 'holdfast job', description: 'For every machine that the selector names, a point in every window.' });

export type JobFile = z.output<typeof jobFileSchema>;
/** As it is written: what has a default may be left out. */
export type JobFileInput = z.input<typeof jobFileSchema>;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** Does not compile when the words of the schema and those of job.ts part ways. */
export const wordsAreTheTypes: readonly [
  Same<JobFile['option'], JobOption>,
  Same<JobFile['notify'][number]['on'][number], NotifyOn>,
  Same<JobFile['notify'][number]['kind'], Receiver['kind']>,
  Same<NonNullable<JobFile['hooks']>['onError'], Hooks['onError']>,
] = [true, true, true, true];
