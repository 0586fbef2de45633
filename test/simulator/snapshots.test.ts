import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../src/simulator/service.ts';
import { GROUP, Rig, type Exchanged } from './rig.ts';

const SNAPSHOT = `${GROUP}/providers/Microsoft.Compute/snapshots`;
const version = 'api-version=2024-03-02';

async function rigWithDisk(): Promise<Rig> {
  const rig = new Rig({ tokenLifetimeSeconds: 86_400 });
  await rig.group();
  await rig.disk('disk-data');
  return rig;
}

const copyOf = (disk: string, location = 'westeurope') => ({
  location,
  sku: { name: 'Standard_ZRS' },
  properties: {
    creationData: { createOption: 'Copy', sourceResourceId: `${GROUP}/providers/Microsoft.Compute/disks/${disk}` },
    incremental: true,
  },
});

describe('a disk snapshot', () => {
  it('is accepted as Updating without identity, and has it all when its operation has ended', async () => {
    const rig = await rigWithDisk();
    const accepted = await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-data'));
    expect(accepted.status).toBe(202);
    expect(accepted.body['properties']).toMatchObject({ provisioningState: 'Updating' });
    expect(accepted.body['properties'].uniqueId).toBeUndefined();
    expect(accepted.headers.get('azure-asyncoperation')).toMatch(
      /\/locations\/westeurope\/DiskOperations\/[0-9a-f-]{36}\?p=.*&api-version=2024-03-02&t=.*&c=.*&s=.*&h=/,
    );
    expect(accepted.headers.get('location')).toContain('monitor=true');
    const ended = await rig.settle(accepted);
    expect(ended['status']).toBe('Succeeded');
    expect(Object.keys(ended['properties'].output.properties).sort()).toEqual(
      [
        'creationData',
        'diskSizeBytes',
        'diskSizeGB',
        'diskState',
        'encryption',
        'incremental',
        'incrementalSnapshotFamilyId',
        'networkAccessPolicy',
        'provisioningState',
        'publicNetworkAccess',
        'timeCreated',
        'uniqueId',
      ].sort(),
    );
  });

  it('cannot be told another source afterwards, and takes the same one again', async () => {
    const rig = await rigWithDisk();
    await rig.disk('disk-other');
    await rig.settle(await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-data')));
    const changed = await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-other'));
    expect(changed.status).toBe(409);
    expect(changed.body['error'].code).toBe('PropertyChangeNotAllowed');
    const before = (await rig.send('GET', `${SNAPSHOT}/s1?${version}`)).body;
    await rig.settle(await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-data')));
    expect((await rig.send('GET', `${SNAPSHOT}/s1?${version}`)).body).toEqual(before);
  });

  it('in another region does not find its source', async () => {
    const rig = await rigWithDisk();
    const refused = await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-data', 'northeurope'));
    expect(refused.status).toBe(404);
    expect(refused.body).toEqual({ error: { code: 'NotFound', message: 'Resource disk-data is not found.' } });
  });

  it('is taken seven times in five minutes and not an eighth', async () => {
    const rig = await rigWithDisk();
    for (let turn = 1; turn <= 7; turn += 1)
      expect((await rig.send('PUT', `${SNAPSHOT}/s${turn}?${version}`, copyOf('disk-data'))).status).toBe(202);
    const refused = await rig.send('PUT', `${SNAPSHOT}/s8?${version}`, copyOf('disk-data'));
    expect(refused.status).toBe(429);
    expect(refused.body['error'].details[0].code).toBe('TooManyRequests');
    rig.simulator.clock.advance(Number(refused.headers.get('retry-after')) * 1000);
    expect((await rig.send('PUT', `${SNAPSHOT}/s8?${version}`, copyOf('disk-data'))).status).toBe(202);
  });

  it('copied to another region shows its progress, and cannot be used before it is whole', async () => {
    const rig = await rigWithDisk();
    await rig.settle(await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-data')));
    const copy = {
      location: 'northeurope',
      properties: {
        creationData: { createOption: 'CopyStart', sourceResourceId: `${SNAPSHOT}/s1` },
        incremental: true,
      },
    };
    await rig.settle(await rig.send('PUT', `${SNAPSHOT}/s1-neu?${version}`, copy));
    const percent = async (): Promise<number> =>
      (await rig.send('GET', `${SNAPSHOT}/s1-neu?${version}`)).body['properties'].completionPercent;
    expect(await percent()).toBe(0);
    const restore = {
      location: 'northeurope',
      properties: { creationData: { createOption: 'Copy', sourceResourceId: `${SNAPSHOT}/s1-neu` } },
    };
    const disk = `${GROUP}/providers/Microsoft.Compute/disks/back?${version}`;
    expect((await rig.send('PUT', disk, restore)).status).toBe(409);
    rig.simulator.clock.advance(5 * 64_000);
    expect(await percent()).toBeGreaterThan(0);
    expect(await percent()).toBeLessThan(100);
    rig.simulator.clock.advance(10 * 64_000);
    expect(await percent()).toBe(100);
    expect((await rig.send('PUT', disk, restore)).status).toBe(202);
  });

  it('with a signed URL out cannot be deleted', async () => {
    const rig = await rigWithDisk();
    await rig.settle(await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-data')));
    const granted = await rig.send('POST', `${SNAPSHOT}/s1/beginGetAccess?${version}`, {
      access: 'Read',
      durationInSeconds: 60,
    });
    await rig.settle(granted);
    const result = await rig.send('GET', granted.headers.get('location')!);
    expect(Object.keys(result.body)).toEqual(['accessSAS']);
    expect((await rig.send('DELETE', `${SNAPSHOT}/s1?${version}`)).status).toBe(409);
    await rig.settle(await rig.send('POST', `${SNAPSHOT}/s1/endGetAccess?${version}`));
    await rig.settle(await rig.send('DELETE', `${SNAPSHOT}/s1?${version}`));
    const gone = await rig.send('GET', `${SNAPSHOT}/s1?${version}`);
    expect(gone.body).toEqual({ error: { code: 'NotFound', message: 'Snapshot s1 is not found.' } });
  });

  it('has an operation URL that cannot be changed on its way', async () => {
    const rig = await rigWithDisk();
    const accepted = await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-data'));
    const url = accepted.headers.get('azure-asyncoperation')!;
    expect(url.length).toBeGreaterThan(2000);
    expect((await rig.send('GET', url.replace(/([?&]s=)./, '$1!'))).status).toBe(403);
    expect((await rig.send('GET', url)).status).toBe(200);
  });
});

describe('snapshots copied to another region', () => {
  const HOUR_MS = 3_600_000;
  const copy = (rig: Rig, name: string, from: string, location = 'northeurope'): Promise<Exchanged> =>
    rig.send('PUT', `${SNAPSHOT}/${name}?${version}`, {
      location,
      properties: {
        creationData: { createOption: 'CopyStart', sourceResourceId: `${SNAPSHOT}/${from}` },
        incremental: true,
      },
    });

  /** s1, s2 and s3 of one disk, an hour apart. */
  async function rigWithThree(): Promise<Rig> {
    const rig = await rigWithDisk();
    for (const name of ['s1', 's2', 's3']) {
      await rig.settle(await rig.send('PUT', `${SNAPSHOT}/${name}?${version}`, copyOf('disk-data')));
      rig.simulator.clock.advance(HOUR_MS);
    }
    return rig;
  }

  it('go one at a time of a disk', async () => {
    const rig = await rigWithThree();
    await rig.settle(await copy(rig, 's1-neu', 's1'));
    const refused = await copy(rig, 's2-neu', 's2');
    expect([refused.status, refused.body['error'].code]).toEqual([409, 'OperationNotAllowed']);
    expect((await copy(rig, 's2-weu', 's2', 'uksouth')).status).toBe(409);
    rig.simulator.clock.advance(HOUR_MS);
    expect((await copy(rig, 's2-neu', 's2')).status).toBe(202);
  });

  it('go in the order they were taken, in each region', async () => {
    const rig = await rigWithThree();
    await rig.settle(await copy(rig, 's2-neu', 's2'));
    rig.simulator.clock.advance(HOUR_MS);
    const refused = await copy(rig, 's1-neu', 's1');
    expect([refused.status, refused.body['error'].message]).toEqual([409, expect.stringContaining('out of order')]);
    expect((await copy(rig, 's1-uks', 's1', 'uksouth')).status).toBe(202);
  });

  it('keep their source until they are whole, and tell when it was lost', async () => {
    const rig = await rigWithThree();
    await rig.settle(await copy(rig, 's1-neu', 's1'));
    expect((await rig.send('DELETE', `${SNAPSHOT}/s1?${version}`)).status).toBe(409);
    expect((await copy(rig, 's1-again', 's1-neu', 'uksouth')).status).toBe(409);
    rig.simulator.world.store.delete(`${SNAPSHOT}/s1`);
    rig.simulator.clock.advance(HOUR_MS);
    const lost = (await rig.send('GET', `${SNAPSHOT}/s1-neu?${version}`)).body['properties'];
    expect(lost.completionPercent).toBeLessThan(100);
    expect(lost.copyCompletionError.errorCode).toBe('CopySourceNotFound');
  });

  it('are of incremental snapshots alone', async () => {
    const rig = await rigWithDisk();
    const full = { ...copyOf('disk-data'), properties: { ...copyOf('disk-data').properties, incremental: false } };
    await rig.settle(await rig.send('PUT', `${SNAPSHOT}/f?${version}`, full));
    expect((await copy(rig, 'f-neu', 'f')).status).toBe(400);
  });
});

describe('a disk or snapshot with access of its own', () => {
  it.each(['disks', 'snapshots'])('among %s names its disk access where it is private', async (kind) => {
    const rig = await rigWithDisk();
    const { location, properties } = copyOf('disk-data');
    const { creationData } = properties;
    const put = (more: Mutable): Promise<Exchanged> =>
      rig.send('PUT', `${GROUP}/providers/Microsoft.Compute/${kind}/x?${version}`, {
        location,
        properties: { creationData, ...more },
      });
    const diskAccessId = `${GROUP}/providers/Microsoft.Compute/diskAccesses/a`;
    expect((await put({ networkAccessPolicy: 'AllowPrivate' })).body['error'].target).toBe('diskAccessId');
    expect((await put({ networkAccessPolicy: 'AllowPrivate', diskAccessId })).status).toBe(202);
  });

  it('is imported from a blob of the same region, with the address it is at', async () => {
    const rig = await rigWithDisk();
    const account = `${GROUP}/providers/Microsoft.Storage/storageAccounts/golden`;
    const type = 'Microsoft.Storage/storageAccounts';
    rig.simulator.world.store.put({ id: account, type, body: { name: 'golden', location: 'westeurope' } });
    const put = (creation: Mutable, location = 'westeurope'): Promise<Exchanged> =>
      rig.send('PUT', `${GROUP}/providers/Microsoft.Compute/disks/imported?${version}`, {
        location,
        properties: { osType: 'Linux', creationData: { createOption: 'Import', ...creation } },
      });
    const sourceUri = 'https://golden.blob.core.windows.net/vhds/os.vhd';
    expect((await put({})).body['error'].target).toBe('creationData.sourceUri');
    expect((await put({ sourceUri: 'not a blob' })).status).toBe(400);
    expect((await put({ sourceUri }, 'northeurope')).status).toBe(400);
    const other = 'https://other.blob.core.windows.net/vhds/os.vhd';
    expect((await put({ sourceUri: other, storageAccountId: account })).status).toBe(404);
    const accepted = await put({ sourceUri, storageAccountId: account });
    expect((await rig.settle(accepted))['properties'].output.properties.diskSizeGB).toBeGreaterThan(0);
  });
});
