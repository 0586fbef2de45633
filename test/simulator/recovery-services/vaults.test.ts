import { describe, expect, it } from 'vitest';
import { DEFAULT_TENANT } from '../../../src/simulator/fleet.ts';
import { RG, VAULT, VaultRig, itemPath, machine } from './vault-rig.ts';

describe('a Recovery Services vault', () => {
  it('is made with 201, Provisioning and a status URL whose name is base64', async () => {
    const rig = new VaultRig(machine('web'));
    const made = await rig.put(VAULT, { location: 'West Europe', sku: { name: 'Standard' }, properties: {} });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ location: 'westeurope', properties: { provisioningState: 'Provisioning' } });
    expect(made.headers.has('location')).toBe(false);
    const name = /operationStatus\/([^?]+)/.exec(made.headers.get('azure-asyncoperation')!)![1]!;
    expect(Buffer.from(decodeURIComponent(name), 'base64').toString()).toMatch(/^2047;[0-9a-f-]{36}$/);
    expect((await rig.settle(made))['status']).toBe('Succeeded');
    const fresh = (await rig.get(VAULT)).body['properties'];
    expect(fresh).toMatchObject({ provisioningState: 'Succeeded' });
    expect(fresh).not.toHaveProperty('securitySettings');
    rig.simulator.clock.advance(3000);
    const { body } = await rig.get(VAULT);
    expect(body['properties']).toMatchObject({
      provisioningState: 'Succeeded',
      backupStorageVersion: 'Unassigned',
      securitySettings: { softDeleteSettings: { softDeleteState: 'Enabled', softDeleteRetentionPeriodInDays: 14 } },
      redundancySettings: { standardTierStorageRedundancy: 'GeoRedundant', crossRegionRestore: 'Disabled' },
    });
  });

  it('holds the three policies that Azure makes', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    const names = (await rig.all(`${VAULT}/backupPolicies`)).map((policy) => policy['name']);
    expect(new Set(names)).toEqual(new Set(['DefaultPolicy', 'EnhancedPolicy', 'HourlyLogBackup']));
  });

  it('shows less of itself in a list than in its own GET', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    const [row] = await rig.all(`/subscriptions/${RG.split('/')[2]}/providers/Microsoft.RecoveryServices/vaults`);
    expect(Object.keys(row!['properties'])).not.toContain('redundancySettings');
    expect(Object.keys((await rig.get(VAULT)).body['properties'])).toContain('redundancySettings');
  });

  it('is listed in pages, each vault once', async () => {
    const rig = new VaultRig(machine('web'), { pageSize: 2 });
    for (const name of ['a1', 'b2', 'c3', 'd4', 'e5'])
      await rig.vault(`${RG}/providers/Microsoft.RecoveryServices/vaults/${name}`);
    const names = (await rig.all(`${RG}/providers/Microsoft.RecoveryServices/vaults`)).map((vault) => vault['name']);
    expect(names).toEqual(['a1', 'b2', 'c3', 'd4', 'e5']);
  });

  it.each([
    [
      'a name that starts with a digit',
      `${RG}/providers/Microsoft.RecoveryServices/vaults/1vault`,
      { location: 'westeurope', sku: { name: 'Standard' } },
    ],
    [
      'a name of one letter',
      `${RG}/providers/Microsoft.RecoveryServices/vaults/v`,
      { location: 'westeurope', sku: { name: 'Standard' } },
    ],
    ['no sku', VAULT, { location: 'westeurope' }],
    [
      'soft delete of three days',
      VAULT,
      {
        location: 'westeurope',
        sku: { name: 'Standard' },
        properties: {
          securitySettings: { softDeleteSettings: { softDeleteState: 'Enabled', softDeleteRetentionPeriodInDays: 3 } },
        },
      },
    ],
    [
      'an unknown redundancy',
      VAULT,
      {
        location: 'westeurope',
        sku: { name: 'Standard' },
        properties: { redundancySettings: { standardTierStorageRedundancy: 'MoonRedundant' } },
      },
    ],
    [
      'cross-region restore without geo-redundancy',
      VAULT,
      {
        location: 'westeurope',
        sku: { name: 'Standard' },
        properties: {
          redundancySettings: { standardTierStorageRedundancy: 'LocallyRedundant', crossRegionRestore: 'Enabled' },
        },
      },
    ],
    ['an unknown field', VAULT, { location: 'westeurope', sku: { name: 'Standard' }, properties: { colour: 'red' } }],
  ])('is refused with %s', async (_, path, body) => {
    const rig = new VaultRig(machine('web'));
    expect((await rig.put(path, body)).status).toBe(400);
    expect((await rig.get(path)).status).toBe(404);
  });

  it('has a principal of the tenant once it is given an identity, and keeps it', async () => {
    const rig = new VaultRig(machine('web'));
    const asked = { location: 'westeurope', sku: { name: 'Standard' }, properties: {} };
    await rig.settle(await rig.put(VAULT, { ...asked, identity: { type: 'systemassigned' } }));
    const { identity } = (await rig.get(VAULT)).body;
    expect(identity).toMatchObject({ type: 'SystemAssigned', tenantId: DEFAULT_TENANT });
    expect(identity['principalId']).toMatch(/^[0-9a-f-]{36}$/);
    await rig.settle(await rig.put(VAULT, { ...asked, identity: { type: 'SystemAssigned' } }));
    expect((await rig.get(VAULT)).body['identity']).toEqual(identity);
  });

  it('cannot be made again elsewhere under the same name', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    const again = await rig.put(VAULT, { location: 'northeurope', sku: { name: 'Standard' }, properties: {} });
    expect([again.status, again.body['error']['code']]).toEqual([409, 'InvalidResourceLocation']);
  });

  it('changes its redundancy until it holds an item, then no more', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    const change = { properties: { redundancySettings: { standardTierStorageRedundancy: 'LocallyRedundant' } } };
    const accepted = await rig.send('PATCH', `${VAULT}?api-version=2024-04-01`, change);
    expect([accepted.status, accepted.headers.has('location')]).toEqual([202, true]);
    await rig.settle(accepted);
    const config = `${VAULT}/backupstorageconfig/vaultstorageconfig`;
    expect((await rig.get(config)).body['properties']).toMatchObject({
      storageModelType: 'LocallyRedundant',
      storageTypeState: 'Unlocked',
    });
    await rig.settle(await rig.protect('web'));
    expect((await rig.get(config)).body['properties']['storageTypeState']).toBe('Locked');
    const late = { properties: { redundancySettings: { standardTierStorageRedundancy: 'GeoRedundant' } } };
    expect((await rig.send('PATCH', `${VAULT}?api-version=2024-04-01`, late)).status).toBe(400);
    expect(
      (
        await rig.send('PATCH', `${config}?api-version=2024-04-01`, {
          properties: { storageModelType: 'GeoRedundant' },
        })
      ).status,
    ).toBe(400);
  });

  it('cannot be deleted while it holds items, soft-deleted ones included', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    await rig.settle(await rig.protect('web'));
    const refused = await rig.send('DELETE', `${VAULT}?api-version=2024-04-01`);
    expect([refused.status, refused.body['error']['code']]).toEqual([400, 'ServiceResourceNotEmptyWithBackendMessage']);
    await rig.settle(await rig.send('DELETE', `${itemPath('web')}?api-version=2024-04-01`));
    expect((await rig.send('DELETE', `${VAULT}?api-version=2024-04-01`)).status).toBe(400);
    rig.advance(15 * 86_400_000);
    expect((await rig.send('DELETE', `${VAULT}?api-version=2024-04-01`)).status).toBe(202);
    rig.advance(60_000);
    expect((await rig.get(VAULT)).body['error']['code']).toBe('ResourceNotFound');
    expect((await rig.get(`${VAULT}/backupPolicies`)).status).toBe(404);
  });

  it('keeps soft delete on once it is always on', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault(VAULT, {
      securitySettings: { softDeleteSettings: { softDeleteState: 'AlwaysOn', softDeleteRetentionPeriodInDays: 30 } },
    });
    expect((await rig.get(VAULT)).body['properties']['securitySettings']['softDeleteSettings']).toMatchObject({
      softDeleteState: 'AlwaysON',
      softDeleteRetentionPeriodInDays: 30,
    });
    const off = { properties: { softDeleteFeatureState: 'Disabled' } };
    expect((await rig.send('PATCH', `${VAULT}/backupconfig/vaultconfig?api-version=2024-04-01`, off)).status).toBe(400);
  });

  it('answers what other clients read: settings, guards, encryption, usages', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    expect((await rig.get(`${VAULT}/backupResourceGuardProxies`)).body).toEqual({ value: [] });
    expect(
      (await rig.get(`${VAULT}/backupEncryptionConfigs/backupResourceEncryptionConfig`)).body['properties'][
        'encryptionAtRestType'
      ],
    ).toBe('MicrosoftManaged');
    expect((await rig.get(`${VAULT}/replicationVaultSettings/default`)).status).toBe(200);
    expect((await rig.get(`${VAULT}/usages`)).body['value'].length).toBeGreaterThan(0);
    expect((await rig.get(`${VAULT}/replicationUsages`)).body['value'][0]['protectedItemCount']).toBe(0);
  });

  it('answers 400 naming the supported api-versions for one it does not know', async () => {
    const rig = new VaultRig(machine('web'));
    const answer = await rig.send('GET', `${VAULT}?api-version=1999-01-01`);
    expect(answer.status).toBe(400);
    expect(answer.body['error']['message']).toContain('2024-04-01');
  });
});
