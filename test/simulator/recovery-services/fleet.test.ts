import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../../src/simulator/service.ts';
import { DAY, MINUTE, RG, VAULT, VaultRig, itemPath, machine, machineId } from './vault-rig.ts';

const vault: Mutable = {
  id: VAULT,
  type: 'microsoft.recoveryservices/vaults',
  name: 'vault-one',
  location: 'westeurope',
  etag: 'W/"x"',
  sku: { name: 'RS0', tier: 'Standard' },
  properties: {
    provisioningState: 'Succeeded',
    oddity: { from: 'an older api-version' },
    redundancySettings: { standardTierStorageRedundancy: 'LocallyRedundant' },
  },
};
const policy: Mutable = {
  id: `${VAULT}/backupPolicies/nightly`,
  type: 'Microsoft.RecoveryServices/vaults/backupPolicies',
  name: 'nightly',
  properties: {
    backupManagementType: 'AzureIaasVM',
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicy',
      scheduleRunFrequency: 'Daily',
      scheduleRunTimes: ['2019-05-01T22:00:00Z'],
    },
    retentionPolicy: {
      retentionPolicyType: 'LongTermRetentionPolicy',
      dailySchedule: {
        retentionTimes: ['2019-05-01T22:00:00Z'],
        retentionDuration: { count: 30, durationType: 'Days' },
      },
    },
    instantRpRetentionRangeInDays: 2,
    timeZone: 'UTC',
    protectedItemsCount: 1,
  },
};

function item(name: string, properties: Mutable): Mutable {
  return {
    id: itemPath(name).replace('/vm;', '/VM;'),
    name: `VM;iaasvmcontainerv2;rg-app;${name}`,
    type: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems',
    properties: {
      protectedItemType: 'Microsoft.Compute/virtualMachines',
      backupManagementType: 'AzureIaasVM',
      workloadType: 'VM',
      friendlyName: name,
      sourceResourceId: machineId(name),
      policyId: policy['id'],
      policyName: 'nightly',
      lastBackupStatus: '',
      lastBackupTime: '2001-01-01T00:00:00Z',
      unknownToAnyDocument: [1, 2],
      ...properties,
    },
  };
}

const replicated: Mutable = {
  id: `/Subscriptions/${VAULT.split('/')[2]}/resourceGroups/rg-app/providers/Microsoft.RecoveryServices/vaults/vault-one/replicationFabrics/f/replicationProtectionContainers/c/replicationProtectedItems/r1`,
  name: 'r1',
  type: 'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems',
  properties: {
    protectionState: 'Protected',
    replicationHealth: 'Critical',
    providerSpecificDetails: { instanceType: 'HyperVReplicaAzure', oddity: null },
  },
};

describe('what a fleet or bundle brings', () => {
  it('is served exactly as recorded, fields that no document knows included', async () => {
    const stopped = item('web', { protectionState: 'ProtectionStopped', policyId: '' });
    const rig = new VaultRig([vault, policy, stopped, replicated, ...machine('web')]);
    expect((await rig.get(itemPath('web'))).body).toEqual(stopped);
    expect((await rig.get(policy['id'])).body).toEqual(policy);
    expect((await rig.get(VAULT)).body['properties']['oddity']).toEqual({ from: 'an older api-version' });
    expect(await rig.all(`${VAULT}/replicationProtectedItems`)).toEqual([replicated]);
    expect(
      (await rig.get(`${VAULT}/replicationFabrics/f/replicationProtectionContainers/c/replicationProtectedItems/R1`))
        .body,
    ).toEqual(replicated);
  });

  it('comes to life: an item waiting for its first backup gets it at the next scheduled time', async () => {
    const rig = new VaultRig([vault, policy, item('web', { protectionState: 'IRPending' }), ...machine('web')]);
    expect((await rig.item('web'))['protectionState']).toBe('IRPending');
    rig.advance(DAY + 3 * 60 * MINUTE);
    expect(await rig.item('web')).toMatchObject({ protectionState: 'Protected', unknownToAnyDocument: [1, 2] });
    expect((await rig.all(`${VAULT}/backupProtectionContainers`))[0]!['properties']['registrationStatus']).toBe(
      'Registered',
    );
  });

  it('shows the recovery points it brought, newest first, beside those made since, and never drops them', async () => {
    const point = (id: string, time: string): Mutable => ({
      id: `${itemPath('web').replace('/vm;', '/VM;')}/recoveryPoints/${id}`,
      type: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints',
      name: id,
      properties: { objectType: 'IaasVMRecoveryPoint', recoveryPointType: 'AppConsistent', recoveryPointTime: time },
    });
    const [older, newer] = [
      point('20190101000000', '2019-01-01T00:00:00Z'),
      point('20200101000000', '2020-01-01T00:00:00Z'),
    ];
    const rig = new VaultRig([
      vault,
      policy,
      item('web', { protectionState: 'Protected' }),
      older,
      newer,
      ...machine('web'),
    ]);
    expect(await rig.all(`${itemPath('web')}/recoveryPoints`)).toEqual([newer, older]);
    rig.advance(DAY + 3 * 60 * MINUTE);
    const names = (await rig.all(`${itemPath('web')}/recoveryPoints`)).map((each) => each['name'] as string);
    expect(names.slice(1)).toEqual([newer['name'], older['name']]);
  });

  it('loses a soft-deleted item when its days are over, and shows it as recorded until then', async () => {
    const deleted = item('old', {
      protectionState: 'ProtectionStopped',
      policyId: '',
      isScheduledForDeferredDelete: true,
      softDeleteRetentionPeriod: 14,
      deferredDeleteTimeInUTC: '2026-11-01T00:00:00Z',
      deferredDeleteTimeRemaining: '9.01:02:03.0000000',
    });
    const rig = new VaultRig([vault, policy, deleted]);
    expect((await rig.get(itemPath('old'))).body).toEqual(deleted);
    rig.advance(12 * DAY);
    expect(await rig.all(`${VAULT}/backupProtectedItems`)).toHaveLength(1);
    rig.advance(DAY);
    expect(await rig.all(`${VAULT}/backupProtectedItems`)).toEqual([]);
  });

  it('runs nothing at once: an item whose last backup is years old waits for its schedule too', async () => {
    const rig = new VaultRig([
      vault,
      policy,
      item('web', { protectionState: 'Protected', lastBackupTime: '2019-01-01T00:00:00Z' }),
      ...machine('web'),
    ]);
    rig.advance(60 * MINUTE);
    expect(await rig.all(`${VAULT}/backupJobs`)).toEqual([]);
  });

  it('gives a vault described in short the policies that Azure makes', async () => {
    const rig = new VaultRig([{ ...vault, hidden: { builtInPolicies: true } }, ...machine('web')]);
    expect(await rig.all(`${VAULT}/backupPolicies`)).toHaveLength(3);
    const waiting = new VaultRig([
      { ...vault, hidden: { builtInPolicies: true } },
      item('web', {
        protectionState: 'IRPending',
        policyId: `${VAULT}/backupPolicies/DefaultPolicy`,
        policyName: 'DefaultPolicy',
      }),
      ...machine('web'),
    ]);
    expect((await waiting.get(`${VAULT}/backupPolicies/DefaultPolicy`)).body['properties']['protectedItemsCount']).toBe(
      1,
    );
    waiting.advance(DAY + 3 * 60 * MINUTE);
    expect((await waiting.item('web'))['protectionState']).toBe('Protected');
    const bare = new VaultRig([vault, ...machine('web')]);
    expect(await bare.all(`${VAULT}/backupPolicies`)).toEqual([]);
  });
});

describe('Resource Graph', () => {
  const query = (rig: VaultRig, text: string): Promise<Mutable[]> =>
    rig
      .send('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01', { query: text })
      .then(({ body }) => body['data'] as Mutable[]);

  it('shows items in the portal’s words beside the API’s, soft-deleted ones included', async () => {
    const rig = new VaultRig([
      vault,
      policy,
      item('web', { protectionState: 'Protected' }),
      item('old', {
        protectionState: 'ProtectionStopped',
        policyId: '',
        isScheduledForDeferredDelete: true,
        softDeleteRetentionPeriod: 14,
        deferredDeleteTimeInUTC: '2026-11-01T00:00:00Z',
      }),
      item('new', { protectionState: 'IRPending' }),
      ...machine('web'),
    ]);
    const rows = await query(
      rig,
      'recoveryservicesresources | where type =~ "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems" | project vm = tostring(properties.friendlyName), api = tostring(properties.protectionState), portal = tostring(properties.currentProtectionState), source = tolower(tostring(properties.dataSourceInfo.resourceID)) | order by vm asc',
    );
    expect(rows).toEqual([
      { vm: 'new', api: 'IRPending', portal: 'ProtectionConfigured', source: machineId('new').toLowerCase() },
      { vm: 'old', api: 'ProtectionStopped', portal: 'SoftDeleted', source: machineId('old').toLowerCase() },
      { vm: 'web', api: 'Protected', portal: 'ProtectionConfigured', source: machineId('web').toLowerCase() },
    ]);
  });

  it('shows jobs of the last 14 days, and replicated items', async () => {
    const rig = new VaultRig([
      vault,
      policy,
      item('web', { protectionState: 'Protected' }),
      replicated,
      ...machine('web'),
    ]);
    rig.advance(30 * DAY);
    const jobs = await query(
      rig,
      'recoveryservicesresources | where type =~ "microsoft.recoveryservices/vaults/backupjobs" | project startTime = tostring(properties.startTime)',
    );
    expect(jobs.length).toBeGreaterThanOrEqual(13);
    expect(jobs.length).toBeLessThanOrEqual(15);
    const items = await query(
      rig,
      'recoveryservicesresources | where type has "replicationprotecteditems" | project health = tostring(properties.replicationHealth)',
    );
    expect(items).toEqual([{ health: 'Critical' }]);
  });

  it('shows vaults with all their settings in the Resources table', async () => {
    const rig = new VaultRig([vault, ...machine('web')]);
    const rows = await query(
      rig,
      'resources | where type =~ "microsoft.recoveryservices/vaults" | project name, redundancy = tostring(properties.redundancySettings.standardTierStorageRedundancy)',
    );
    expect(rows).toEqual([{ name: 'vault-one', redundancy: 'LocallyRedundant' }]);
  });
});

describe('a machine that is replicated between regions', () => {
  const DR = `${RG}/providers/Microsoft.RecoveryServices/vaults/vault-dr`;

  async function paired(resources: Mutable[]): Promise<VaultRig> {
    const rig = new VaultRig(resources);
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
    return rig;
  }

  const failover = {
    properties: { failoverDirection: 'PrimaryToRecovery', providerSpecificDetails: { instanceType: 'A2A' } },
  };
  const ITEM = 'replicationFabrics/src/replicationProtectionContainers/c-src/replicationProtectedItems/web-dr';
  const enable = (more: Mutable = {}): Mutable => ({
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
    expect((await rig.send('POST', `${container}/remove?api-version=2024-04-01`)).status).toBe(202);
  });
});
