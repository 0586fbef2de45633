/**
 * The plan as a file must be: every member known, nothing extra. An unknown member is refused rather than ignored, because
 * apply would then do something other than what the reviewer read.
 */
import { z } from 'zod';
import { optionIds } from './option.ts';
import { planSchemaVersion, type Assumption, type Goal, type Plan, type Step } from './plan.ts';
import { count, moment, optional, resourceId } from './steps/definition.ts';
import { assumptions, goals, stepKinds } from './steps/index.ts';

const url = z.string().regex(/^https:\/\//, 'must be a link');
const option = z.enum(optionIds);

/** The lists are typed one by one; a union made of a list is not, so what it lets through is said here. */
const oneOf = <T>(members: readonly z.ZodType[]): z.ZodType<T> =>
  z.discriminatedUnion('kind', members as unknown as [z.ZodObject, ...z.ZodObject[]]) as unknown as z.ZodType<T>;

/** US dollars a month. */
const usd = z.union([z.number(), z.literal('unknown')]);

const meterCost = z.strictObject({
  what: z.string(),
  service: optional(z.string()),
  product: optional(z.string()),
  sku: optional(z.string()),
  meter: optional(z.string()),
  unit: optional(z.enum(['GB-month', 'month'])),
  region: optional(z.string()),
  quantity: usd,
  unitUsd: usd,
  monthlyUsd: usd,
  why: optional(z.string()),
});

const base = {
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be kebab-case'),
  option,
  subject: resourceId,
  reason: z.string().min(1),
  source: url,
  method: z.enum(['PUT', 'POST', 'PATCH', 'DELETE']),
  resourceId,
  assumes: z.array(oneOf<Assumption>(Object.values(assumptions))),
  goal: oneOf<Goal>(Object.values(goals)),
  dependsOn: z.array(z.string()),
  after: optional(z.array(z.string())),
  runs: z.enum(['on-success', 'always']),
  undoes: optional(z.string()),
  atOnce: optional(z.strictObject({ of: z.string(), most: z.int().positive() })),
  destructive: z.boolean(),
  cost: optional(
    z.strictObject({
      monthlyUsd: usd,
      atMostUsd: optional(usd),
      basis: z.string(),
      meters: optional(z.array(meterCost)),
    }),
  ),
  outputs: optional(z.array(z.string())),
};

const step = oneOf<Step>(
  Object.entries(stepKinds).map(([kind, { input }]) => z.strictObject({ ...base, kind: z.literal(kind), input })),
);

const reason = z.strictObject({ code: z.string(), fact: optional(z.string()), text: z.string(), source: z.string() });

export const planSchema = z.strictObject({
  schemaVersion: z.literal(planSchemaVersion),
  kind: z.literal('holdfast.plan'),
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'),
  createdAt: moment,
  expiresAt: moment,
  madeBy: z.string(),
  cloud: optional(z.string()),
  scope: z.strictObject({
    description: z.string(),
    subscriptions: z.array(z.string()),
    resourceGroups: z.array(z.string()),
    tags: z.array(z.string()),
    excludeTags: z.array(z.string()),
  }),
  limits: z.strictObject({
    maxChanges: optional(count),
    maxDeletes: optional(z.strictObject({ count: optional(count), percent: optional(z.number().min(0).max(100)) })),
  }),
  points: optional(z.strictObject({ inScope: count, marked: count })),
  duration: z.strictObject({ expectedSeconds: z.number().nonnegative(), boundBy: z.string() }),
  cost: z.strictObject({
    monthlyUsd: usd,
    atMostUsd: optional(usd),
    knownUsd: optional(z.number()),
    unknownSteps: optional(count),
    assumptions: z.array(z.string()),
    prices: optional(z.strictObject({ title: z.string(), asOf: z.string(), source: z.string() })),
  }),
  steps: z.array(step),
  refusals: z.array(z.strictObject({ subject: resourceId, option, reasons: z.array(reason).min(1) })),
  guidance: z.unknown(),
}) satisfies z.ZodType<Plan>;
