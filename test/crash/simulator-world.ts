/** A small simulated Azure, and a plan of one of every kind of write that a first protection needs. */
import type { Plan, Step } from '../../src/core/plan.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { planOf } from '../engine/plan-builder.ts';

const startsAt = Date.UTC(2026, 10, 2, 8);
export const subscriptionId = '11111111-2222-4333-8444-555555555555';
const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/RG-App`;
const machineId = `${group}/providers/Microsoft.Compute/virtualMachines/web01`;
const diskId = `${group}/providers/Microsoft.Compute/disks/web01-os`;
const diskUniqueId = 'aaaaaaaa-0000-4000-8000-000000000001';
const vmId = 'bbbbbbbb-0000-4000-8000-000000000001';

export const simulated = (faults: readonly FaultRule[] = []): Simulator =>
  createSimulator({
    startsAt,
    faults,
    listLagMs: 60_000,
    fleet: {
      tenantId: '99999999-0000-4000-8000-000000000000',
      subscriptions: [{ id: subscriptionId, name: 'test' }],
      principals: [
        {
          clientId: 'cccccccc-0000-4000-8000-000000000001',
          name: 'applier',
          assignments: [{ scope: subscription, actions: ['*'] }],
        },
      ],
      resources: [
        {
          id: group,
          name: 'RG-App',
          type: 'Microsoft.Resources/resourceGroups',
          location: 'westeurope',
          properties: { provisioningState: 'Succeeded' },
        },
        {
          id: diskId,
          name: 'web01-os',
          type: 'Microsoft.Compute/disks',
          location: 'westeurope',
          managedBy: machineId,
          sku: { name: 'Premium_LRS', tier: 'Premium' },
          properties: {
            osType: 'Linux',
            hyperVGeneration: 'V2',
            creationData: { createOption: 'Empty' },
            diskSizeGB: 30,
            diskState: 'Attached',
            provisioningState: 'Succeeded',
            uniqueId: diskUniqueId,
            timeCreated: '2026-01-01T00:00:00Z',
            networkAccessPolicy: 'DenyAll',
            publicNetworkAccess: 'Disabled',
            encryption: { type: 'EncryptionAtRestWithPlatformKey' },
          },
        },
        {
          id: machineId,
          name: 'web01',
          type: 'Microsoft.Compute/virtualMachines',
          location: 'westeurope',
          properties: {
            vmId,
            provisioningState: 'Succeeded',
            hardwareProfile: { vmSize: 'Standard_D2s_v5' },
            storageProfile: {
              osDisk: {
                osType: 'Linux',
                name: 'web01-os',
                createOption: 'FromImage',
                caching: 'ReadWrite',
                managedDisk: { id: diskId, storageAccountType: 'Premium_LRS' },
                diskSizeGB: 30,
              },
              dataDisks: [],
            },
            osProfile: { computerName: 'web01', linuxConfiguration: {} },
          },
        },
      ],
    },
  });

const placeId = `${subscription}/resourceGroups/rg-backup`;
const vaultId = `${placeId}/providers/Microsoft.RecoveryServices/vaults/hf-vault-202611020800-0123456789`;
const policyId = `${vaultId}/backupPolicies/hf-daily-202611020800-0123456789`;
const itemId = `${vaultId}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg-app;web01/protectedItems/vm;iaasvmcontainerv2;rg-app;web01`;
const snapshotId = `${group}/providers/Microsoft.Compute/snapshots/hf-web01-202611020800-0123456789`;
const collectionId = `${group}/providers/Microsoft.Compute/restorePointCollections/hf-web01-202611020800-0123456789`;
const pointId = `${collectionId}/restorePoints/hf-web01-202611020800-0123456789`;
const tags = { 'holdfast-run': '0123456789', 'holdfast-set': 'set-1', 'holdfast-made-by': 'test' };
const since = new Date(startsAt).toISOString();

const common = (id: string, dependsOn: readonly string[]) => ({
  id,
  dependsOn,
  subject: machineId,
  reason: 'test',
  source: 'https://learn.microsoft.com/azure/',
  runs: 'on-success' as const,
  destructive: false,
});
const exists = (resourceId: string) => ({ kind: 'exists' as const, resourceId });

/** One write of each kind that a first protection needs; all kinds are in scenarios.ts. */
export const steps: readonly Step[] = [
  {
    ...common('group', []),
    option: 'azure-backup',
    kind: 'resource-group.create',
    method: 'PUT',
    resourceId: placeId,
    assumes: [],
    goal: exists(placeId),
    input: { location: 'westeurope', tags },
  },
  {
    ...common('snapshot', []),
    option: 'disk-snapshot',
    kind: 'snapshot.create',
    method: 'PUT',
    resourceId: snapshotId,
    assumes: [
      { kind: 'machine-is', machineId, vmId },
      { kind: 'machine-disks-are', machineId, diskIds: [diskId] },
      { kind: 'disk-is', diskId, uniqueId: diskUniqueId },
      { kind: 'absent', resourceId: snapshotId },
      { kind: 'no-newer-snapshot', diskId, groupId: group, than: null },
    ],
    goal: { kind: 'snapshot-complete', resourceId: snapshotId, sourceDiskId: diskId },
    input: {
      location: 'westeurope',
      sourceDiskId: diskId,
      incremental: true,
      sku: 'Standard_ZRS',
      networkAccess: 'deny-all',
      publicNetworkAccess: false,
      hyperVGeneration: 'V2',
      tags,
    },
  },
  {
    ...common('collection', []),
    option: 'restore-point',
    kind: 'restore-point-collection.create',
    method: 'PUT',
    resourceId: collectionId,
    assumes: [
      { kind: 'machine-is', machineId, vmId },
      { kind: 'no-other-collection', machineId, location: 'westeurope', besides: [] },
    ],
    goal: exists(collectionId),
    input: { machineId, location: 'westeurope', tags },
  },
  {
    ...common('point', ['collection']),
    option: 'restore-point',
    kind: 'restore-point.create',
    method: 'PUT',
    resourceId: pointId,
    assumes: [
      { kind: 'machine-is', machineId, vmId },
      { kind: 'machine-disks-are', machineId, diskIds: [diskId] },
      { kind: 'power-is', machineId, power: 'running' },
      { kind: 'no-newer-point', collectionId, than: null },
    ],
    goal: {
      kind: 'restore-point-complete',
      resourceId: pointId,
      machineId,
      diskIds: [diskId],
      consistency: 'file-system',
    },
    input: { machineId, location: 'westeurope', mode: 'application', excludeDiskIds: [] },
  },
  {
    ...common('vault', ['group']),
    option: 'azure-backup',
    kind: 'vault.create',
    method: 'PUT',
    resourceId: vaultId,
    assumes: [
      { kind: 'absent', resourceId: vaultId },
      { kind: 'no-other-vault', location: 'westeurope', besides: [] },
    ],
    goal: exists(vaultId),
    input: { location: 'westeurope', redundancy: 'geo-redundant', crossRegionRestore: false, softDeleteDays: 14, tags },
  },
  {
    ...common('policy', ['vault']),
    option: 'azure-backup',
    kind: 'backup-policy.create',
    method: 'PUT',
    resourceId: policyId,
    assumes: [{ kind: 'no-like-policy', vaultId, besides: [policyId] }],
    goal: exists(policyId),
    input: {
      tier: 'enhanced',
      schedule: { frequency: 'daily', at: '23:00' },
      timeZone: 'UTC',
      instantRestoreDays: 7,
      retain: { dailyDays: 30, weeklyWeeks: 12, monthlyMonths: 12, yearlyYears: 3 },
    },
  },
  {
    ...common('enable', ['policy']),
    option: 'azure-backup',
    kind: 'backup.enable',
    method: 'PUT',
    resourceId: itemId,
    assumes: [
      { kind: 'machine-is', machineId, vmId },
      { kind: 'protected-by', machineId, location: 'westeurope', vaultId: null },
    ],
    goal: { kind: 'backup-configured', machineId, itemId, policyId },
    input: { machineId, policyId },
  },
  {
    ...common('first-backup', ['enable']),
    option: 'azure-backup',
    kind: 'backup.trigger',
    method: 'POST',
    resourceId: itemId,
    assumes: [{ kind: 'machine-is', machineId, vmId }],
    goal: { kind: 'backup-point-since', machineId, itemId, since },
    input: { machineId, expiresAt: '2026-12-02T00:00:00Z' },
  },
];

export const simulatedPlan: Plan = planOf(steps, 'f'.repeat(64));

/** The same needs planned a second time before the first plan was applied: other names, another run. */
export const planMadeMeanwhile: Plan = planOf(
  JSON.parse(JSON.stringify(steps).replaceAll('0123456789', 'fedcba9876')) as Step[],
  'e'.repeat(64),
);

/** The step a write belongs to, by its path; refreshing containers and asking for the backup's status change nothing. */
export const stepOfWrite = (method: string, path: string): string | undefined =>
  steps.find(
    (step) =>
      step.method === method &&
      path.toLowerCase() === `${step.resourceId}${method === 'POST' ? '/backup' : ''}`.toLowerCase(),
  )?.id;
