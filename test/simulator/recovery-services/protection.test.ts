import { describe, expect, it } from 'vitest';
import { DAY, MINUTE, RG, VAULT, VaultRig, itemPath, machine, machineId } from './vault-rig.ts';

async function protectedRig(): Promise<VaultRig> {
  const rig = new VaultRig(machine('web', { os: 'Windows' }));
  await rig.vault();
  await rig.settle(await rig.protect('web'));
  return rig;
}

describe('enabling protection of a machine', () => {
  it('is accepted with an empty 202, both operation headers and Retry-After', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    const accepted = await rig.protect('web');
    expect(accepted.status).toBe(202);
    expect(accepted.body).toEqual({});
    expect(accepted.headers.get('azure-asyncoperation')).toMatch(
      /protectedItems\/vm;iaasvmcontainerv2;rg-app;web\/operationsStatus\//,
    );
    expect(accepted.headers.get('location')).toMatch(/\/operationResults\//);
    expect(Number(accepted.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it('reports progress with .NET’s zero moment, and ends naming the job', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    const url = (await rig.protect('web')).headers.get('azure-asyncoperation')!;
    const id = /operationsStatus\/([^?]+)/.exec(url)![1]!;
    const running = await rig.get(`${VAULT}/backupOperations/${id}`);
    expect(running.body).toMatchObject({ id, name: id, status: 'InProgress', endTime: '0001-01-01T00:00:00' });
    rig.advance(MINUTE);
    const done = await rig.get(`${VAULT}/backupOperations/${id}`);
    expect(done.body).toMatchObject({
      status: 'Succeeded',
      properties: { objectType: 'OperationStatusJobExtendedInfo' },
    });
    const job = await rig.get(`${VAULT}/backupJobs/${done.body['properties']['jobId']}`);
    expect(job.body['properties']).toMatchObject({
      operation: 'ConfigureBackup',
      status: 'Completed',
      entityFriendlyName: 'web',
    });
  });

  it('shows the item only when configuration has ended, waiting for its first backup', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    const accepted = await rig.protect('web');
    expect(await rig.all(`${VAULT}/backupProtectedItems`)).toEqual([]);
    await rig.settle(accepted);
    const [item] = await rig.all(`${VAULT}/backupProtectedItems`);
    expect(item).toMatchObject({
      name: 'VM;iaasvmcontainerv2;rg-app;web',
      properties: {
        protectionState: 'IRPending',
        lastBackupStatus: '',
        lastBackupTime: '2001-01-01T00:00:00Z',
        policyName: 'DefaultPolicy',
      },
    });
    expect(item!['properties']['vaultId']).toBe(`https://management.azure.com${VAULT}`);
  });

  it('becomes protected by the scheduled backup alone, at most two hours and a backup after its time', async () => {
    const rig = await protectedRig();
    expect((await rig.item('web'))['protectionState']).toBe('IRPending');
    rig.advance(DAY + 3 * 60 * MINUTE);
    const item = await rig.item('web');
    expect(item).toMatchObject({ protectionState: 'Protected', lastBackupStatus: 'Completed', healthStatus: 'Passed' });
    const [point] = await rig.all(`${itemPath('web')}/recoveryPoints`);
    expect(point!['properties']['recoveryPointTime']).toBe(item['lastRecoveryPoint']);
  });

  it('keeps names in containers in lower case whatever Resource Manager says', async () => {
    const rig = new VaultRig(machine('Web-01', { group: 'RG-App' }));
    await rig.vault();
    const accepted = await rig.protect('Web-01', { group: 'RG-App' });
    expect(accepted.status).toBe(202);
    await rig.settle(accepted);
    const [item] = await rig.all(`${VAULT}/backupProtectedItems`);
    expect(item!['id']).toContain(
      '/IaasVMContainer;iaasvmcontainerv2;rg-app;web-01/protectedItems/VM;iaasvmcontainerv2;rg-app;web-01',
    );
    expect(item!['properties']).toMatchObject({
      sourceResourceId: machineId('Web-01', 'RG-App'),
      containerName: 'iaasvmcontainerv2;rg-app;web-01',
      friendlyName: 'Web-01',
    });
  });

  it.each([
    [
      'a machine of another region',
      machine('web', { location: 'northeurope' }),
      {},
      'BMSUserErrorInvalidConfigureProtectionRequest',
    ],
    ['a machine that does not exist', [], {}, 'BMSUserErrorInvalidConfigureProtectionRequest'],
    ['a policy that does not exist', machine('web'), { policy: 'NoSuchPolicy' }, 'BMSUserErrorInvalidInput'],
    ['a policy for databases', machine('web'), { policy: 'HourlyLogBackup' }, 'BMSUserErrorInvalidInput'],
    ['a field that no document knows', machine('web'), { properties: { colour: 'red' } }, 'BMSUserErrorInvalidInput'],
  ])('refuses %s', async (_, resources, more, code) => {
    const rig = new VaultRig([...resources, ...machine('other')]);
    await rig.vault();
    const answer = await rig.protect('web', more);
    expect(answer.status).toBe(400);
    expect(answer.body['error']['code']).toBe(code);
  });

  it('refuses names that do not agree with the machine', async () => {
    const rig = new VaultRig([...machine('web'), ...machine('db')]);
    await rig.vault();
    const properties = {
      protectedItemType: 'Microsoft.Compute/virtualMachines',
      sourceResourceId: machineId('db'),
      policyId: `${VAULT}/backupPolicies/DefaultPolicy`,
    };
    expect((await rig.put(itemPath('web'), { properties })).body['error']['code']).toBe(
      'BMSUserErrorInvalidConfigureProtectionRequest',
    );
  });

  it('fails in its operation and its job when another vault has the machine', async () => {
    const rig = await protectedRig();
    const other = `${RG}/providers/Microsoft.RecoveryServices/vaults/vault-two`;
    await rig.vault(other);
    const ended = await rig.settle(await rig.protect('web', { vault: other }));
    expect(ended).toMatchObject({
      status: 'Failed',
      error: { message: expect.stringContaining('already registered') },
    });
    const job = await rig.get(`${other}/backupJobs/${ended['properties']['jobId']}`);
    expect(job.body['properties']).toMatchObject({
      status: 'Failed',
      errorDetails: [{ errorString: expect.stringContaining('another recovery services vault') }],
    });
    expect(await rig.all(`${other}/backupProtectedItems`)).toEqual([]);
  });

  it.each([
    ['Trusted Launch under a Standard policy', machine('web', { security: 'TrustedLaunch' }), {}, 'Failed'],
    [
      'Trusted Launch under an Enhanced policy',
      machine('web', { security: 'TrustedLaunch' }),
      { policy: 'EnhancedPolicy' },
      'Succeeded',
    ],
    [
      'Trusted Launch under a Standard policy with a new api-version',
      machine('web', { security: 'TrustedLaunch' }),
      { api: '2025-02-01' },
      'Succeeded',
    ],
    ['an Ultra disk under a Standard policy', machine('web', { dataDisks: [{ sku: 'UltraSSD_LRS' }] }), {}, 'Failed'],
    ['a shared disk', machine('web', { dataDisks: [{ shared: true }] }), { policy: 'EnhancedPolicy' }, 'Failed'],
    ['33 disks', machine('web', { dataDisks: Array.from({ length: 32 }, () => ({})) }), {}, 'Failed'],
    [
      'a shared disk that is left out',
      machine('web', { dataDisks: [{ shared: true }] }),
      {
        policy: 'EnhancedPolicy',
        properties: { extendedProperties: { diskExclusionProperties: { diskLunList: [0], isInclusionList: false } } },
      },
      'Succeeded',
    ],
  ])('with %s ends as the support matrix says: %#', async (_, resources, more, status) => {
    const rig = new VaultRig(resources);
    await rig.vault();
    expect((await rig.settle(await rig.protect('web', more)))['status']).toBe(status);
  });

  it('needs the right to write the machine as well, since it installs an extension there', async () => {
    const role = { name: 'vault-only', actions: ['*/read', 'Microsoft.RecoveryServices/*'], notActions: [] };
    const rig = new VaultRig(machine('web'), { role });
    await rig.vault();
    const refused = await rig.protect('web');
    expect([refused.status, refused.body['error']['code']]).toEqual([403, 'LinkedAuthorizationFailed']);
    expect(refused.body['error']['message']).toContain('Microsoft.Compute/virtualMachines/write');
  });

  it('takes at most 100 machines under one policy', async () => {
    const names = Array.from({ length: 101 }, (_, index) => `vm-${index}`);
    const rig = new VaultRig(names.flatMap((name) => machine(name)));
    await rig.vault();
    for (const name of names.slice(0, 100)) await rig.protect(name);
    rig.advance(MINUTE);
    expect((await rig.get(`${VAULT}/backupPolicies/DefaultPolicy`)).body['properties']['protectedItemsCount']).toBe(
      100,
    );
    expect((await rig.protect('vm-100')).status).toBe(400);
    expect((await rig.protect('vm-100', { policy: 'EnhancedPolicy' })).status).toBe(202);
    expect(await rig.all(`${VAULT}/backupProtectedItems`)).toHaveLength(100);
  });
});

describe('stopping, deleting and undeleting protection', () => {
  const stopBody = {
    protectedItemType: 'Microsoft.Compute/virtualMachines',
    sourceResourceId: machineId('web'),
    policyId: '',
  };

  it('keeps data and forgets the policy when protection is stopped, and resumes with a policy', async () => {
    const rig = await protectedRig();
    await rig.settle(
      await rig.put(itemPath('web'), { properties: { ...stopBody, protectionState: 'ProtectionStopped' } }),
    );
    expect(await rig.item('web')).toMatchObject({ protectionState: 'ProtectionStopped', policyId: '', policyName: '' });
    expect((await rig.get(`${VAULT}/backupPolicies/DefaultPolicy`)).body['properties']['protectedItemsCount']).toBe(0);
    await rig.settle(await rig.protect('web'));
    expect(await rig.item('web')).toMatchObject({ protectionState: 'IRPending', policyName: 'DefaultPolicy' });
  });

  it('runs no scheduled backup while protection is stopped', async () => {
    const rig = await protectedRig();
    await rig.settle(
      await rig.put(itemPath('web'), { properties: { ...stopBody, protectionState: 'ProtectionStopped' } }),
    );
    rig.advance(3 * DAY);
    expect(await rig.all(`${itemPath('web')}/recoveryPoints`)).toEqual([]);
  });

  it('keeps a deleted item in the list for 14 days, with the time of deletion and the time left', async () => {
    const rig = await protectedRig();
    const accepted = await rig.send('DELETE', `${itemPath('web')}?api-version=2024-04-01`);
    expect(accepted.headers.get('azure-asyncoperation')).toMatch(/vault-one\/backupOperations\//);
    expect(accepted.headers.get('location')).toMatch(/vault-one\/backupOperationResults\//);
    const deletedAt = rig.simulator.clock.now();
    await rig.settle(accepted);
    const item = await rig.item('web');
    expect(item).toMatchObject({
      protectionState: 'ProtectionStopped',
      isScheduledForDeferredDelete: true,
      policyId: '',
      softDeleteRetentionPeriod: 14,
    });
    expect(Date.parse(item['deferredDeleteTimeInUTC'])).toBe(deletedAt);
    expect(item['deferredDeleteTimeRemaining']).toMatch(/^13\.23:59:/);
    expect((await rig.protect('web')).body['error']['code']).toBe('BMSUserErrorProtectedItemSoftDeleted');
    rig.advance(14 * DAY);
    expect(await rig.all(`${VAULT}/backupProtectedItems`)).toEqual([]);
  });

  it('brings a deleted item back, stopped', async () => {
    const rig = await protectedRig();
    await rig.settle(await rig.send('DELETE', `${itemPath('web')}?api-version=2024-04-01`));
    await rig.settle(
      await rig.put(itemPath('web'), {
        properties: { ...stopBody, isRehydrate: true, protectionState: 'ProtectionStopped' },
      }),
    );
    const item = await rig.item('web');
    expect(item).toMatchObject({ protectionState: 'ProtectionStopped', softDeleteRetentionPeriod: 0 });
    expect(Object.keys(item)).not.toContain('isScheduledForDeferredDelete');
    rig.advance(20 * DAY);
    expect(await rig.all(`${VAULT}/backupProtectedItems`)).toHaveLength(1);
  });

  it('removes an item at once where soft delete is off, unless the api-version is one that always soft-deletes', async () => {
    const rig = await protectedRig();
    await rig.send('PATCH', `${VAULT}/backupconfig/vaultconfig?api-version=2024-04-01`, {
      properties: { softDeleteFeatureState: 'Disabled' },
    });
    await rig.settle(await rig.send('DELETE', `${itemPath('web')}?api-version=2025-02-01`));
    expect((await rig.item('web'))['isScheduledForDeferredDelete']).toBe(true);
    const hard = await protectedRig();
    await hard.send('PATCH', `${VAULT}/backupconfig/vaultconfig?api-version=2024-04-01`, {
      properties: { softDeleteFeatureState: 'Disabled' },
    });
    await hard.settle(await hard.send('DELETE', `${itemPath('web')}?api-version=2024-04-01`));
    expect(await hard.all(`${VAULT}/backupProtectedItems`)).toEqual([]);
    expect(await hard.all(`${VAULT}/backupProtectionContainers`)).toEqual([]);
  });

  it('lets a soft-deleted machine be protected in another vault', async () => {
    const rig = await protectedRig();
    await rig.settle(await rig.send('DELETE', `${itemPath('web')}?api-version=2024-04-01`));
    const other = `${RG}/providers/Microsoft.RecoveryServices/vaults/vault-two`;
    await rig.vault(other);
    expect((await rig.settle(await rig.protect('web', { vault: other })))['status']).toBe('Succeeded');
  });
});
