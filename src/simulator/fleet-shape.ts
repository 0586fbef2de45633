import { z } from 'zod';

/**
 * The fleet file. Machines, disks and what protects them are described in short and become Azure's own bodies
 * (fleet-machines.ts, fleet-protection.ts); anything else stands under `resources:` as a GET would answer it, with
 * facts
 * that never go on the wire under `hidden`. Ages and durations are `90s`, `5m`, `6h`, `20d` before the fleet's moment.
 */
const age = z.string().regex(/^\d+(?:\.\d+)?[smhd]$/, 'a duration such as 5m, 6h or 20d');

const diskShape = z.strictObject({
  name: z.string().optional(),
  /** This many alike, numbered from 1, on consecutive LUNs. */
  count: z.number().int().min(1).max(64).default(1),
  sizeGiB: z.number().int().min(1).default(128),
  sku: z
    .enum([
      'Standard_LRS',
      'StandardSSD_LRS',
      'StandardSSD_ZRS',
      'Premium_LRS',
      'Premium_ZRS',
      'PremiumV2_LRS',
      'UltraSSD_LRS',
    ])
    .default('Premium_LRS'),
  caching: z.enum(['None', 'ReadOnly', 'ReadWrite']).optional(),
  age: age.optional(),
  writeAccelerator: z.boolean().optional(),
  maxShares: z.number().int().min(1).optional(),
  /** Export only with an Entra ID token. */
  entraAccess: z.boolean().optional(),
  network: z.enum(['AllowAll', 'AllowPrivate', 'DenyAll']).optional(),
  encryption: z.enum(['PlatformKey', 'CustomerKey', 'PlatformAndCustomerKeys']).optional(),
  /** Id of the disk encryption set that holds the key. */
  encryptionSet: z.string().optional(),
  /** Encrypted by Azure Disk Encryption inside the guest. */
  guestEncrypted: z.boolean().optional(),
  ephemeral: z.boolean().optional(),
  /** The disk of another machine that this one shares: `resource group/name`. */
  shares: z.string().optional(),
});

const pointShape = z.strictObject({
  age,
  consistency: z.enum(['AppConsistent', 'FileSystemConsistent', 'CrashConsistent']).default('AppConsistent'),
  /** LUNs left out; the OS disk cannot be. */
  excludedLuns: z.array(z.number().int().min(0)).default([]),
});

const backupShape = z.strictObject({
  vault: z.string(),
  policy: z.string().default('DefaultPolicy'),
  state: z.enum(['protected', 'pending', 'stopped', 'suspended', 'soft-deleted', 'error']).default('protected'),
  points: z.array(pointShape).default([]),
  lastStatus: z.enum(['Completed', 'Failed']).optional(),
  excludedLuns: z.array(z.number().int().min(0)).default([]),
  deletedAge: age.optional(),
});

const replicationShape = z.strictObject({
  vault: z.string(),
  to: z.string(),
  state: z.enum(['Protected', 'InitialReplicationInProgress', 'UnplannedFailoverCompleted']).default('Protected'),
  health: z.enum(['Normal', 'Warning', 'Critical']).default('Normal'),
  rpo: age.default('5m'),
  lastDrill: age.optional(),
  excludedLuns: z.array(z.number().int().min(0)).default([]),
});

const snapshotShape = z.strictObject({
  age,
  incremental: z.boolean().default(true),
  sku: z.enum(['Standard_LRS', 'Standard_ZRS', 'Premium_LRS']).default('Standard_LRS'),
  /** Which disks: the OS disk is `os`, the others by LUN. All when absent. */
  disks: z.array(z.union([z.literal('os'), z.number().int().min(0)])).optional(),
  completionPercent: z.number().min(0).max(100).optional(),
  accessState: z.enum(['Unknown', 'Pending', 'Available', 'InstantAccess', 'AvailableWithInstantAccess']).optional(),
  resourceGroup: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
});

const restorePointShape = z.strictObject({
  age,
  consistency: z
    .enum(['ApplicationConsistent', 'FileSystemConsistent', 'CrashConsistent'])
    .default('ApplicationConsistent'),
  collection: z.string().optional(),
  resourceGroup: z.string().optional(),
  excludedLuns: z.array(z.number().int().min(0)).default([]),
});

const imageShape = z.strictObject({ name: z.string(), resourceGroup: z.string().optional() });

export const machineShape = z.strictObject({
  name: z.string(),
  resourceGroup: z.string().optional(),
  subscription: z.string().optional(),
  location: z.string().optional(),
  zone: z.string().optional(),
  os: z.enum(['linux', 'windows']).default('linux'),
  size: z.string().default('Standard_D2s_v5'),
  tags: z.record(z.string(), z.string()).default({}),
  power: z.enum(['running', 'stopped', 'deallocated']).default('running'),
  generalized: z.boolean().default(false),
  agent: z.enum(['ready', 'not-ready', 'missing']).default('ready'),
  security: z.enum(['Standard', 'TrustedLaunch', 'ConfidentialVM']).optional(),
  generation: z.enum(['V1', 'V2']).default('V2'),
  controller: z.enum(['SCSI', 'NVMe']).optional(),
  architecture: z.enum(['x64', 'Arm64']).default('x64'),
  encryptionAtHost: z.boolean().optional(),
  spot: z.boolean().optional(),
  image: z.strictObject({ publisher: z.string(), offer: z.string(), sku: z.string() }).optional(),
  osVersion: z.tuple([z.string(), z.string()]).optional(),
  /** VHDs in a storage account instead of managed disks. */
  unmanaged: z.boolean().default(false),
  age: age.default('200d'),
  osDisk: diskShape.prefault({}),
  dataDisks: z.array(diskShape).default([]),
  extensions: z.array(z.string()).default([]),
  backup: backupShape.optional(),
  replication: replicationShape.optional(),
  snapshots: z.array(snapshotShape).default([]),
  restorePoints: z.array(restorePointShape).default([]),
  images: z.array(imageShape).default([]),
});

export const fleetShape = z.strictObject({
  /** The moment the fleet is described at, where the clock starts. Absent: the moment it is loaded. */
  asOf: z.iso.datetime({ offset: true }).optional(),
  tenant: z.guid().optional(),
  /** The first one is what a machine belongs to that names none. */
  subscriptions: z
    .array(z.strictObject({ key: z.string(), id: z.guid(), name: z.string(), readable: z.boolean().default(true) }))
    .min(1),
  defaults: z
    .strictObject({ resourceGroup: z.string().default('rg-app'), location: z.string().default('westeurope') })
    .prefault({}),
  vaults: z
    .array(
      z.strictObject({
        name: z.string(),
        subscription: z.string().optional(),
        resourceGroup: z.string(),
        location: z.string(),
        redundancy: z.enum(['LocallyRedundant', 'ZoneRedundant', 'GeoRedundant']).default('GeoRedundant'),
        crossRegionRestore: z.boolean().default(false),
        softDelete: z.enum(['Enabled', 'Disabled', 'AlwaysON']).default('Enabled'),
      }),
    )
    .default([]),
  machines: z.array(machineShape).default([]),
  /** Who may log in. Absent: one operator, who is not Owner (fleet.ts). */
  principals: z
    .array(
      z.strictObject({
        clientId: z.guid(),
        name: z.string(),
        assignments: z.array(
          z.strictObject({
            scope: z.string(),
            actions: z.array(z.string()),
            notActions: z.array(z.string()).default([]),
          }),
        ),
      }),
    )
    .optional(),
  /**
   * Azure's own bodies, `id` and `type` included. `{main}` in an id stands for the id of the subscription keyed main.
   */
  resources: z.array(z.looseObject({ id: z.string(), type: z.string() })).default([]),
});

export type FleetFile = z.output<typeof fleetShape>;
export type Machine = z.output<typeof machineShape>;
export type Disk = z.output<typeof diskShape>;

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `6h` as ms. */
export function ageMs(text: string): number {
  return Number(text.slice(0, -1)) * (UNIT_MS[text.slice(-1)] ?? 0);
}
