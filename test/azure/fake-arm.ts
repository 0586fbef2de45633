/**
 * A small stand-in for Azure's read side: rows by Resource Graph type, lists by type, permissions, and whatever a case
 * overrides.
 */
import { at, isRecord, textAt } from '../../src/azure/raw.ts';
import type { Reply, Sent } from './arm-rig.ts';

export const sub = (n: number): string => `${String(n).repeat(8)}-0000-4000-8000-000000000000`;
export const vmId = (subscription: string, name: string, group = 'rg'): string =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/${name}`;

export interface FakeArm {
  readonly subscriptions: readonly string[];
  /** Bodies as a GET answers, `id` and `type` included. */
  readonly resources: readonly unknown[];
  /** Actions granted at a lower-cased scope; `['*']` at every subscription by default. */
  readonly grants?: Readonly<Record<string, readonly string[]>>;
  /** Rows a page. */
  readonly pageSize?: number;
  /** First word on any request. */
  readonly override?: (sent: Sent) => Reply | undefined;
}

export const fakeArm =
  (arm: FakeArm) =>
  (sent: Sent): Reply => {
    const special = arm.override?.(sent);
    if (special !== undefined) return special;
    const path = sent.path.split('?')[0]!.toLowerCase();
    const query = new URLSearchParams(sent.path.split('?')[1]);
    if (path === '/subscriptions')
      return [
        200,
        {
          value: arm.subscriptions.map((id) => ({ id: `/subscriptions/${id}`, subscriptionId: id, state: 'Enabled' })),
        },
      ];
    if (path.endsWith('/providers/microsoft.authorization/permissions')) {
      const scope = path.replace('/providers/microsoft.authorization/permissions', '');
      const actions = arm.grants === undefined ? ['*'] : arm.grants[scope];
      return [200, { value: actions === undefined ? [] : [{ actions, notActions: [] }] }];
    }
    if (path.endsWith('/microsoft.resourcegraph/resources')) return graph(arm, sent.body);
    return list(arm, path, query);
  };

const graph = ({ resources, pageSize = 2 }: FakeArm, body: unknown): Reply => {
  const kql = textAt(body, 'query') ?? '';
  const type = /type =~ '([^']+)'/.exec(kql)?.[1];
  const subscriptions = new Set(at(body, 'subscriptions') as string[]);
  const rows = resources.filter(
    (r) => textAt(r, 'type')?.toLowerCase() === type && subscriptions.has(textAt(r, 'id')!.split('/')[2]!),
  );
  const shown = kql.includes('summarize')
    ? [...new Set(rows.map((r) => textAt(r, 'id')!.split('/')[2]!))].map((id) => ({ id, machines: 1 }))
    : rows
        .map((r) => ({ ...(r as object), subscriptionId: textAt(r, 'id')!.split('/')[2], resourceGroup: 'rg' }))
        .map(withoutInstanceView);
  const from = Number(textAt(body, 'options', '$skipToken') ?? 0);
  const next = from + pageSize < shown.length ? { $skipToken: String(from + pageSize) } : {};
  return [
    200,
    {
      totalRecords: shown.length,
      count: pageSize,
      data: shown.slice(from, from + pageSize),
      facets: [],
      resultTruncated: 'false',
      ...next,
    },
  ];
};

const withoutInstanceView = (row: object): object => {
  const properties = at(row, 'properties');
  if (!isRecord(properties)) return row;
  const { instanceView: _, ...rest } = properties;
  return { ...row, properties: rest };
};

const list = ({ resources, pageSize = 2 }: FakeArm, path: string, query: URLSearchParams): Reply => {
  const single = resources.find((r) => textAt(r, 'id')?.toLowerCase() === path);
  if (single !== undefined) return [200, single];
  const rows = resources.filter((r) => isRecord(r) && parentOf(r).includes(path));
  const from = Number(query.get('page') ?? 0);
  const next: { nextLink?: string } =
    from + pageSize < rows.length ? { nextLink: `https://management.azure.com${path}?page=${from + pageSize}` } : {};
  // Only a status listing tells run-time state; it needs its parameter on the following pages too, which a nextLink
  // carries.
  const status = query.get('statusOnly') === 'true' || query.get('status') === 'true';
  const shown = status ? rows : rows.map((row) => withoutInstanceView(row as object));
  if (status && next.nextLink !== undefined) next.nextLink += '&status=true';
  return [200, { value: shown.slice(from, from + pageSize), ...next }];
};

/** The list paths a resource shows in. */
const parentOf = (row: unknown): readonly string[] => {
  const id = textAt(row, 'id')!.toLowerCase();
  const subscription = /^\/subscriptions\/[^/]+/.exec(id)![0];
  const group = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/.exec(id)?.[0];
  const type = textAt(row, 'type')!.toLowerCase();
  const vault = /^.*\/vaults\/[^/]+/.exec(id)?.[0];
  if (type === 'microsoft.resources/subscriptions/resourcegroups') return [`${subscription}/resourcegroups`];
  if (type.endsWith('/protecteditems')) return [`${vault}/backupprotecteditems`];
  if (type.endsWith('/recoverypoints')) return [id.replace(/\/[^/]+$/, '')];
  if (vault !== undefined && type !== 'microsoft.recoveryservices/vaults')
    return [`${vault}/${type.split('/').at(-1)}`];
  return [`${subscription}/providers/${type}`, `${group}/providers/${type}`];
};

/** A machine with one managed disk, running, and its disk. */
export const machineAndDisk = (
  subscription: string,
  name: string,
  tags: Readonly<Record<string, string>> = {},
): readonly unknown[] => {
  const diskId = `/subscriptions/${subscription}/resourceGroups/RG/providers/Microsoft.Compute/disks/${name}-os`;
  return [
    {
      id: vmId(subscription, name, 'RG'),
      name,
      type: 'Microsoft.Compute/virtualMachines',
      location: 'westeurope',
      tags,
      properties: {
        vmId: `vmid-${name}`,
        provisioningState: 'Succeeded',
        hardwareProfile: { vmSize: 'Standard_D2s_v5' },
        storageProfile: {
          diskControllerType: 'SCSI',
          osDisk: { osType: 'Linux', name: `${name}-os`, caching: 'ReadWrite', managedDisk: { id: diskId } },
          dataDisks: [],
        },
        instanceView: {
          hyperVGeneration: 'V2',
          statuses: [{ code: 'PowerState/running' }],
          vmAgent: { statuses: [{ code: 'ProvisioningState/succeeded' }] },
        },
      },
    },
    {
      id: diskId.replace('/RG/', '/rg/'),
      name: `${name}-os`,
      type: 'Microsoft.Compute/disks',
      location: 'westeurope',
      sku: { name: 'Premium_LRS' },
      properties: { diskSizeGB: 64, provisioningState: 'Succeeded', uniqueId: `u-${name}` },
    },
  ];
};

export const vaultId = (subscription: string): string =>
  `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/vault`;

export const aVault = (subscription: string): unknown => ({
  id: vaultId(subscription),
  name: 'vault',
  type: 'Microsoft.RecoveryServices/vaults',
  location: 'westeurope',
  properties: {
    provisioningState: 'Succeeded',
    redundancySettings: { standardTierStorageRedundancy: 'GeoRedundant', crossRegionRestore: 'Disabled' },
    securitySettings: { softDeleteSettings: { softDeleteState: 'AlwaysON', softDeleteRetentionPeriodInDays: 14 } },
  },
});

/** The machine protected in the vault of a subscription. */
export const protection = (subscription: string, machineId: string): unknown => {
  const name = machineId.split('/').at(-1)!;
  return {
    id: `${vaultId(subscription)}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;${name}/protectedItems/VM;iaasvmcontainerv2;rg;${name}`,
    type: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems',
    properties: {
      backupManagementType: 'AzureIaasVM',
      sourceResourceId: machineId.toUpperCase().replace('/SUBSCRIPTIONS/', '/subscriptions/'),
      protectionState: 'Protected',
      lastBackupTime: '2026-06-03T02:00:00Z',
      vaultId: `https://management.azure.com${vaultId(subscription)}`,
    },
  };
};
