/**
 * The plan as a file must be: every member known, nothing extra. An unknown member is refused rather than ignored, because
 * apply would then do something other than what the reviewer read.
 */
import { z } from 'zod';
import { optionIds } from './option.ts';
import { planSchemaVersion, type Plan } from './plan.ts';

const id = z.string().regex(/^\/subscriptions\/[^/]+(?:\/.+)?$/i, 'must be a resource id (/subscriptions/…)');
const moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/, 'must be an RFC 3339 moment in UTC');
const url = z.string().regex(/^https:\/\//, 'must be a link');
const tags = z.record(z.string(), z.string());
const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema);
const count = z.int().nonnegative();
const days = z.int().positive();
const option = z.enum(optionIds);

const assumption = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('machine-is'), machineId: id, vmId: z.string().min(1) }),
  z.strictObject({ kind: z.literal('machine-disks-are'), machineId: id, diskIds: z.array(id) }),
  z.strictObject({ kind: z.literal('disk-is'), diskId: id, uniqueId: z.string().min(1) }),
  z.strictObject({ kind: z.literal('power-is'), machineId: id, power: z.string() }),
  z.strictObject({ kind: z.literal('protected-by'), machineId: id, location: z.string(), vaultId: id.nullable() }),
  z.strictObject({ kind: z.literal('absent'), resourceId: id }),
  z.strictObject({ kind: z.literal('no-other-collection'), machineId: id, location: z.string(), besides: z.array(id) }),
  z.strictObject({ kind: z.literal('no-newer-point'), collectionId: id, than: moment.nullable() }),
  z.strictObject({ kind: z.literal('no-newer-snapshot'), diskId: id, groupId: id, than: moment.nullable() }),
  z.strictObject({ kind: z.literal('no-other-vault'), location: z.string(), besides: z.array(id) }),
  z.strictObject({ kind: z.literal('no-like-policy'), vaultId: id, besides: z.array(id) }),
]);

const goal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('exists'), resourceId: id }),
  z.strictObject({ kind: z.literal('snapshot-complete'), resourceId: id, sourceDiskId: id }),
  z.strictObject({
    kind: z.literal('restore-point-complete'),
    resourceId: id,
    machineId: id,
    diskIds: z.array(id).min(1),
    consistency: z.enum(['application', 'file-system', 'crash', 'none', 'unknown']),
  }),
  z.strictObject({ kind: z.literal('backup-configured'), machineId: id, itemId: id, policyId: id }),
  z.strictObject({ kind: z.literal('backup-point-since'), machineId: id, itemId: id, since: moment }),
]);

const base = {
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be kebab-case'),
  option,
  subject: id,
  reason: z.string().min(1),
  source: url,
  method: z.enum(['PUT', 'POST', 'PATCH', 'DELETE']),
  resourceId: id,
  assumes: z.array(assumption),
  goal,
  dependsOn: z.array(z.string()),
  runs: z.enum(['on-success', 'always']),
  destructive: z.boolean(),
  cost: optional(z.strictObject({ monthlyUsd: z.union([z.number(), z.literal('unknown')]), basis: z.string() })),
  outputs: optional(z.array(z.string())),
};

const snapshotInput = z.strictObject({
  location: z.string(),
  sourceDiskId: id,
  incremental: z.boolean(),
  sku: z.string(),
  networkAccess: z.enum(['allow-all', 'allow-private', 'deny-all']),
  publicNetworkAccess: z.boolean(),
  diskAccessId: optional(id),
  encryption: optional(z.strictObject({ type: z.string(), encryptionSetId: optional(id) })),
  hyperVGeneration: optional(z.enum(['V1', 'V2'])),
  securityType: optional(z.string()),
  architecture: optional(z.string()),
  tags,
});

const collectionInput = z.strictObject({ machineId: id, location: z.string(), tags });

const pointInput = z.strictObject({
  machineId: id,
  location: z.string(),
  mode: z.enum(['application', 'crash']),
  excludeDiskIds: z.array(id),
});

const vaultInput = z.strictObject({
  location: z.string(),
  redundancy: z.enum(['locally-redundant', 'zone-redundant', 'geo-redundant']),
  crossRegionRestore: z.boolean(),
  softDeleteDays: days,
  tags,
});

const policyInput = z.strictObject({
  tier: z.enum(['standard', 'enhanced']),
  schedule: z.strictObject({
    frequency: z.enum(['hourly', 'daily', 'weekly']),
    intervalHours: optional(z.int().positive()),
    windowHours: optional(z.int().positive()),
    at: z.string().regex(/^\d\d:\d\d$/, 'must be HH:MM'),
  }),
  timeZone: z.string(),
  instantRestoreDays: days,
  retain: z.strictObject({
    dailyDays: optional(days),
    weeklyWeeks: optional(days),
    monthlyMonths: optional(days),
    yearlyYears: optional(days),
  }),
});

const enableInput = z.strictObject({ machineId: id, policyId: id, excludeLuns: optional(z.array(count)) });

const step = z.discriminatedUnion('kind', [
  z.strictObject({
    ...base,
    kind: z.literal('resource-group.create'),
    input: z.strictObject({ location: z.string(), tags }),
  }),
  z.strictObject({ ...base, kind: z.literal('snapshot.create'), input: snapshotInput }),
  z.strictObject({ ...base, kind: z.literal('restore-point-collection.create'), input: collectionInput }),
  z.strictObject({ ...base, kind: z.literal('restore-point.create'), input: pointInput }),
  z.strictObject({ ...base, kind: z.literal('vault.create'), input: vaultInput }),
  z.strictObject({ ...base, kind: z.literal('backup-policy.create'), input: policyInput }),
  z.strictObject({ ...base, kind: z.literal('backup.enable'), input: enableInput }),
  z.strictObject({
    ...base,
    kind: z.literal('backup.trigger'),
    input: z.strictObject({ machineId: id, expiresAt: moment }),
  }),
]);

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
  duration: z.strictObject({ expectedSeconds: z.number().nonnegative(), boundBy: z.string() }),
  cost: z.strictObject({ monthlyUsd: z.union([z.number(), z.literal('unknown')]), assumptions: z.array(z.string()) }),
  steps: z.array(step),
  refusals: z.array(z.strictObject({ subject: id, option, reasons: z.array(reason).min(1) })),
  guidance: z.unknown(),
}) satisfies z.ZodType<Plan>;
