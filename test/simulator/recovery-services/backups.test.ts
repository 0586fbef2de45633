import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../../src/simulator/service.ts';
import { DAY, MINUTE, VAULT, VaultRig, itemPath, machine, machineId } from './vault-rig.ts';

const HOUR = 60 * MINUTE;
const request = { properties: { objectType: 'IaasVMBackupRequest' } };

async function protectedRig(
  resources: Mutable[] = machine('web', { os: 'Windows' }),
  more: Parameters<VaultRig['protect']>[1] = {},
): Promise<VaultRig> {
  const rig = new VaultRig(resources);
  await rig.vault();
  await rig.settle(await rig.protect('web', more));
  return rig;
}

async function backUp(rig: VaultRig): Promise<string> {
  const accepted = await rig.send('POST', `${itemPath('web')}/backup?api-version=2024-04-01`, request);
  return (await rig.settle(accepted))['properties']['jobId'];
}

const points = (rig: VaultRig): Promise<Mutable[]> => rig.all(`${itemPath('web')}/recoveryPoints`);
const job = async (rig: VaultRig, id: string): Promise<Mutable> =>
  (await rig.get(`${VAULT}/backupJobs/${id}`)).body['properties'];

describe('an on-demand backup', () => {
  it('takes about 41 minutes: a snapshot first, then the transfer, and only then is the item protected', async () => {
    const rig = await protectedRig();
    const id = await backUp(rig);
    expect(await job(rig, id)).toMatchObject({
      operation: 'Backup',
      status: 'InProgress',
      actionsInfo: ['Cancellable'],
      extendedInfo: {
        tasksList: [
          { taskId: 'Take Snapshot', status: 'InProgress' },
          { taskId: 'Transfer data to vault', status: 'NotStarted', startTime: '0001-01-01T00:00:00' },
        ],
      },
    });
    expect(await points(rig)).toEqual([]);
    rig.advance(8 * MINUTE);
    // The transfer has begun, but is called so only some minutes later.
    expect((await job(rig, id))['extendedInfo']['tasksList'].map((task: Mutable) => task['status'])).toEqual([
      'Completed',
      'NotStarted',
    ]);
    expect((await points(rig))[0]!['properties']['recoveryPointTierDetails']).toEqual([
      { type: 'InstantRP', status: 'Valid' },
    ]);
    expect((await rig.item('web'))['protectionState']).toBe('IRPending');
    rig.advance(34 * MINUTE);
    const ended = await job(rig, id);
    expect(ended).toMatchObject({ status: 'Completed' });
    expect(ended['duration']).toMatch(/^PT41M/);
    expect(
      (await points(rig))[0]!['properties']['recoveryPointTierDetails'].map((tier: Mutable) => tier['type']),
    ).toEqual(['InstantRP', 'HardenedRP']);
    expect(await rig.item('web')).toMatchObject({ protectionState: 'Protected', lastBackupStatus: 'Completed' });
  });

  it.each([
    ['a running Windows machine', machine('web', { os: 'Windows' }), 'AppConsistent'],
    ['a running Linux machine', machine('web', { os: 'Linux' }), 'FileSystemConsistent'],
    ['a deallocated Windows machine', machine('web', { os: 'Windows', power: 'deallocated' }), 'CrashConsistent'],
  ])('of %s is %s consistent', async (_, resources, consistency) => {
    const rig = await protectedRig(resources);
    await backUp(rig);
    rig.advance(HOUR);
    const [point] = await points(rig);
    expect(point!['properties']['recoveryPointType']).toBe(consistency);
    expect(point!['name']).toMatch(/^\d{14,19}$/);
  });

  it('says which disks a point holds where some are left out', async () => {
    const extendedProperties = { diskExclusionProperties: { diskLunList: [1], isInclusionList: false } };
    const rig = await protectedRig(machine('web', { dataDisks: [{}, {}] }), { properties: { extendedProperties } });
    await backUp(rig);
    rig.advance(HOUR);
    expect((await points(rig))[0]!['properties']['recoveryPointDiskConfiguration']).toMatchObject({
      numberOfDisksAttachedToVm: 3,
      numberOfDisksIncludedInBackup: 2,
      excludedDiskList: [{ lun: 1, name: 'web-data-1' }],
    });
  });

  it('is refused the tenth time in a day, and while another runs it fails', async () => {
    const rig = await protectedRig();
    await backUp(rig);
    const second = await rig.settle(
      await rig.send('POST', `${itemPath('web')}/backup?api-version=2024-04-01`, request),
    );
    expect(second).toMatchObject({ status: 'Failed', error: { code: 'UserErrorBackupOperationInProgress' } });
    for (let attempt = 3; attempt <= 9; attempt += 1)
      expect((await rig.send('POST', `${itemPath('web')}/backup?api-version=2024-04-01`, request)).status).toBe(202);
    expect((await rig.send('POST', `${itemPath('web')}/backup?api-version=2024-04-01`, request)).status).toBe(400);
    rig.advance(DAY);
    expect((await rig.send('POST', `${itemPath('web')}/backup?api-version=2024-04-01`, request)).status).toBe(202);
  });

  it('can be cancelled, and leaves no point then', async () => {
    const rig = await protectedRig();
    const id = await backUp(rig);
    const accepted = await rig.send('POST', `${VAULT}/backupJobs/${id}/cancel?api-version=2024-04-01`);
    expect(accepted.status).toBe(202);
    rig.advance(HOUR);
    expect((await job(rig, id))['status']).toBe('Cancelled');
    expect(await points(rig)).toEqual([]);
  });

  it.each([
    ['without its type', { properties: {} }],
    [
      'that expires in the past',
      { properties: { objectType: 'IaasVMBackupRequest', recoveryPointExpiryTimeInUTC: '2020-01-01T00:00:00Z' } },
    ],
  ])('is refused %s', async (_, body) => {
    const rig = await protectedRig();
    expect(
      (await rig.send('POST', `${itemPath('web')}/backup?api-version=2024-04-01`, body)).body['error']['code'],
    ).toBe('BMSUserErrorInvalidInput');
  });
});

describe('scheduled backups', () => {
  it('age a fleet: a point a day, dropped when its retention is over', async () => {
    const rig = await protectedRig();
    rig.advance(10 * DAY);
    const after10 = await points(rig);
    expect(after10.length).toBeGreaterThanOrEqual(9);
    rig.advance(50 * DAY);
    const later = await points(rig);
    expect(later.length).toBeGreaterThanOrEqual(29);
    expect(later.length).toBeLessThanOrEqual(31);
    const oldest = Math.min(...later.map((point) => Date.parse(point['properties']['recoveryPointTime'])));
    expect(rig.simulator.clock.now() - oldest).toBeLessThan(32 * DAY);
  });

  it('drop the snapshot of a point after the instant-restore days and keep what is in the vault', async () => {
    const rig = await protectedRig();
    rig.advance(6 * DAY);
    const tiers = (await points(rig)).map((point) =>
      point['properties']['recoveryPointTierDetails'].map((tier: Mutable) => tier['type']).join('+'),
    );
    expect(tiers[0]).toContain('InstantRP');
    expect(tiers.at(-1)).toBe('HardenedRP');
  });

  it('of an hourly policy send only the day’s last point to the vault', async () => {
    const rig = await protectedRig(machine('web'), { policy: 'EnhancedPolicy' });
    rig.advance(DAY + 4 * HOUR);
    const shown = await points(rig);
    const inVault = shown.filter((point) =>
      point['properties']['recoveryPointTierDetails'].some((tier: Mutable) => tier['type'] === 'HardenedRP'),
    );
    expect(shown.length).toBeGreaterThanOrEqual(4);
    expect(inVault).toHaveLength(1);
  });

  it('fail once the machine is gone, and the item says so', async () => {
    const rig = await protectedRig();
    rig.simulator.world.store.delete(machineId('web'));
    rig.advance(2 * DAY);
    expect(await rig.item('web')).toMatchObject({ protectionState: 'ProtectionError', lastBackupStatus: 'Failed' });
    const [failed] = await rig.all(`${VAULT}/backupJobs`, "&$filter=status eq 'Failed'");
    expect(failed!['properties']['operation']).toBe('Backup');
  });

  it('start within two hours of their time, each item at its own moment', async () => {
    const names = ['a1', 'b2', 'c3', 'd4', 'e5', 'f6'];
    const rig = new VaultRig(names.flatMap((name) => machine(name)));
    await rig.vault();
    for (const name of names) await rig.settle(await rig.protect(name));
    const [time] = (await rig.get(`${VAULT}/backupPolicies/DefaultPolicy`)).body['properties']['schedulePolicy'][
      'scheduleRunTimes'
    ];
    rig.advance(DAY);
    const starts = (await rig.all(`${VAULT}/backupJobs`, "&$filter=operation eq 'Backup'")).map((each) =>
      Date.parse(each['properties']['startTime']),
    );
    const late = starts.map((at) => at - Date.parse(time));
    expect(late).toHaveLength(6);
    for (const each of late) expect(each >= 0 && each <= 2 * HOUR).toBe(true);
    expect(new Set(late).size).toBe(6);
  });
});

describe('lists and questions', () => {
  it('filter jobs by status, operation and start', async () => {
    const rig = await protectedRig();
    await backUp(rig);
    const operations = async (filter: string): Promise<string[]> =>
      (await rig.all(`${VAULT}/backupJobs`, `&$filter=${filter}`)).map((each) => each['properties']['operation']);
    expect(await operations("status eq 'InProgress'")).toEqual(['Backup']);
    expect(await operations("operation eq 'ConfigureBackup' and status eq 'Completed'")).toEqual(['ConfigureBackup']);
    expect(await operations("startTime eq '2026-11-03 12:00:00 AM'")).toEqual([]);
    expect((await rig.get(`${VAULT}/backupJobs`, "&$filter=colour eq 'red'")).status).toBe(400);
  });

  it('page protected items with nextLink, each once', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `vm-${index}`);
    const rig = new VaultRig(
      names.flatMap((name) => machine(name)),
      { pageSize: 3 },
    );
    await rig.vault();
    for (const name of names) await rig.settle(await rig.protect(name));
    const first = await rig.get(
      `${VAULT}/backupProtectedItems`,
      "&$filter=backupManagementType eq 'AzureIaasVM' and itemType eq 'VM'",
    );
    expect(first.body['value']).toHaveLength(3);
    expect(first.body['nextLink']).toMatch(/skiptoken=/i);
    const shown = (await rig.all(`${VAULT}/backupProtectedItems`)).map((item) => item['properties']['friendlyName']);
    expect(new Set(shown)).toEqual(new Set(names));
    expect(shown).toHaveLength(7);
  });

  it('accept names in any case and with an encoded semicolon', async () => {
    const rig = await protectedRig();
    const upper = itemPath('web')
      .replace('IaasVMContainer', 'iaasvmcontainer')
      .replace('vm;iaas', 'VM;IAAS')
      .replaceAll(';', '%3B');
    expect((await rig.get(upper)).status).toBe(200);
  });

  it('tell who protects a machine, across vaults', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    const ask = async (): Promise<Mutable> => {
      const path = `/subscriptions/${machineId('web').split('/')[2]}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus?api-version=2024-04-01`;
      return (await rig.send('POST', path, { resourceType: 'VM', resourceId: machineId('web') })).body;
    };
    expect(await ask()).toMatchObject({
      protectionStatus: 'NotProtected',
      containerName: 'iaasvmcontainer;iaasvmcontainerv2;rg-app;web',
      protectedItemsCount: 0,
    });
    const accepted = await rig.protect('web');
    expect((await ask())['protectionStatus']).toBe('Protecting');
    await rig.settle(accepted);
    expect(await ask()).toMatchObject({ protectionStatus: 'Protected', vaultId: VAULT, policyName: 'DefaultPolicy' });
  });

  it('offer a new machine for protection only after the vault has looked again', async () => {
    const rig = new VaultRig(machine('web'));
    await rig.vault();
    rig.advance(MINUTE);
    for (const { id, type, hidden, ...body } of machine('late'))
      rig.simulator.world.store.put({ id, type, body, hidden: hidden ?? {} });
    const offered = async (): Promise<string[]> =>
      (await rig.all(`${VAULT}/backupProtectableItems`, "&$filter=backupManagementType eq 'AzureIaasVM'")).map(
        (item) => item['properties']['friendlyName'],
      );
    expect(await offered()).toEqual(['web']);
    const refreshing = await rig.send('POST', `${VAULT}/backupFabrics/Azure/refreshContainers?api-version=2024-04-01`);
    expect(refreshing.status).toBe(202);
    expect((await rig.send('GET', refreshing.headers.get('location')!)).status).toBe(202);
    rig.advance(MINUTE);
    expect((await rig.send('GET', refreshing.headers.get('location')!)).status).toBe(204);
    expect((await offered()).sort()).toEqual(['late', 'web']);
  });

  it('tell beforehand what enabling would meet', async () => {
    const rig = new VaultRig([...machine('web'), ...machine('safe', { security: 'TrustedLaunch' })]);
    await rig.vault();
    const ask = async (name: string, policy: string): Promise<Mutable> => {
      const path = `/subscriptions/${machineId('web').split('/')[2]}/providers/Microsoft.RecoveryServices/locations/westeurope/backupPreValidateProtection?api-version=2024-04-01`;
      const properties = JSON.stringify({ policyId: `${VAULT}/backupPolicies/${policy}` });
      return (
        await rig.send('POST', path, { resourceType: 'VM', resourceId: machineId(name), vaultId: VAULT, properties })
      ).body;
    };
    expect((await ask('web', 'DefaultPolicy'))['status']).toBe('Succeeded');
    expect(await ask('safe', 'DefaultPolicy')).toMatchObject({
      status: 'Failed',
      errorCode: 'UserErrorTrustedLaunchNeedsEnhancedPolicy',
    });
    expect((await ask('safe', 'EnhancedPolicy'))['status']).toBe('Succeeded');
  });
});
