import { describe, expect, it } from 'vitest';
import { SUBSCRIPTION } from '../rig.ts';
import { API, MINUTE, VAULT, VaultRig, itemPath, machine, machineId } from './vault-rig.ts';

const immutable = (state: string) => ({ securitySettings: { immutabilitySettings: { state } } });

/** A vault with one machine in it, under DefaultPolicy. */
const protectedIn = async (state: string): Promise<VaultRig> => {
  const rig = new VaultRig(machine('web'));
  await rig.vault(VAULT, immutable(state));
  await rig.settle(await rig.protect('web', { policy: 'EnhancedPolicy' }));
  rig.advance(MINUTE);
  return rig;
};

const policy = (days: number) => ({
  properties: {
    backupManagementType: 'AzureIaasVM',
    policyType: 'V2',
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicyV2',
      scheduleRunFrequency: 'Daily',
      dailySchedule: { scheduleRunTimes: ['2026-01-01T22:00:00Z'] },
    },
    retentionPolicy: {
      retentionPolicyType: 'LongTermRetentionPolicy',
      dailySchedule: {
        retentionTimes: ['2026-01-01T22:00:00Z'],
        retentionDuration: { count: days, durationType: 'Days' },
      },
    },
    timeZone: 'UTC',
  },
});

describe('an immutable vault', () => {
  it.each(['Unlocked', 'Locked'])('lets nothing be deleted while %s', async (state) => {
    const rig = await protectedIn(state);
    const refused = await rig.send('DELETE', `${itemPath('web')}?api-version=${API}`);
    expect([refused.status, refused.body['error']?.code]).toEqual([400, 'UserErrorImmutableVault']);
    expect((await rig.item('web'))['isScheduledForDeferredDelete']).toBeUndefined();
  });

  it('lets no retention get shorter, of a policy nor by another policy', async () => {
    const rig = await protectedIn('Unlocked');
    const path = (name: string): string => `${VAULT}/backupPolicies/${name}`;
    expect((await rig.put(path('long'), policy(60))).status).toBe(200);
    const shorter = await rig.put(path('long'), policy(59));
    expect([shorter.status, shorter.body['error']?.code]).toEqual([400, 'UserErrorImmutableVaultRetentionReduction']);
    expect((await rig.put(path('long'), policy(61))).status).toBe(200);
    expect((await rig.put(path('short'), policy(7))).status).toBe(200);
    expect((await rig.protect('web', { policy: 'short' })).status).toBe(400);
    expect((await rig.protect('web', { policy: 'long' })).status).toBe(202);
  });

  it('cannot be unlocked once it is locked', async () => {
    const rig = await protectedIn('Locked');
    const patched = await rig.send('PATCH', `${VAULT}?api-version=${API}`, { properties: immutable('Unlocked') });
    expect(patched.status).toBe(400);
  });
});

describe('an item under an Enhanced policy', () => {
  it('never goes back to a Standard one', async () => {
    const rig = await protectedIn('Disabled');
    expect((await rig.protect('web', { policy: 'DefaultPolicy' })).status).toBe(400);
  });
});

describe('the check of features', () => {
  it.each([
    [{ featureType: 'AzureVMResourceBackup', vmSize: 'Standard_D2s_v5', vmSku: 'Premium' }, 'Supported'],
    [{ featureType: 'AzureVMResourceBackup', vmSize: 'Standard_DC4as_v5', vmSku: 'Premium' }, 'NotSupported'],
    [{ featureType: 'AzureVMResourceBackup', vmSize: 'Standard_EC8ads_cc_v5' }, 'NotSupported'],
    [{ featureType: 'AzureVMResourceBackup' }, 'Invalid'],
  ])('answers %j with %s', async (body, supportStatus) => {
    const rig = new VaultRig(machine('web'));
    const path = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/westeurope`;
    const answer = await rig.send('POST', `${path}/backupValidateFeatures?api-version=${API}`, body);
    expect([answer.status, answer.body['supportStatus']]).toEqual([200, supportStatus]);
  });
});

describe('the check before enabling', () => {
  it('knows a vault that is not there, and one that took its machines of the day', async () => {
    const many = Array.from({ length: 251 }, (_, i) => `m${i}`);
    const rig = new VaultRig(many.flatMap((name) => machine(name)));
    await rig.vault();
    for (const number of [1, 2]) await rig.put(`${VAULT}/backupPolicies/daily-${number}`, policy(30));
    const ask = async (vaultId: string) => {
      const path = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/westeurope`;
      const body = { resourceType: 'VM', resourceId: machineId('m250'), vaultId };
      return (await rig.send('POST', `${path}/backupPreValidateProtection?api-version=${API}`, body)).body;
    };
    expect(await ask(VAULT)).toMatchObject({ status: 'Succeeded' });
    expect(await ask(`${VAULT}-gone`)).toMatchObject({ status: 'Failed', errorCode: 'UserErrorVaultNotFound' });
    const policies = ['daily-1', 'daily-2', 'EnhancedPolicy'];
    for (const [i, name] of many.slice(0, 250).entries()) {
      const accepted = await rig.protect(name, { policy: policies[Math.floor(i / 100)]! });
      rig.advance(2_000);
      if (accepted.status !== 202) throw new Error(JSON.stringify(accepted.body));
    }
    rig.advance(MINUTE);
    expect(await ask(VAULT)).toMatchObject({ status: 'Failed', errorCode: 'BMSUserErrorRegistrationLimitReached' });
  });
});
