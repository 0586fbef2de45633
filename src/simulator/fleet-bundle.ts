import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { FleetResult } from './fleet-file.ts';
import { DEFAULT_TENANT, operator } from './fleet.ts';
import { parseJson } from './json-file.ts';
import { subscriptionOf } from './router.ts';
import type { Fleet, Mutable } from './service.ts';

const bundleShape = z.looseObject({
  schemaVersion: z.literal(1),
  asOf: z.string(),
  complete: z.boolean().default(true),
  subscriptions: z.array(z.string()).default([]),
  /** By kind, the places that could not be read when the bundle was made. */
  gaps: z.record(z.string(), z.array(z.looseObject({ scope: z.string() }))).optional(),
});
type Head = z.output<typeof bundleShape>;
const rowsShape = z.union([
  z.array(z.looseObject({ id: z.string().min(1) })),
  z.looseObject({ value: z.array(z.looseObject({ id: z.string().min(1) })) }),
]);

/**
 * Bundle file → the type of its rows where a row names none, and the permission whose lack makes the file's absence
 * felt.
 */
const FILES: Readonly<Record<string, string>> = {
  resourceGroups: 'Microsoft.Resources/subscriptions/resourceGroups',
  virtualMachines: 'Microsoft.Compute/virtualMachines',
  disks: 'Microsoft.Compute/disks',
  snapshots: 'Microsoft.Compute/snapshots',
  images: 'Microsoft.Compute/images',
  galleryImageVersions: 'Microsoft.Compute/galleries/images/versions',
  restorePointCollections: 'Microsoft.Compute/restorePointCollections',
  restorePoints: 'Microsoft.Compute/restorePointCollections/restorePoints',
  vaults: 'Microsoft.RecoveryServices/vaults',
  backupPolicies: 'Microsoft.RecoveryServices/vaults/backupPolicies',
  protectedItems: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems',
  recoveryPoints: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints',
  replicationProtectedItems:
    'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems',
  replicationPolicies: 'Microsoft.RecoveryServices/vaults/replicationPolicies',
  locks: 'Microsoft.Authorization/locks',
};

/** Lists that Azure serves under another type than the one its rows carry. */
const ALSO_READ: Readonly<Record<string, readonly string[]>> = {
  protectedItems: ['Microsoft.RecoveryServices/vaults/backupProtectedItems/read'],
  replicationProtectedItems: ['Microsoft.RecoveryServices/vaults/replicationProtectedItems/read'],
};

/**
 * An offline bundle as a fleet: its resources are served as they were recorded, casing and all. What the bundle does not
 * hold must stay unknown, so the principal may not read the types of its missing files, nor what its gaps name. Of a bundle
 * that is incomplete and does not say where, it may read the resources that are there, one by one, but not look for others.
 */
export function readBundle(directory: string): FleetResult {
  const problems: string[] = [];
  const head = parse(join(directory, 'bundle.json'), bundleShape, problems);
  const resources: Mutable[] = [];
  const missing: string[] = [];
  for (const [name, type] of Object.entries(FILES)) {
    const file = join(directory, `${name}.json`);
    if (!existsSync(file)) {
      missing.push(`${type}/read`, ...(ALSO_READ[name] ?? []));
      continue;
    }
    const parsed = parse(file, rowsShape, problems);
    const rows = parsed === undefined ? [] : Array.isArray(parsed) ? parsed : parsed.value;
    resources.push(...rows.map((row) => resourceOf(row, type)));
  }
  if (problems.length > 0 || head === undefined) return { problems };
  return { fleet: fleetOf(head, resources, missing) };
}

/** A row as the resource a GET would answer: Resource Graph adds columns of its own, and a machine's power state. */
function resourceOf(row: Mutable, type: string): Mutable {
  // An empty one says as little as none.
  const own = typeof row['type'] === 'string' && row['type'] !== '' ? row['type'] : undefined;
  const hidden: Mutable = { recorded: true, ...(own === undefined ? { untyped: true } : {}) };
  const typed = { ...row, type: own ?? type };
  if (row['subscriptionId'] === undefined) return { ...typed, hidden };
  const { subscriptionId: _1, resourceGroup: _2, tenantId: _3, ...columns } = typed as Mutable;
  const { extended, ...properties } = (columns['properties'] ?? {}) as Mutable;
  const power = String(extended?.instanceView?.powerState?.code ?? '').toLowerCase();
  if (power.startsWith('powerstate/')) hidden['power'] = power.slice('powerstate/'.length);
  const filled = Object.entries(columns).filter(([, value]) => value !== null && value !== '');
  return { ...Object.fromEntries(filled), properties, hidden };
}

function fleetOf(head: Head, resources: readonly Mutable[], missing: readonly string[]): Fleet {
  const ids = new Map(head.subscriptions.map((id) => [id.toLowerCase(), id]));
  for (const resource of resources) {
    const id = subscriptionOf(String(resource['id']));
    if (id !== undefined && !ids.has(id.toLowerCase())) ids.set(id.toLowerCase(), id);
  }
  const subscriptions = [...ids.values()];
  const base = operator(subscriptions);
  const piecemeal = head.complete || head.gaps !== undefined ? [] : PIECEMEAL;
  const assignments = base.assignments.map((assignment) => ({
    ...assignment,
    notActions: [
      ...(assignment.notActions ?? []),
      ...missing,
      ...piecemeal.flatMap(readsOf),
      ...gapsAt(head.gaps ?? {}, assignment.scope).flatMap(readsOf),
    ],
  }));
  const single = new Set(piecemeal.map((name) => FILES[name]?.toLowerCase()));
  const own = resources
    .filter((resource) => single.has(String(resource['type']).toLowerCase()))
    .map(({ id, type }) => ({ scope: String(id), actions: [`${String(type)}/read`], notActions: [] }));
  return {
    asOf: head.asOf,
    tenantId: DEFAULT_TENANT,
    subscriptions: subscriptions.map((id) => ({ id, name: `Recorded ${id.slice(0, 8)}` })),
    resources,
    principals: [{ ...base, assignments: [...assignments, ...own] }],
  };
}

/**
 * What may be read one by one but not looked for, in a bundle that does not say where it is incomplete. Machines are not
 * among it: their run-time state is told by a list of the whole subscription only.
 */
const PIECEMEAL = Object.keys(FILES).filter(
  (name) => !['virtualMachines', 'recoveryPoints', 'replicationPolicies'].includes(name),
);

const readsOf = (name: string): readonly string[] => [`${FILES[name]}/read`, ...(ALSO_READ[name] ?? [])];

/** The kinds with a gap at, above or below a subscription. */
function gapsAt(gaps: NonNullable<Head['gaps']>, subscription: string): readonly string[] {
  const within = (inner: string, outer: string): boolean =>
    outer === '/' || `${inner.toLowerCase()}/`.startsWith(`${outer.toLowerCase()}/`);
  return Object.entries(gaps).flatMap(([name, places]) =>
    Object.hasOwn(FILES, name) && places.some(({ scope }) => within(subscription, scope) || within(scope, subscription))
      ? [name]
      : [],
  );
}

function parse<Shape extends z.ZodType>(file: string, shape: Shape, problems: string[]): z.output<Shape> | undefined {
  try {
    const parsed = parseJson(readFileSync(file, 'utf8'), file, shape);
    if ('value' in parsed) return parsed.value;
    problems.push(...parsed.problems);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    problems.push(`${file}: ${error.message}`);
  }
  return undefined;
}
