/**
 * The kinds of resource a fleet is read as: their bundle file, the permission that lets them be seen, and where Azure
 * lists them.
 */
import type { Provider } from './transport.ts';

export const rawKinds = [
  'virtualMachines',
  'disks',
  'snapshots',
  'images',
  'galleryImageVersions',
  'restorePointCollections',
  'restorePoints',
  'vaults',
  'backupPolicies',
  'protectedItems',
  'recoveryPoints',
  'replicationProtectedItems',
  'replicationRecoveryPoints',
  'replicationPolicies',
  'locks',
  'resourceGroups',
] as const;

/** Read only where somebody asks: without them a reading is as whole as without asking. */
export const readOnRequest: ReadonlySet<string> = new Set(['recoveryPoints', 'replicationRecoveryPoints']);

/** Also the name of the kind's file in a bundle. */
export type RawKind = (typeof rawKinds)[number];

export interface KindOfResource {
  /** Without this grant Azure Resource Graph leaves the kind out of its answers in silence (facts A-20). */
  readonly action: string;
  /** What its list calls need beside that, and parts of it that Resource Graph keeps as rows of their own. */
  readonly also?: readonly string[];
  /** Resource Graph's table and type, where it has one. */
  readonly graph?: { readonly table: string; readonly type: string };
  /** The list call: per subscription, or per vault. */
  readonly list?: {
    readonly per: 'subscription' | 'vault';
    readonly provider: Provider;
    readonly path: string;
    readonly apiVersion: string;
  };
  /** Read in every subscription the login can see, not only in those asked for: protection often lives elsewhere. */
  readonly everywhere: boolean;
}

/** ARM api-versions, newest of those whose documents we test against, unless a field needs a newer one. */
export const apiVersions = {
  compute: '2024-07-01',
  disk: '2024-03-02',
  /** `snapshotAccessState`: without it an instant-access snapshot would pass for a backup (facts S-12). */
  snapshot: '2025-01-02',
  gallery: '2024-03-03',
  vault: '2024-04-01',
  backup: '2024-04-01',
  siteRecovery: '2024-04-01',
  resources: '2021-04-01',
  subscriptions: '2022-12-01',
  locks: '2020-05-01',
  permissions: '2022-04-01',
  resourceGraph: '2021-03-01',
  /** Virtual networks and network interfaces, asked through the client of Azure Resource Manager. */
  network: '2023-11-01',
  storage: '2023-05-01',
} as const;

const compute = (type: string, apiVersion: string, everywhere = false): KindOfResource => ({
  action: `Microsoft.Compute/${type}/read`,
  graph: { table: 'resources', type: `microsoft.compute/${type.toLowerCase()}` },
  list: { per: 'subscription', provider: 'compute', path: `/providers/Microsoft.Compute/${type}`, apiVersion },
  everywhere,
});

/** A machine's extensions: rows of their own in Resource Graph, part of the machine in lists. */
export const extensionsAction = 'Microsoft.Compute/virtualMachines/extensions/read';

export const kinds: Readonly<Record<Exclude<RawKind, 'replicationPolicies'>, KindOfResource>> = {
  virtualMachines: { ...compute('virtualMachines', apiVersions.compute), also: [extensionsAction] },
  disks: compute('disks', apiVersions.disk),
  snapshots: compute('snapshots', apiVersions.snapshot),
  images: compute('images', apiVersions.compute),
  restorePointCollections: compute('restorePointCollections', apiVersions.compute),
  // Read per collection, and only of collections that Azure Backup does not own.
  restorePoints: { action: 'Microsoft.Compute/restorePointCollections/restorePoints/read', everywhere: false },
  galleryImageVersions: {
    action: 'Microsoft.Compute/galleries/images/versions/read',
    also: ['Microsoft.Compute/galleries/read', 'Microsoft.Compute/galleries/images/read'],
    graph: { table: 'resources', type: 'microsoft.compute/galleries/images/versions' },
    everywhere: true,
  },
  vaults: {
    action: 'Microsoft.RecoveryServices/Vaults/read',
    graph: { table: 'resources', type: 'microsoft.recoveryservices/vaults' },
    list: {
      per: 'subscription',
      provider: 'recovery-services',
      path: '/providers/Microsoft.RecoveryServices/vaults',
      apiVersion: apiVersions.vault,
    },
    everywhere: true,
  },
  backupPolicies: {
    action: 'Microsoft.RecoveryServices/Vaults/backupPolicies/read',
    graph: { table: 'recoveryservicesresources', type: 'microsoft.recoveryservices/vaults/backuppolicies' },
    list: { per: 'vault', provider: 'backup', path: '/backupPolicies', apiVersion: apiVersions.backup },
    everywhere: true,
  },
  protectedItems: {
    action: 'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read',
    also: ['Microsoft.RecoveryServices/Vaults/backupProtectedItems/read'],
    graph: {
      table: 'recoveryservicesresources',
      type: 'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems',
    },
    list: { per: 'vault', provider: 'backup', path: '/backupProtectedItems', apiVersion: apiVersions.backup },
    everywhere: true,
  },
  // Read per protected item, with --deep.
  recoveryPoints: {
    action: 'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read',
    everywhere: true,
  },
  replicationProtectedItems: {
    action:
      'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read',
    also: ['Microsoft.RecoveryServices/Vaults/replicationProtectedItems/read'],
    graph: {
      table: 'recoveryservicesresources',
      type: 'microsoft.recoveryservices/vaults/replicationfabrics/replicationprotectioncontainers/replicationprotecteditems',
    },
    list: {
      per: 'vault',
      provider: 'site-recovery',
      path: '/replicationProtectedItems',
      apiVersion: apiVersions.siteRecovery,
    },
    everywhere: true,
  },
  // Read per replicated item, where its points are asked for.
  replicationRecoveryPoints: {
    action:
      'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints/read',
    everywhere: true,
  },
  // Not in Resource Graph.
  locks: {
    action: 'Microsoft.Authorization/locks/read',
    list: {
      per: 'subscription',
      provider: 'resources',
      path: '/providers/Microsoft.Authorization/locks',
      apiVersion: apiVersions.locks,
    },
    everywhere: false,
  },
  resourceGroups: {
    action: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    graph: { table: 'resourcecontainers', type: 'microsoft.resources/subscriptions/resourcegroups' },
    list: { per: 'subscription', provider: 'resources', path: '/resourcegroups', apiVersion: apiVersions.resources },
    everywhere: false,
  },
};
