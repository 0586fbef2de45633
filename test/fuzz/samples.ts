/** One value of everything a plan can hold, made from its schema: no kind of step, goal or assumption can be forgotten. */
import { z } from 'zod';
import type { Assumption, Goal, Step } from '../../src/core/plan.ts';
import { assumptions, goals, stepKinds } from '../../src/core/steps/index.ts';

const group = '/subscriptions/11111111-0000-4000-8000-000000000000/resourceGroups/rg';
const compute = `${group}/providers/Microsoft.Compute`;
const vault = `${group}/providers/Microsoft.RecoveryServices/vaults/v`;
const container = `${vault}/replicationFabrics/f/replicationProtectionContainers/c`;

/** Ids by the name of the member that holds them. */
const ids: readonly (readonly [RegExp, string])[] = [
  [/machineId|sourceVm/i, `${compute}/virtualMachines/web`],
  [/collectionId|copiesOf/i, `${compute}/restorePointCollections/c`],
  [/pointId/i, `${compute}/restorePointCollections/c/restorePoints/p`],
  [/diskId/i, `${compute}/disks/web-os`],
  [/snapshotId/i, `${compute}/snapshots/s`],
  [
    /itemId/i,
    `${vault}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;web/protectedItems/VM;iaasvmcontainerv2;rg;web`,
  ],
  [/policyId/i, `${vault}/backupPolicies/p`],
  [/vaultId/i, vault],
  [/groupId/i, group],
];

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minimum?: number;
}

const textOf = (schema: Schema, name: string): string => {
  const pattern = schema.pattern ?? '';
  if (pattern.includes('subscriptions')) return ids.find(([fits]) => fits.test(name))?.[1] ?? `${compute}/disks/other`;
  if (pattern.includes('T\\d')) return '2026-06-03T00:00:00Z';
  if (pattern.startsWith('^https')) return 'https://learn.microsoft.com/azure/';
  return ['x', '23:00', '30', 'a-b'].find((text) => new RegExp(pattern).test(text)) ?? 'x';
};

const sampleOf = (schema: Schema, name = ''): unknown => {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const first = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (first !== undefined) return sampleOf(first, name);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, of]) => [key, sampleOf(of, key)]));
    case 'array':
      return [sampleOf(schema.items ?? {}, name)];
    case 'string':
      return textOf(schema, name);
    case 'boolean':
      return true;
    case 'number':
    case 'integer':
      return Math.max(1, schema.minimum ?? 1);
    default:
      return null;
  }
};

const made = (schema: z.ZodType): unknown =>
  sampleOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema);

export const sampleGoals = Object.values(goals).map((schema) => made(schema) as Goal);
export const sampleAssumptions = Object.values(assumptions).map((schema) => made(schema) as Assumption);

/** What a step of the kind writes. */
const written: readonly (readonly [RegExp, string])[] = [
  [/^backup-policy/, `${vault}/backupPolicies/p`],
  [/^backup\./, ids[5]![1]],
  [/^vault\.lock/, vault],
  [/^vault/, vault],
  [/^snapshot/, `${compute}/snapshots/s`],
  [/^restore-point-collection/, `${compute}/restorePointCollections/c`],
  [/^restore-point/, `${compute}/restorePointCollections/c/restorePoints/p`],
  [/^run-command/, `${compute}/virtualMachines/web/runCommands/r`],
  [/^machine/, `${compute}/virtualMachines/web`],
  [/^network-interface/, `${group}/providers/Microsoft.Network/networkInterfaces/n`],
  [/^virtual-network/, `${group}/providers/Microsoft.Network/virtualNetworks/n`],
  [/^disk/, `${compute}/disks/d`],
  [/^image-version/, `${compute}/galleries/g/images/i/versions/1.0.0`],
  [/^image-definition/, `${compute}/galleries/g/images/i`],
  [/^image/, `${compute}/images/i`],
  [/^gallery/, `${compute}/galleries/g`],
  [/^cache-account/, `${group}/providers/Microsoft.Storage/storageAccounts/a`],
  [/^replication-fabric/, `${vault}/replicationFabrics/f`],
  [/^replication-container/, container],
  [/^replication-policy/, `${vault}/replicationPolicies/p`],
  [/^replication-mapping/, `${container}/replicationProtectionContainerMappings/m`],
  [/^network-mapping/, `${vault}/replicationFabrics/f/replicationNetworks/azureNetwork/replicationNetworkMappings/m`],
  [/^replication\./, `${container}/replicationProtectedItems/web`],
  [/^resource\.delete/, `${compute}/snapshots/s`],
  [/^resource-group/, group],
  [/^tags/, `${compute}/snapshots/s/providers/Microsoft.Resources/tags/default`],
];

export const sampleSteps: readonly Step[] = Object.entries(stepKinds).map(
  ([kind, { input }]) =>
    ({
      id: kind.replace('.', '-'),
      kind,
      option: 'azure-backup',
      subject: `${compute}/virtualMachines/web`,
      reason: 'fuzz',
      source: 'https://learn.microsoft.com/azure/',
      method: /trigger|deallocate|start|generalize|disable/.test(kind) ? 'POST' : 'PUT',
      resourceId: written.find(([fits]) => fits.test(kind))?.[1] ?? group,
      assumes: [],
      goal: sampleGoals[0]!,
      dependsOn: [],
      runs: 'on-success',
      destructive: true,
      input: made(input),
    }) as unknown as Step,
);
