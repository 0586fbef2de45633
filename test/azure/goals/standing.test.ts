/** What stands under a planned name already: taken for the step's own only where it is what the step would make. */
import { describe, expect, it } from 'vitest';
import { readGoal } from '../../../src/azure/goals/index.ts';
import type { Step } from '../../../src/core/plan.ts';
import { inTurn, signal, stubArm } from '../steps/stub-arm.ts';

const group = '/subscriptions/S/resourceGroups/RG/providers';
const vault = `${group}/Microsoft.RecoveryServices/vaults/v`;
const fabric = `${vault}/replicationFabrics/hf-westeurope`;

const stepOf = (kind: Step['kind'], resourceId: string, input: object): Step =>
  ({
    id: 'a',
    kind,
    option: 'site-recovery',
    method: 'PUT',
    subject: '/subscriptions/S',
    resourceId,
    reason: 'r',
    source: 'https://x',
    goal: { kind: 'exists', resourceId },
    assumes: [],
    dependsOn: [],
    runs: 'on-success',
    destructive: false,
    input,
  }) as unknown as Step;

const container = stepOf('replication-container.create', `${fabric}/replicationProtectionContainers/c`, {});
const policy = stepOf('replication-policy.create', `${vault}/replicationPolicies/p`, {
  retainMinutes: 1440,
  appConsistentMinutes: 240,
});
const crashOnly = stepOf('replication-policy.create', `${vault}/replicationPolicies/p`, {
  retainMinutes: 1440,
  appConsistentMinutes: 0,
});
const network = stepOf('virtual-network.create', `${group}/Microsoft.Network/virtualNetworks/n`, {
  location: 'northeurope',
});
const gallery = stepOf('gallery.create', `${group}/Microsoft.Compute/galleries/g`, { location: 'northeurope' });
const cacheId = `${group}/Microsoft.Storage/storageAccounts/c`;
const cache = stepOf('cache-account.create', cacheId, { location: 'westeurope', tier: 'standard' });
const place = stepOf('resource-group.create', '/subscriptions/S/resourceGroups/RG', { location: 'westeurope' });

const isPolicy = (recoveryPointHistory: number, appConsistentFrequencyInMinutes?: number) => ({
  properties: {
    providerSpecificDetails: { instanceType: 'A2A', recoveryPointHistory, appConsistentFrequencyInMinutes },
  },
});
const account = (location: string, kind: string, sku: string) => ({
  id: cacheId,
  location,
  kind,
  sku: { name: sku },
  properties: { provisioningState: 'Succeeded' },
});

describe('what stands under a planned name', () => {
  it.each<[string, Step, object, 'holds' | 'refused']>([
    ['a container of Azure’s own', container, { properties: { fabricType: 'Azure' } }, 'holds'],
    ['a container of another fabric', container, { properties: { fabricType: 'VMware' } }, 'refused'],
    ['a container that does not tell', container, { properties: {} }, 'refused'],
    ['a policy that keeps as much', policy, isPolicy(1440, 240), 'holds'],
    ['a policy that keeps less', policy, isPolicy(720, 240), 'refused'],
    ['a policy that keeps more', policy, isPolicy(4320, 240), 'refused'],
    ['a policy with other application-consistent points', policy, isPolicy(1440, 60), 'refused'],
    ['a policy without application-consistent points', policy, isPolicy(1440), 'refused'],
    ['a policy without them, where none were planned', crashOnly, isPolicy(1440), 'holds'],
    ['a policy with them, where none were planned', crashOnly, isPolicy(1440, 60), 'refused'],
    ['a network of the region', network, { location: 'North Europe', properties: {} }, 'holds'],
    ['a network of another region', network, { location: 'westeurope', properties: {} }, 'refused'],
    ['a gallery of the region', gallery, { location: 'northeurope', properties: {} }, 'holds'],
    ['a gallery of another region', gallery, { location: 'westeurope', properties: {} }, 'refused'],
    ['a standard account of the region', cache, account('West Europe', 'StorageV2', 'Standard_LRS'), 'holds'],
    ['a standard account of another region', cache, account('northeurope', 'StorageV2', 'Standard_LRS'), 'refused'],
    ['a premium account', cache, account('westeurope', 'BlockBlobStorage', 'Premium_LRS'), 'refused'],
    ['an account of an older kind', cache, account('westeurope', 'Storage', 'Standard_LRS'), 'refused'],
    ['a resource group, whoever made it and wherever', place, { location: 'northeurope', properties: {} }, 'holds'],
  ])('%s', async (_, step, body, wanted) => {
    const reader = { arm: stubArm(inTurn({ status: 200, body })), now: () => undefined, signal };
    const goal = await readGoal(reader, step.goal, step);
    expect(goal.kind).toBe(wanted);
    if (goal.kind === 'refused') expect(goal.problem.code).toBe('name-taken');
  });
});
