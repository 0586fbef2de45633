/** Small valid plans for engine tests. Snapshots stand for repeatable writes, backups for writes that must not happen twice. */
import type { Plan, Step } from '../../src/core/plan.ts';

const subscription = '/subscriptions/00000000-0000-0000-0000-00000000000a';
const vault = `${subscription}/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v`;

interface Shape {
  readonly dependsOn?: readonly string[];
  readonly after?: readonly string[];
  readonly runs?: Step['runs'];
  readonly assumes?: Step['assumes'];
  readonly tags?: Readonly<Record<string, string>>;
}

const base = (id: string, shape: Shape) => ({
  id,
  subject: `${subscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/${id}`,
  reason: 'test',
  source: 'https://learn.microsoft.com/azure/',
  assumes: shape.assumes ?? [],
  dependsOn: shape.dependsOn ?? [],
  ...(shape.after === undefined ? {} : { after: shape.after }),
  runs: shape.runs ?? ('on-success' as const),
  destructive: false,
});

export const snapshotStep = (id: string, shape: Shape = {}): Step => {
  const resourceId = `${subscription}/resourceGroups/rg/providers/Microsoft.Compute/snapshots/${id}`;
  const sourceDiskId = `${subscription}/resourceGroups/rg/providers/Microsoft.Compute/disks/${id}`;
  return {
    ...base(id, shape),
    kind: 'snapshot.create',
    option: 'disk-snapshot',
    method: 'PUT',
    resourceId,
    goal: { kind: 'snapshot-complete', resourceId, sourceDiskId },
    input: {
      location: 'westeurope',
      sourceDiskId,
      incremental: true,
      sku: 'Standard_ZRS',
      networkAccess: 'deny-all',
      publicNetworkAccess: false,
      tags: { 'holdfast-run': 'run', ...shape.tags },
    },
  };
};

export const backupStep = (id: string, shape: Shape = {}): Step => {
  const machineId = base(id, shape).subject;
  const itemId = `${vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;${id}/protectedItems/vm;iaasvmcontainerv2;rg;${id}`;
  return {
    ...base(id, shape),
    kind: 'backup.trigger',
    option: 'azure-backup',
    method: 'POST',
    resourceId: itemId,
    goal: { kind: 'backup-point-since', machineId, itemId, since: '2026-06-03T00:00:00Z' },
    input: { machineId, expiresAt: '2026-07-03T00:00:00Z' },
  };
};

export const planOf = (steps: readonly Step[], digest = 'd'.repeat(64)): Plan => ({
  schemaVersion: 1,
  kind: 'holdfast.plan',
  digest,
  createdAt: '2026-06-03T00:00:00Z',
  expiresAt: '2026-06-04T00:00:00Z',
  madeBy: 'test',
  scope: { description: 'test', subscriptions: [], resourceGroups: [], tags: [], excludeTags: [] },
  limits: {},
  duration: { expectedSeconds: 0, boundBy: 'test' },
  cost: { monthlyUsd: 'unknown', assumptions: [] },
  steps,
  refusals: [],
  guidance: {},
});
