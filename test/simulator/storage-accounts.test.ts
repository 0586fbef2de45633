import { describe, expect, it } from 'vitest';
import { emptyFleet, owner } from '../../src/simulator/fleet.ts';
import type { Mutable } from '../../src/simulator/service.ts';
import { GROUP, Rig, SUBSCRIPTION, type Exchanged } from './rig.ts';

const VERSION = 'api-version=2022-09-01';
const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/cache1`;
const PLAIN = { location: 'westeurope', kind: 'StorageV2', sku: { name: 'Standard_LRS' } };

async function made(body: Mutable = PLAIN): Promise<Rig> {
  const rig = new Rig({ fleet: { ...emptyFleet(SUBSCRIPTION), principals: [owner([SUBSCRIPTION])] } });
  await rig.group();
  await follow(rig, await rig.send('PUT', `${ACCOUNT}?${VERSION}`, body));
  return rig;
}

async function follow(rig: Rig, accepted: Exchanged): Promise<Exchanged> {
  rig.simulator.clock.advance(30_000);
  return rig.send('GET', accepted.headers.get('location') ?? '');
}

describe('a storage account', () => {
  it('is accepted with Location alone, which answers the account when it is done', async () => {
    const rig = new Rig();
    await rig.group();
    const accepted = await rig.send('PUT', `${ACCOUNT}?${VERSION}`, PLAIN);
    expect([accepted.status, accepted.body]).toEqual([202, {}]);
    expect(accepted.headers.get('azure-asyncoperation')).toBeNull();
    expect((await rig.send('GET', accepted.headers.get('location') ?? '')).status).toBe(202);
    const again = await rig.send('PUT', `${ACCOUNT}?${VERSION}`, PLAIN);
    expect([again.status, again.body['error'].code]).toEqual([409, 'StorageAccountOperationInProgress']);
    const done = await follow(rig, accepted);
    expect([done.status, done.body['properties'].provisioningState]).toEqual([200, 'Succeeded']);
    expect(done.body).toEqual((await rig.send('GET', `${ACCOUNT}?${VERSION}`)).body);
  });

  it.each([
    ['Cache_1', PLAIN, 400, 'AccountNameInvalid'],
    ['cache2', { ...PLAIN, kind: 'BlockBlobStorage' }, 400, 'InvalidValuesForRequestParameters'],
    ['cache2', { ...PLAIN, sku: { name: 'Standard_TURBO' } }, 400, 'InvalidParameter'],
    ['cache2', { ...PLAIN, properties: { routingPreference: {} } }, 400, 'InvalidRequestContent'],
  ])('named %s is refused as %j', async (name, body, status, code) => {
    const rig = new Rig();
    await rig.group();
    const path = `${GROUP}/providers/Microsoft.Storage/storageAccounts/${name}?${VERSION}`;
    const refused = await rig.send('PUT', path, body);
    expect([refused.status, refused.body['error'].code]).toEqual([status, code]);
  });

  it('has a name that nobody else may have', async () => {
    const rig = await made();
    await rig.group('rg-other');
    const other = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-other/providers/Microsoft.Storage/storageAccounts/cache1`;
    expect((await rig.send('PUT', `${other}?${VERSION}`, PLAIN)).status).toBe(409);
    const check = (name: string): Promise<Exchanged> =>
      rig.send('POST', `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Storage/checkNameAvailability?${VERSION}`, {
        name,
        type: 'Microsoft.Storage/storageAccounts',
      });
    expect((await check('cache1')).body).toMatchObject({ nameAvailable: false, reason: 'AlreadyExists' });
    expect((await check('Nope!')).body).toMatchObject({ nameAvailable: false, reason: 'AccountNameInvalid' });
    expect((await check('cache2')).body).toEqual({ nameAvailable: true });
  });

  it('is changed at once, stays where it is, and tells whether deleted blobs are kept', async () => {
    const rig = await made();
    const changed = await rig.send('PATCH', `${ACCOUNT}?${VERSION}`, { properties: { allowSharedKeyAccess: false } });
    expect(changed.body['properties'].allowSharedKeyAccess).toBe(false);
    const moved = await rig.send('PUT', `${ACCOUNT}?${VERSION}`, { ...PLAIN, location: 'northeurope' });
    expect([moved.status, moved.body['error'].code]).toEqual([409, 'InvalidResourceLocation']);
    const service = `${ACCOUNT}/blobServices/default?${VERSION}`;
    const retention = async (): Promise<unknown> =>
      (await rig.send('GET', service)).body['properties'].deleteRetentionPolicy.enabled;
    expect(await retention()).toBe(false);
    await rig.send('PUT', service, { properties: { deleteRetentionPolicy: { enabled: true, days: 7 } } });
    expect(await retention()).toBe(true);
    const remove = async (): Promise<number> => (await rig.send('DELETE', `${ACCOUNT}?${VERSION}`)).status;
    expect([await remove(), await remove()]).toEqual([200, 204]);
  });
});
