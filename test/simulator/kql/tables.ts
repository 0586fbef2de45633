import type { KqlResult, SourceTable } from '../../../src/simulator/kql/evaluate.ts';
import { evaluate } from '../../../src/simulator/kql/evaluate.ts';
import type { Column, Type } from '../../../src/simulator/kql/value.ts';

const columns: readonly Column[] = (
  [
    ['id', 'string'],
    ['name', 'string'],
    ['type', 'string'],
    ['location', 'string'],
    ['resourceGroup', 'string'],
    ['subscriptionId', 'string'],
    ['managedBy', 'string'],
    ['sku', 'dynamic'],
    ['properties', 'dynamic'],
    ['tags', 'dynamic'],
    ['zones', 'dynamic'],
  ] satisfies readonly (readonly [string, Type])[]
).map(([name, type]) => ({ name, type }));

const base = '/subscriptions/s1/resourceGroups/RG-One/providers/Microsoft.Compute';
const vm = `${base}/virtualMachines`;

const resources = [
  {
    id: `${vm}/web-1`,
    name: 'web-1',
    type: 'microsoft.compute/virtualmachines',
    location: 'westeurope',
    resourceGroup: 'rg-one',
    subscriptionId: 's1',
    properties: {
      cores: 4,
      hardwareProfile: { vmSize: 'Standard_D4s_v5' },
      timeCreated: '2026-10-01T08:30:00.1234567Z',
      'odata.type': 'x',
    },
    tags: { env: 'Prod', Owner: 'ann' },
    zones: ['1'],
  },
  {
    id: `${vm}/db-1`,
    name: 'db-1',
    type: 'microsoft.compute/virtualmachines',
    location: 'northeurope',
    resourceGroup: 'rg-one',
    subscriptionId: 's1',
    properties: { cores: 16, hardwareProfile: { vmSize: 'Standard_E16s_v5' }, timeCreated: '2026-10-20T00:00:00Z' },
    tags: { env: 'prod' },
    zones: [],
  },
  {
    id: `${vm}/Test-1`,
    name: 'Test-1',
    type: 'microsoft.compute/virtualmachines',
    location: 'westeurope',
    resourceGroup: 'rg-one',
    subscriptionId: 's1',
    properties: { hardwareProfile: { vmSize: 'Standard_B2s' } },
  },
  {
    id: `${base}/disks/web-os`,
    name: 'web-os',
    type: 'microsoft.compute/disks',
    location: 'westeurope',
    resourceGroup: 'rg-one',
    subscriptionId: 's1',
    managedBy: `${vm}/WEB-1`,
    sku: { name: 'Premium_LRS' },
    properties: { diskSizeGB: 128, uniqueId: 'u1', encryptionSettingsCollection: { enabled: true } },
  },
  {
    id: `${base}/disks/db-data`,
    name: 'db-data',
    type: 'microsoft.compute/disks',
    location: 'northeurope',
    resourceGroup: 'rg-one',
    subscriptionId: 's1',
    managedBy: `${vm}/db-1`,
    sku: { name: 'Standard_LRS' },
    properties: { diskSizeGB: 1024, uniqueId: 'u2' },
  },
];

const item = `/subscriptions/s1/resourceGroups/rg-v/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c/protectedItems`;
const recovery = [
  {
    id: `${item}/web`,
    name: 'web',
    type: 'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems',
    subscriptionId: 's1',
    properties: {
      backupManagementType: 'AzureIaasVM',
      sourceResourceId: `${vm}/WEB-1`,
      policyId: '/P/1',
      protectionState: 'Protected',
      lastRecoveryPoint: '2026-11-01T02:00:00Z',
      lastBackupStatus: 'Completed',
    },
  },
  {
    id: `${item}/sql`,
    name: 'sql',
    type: 'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems',
    subscriptionId: 's1',
    properties: { backupManagementType: 'AzureWorkload', sourceResourceId: `${vm}/db-1` },
  },
];

const containers = [
  {
    id: '/subscriptions/s1',
    name: 'Payments',
    type: 'microsoft.resources/subscriptions',
    subscriptionId: 's1',
    properties: { state: 'Enabled' },
  },
];

const tables: Readonly<Record<string, SourceTable>> = {
  resources: { columns, rows: resources },
  recoveryservicesresources: { columns, rows: recovery },
  resourcecontainers: { columns, rows: containers },
};

/** Runs a query over five resources, two protected items and one subscription, at 2026-11-02T08:00Z. */
export function run(query: string): KqlResult {
  return evaluate(query, (name) => tables[name.toLowerCase()], { now: Date.UTC(2026, 10, 2, 8) });
}

export function rowsOf(query: string): readonly (readonly unknown[])[] {
  return run(query).rows;
}

export function namesOf(query: string): readonly string[] {
  return run(query).columns.map(({ name }) => name);
}

/** The value of an expression on its own. */
export function valueOf(expression: string): unknown {
  return rowsOf(`resources | take 1 | project v = ${expression}`)[0]?.[0];
}
