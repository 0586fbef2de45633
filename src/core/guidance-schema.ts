/**
 * The shape of a guidance file: the one source for validation and for config/guidance.schema.json. That the types of
 * guidance.ts say the same is proven below by the type checker.
 */
import { z } from 'zod';
import type { Guidance } from './guidance.ts';
import { optionIds } from './option.ts';
import { retentionSchema } from './retention/policy-schema.ts';
import { severities } from './problem.ts';
import { weekdays } from './time.ts';
import { stripingSignals } from './striping.ts';

const https = z
  .string()
  .regex(/^https:\/\/[^\s/]+\.[^\s/]+\/?\S*$/, { error: 'must be an https link' })
  .meta({ description: 'An https link to the page that says so: Microsoft documentation, or your own policy.' });
const text = z.string().min(1, { error: 'must not be empty' });
const texts = z.array(text);
const someTexts = texts.min(1, { error: 'must name at least one' });

/** A value and the page it comes from travel together. */
const sourced = <T extends z.ZodType>(value: T) => z.strictObject({ value, source: https });
const count = (min: number, max: number) => z.int().min(min).max(max);
const sourcedCount = (min: number, max: number) => sourced(count(min, max));

const redundancy = z.enum(['locally-redundant', 'zone-redundant', 'geo-redundant']);
const consistency = z.enum(['application', 'file-system', 'crash', 'none', 'unknown']);

const tagValues = z.strictObject({ names: someTexts, values: z.record(text, texts) }).meta({
  description:
    'Tag names, and meaning → the tag values that carry it, safest meaning first. Compared regardless of case.',
});

const vocabulary = z.strictObject({
  environment: tagValues,
  criticality: tagValues,
  disasterRecovery: tagValues,
  striping: tagValues,
  role: tagValues,
  application: z.strictObject({ names: someTexts }),
  exclusion: z.strictObject({ names: someTexts, values: someTexts, untilNames: someTexts, reasonNames: someTexts }),
  prePostScripts: tagValues,
  diskExclusion: z
    .strictObject({ names: someTexts, values: someTexts })
    .exactOptional()
    .meta({ description: "Tags of a data disk that its machine's backup leaves out." }),
});

const striping = z.strictObject({
  likelyAt: count(1, 100),
  weights: z
    .record(z.string(), count(0, 100))
    .meta({ description: `Points per piece of evidence: ${stripingSignals.join(', ')}.` }),
  createdWithinMinutes: count(0, 1_440),
  source: https,
});

const match = z
  .strictObject({
    environment: someTexts.exactOptional(),
    criticality: someTexts.exactOptional(),
    disasterRecovery: z.boolean().exactOptional(),
    role: someTexts.exactOptional(),
    generalized: z.boolean().exactOptional(),
    os: z
      .array(z.enum(['windows', 'linux']))
      .min(1)
      .exactOptional(),
    power: someTexts.exactOptional(),
    striping: z
      .array(z.enum(['striped', 'likely', 'unknown', 'no-evidence', 'not-striped']))
      .min(1)
      .exactOptional(),
    dataDisks: z.strictObject({ min: count(0, 64).exactOptional(), max: count(0, 64).exactOptional() }).exactOptional(),
    tags: z.record(text, someTexts).exactOptional(),
    resourceGroups: someTexts.exactOptional(),
    subscriptions: someTexts.exactOptional(),
    locations: someTexts.exactOptional(),
    securityType: someTexts.exactOptional(),
    tagged: z.boolean().exactOptional(),
  })
  .meta({ description: 'Every condition must hold; a list means any of.' });

const classDefinition = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'must be lower-case words joined by hyphens' }),
  title: text,
  match: z.union([match, z.array(match).min(1)]).exactOptional(),
  when: text.exactOptional().meta({ description: 'A condition in CEL (https://cel.dev), written in lower case.' }),
  objective: text,
});

const requirement = z.strictObject({
  anyOf: z.array(z.enum(optionIds)).min(1),
  when: z.strictObject({ disasterRecovery: z.boolean().exactOptional() }).exactOptional(),
  why: text,
  source: https,
});

const objective = z.strictObject({
  title: text,
  requires: z.array(requirement),
  severity: z.enum(severities),
  rpoHours: sourcedCount(1, 87_600),
  graceHours: sourcedCount(0, 87_600),
  retainDays: sourcedCount(1, 36_500),
  consistency: z.strictObject({
    windows: consistency,
    linux: consistency,
    linuxWithScripts: consistency,
    stopped: consistency,
    source: https,
  }),
  siteRecovery: z
    .strictObject({ rpoMinutes: sourcedCount(1, 1_440), drillDays: sourcedCount(1, 3_650) })
    .exactOptional(),
  vault: z.strictObject({ redundancy: sourced(redundancy), softDelete: sourced(z.boolean()) }).exactOptional(),
  retention: retentionSchema.exactOptional(),
});

const policySchedule = z.strictObject({
  frequency: z.enum(['hourly', 'daily', 'weekly']),
  days: z.array(z.enum(weekdays)).min(1).exactOptional(),
  intervalHours: count(1, 24).exactOptional(),
  windowHours: count(1, 24).exactOptional(),
  source: https,
});

const region = z.string().regex(/^[a-z0-9]+$/, { error: 'must be a region as Azure writes it: westeurope' });
const armId = (type: string) =>
  z.string().regex(new RegExp(`^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${type}/[^/]+$`, 'i'), {
    error: `must be the id of a ${type}`,
  });

// Facts.
const siteRecovery = z.strictObject({
  targetRegions: z.record(text, sourced(region)),
  resourceGroup: text,
  machineResourceGroup: text,
  network: z.enum(['existing', 'make']),
  networks: z.record(text, armId('Microsoft.Network/virtualNetworks')),
  retainHours: sourcedCount(0, 360),
  appConsistentHours: sourcedCount(0, 12),
  groupByApplication: z.boolean(),
  diskEncryptionSets: z.record(text, armId('Microsoft.Compute/diskEncryptionSets')),
  zones: z.enum(['none', 'same']),
});

// Limits of Azure Backup: facts B-14, B-66, B-90.
const plan = z.strictObject({
  expiresHours: count(1, 720),
  source: https.exactOptional(),
  snapshot: z.strictObject({
    incremental: z.boolean(),
    resourceGroup: text,
    retainDays: sourcedCount(1, 36_500),
    // Facts S-01: incremental ones on standard storage only.
    sku: z.enum(['auto', 'Standard_LRS', 'Standard_ZRS', 'Premium_LRS']).exactOptional(),
    copyTo: z
      .string()
      .regex(/^[a-z0-9]+$/, { error: 'must be a region as Azure spells it, as "northeurope"' })
      .exactOptional(),
    severalDisks: z.enum(['refuse', 'downtime', 'independent']).exactOptional(),
  }),
  vault: z.strictObject({
    redundancy: sourced(redundancy),
    crossRegionRestore: sourced(z.boolean()),
    softDeleteDays: sourcedCount(14, 180),
    softDelete: sourced(z.enum(['enabled', 'always-on'])).exactOptional(),
    immutability: sourced(z.enum(['disabled', 'unlocked', 'locked'])).exactOptional(),
    mostPerRegion: sourcedCount(1, 500).exactOptional(),
    resourceGroup: text,
  }),
  backupPolicy: z.strictObject({
    tier: z.enum(['standard', 'enhanced']),
    // Azure Backup runs on the half hour.
    at: z.string().regex(/^([01]\d|2[0-3]):(00|30)$/, { error: 'must be a time of day on the half hour, as "22:00"' }),
    timeZone: text,
    schedule: policySchedule.exactOptional(),
    instantRestoreDays: sourcedCount(1, 30),
    retain: z.strictObject({
      dailyDays: sourcedCount(7, 9_999),
      weeklyWeeks: sourcedCount(1, 5_163).exactOptional(),
      monthlyMonths: sourcedCount(1, 1_188).exactOptional(),
      yearlyYears: sourcedCount(1, 99).exactOptional(),
    }),
  }),
  firstBackup: z.enum(['now', 'on-schedule']),
  cost: z
    .strictObject({
      dailyChange: sourced(z.number().min(0).max(1)).exactOptional(),
      usedShare: sourced(z.number().gt(0).max(1)).exactOptional(),
    })
    .exactOptional()
    .meta({ description: 'What costs are reckoned with, as parts of 1.' }),
  siteRecovery: siteRecovery.exactOptional(),
});

export const guidanceSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    name: text,
    source: https.exactOptional(),
    vocabulary,
    striping,
    classes: z.array(classDefinition).min(1).meta({ description: 'Tried in order; the first that matches wins.' }),
    objectives: z.record(text, objective),
    plan,
  })
  .meta({ title: 'holdfast guidance', description: 'Which machine is of which class, and what each class needs.' });

type DeepReadonly<T> = T extends readonly (infer I)[]
  ? readonly DeepReadonly<I>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- comparing T is what makes the comparison exact
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Does not compile when the schema and the types of guidance.ts part ways, in either direction. */
export const schemaIsTheType: Same<DeepReadonly<z.output<typeof guidanceSchema>>, DeepReadonly<Guidance>> = true;
