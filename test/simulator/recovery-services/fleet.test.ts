import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../../src/simulator/service.ts';
import { DAY, MINUTE, VAULT, VaultRig, itemPath, machine, machineId } from './vault-rig.ts';

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
