import { expect } from 'vitest';
import type { Mutable } from '../../../src/simulator/service.ts';
import { RG, VaultRig, machineId } from './vault-rig.ts';

/** An account as a fleet spells it out. */
export function cache(group: string, name: string, location: string): Mutable {
  const id = `${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
  const sku = { name: 'Standard_LRS' };
  return { id, type: 'Microsoft.Storage/storageAccounts', name, location, kind: 'StorageV2', sku };
}

export const DR = `${RG}/providers/Microsoft.RecoveryServices/vaults/vault-dr`;

/** A vault in the other region, with everything that replication there needs. */
export async function paired(resources: Mutable[]): Promise<VaultRig> {
  const rig = new VaultRig([...resources, cache(RG, 'cache', 'westeurope')]);
  await rig.vault(DR, {}, 'northeurope');
  const put = async (tail: string, properties: Mutable): Promise<void> => {
    const accepted = await rig.put(`${DR}/${tail}`, { properties });
    expect([tail, accepted.status, accepted.body]).toEqual([tail, 202, {}]);
    expect((await rig.settle(accepted))['status']).toBe('Succeeded');
  };
  for (const [name, location] of [
    ['src', 'westeurope'],
    ['dst', 'northeurope'],
  ]) {
    await put(`replicationFabrics/${name}`, { customDetails: { instanceType: 'Azure', location } });
    await put(`replicationFabrics/${name}/replicationProtectionContainers/c-${name}`, {
      providerSpecificInput: [{ instanceType: 'A2A' }],
    });
  }
  await put('replicationPolicies/p', {
    providerSpecificInput: { instanceType: 'A2A', multiVmSyncStatus: 'Enable', recoveryPointHistory: 1440 },
  });
  const container = (name: string): string =>
    `${DR}/replicationFabrics/${name}/replicationProtectionContainers/c-${name}`;
  await put('replicationFabrics/src/replicationProtectionContainers/c-src/replicationProtectionContainerMappings/m', {
    targetProtectionContainerId: container('dst'),
    policyId: `${DR}/replicationPolicies/p`,
    providerSpecificInput: { instanceType: 'A2A' },
  });
  return rig;
}

export const failover = {
  properties: { failoverDirection: 'PrimaryToRecovery', providerSpecificDetails: { instanceType: 'A2A' } },
};
export const ITEM = 'replicationFabrics/src/replicationProtectionContainers/c-src/replicationProtectedItems/web-dr';
export const enable = (more: Mutable = {}): Mutable => ({
  properties: {
    policyId: `${DR}/replicationPolicies/p`,
    providerSpecificDetails: {
      instanceType: 'A2A',
      fabricObjectId: machineId('web'),
      recoveryContainerId: `${DR}/replicationFabrics/dst/replicationProtectionContainers/c-dst`,
      recoveryResourceGroupId: RG,
      vmManagedDisks: [
        {
          diskId: `${RG}/providers/Microsoft.Compute/disks/web-os`,
          primaryStagingAzureStorageAccountId: `${RG}/providers/Microsoft.Storage/storageAccounts/cache`,
          recoveryResourceGroupId: RG,
        },
      ],
      ...more,
    },
  },
});
