import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../../src/simulator/fleet-file.ts';
import type { Fleet, Mutable } from '../../../src/simulator/service.ts';
import { Rig, SUBSCRIPTION } from '../rig.ts';

const FLEET = `
asOf: 2026-11-02T08:00:00Z
subscriptions:
  - { key: one, id: ${SUBSCRIPTION}, name: One }
defaults: { resourceGroup: rg-app, location: westeurope }
vaults:
  - { name: vault-dr, resourceGroup: rg-dr, location: northeurope }
machines:
  - name: web-1
    os: linux
    size: Standard_D2s_v5
    osDisk: { sizeGiB: 64 }
    dataDisks: [{ name: web-1-data, sizeGiB: 128 }]
    replication: { vault: vault-dr, to: northeurope }
  - { name: web-2, os: linux, size: Standard_D2s_v5, osDisk: { sizeGiB: 64 } }
`;
const SCOPE = `/subscriptions/${SUBSCRIPTION}/resourceGroups`;
const DR = `${SCOPE}/rg-dr/providers/Microsoft.RecoveryServices/vaults/vault-dr`;

function fleet(): Fleet {
  const parsed = parseFleet(FLEET, 'fleet.yaml', 0);
  if (!('fleet' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.fleet;
}

async function rows(rig: Rig, path: string): Promise<Mutable[]> {
  const found: Mutable[] = [];
  for (let url: unknown = path; typeof url === 'string';) {
    const { body } = await rig.send('GET', url);
    found.push(...(body['value'] as Mutable[]));
    url = body['nextLink'];
  }
  return found;
}

describe('a replication that a fleet says in short', () => {
  const under = (tail: string): string => `${DR}/${tail}?api-version=2024-04-01`;

  it('has everything it is made of, also disks of its own in a group of its own', async () => {
    const rig = new Rig({ fleet: fleet() });
    const names = async (tail: string): Promise<unknown[]> => (await rows(rig, under(tail))).map((row) => row['name']);
    expect(await names('replicationFabrics')).toEqual(['asr-a2a-westeurope', 'asr-a2a-northeurope']);
    expect(await names('replicationProtectionContainers')).toHaveLength(2);
    expect(await names('replicationProtectionContainerMappings')).toHaveLength(2);
    expect(await names('replicationNetworkMappings')).toHaveLength(2);
    const disks = await rows(rig, `${SCOPE}/rg-app-asr/providers/Microsoft.Compute/disks?api-version=2024-03-02`);
    expect(disks.map((disk) => [disk['location'], String(disk['name']).endsWith('-ASRReplica')])).toEqual([
      ['northeurope', true],
      ['northeurope', true],
    ]);
    const [item] = await rows(rig, under('replicationProtectedItems'));
    const points = await rows(rig, `${String(item!['id'])}/recoveryPoints?api-version=2024-04-01`);
    expect(points.length).toBeGreaterThan(20);
  });

  it('shows points that a fleet spells out as they are, and refuses to make up those of a recorded item', async () => {
    const id = `${DR}/replicationFabrics/f/replicationProtectionContainers/c/replicationProtectedItems/old`;
    const container = 'vaults/replicationFabrics/replicationProtectionContainers';
    const type = `Microsoft.RecoveryServices/${container}/replicationProtectedItems`;
    const item = { id, type, name: 'old', properties: { friendlyName: 'old', providerSpecificDetails: {} } };
    const point = { id: `${id}/recoveryPoints/p`, type: `${type}/recoveryPoints`, name: 'p', properties: {} };
    const ask = async (resources: Mutable[]): Promise<Mutable> => {
      const rig = new Rig({ fleet: { ...fleet(), resources: [...fleet().resources, ...resources] } });
      return (await rig.send('GET', `${id}/recoveryPoints?api-version=2024-04-01`)).body;
    };
    expect((await ask([item, point]))['value']).toMatchObject([{ name: 'p' }]);
    expect((await ask([item]))['error'].code).toBe('OperationNotAllowed');
  });

  it('is found by who replicates a second machine through the same pieces', async () => {
    const rig = new Rig({ fleet: fleet() });
    const [item] = await rows(rig, under('replicationProtectedItems'));
    const told: Mutable = item!['properties'].providerSpecificDetails;
    const vm = `${SCOPE}/rg-app/providers/Microsoft.Compute/virtualMachines/web-2`;
    const { body } = await rig.send('GET', `${vm}?api-version=2024-07-01`);
    const container = String(item!['id']).replace(/\/replicationProtectedItems\/.*$/, '');
    const sent = {
      policyId: item!['properties'].policyId,
      providerSpecificDetails: {
        instanceType: 'A2A',
        fabricObjectId: vm,
        recoveryContainerId: item!['properties'].recoveryContainerId,
        recoveryResourceGroupId: told['recoveryAzureResourceGroupId'],
        recoveryAzureNetworkId: told['selectedRecoveryAzureNetworkId'],
        vmManagedDisks: [
          {
            diskId: body['properties'].storageProfile.osDisk.managedDisk.id,
            primaryStagingAzureStorageAccountId: told['protectedManagedDisks'][0].primaryStagingAzureStorageAccountId,
            recoveryResourceGroupId: told['recoveryAzureResourceGroupId'],
          },
        ],
      },
    };
    const path = `${container}/replicationProtectedItems/web-2?api-version=2024-04-01`;
    const accepted = await rig.send('PUT', path, { properties: sent });
    expect(accepted.status).toBe(202);
    for (let polls = 0; polls < 40; polls += 1) rig.simulator.clock.advance(60_000);
    const { properties } = (await rig.send('GET', path)).body;
    expect(properties.protectionState).toBe('Protected');
    const [nic] = properties.providerSpecificDetails.vmNics;
    expect(nic.recoveryVMNetworkId).toBe(told['selectedRecoveryAzureNetworkId']);
  });
});
