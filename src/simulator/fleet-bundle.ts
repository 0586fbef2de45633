import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { FleetResult } from './fleet-file.ts';
import { DEFAULT_TENANT, operator } from './fleet.ts';
import { subscriptionOf } from './router.ts';
import type { Fleet, Mutable } from './service.ts';

const bundleShape = z.looseObject({ schemaVersion: z.literal(1), asOf: z.string(), complete: z.boolean().optional() });
const rowsShape = z.union([
  z.array(z.looseObject({ id: z.string() })),
  z.looseObject({ value: z.array(z.looseObject({ id: z.string() })) }),
]);

/** Bundle file → the type of its rows where a row names none, and the permission whose lack makes the file's absence felt. */
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
 * hold must stay unknown, so the principal may not read the types of its missing files.
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
    for (const row of rows)
      resources.push({
        ...row,
        type: typeof row['type'] === 'string' ? row['type'] : type,
        hidden: { recorded: true, ...(row['type'] === undefined ? { untyped: true } : {}) },
      });
  }
  if (problems.length > 0 || head === undefined) return { problems };
  return { fleet: fleetOf(head.asOf, resources, missing) };
}

function fleetOf(asOf: string, resources: readonly Mutable[], missing: readonly string[]): Fleet {
  const ids = new Map<string, string>();
  for (const resource of resources) {
    const id = subscriptionOf(String(resource['id']));
    if (id !== undefined && !ids.has(id.toLowerCase())) ids.set(id.toLowerCase(), id);
  }
  const subscriptions = [...ids.values()];
  const base = operator(subscriptions);
  const principal = {
    ...base,
    assignments: base.assignments.map((assignment) => ({
      ...assignment,
      notActions: [...(assignment.notActions ?? []), ...missing],
    })),
  };
  return {
    asOf,
    tenantId: DEFAULT_TENANT,
    subscriptions: subscriptions.map((id) => ({ id, name: `Recorded ${id.slice(0, 8)}` })),
    resources,
    principals: [principal],
  };
}

function parse<Shape extends z.ZodType>(file: string, shape: Shape, problems: string[]): z.output<Shape> | undefined {
  try {
    const parsed = shape.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return parsed.data;
    problems.push(...parsed.error.issues.map((issue) => `${file}: ${issue.path.join('.')}: ${issue.message}`));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    problems.push(`${file}: ${error.message}`);
  }
  return undefined;
}
