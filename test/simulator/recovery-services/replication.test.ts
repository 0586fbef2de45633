import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../../src/simulator/service.ts';
import { DR, ITEM, cache, enable, failover, paired } from './replication-rig.ts';
import { MINUTE, RG, machine, machineId, type VaultRig } from './vault-rig.ts';

describe('a machine that is replicated between regions', () => {
  it('is protected only long after the operation ended, and can fail over only then', async () => {
    const rig = await paired(machine('web'));
    await rig.settle(await rig.put(`${DR}/${ITEM}`, enable()));
    const read = async (): Promise<Mutable> => (await rig.get(`${DR}/${ITEM}`)).body;
    const first = await read();
    expect(first['id']).toMatch(/^\/Subscriptions\//);
    expect(first['properties']).toMatchObject({
      protectionState: 'InitialReplicationInProgress',
      allowedOperations: ['DisableProtection'],
    });
    expect(first['properties']['providerSpecificDetails']['fabricObjectId']).toBe(machineId('web').toLowerCase());
    rig.advance(16 * MINUTE);
    expect((await read())['properties']['protectionState']).toBe('InitialReplicationRecoveryCompletionPending');
    rig.advance(15 * MINUTE);
    expect((await read())['properties']).toMatchObject({
      protectionState: 'Protected',
      allowedOperations: ['UnplannedFailover', 'DisableProtection', 'TestFailover'],
    });
    expect((await rig.get(`${DR}/replicationJobs`)).body['value'][0]['properties']).toMatchObject({
      scenarioName: 'EnableDr',
      state: 'Succeeded',
    });
    const listed = await rig.get(`${DR}/replicationProtectedItems`);
    expect([listed.body['value'].length, listed.body['nextLink']]).toEqual([1, null]);
  });

  it('fails over to a machine of its own, and after the commit replicates back under the other container', async () => {
    const rig = await paired(machine('web'));
    const group = RG.replace(/[^/]+$/, 'rg-recovery');
    const replicated = (from: string, to: string): Mutable => ({
      diskId: `${from}/providers/Microsoft.Compute/disks/web-os`,
      primaryStagingAzureStorageAccountId: `${from}/providers/Microsoft.Storage/storageAccounts/cache`,
      recoveryResourceGroupId: to,
    });
    await rig.send('PUT', `${group}?api-version=2022-09-01`, { location: 'northeurope' });
    const there = { recoveryResourceGroupId: group, vmManagedDisks: [replicated(RG, group)] };
    await rig.settle(await rig.put(`${DR}/${ITEM}`, enable(there)));
    const act = (tail: string, body?: Mutable) => rig.send('POST', `${DR}/${tail}?api-version=2024-04-01`, body);
    expect((await act(`${ITEM}/unplannedFailover`, failover)).status).toBe(400);
    rig.advance(31 * MINUTE);
    expect((await act(`${ITEM}/failoverCommit`)).status).toBe(400);
    expect((await rig.settle(await act(`${ITEM}/unplannedFailover`, failover)))['status']).toBe('Succeeded');
    const recovered = `${group}/providers/Microsoft.Compute/virtualMachines/web`;
    expect(rig.simulator.world.store.get(recovered)?.body).toMatchObject({
      location: 'northeurope',
      properties: { storageProfile: { osDisk: { createOption: 'Attach' } } },
    });
    expect(rig.simulator.world.store.get(machineId('web'))).toBeDefined();
    expect((await rig.settle(await act(`${ITEM}/failoverCommit`)))['status']).toBe('Succeeded');
    const container = 'replicationFabrics/src/replicationProtectionContainers/c-src';
    const back = {
      replicationProtectedItemName: 'web-dr',
      providerSpecificDetails: {
        instanceType: 'A2A',
        recoveryContainerId: `${DR}/${container}`,
        recoveryResourceGroupId: RG,
        vmManagedDisks: [replicated(group, RG)],
      },
    };
    const switching = await act(`${container}/switchprotection`, { properties: back });
    rig.advance(5 * MINUTE);
    expect((await rig.settle(switching))['status']).toBe('Succeeded');
    expect((await rig.get(`${DR}/${ITEM}`)).status).toBe(404);
    const moved = ITEM.replace('/src/', '/dst/').replace('/c-src/', '/c-dst/');
    const { properties } = (await rig.get(`${DR}/${moved}`)).body;
    expect(properties).toMatchObject({ activeLocation: 'Primary', protectionState: 'InitialReplicationInProgress' });
    expect(properties['providerSpecificDetails']['fabricObjectId']).toBe(recovered.toLowerCase());
  });

  it('fails in its operation where it would be recovered onto itself', async () => {
    const rig = await paired(machine('web'));
    await rig.settle(await rig.put(`${DR}/${ITEM}`, enable()));
    rig.advance(31 * MINUTE);
    const accepted = await rig.send('POST', `${DR}/${ITEM}/unplannedFailover?api-version=2024-04-01`, failover);
    expect((await rig.settle(accepted))['status']).toBe('Failed');
  });

  it('is refused where the vault is in its own region', async () => {
    const rig = await paired(machine('web', { location: 'northeurope' }));
    expect((await rig.put(`${DR}/${ITEM}`, enable())).status).toBe(400);
  });

  it('is refused for a disk that is not its own', async () => {
    const rig = await paired([...machine('web'), ...machine('db')]);
    expect(
      (
        await rig.put(
          `${DR}/${ITEM}`,
          enable({ vmManagedDisks: [{ diskId: `${RG}/providers/Microsoft.Compute/disks/db-os` }] }),
        )
      ).status,
    ).toBe(400);
  });

  it('fails in its operation for a machine that Site Recovery does not support', async () => {
    const rig = await paired(machine('web', { security: 'ConfidentialVM' }));
    expect(await rig.settle(await rig.put(`${DR}/${ITEM}`, enable()))).toMatchObject({
      status: 'Failed',
      error: { code: 'A2AVirtualMachineNotSupported' },
    });
    expect((await rig.get(`${DR}/${ITEM}`)).body['error']).toMatchObject({
      code: 'NotFound',
      details: [{ code: 'ArmResourceDoesNotExist' }],
    });
  });

  it('keeps its containers and fabrics from being removed until it is', async () => {
    const rig = await paired(machine('web'));
    await rig.settle(await rig.put(`${DR}/${ITEM}`, enable()));
    const container = `${DR}/replicationFabrics/src/replicationProtectionContainers/c-src`;
    expect((await rig.send('POST', `${container}/remove?api-version=2024-04-01`)).status).toBe(400);
    await rig.settle(await rig.send('POST', `${DR}/${ITEM}/remove?api-version=2024-04-01`, { properties: {} }));
    expect((await rig.get(`${DR}/${ITEM}`)).status).toBe(404);
    expect((await rig.send('POST', `${container}/remove?api-version=2024-04-01`)).status).toBe(400);
    const mapping = `${container}/replicationProtectionContainerMappings/m`;
    await rig.settle(await rig.send('POST', `${mapping}/remove?api-version=2024-04-01`, { properties: {} }));
    expect((await rig.send('POST', `${container}/remove?api-version=2024-04-01`)).status).toBe(202);
  });
});

const CONTAINER = 'replicationFabrics/src/replicationProtectionContainers/c-src';
const disk = (name: string, more: Mutable = {}): Mutable => ({
  diskId: `${RG}/providers/Microsoft.Compute/disks/${name}`,
  primaryStagingAzureStorageAccountId: `${RG}/providers/Microsoft.Storage/storageAccounts/cache`,
  recoveryResourceGroupId: RG,
  ...more,
});
const item = async (rig: VaultRig): Promise<Mutable> => (await rig.get(`${DR}/${ITEM}`)).body['properties'];
const code = async (rig: VaultRig, sent: Mutable): Promise<unknown> =>
  (await rig.settle(await rig.put(`${DR}/${ITEM}`, sent)))['error']?.['code'];

const RESULTS = 'providers/Microsoft.RecoveryServices/replicationEligibilityResults';

describe('what Azure says beforehand of a machine that is to be replicated', () => {
  const eligibility = async (rig: VaultRig, tail = '/default'): Promise<Mutable> =>
    (await rig.get(`${machineId('web')}/${RESULTS}${tail}`)).body;
  const altered = (edit: (vm: Mutable) => void): Mutable[] => {
    const resources = machine('web', { dataDisks: [{}] });
    edit(resources[0]!);
    return resources;
  };

  it('is nothing of one that can be, in the list as by itself', async () => {
    const rig = await paired(machine('web'));
    expect((await eligibility(rig))['properties'].errors).toEqual([]);
    expect((await eligibility(rig, ''))['value'][0].properties.errors).toEqual([]);
  });

  it.each<[string, (vm: Mutable) => void, string]>([
    ['an NVMe controller', (vm) => (vm['properties'].storageProfile.diskControllerType = 'NVMe'), 'NVMe'],
    ['an ARM64 processor', (vm) => (vm['hidden'].architecture = 'Arm64'), 'ARM64'],
    ['a dedicated host', (vm) => (vm['properties'].host = { id: '/h' }), 'dedicated hosts'],
    ['no power', (vm) => (vm['hidden'].power = 'deallocated'), 'not running'],
    ['an agent that is not ready', (vm) => (vm['hidden'].agent = 'not-ready'), 'agent'],
    ['an unlisted system', (vm) => Object.assign(vm['hidden'], { osName: 'ubuntu', osVersion: '25.10' }), '25.10'],
    [
      'an ephemeral disk',
      (vm) => (vm['properties'].storageProfile.osDisk.diffDiskSettings = { option: 'Local' }),
      'Ephemeral',
    ],
  ])('names %s, and enabling fails for the same reason', async (_, edit, words) => {
    const rig = await paired(altered(edit));
    const { errors } = (await eligibility(rig))['properties'];
    expect(errors).toMatchObject([{ status: 'Error', message: expect.stringContaining(words) as string }]);
    expect(await code(rig, enable())).toBe(errors[0].code);
  });

  it('is a warning for a disk that can be left out, and enabling without that disk succeeds', async () => {
    const slow = altered((vm) => (vm['properties'].storageProfile.dataDisks[0].writeAcceleratorEnabled = true));
    const rig = await paired(slow);
    expect((await eligibility(rig))['properties'].errors).toMatchObject([{ status: 'Warning' }]);
    const both = [disk('web-os'), disk('web-data-0')];
    expect(await code(rig, enable({ vmManagedDisks: both }))).toBe('A2ADiskNotSupported');
    expect(await code(rig, enable())).toBeUndefined();
    expect((await item(rig))['providerSpecificDetails'].unprotectedDisks).toEqual([
      { diskLunId: 0, diskAutoProtectionStatus: 'Disabled' },
    ]);
  });

  it('is that it is replicated already, also by another vault’s item', async () => {
    const rig = await paired(machine('web'));
    expect(await code(rig, enable())).toBeUndefined();
    expect((await eligibility(rig))['properties'].errors[0].message).toContain('already replicated');
    const again = await rig.put(`${DR}/${ITEM.replace('web-dr', 'web-again')}`, enable());
    expect((await rig.settle(again))['error']?.['code']).toBe('A2AVirtualMachineNotSupported');
  });
});

describe('enabling replication', () => {
  it('is refused for a container that is not mapped, and for a policy that is not associated', async () => {
    const rig = await paired(machine('web'));
    const policy = { providerSpecificInput: { instanceType: 'A2A', multiVmSyncStatus: 'Enable' } };
    await rig.settle(await rig.put(`${DR}/replicationPolicies/other`, { properties: policy }));
    const other = enable();
    other['properties'].policyId = `${DR}/replicationPolicies/other`;
    const refused = await rig.put(`${DR}/${ITEM}`, other);
    expect([refused.status, refused.body['error'].message]).toEqual([400, expect.stringContaining('not associated')]);
    const mapping = `${DR}/${CONTAINER}/replicationProtectionContainerMappings/m`;
    await rig.settle(await rig.send('POST', `${mapping}/remove?api-version=2024-04-01`, { properties: {} }));
    expect((await rig.put(`${DR}/${ITEM}`, enable())).body['error'].message).toContain('not mapped');
  });

  it.each<[string, Mutable]>([
    ['is in another region', { location: 'northeurope' }],
    ['is of file shares', { kind: 'FileStorage', sku: { name: 'Premium_LRS' } }],
    ['takes no account keys', { properties: { allowSharedKeyAccess: false } }],
    ['keeps deleted blobs', { hidden: { blobService: { deleteRetentionPolicy: { enabled: true } } } }],
  ])('fails through a cache account that %s', async (_, more) => {
    const rig = await paired([...machine('web'), { ...cache(RG, 'other', 'westeurope'), ...more }]);
    const primaryStagingAzureStorageAccountId = `${RG}/providers/Microsoft.Storage/storageAccounts/other`;
    const sent = enable({ vmManagedDisks: [disk('web-os', { primaryStagingAzureStorageAccountId })] });
    expect(await code(rig, sent)).toBe('A2ACacheStorageAccountNotSupported');
  });

  it('fails into a group that is not there, and without the system’s disk', async () => {
    const rig = await paired(machine('web', { dataDisks: [{}] }));
    const nowhere = `${RG}-nowhere`;
    expect(await code(rig, enable({ recoveryResourceGroupId: nowhere }))).toBe('ResourceGroupNotFound');
    expect(await code(rig, enable({ vmManagedDisks: [disk('web-data-0')] }))).toBe('A2AOsDiskNotIncluded');
  });

  it('makes replica disks of the types asked for in the recovery group, which go with replication', async () => {
    const rig = await paired(machine('web', { dataDisks: [{ sku: 'StandardSSD_LRS' }] }));
    const group = RG.replace(/[^/]+$/, 'rg-recovery');
    await rig.send('PUT', `${group}?api-version=2022-09-01`, { location: 'northeurope' });
    const there = { recoveryResourceGroupId: group };
    const vmManagedDisks = [
      disk('web-os', { ...there, recoveryReplicaDiskAccountType: 'Standard_LRS' }),
      disk('web-data-0', there),
    ];
    expect(await code(rig, enable({ ...there, vmManagedDisks }))).toBeUndefined();
    const replicas = async (): Promise<unknown[]> => {
      const { body } = await rig.send('GET', `${group}/providers/Microsoft.Compute/disks?api-version=2024-03-02`);
      return body['value'].map((one: Mutable) => [one['name'], one['location'], one['sku'].name]);
    };
    expect(await replicas()).toEqual([
      ['web-os-ASRReplica', 'northeurope', 'Standard_LRS'],
      ['web-data-0-ASRReplica', 'northeurope', 'StandardSSD_LRS'],
    ]);
    await rig.settle(await rig.send('POST', `${DR}/${ITEM}/remove?api-version=2024-04-01`, { properties: {} }));
    expect(await replicas()).toEqual([]);
  });

  it('tells how far the first copy has come, and warns some time after that no drill was done', async () => {
    const rig = await paired(machine('web'));
    await code(rig, enable());
    const told = async (): Promise<unknown> =>
      (await item(rig))['providerSpecificDetails'].monitoringPercentageCompletion;
    expect(await told()).toBeNull();
    rig.advance(12 * MINUTE);
    expect(await told()).toBeGreaterThanOrEqual(50);
    expect(await told()).toBeLessThan(60);
    rig.advance(18 * MINUTE);
    expect(await item(rig)).toMatchObject({ protectionState: 'Protected', failoverHealth: 'Normal', healthErrors: [] });
    rig.advance(2 * MINUTE);
    expect(await item(rig)).toMatchObject({
      replicationHealth: 'Normal',
      failoverHealth: 'Warning',
      healthErrors: [{ errorCode: '161011', errorLevel: 'Warning' }],
    });
  });
});

describe('machines that name one replication group', () => {
  it('share its id, up to sixteen; the seventeenth fails', async () => {
    const names = Array.from({ length: 17 }, (_, index) => `web${index}`);
    const rig = await paired(names.flatMap((name) => machine(name)));
    const ids: unknown[] = [];
    for (const name of names) {
      const vmManagedDisks = [disk(`${name}-os`)];
      const grouped = { fabricObjectId: machineId(name), multiVmGroupName: 'shop', vmManagedDisks };
      const path = `${DR}/${CONTAINER}/replicationProtectedItems/${name}`;
      const done = await rig.settle(await rig.put(path, enable(grouped)));
      const { body } = await rig.get(path);
      ids.push(done['error']?.['code'] ?? body['properties'].providerSpecificDetails.multiVmGroupId);
    }
    expect(new Set(ids.slice(0, 16)).size).toBe(1);
    expect(ids[16]).toBe('A2AMultiVmGroupLimitReached');
  });
});

describe('the recovery points of a replicated machine', () => {
  const points = async (rig: VaultRig): Promise<Mutable[]> => rig.all(`${DR}/${ITEM}/recoveryPoints`);

  const at = (row: Mutable): number => Date.parse(`${String(row['properties'].recoveryPointTime).slice(0, 23)}Z`);

  it('are none until it is protected, then one every five minutes that thin out with age', async () => {
    const rig = await paired(machine('web'));
    await code(rig, enable());
    rig.advance(29 * MINUTE);
    expect(await points(rig)).toEqual([]);
    rig.advance(MINUTE + 4 * 60 * MINUTE);
    const rows = await points(rig);
    const ages = rows.map((row) => (at(rows[0]!) - at(row)) / MINUTE);
    expect(ages.slice(0, 3)).toEqual([0, 5, 10]);
    expect(ages.slice(-2)).toEqual([180, 240]);
    expect(rows[0]!['properties']).toMatchObject({
      recoveryPointType: 'CrashConsistent',
      providerSpecificDetails: { instanceType: 'A2A', recoveryPointSyncType: 'PerVmRecoveryPoint' },
    });
    const one = `${DR}/${ITEM}/recoveryPoints/${String(rows[0]!['name'])}`;
    expect((await rig.get(one)).body).toEqual(rows[0]);
  });

  it('are application-consistent as often as the policy says, and no older than it keeps them', async () => {
    const rig = await paired(machine('web'));
    const input = { instanceType: 'A2A', multiVmSyncStatus: 'Enable', recoveryPointHistory: 120 };
    const policy = { providerSpecificInput: { ...input, appConsistentFrequencyInMinutes: 60 } };
    await rig.settle(await rig.put(`${DR}/replicationPolicies/p`, { properties: policy }));
    await code(rig, enable());
    rig.advance(30 * MINUTE + 10 * 60 * MINUTE);
    const rows = await points(rig);
    const application = rows.filter((row) => row['properties'].recoveryPointType === 'ApplicationConsistent');
    const [newest, next] = application.map(at);
    expect((newest! - next!) / MINUTE).toBe(60);
    expect(rig.simulator.clock.now() - at(rows.at(-1)!)).toBeLessThanOrEqual(120 * MINUTE);
    expect(rig.simulator.clock.now() - at(rows.at(-1)!)).toBeGreaterThan(115 * MINUTE);
  });
});

describe('what replication is built from', () => {
  it('has one fabric for each region, and networks that lie in them', async () => {
    const network = (name: string, location: string): Mutable => ({
      id: `${RG}/providers/Microsoft.Network/virtualNetworks/${name}`,
      type: 'Microsoft.Network/virtualNetworks',
      name,
      location,
      properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] } },
    });
    const rig = await paired([network('here', 'westeurope'), network('there', 'northeurope')]);
    const second = { properties: { customDetails: { instanceType: 'Azure', location: 'westeurope' } } };
    expect((await rig.put(`${DR}/replicationFabrics/again`, second)).status).toBe(400);
    const map = (to: string) =>
      rig.put(`${DR}/replicationFabrics/src/replicationNetworks/azureNetwork/replicationNetworkMappings/n`, {
        properties: {
          recoveryFabricName: 'dst',
          recoveryNetworkId: `${RG}/providers/Microsoft.Network/virtualNetworks/${to}`,
          fabricSpecificDetails: {
            instanceType: 'AzureToAzure',
            primaryNetworkId: `${RG}/providers/Microsoft.Network/virtualNetworks/here`,
          },
        },
      });
    expect((await map('here')).status).toBe(400);
    await rig.settle(await map('there'));
    expect(await rig.all(`${DR}/replicationNetworkMappings`)).toHaveLength(1);
    expect(await rig.all(`${DR}/replicationProtectionContainerMappings`)).toHaveLength(1);
  });

  it('is not removed while something needs it: a policy by its mapping, a mapping by its items', async () => {
    const rig = await paired(machine('web'));
    await code(rig, enable());
    const mapping = `${DR}/${CONTAINER}/replicationProtectionContainerMappings/m`;
    expect((await rig.send('POST', `${mapping}/remove?api-version=2024-04-01`, { properties: {} })).status).toBe(400);
    expect((await rig.send('DELETE', `${DR}/replicationPolicies/p?api-version=2024-04-01`)).status).toBe(400);
  });
});

describe('a replicated machine’s interfaces', () => {
  it('are told with their addresses and with the network they are mapped to', async () => {
    const resources = machine('web');
    const nic = `${RG}/providers/Microsoft.Network/networkInterfaces/web-nic`;
    resources[0]!['properties'].networkProfile = { networkInterfaces: [{ id: nic }] };
    const there = `${RG}/providers/Microsoft.Network/virtualNetworks/there`;
    const subnets = [{ name: 'default', properties: { addressPrefix: '10.9.0.0/24' } }];
    const properties = { addressSpace: { addressPrefixes: ['10.9.0.0/16'] }, subnets };
    const type = 'Microsoft.Network/virtualNetworks';
    resources.push({ id: there, type, name: 'there', location: 'northeurope', properties });
    const rig = await paired(resources);
    const here = `${RG}/providers/Microsoft.Network/virtualNetworks/vnet-westeurope`;
    const mapping = {
      recoveryFabricName: 'dst',
      recoveryNetworkId: there,
      fabricSpecificDetails: { instanceType: 'AzureToAzure', primaryNetworkId: here },
    };
    const path = `${DR}/replicationFabrics/src/replicationNetworks/azureNetwork/replicationNetworkMappings/n`;
    await rig.settle(await rig.put(path, { properties: mapping }));
    await code(rig, enable());
    rig.advance(31 * MINUTE);
    expect((await item(rig))['providerSpecificDetails']).toMatchObject({
      selectedRecoveryAzureNetworkId: there,
      vmNics: [
        {
          sourceNicArmId: nic,
          vMNetworkName: here,
          recoveryVMNetworkId: there,
          ipConfigs: [{ subnetName: 'default', staticIPAddress: '10.0.0.4', recoverySubnetName: 'default' }],
        },
      ],
    });
  });
});
