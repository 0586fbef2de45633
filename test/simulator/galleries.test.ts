import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../src/simulator/service.ts';
import { GROUP, SUBSCRIPTION, rigOf, type Exchanged, type Rig } from './rig.ts';

const VM = `${GROUP}/providers/Microsoft.Compute/virtualMachines`;
const GALLERY = `${GROUP}/providers/Microsoft.Compute/galleries/shop`;
const VERSION = 'api-version=2024-03-03';

async function galleryIn(rig: Rig, definition: Mutable = {}, apiVersion = VERSION): Promise<Exchanged> {
  await rig.settle(await rig.send('PUT', `${GALLERY}?${VERSION}`, { location: 'westeurope' }));
  return rig.send('PUT', `${GALLERY}/images/web?${apiVersion}`, {
    location: 'westeurope',
    properties: {
      osType: 'Linux',
      osState: 'Specialized',
      hyperVGeneration: 'V2',
      identifier: { publisher: 'contoso', offer: 'shop', sku: 'web' },
      ...definition,
    },
  });
}

const fromMachine = (vm: string, publishingProfile: Mutable = {}): Mutable => ({
  location: 'westeurope',
  properties: { storageProfile: { source: { virtualMachineId: `${VM}/${vm}` } }, publishingProfile },
});
const version = (name: string): string => `${GALLERY}/images/web/versions/${name}?${VERSION}`;

describe('a gallery image version', () => {
  it('is Creating, replicates region by region on the clock, and is then Succeeded with its disks', async () => {
    const rig = rigOf('  - { name: vm-1, dataDisks: [{ sizeGiB: 64 }] }');
    await rig.settle(await galleryIn(rig));
    const regions = { targetRegions: [{ name: 'West Europe' }, { name: 'northeurope', regionalReplicaCount: 2 }] };
    const accepted = await rig.send('PUT', version('1.0.0'), fromMachine('vm-1', regions));
    expect(accepted.status).toBe(201);
    expect(accepted.headers.get('azure-asyncoperation')).toContain('/capsOperations/');
    expect(accepted.body['properties'].provisioningState).toBe('Creating');
    rig.simulator.clock.advance(60_000);
    const during = (await rig.send('GET', `${version('1.0.0')}&$expand=ReplicationStatus`)).body['properties'];
    expect(during.replicationStatus.aggregatedState).toBe('InProgress');
    expect(during.replicationStatus.summary[1]).toMatchObject({ region: 'northeurope', state: 'Replicating' });
    expect((await rig.settle(accepted))['status']).toBe('Succeeded');
    const { body } = await rig.send('GET', version('1.0.0'));
    expect(body['properties']).toMatchObject({
      provisioningState: 'Succeeded',
      storageProfile: { osDiskImage: { sizeInGB: 128 }, dataDiskImages: [{ lun: 0, sizeInGB: 64 }] },
      publishingProfile: { replicationMode: 'Full', excludeFromLatest: false },
    });
    expect(body['properties'].replicationStatus).toBeUndefined();
    const done = (await rig.send('GET', `${version('1.0.0')}&$expand=ReplicationStatus`)).body['properties'];
    expect(done.replicationStatus.summary.map((each: Mutable) => each['progress'])).toEqual([100, 100]);
  });

  it.each([
    ['is generalized, into a specialized definition', '{ name: vm-1, power: deallocated, generalized: true }', {}],
    ['is not generalized, into a generalized one', '{ name: vm-1 }', { osState: 'Generalized' }],
    ['is of another generation', '{ name: vm-1 }', { hyperVGeneration: 'V1' }],
    ['is of another architecture', '{ name: vm-1, architecture: Arm64 }', {}],
    ['is Windows', '{ name: vm-1, os: windows }', {}],
    ['has Trusted Launch', '{ name: vm-1, security: TrustedLaunch }', {}],
    ['has NVMe disks', '{ name: vm-1, controller: NVMe }', {}],
    ['has an Ultra disk', '{ name: vm-1, dataDisks: [{ sku: UltraSSD_LRS }] }', {}],
    ['has a disk of 4 TiB', '{ name: vm-1, dataDisks: [{ sizeGiB: 4096 }] }', {}],
  ])('is refused of a machine that %s', async (_, machine, definition) => {
    const rig = rigOf(`  - ${machine}`);
    await rig.settle(await galleryIn(rig, definition));
    const refused = await rig.send('PUT', version('1.0.0'), fromMachine('vm-1'));
    expect([refused.status, refused.body['error'].code]).toEqual([400, 'BadRequest']);
    expect((await rig.send('GET', version('1.0.0'))).status).toBe(404);
  });

  it.each([
    ['Trusted Launch', '{ name: vm-1, security: TrustedLaunch }', [{ name: 'SecurityType', value: 'TrustedLaunch' }]],
    ['NVMe disks', '{ name: vm-1, controller: NVMe }', [{ name: 'DiskControllerTypes', value: 'SCSI, NVMe' }]],
  ])('of a machine with %s goes into a definition that says so', async (_, machine, features) => {
    const rig = rigOf(`  - ${machine}`);
    await rig.settle(await galleryIn(rig, { features }));
    expect((await rig.send('PUT', version('1.0.0'), fromMachine('vm-1'))).status).toBe(201);
  });

  it.each([
    ['two numbers', '1.0', {}],
    ['a word', '1.0.beta', {}],
    ['no replica', '1.0.0', { replicaCount: 0 }],
    ['101 replicas', '1.0.0', { replicaCount: 101 }],
    ['targets without its own region', '1.0.0', { targetRegions: [{ name: 'northeurope' }] }],
  ])('is refused with %s', async (_, name, publishing) => {
    const rig = rigOf('  - { name: vm-1 }');
    await rig.settle(await galleryIn(rig));
    const refused = await rig.send('PUT', version(name), fromMachine('vm-1', publishing));
    expect([refused.status, refused.body['error'].code]).toEqual([400, 'InvalidParameter']);
  });

  it('keeps its source, takes further regions, and is told by Resource Graph', async () => {
    const rig = rigOf('  - { name: vm-1 }\n  - { name: vm-2 }');
    await rig.settle(await galleryIn(rig));
    await rig.settle(await rig.send('PUT', version('1.0.0'), fromMachine('vm-1')));
    const changed = await rig.send('PUT', version('1.0.0'), fromMachine('vm-2'));
    expect([changed.status, changed.body['error'].code]).toEqual([409, 'PropertyChangeNotAllowed']);
    const wider = fromMachine('vm-1', { targetRegions: [{ name: 'westeurope' }, { name: 'northeurope' }] });
    const updated = await rig.send('PUT', version('1.0.0'), wider);
    expect([updated.status, updated.body['properties'].provisioningState]).toEqual([200, 'Updating']);
    await rig.settle(updated);
    rig.simulator.clock.advance(60_000);
    const found = await rig.send('POST', '/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01', {
      subscriptions: [SUBSCRIPTION],
      query: "resources | where type =~ 'microsoft.compute/galleries/images/versions' | project name, location",
    });
    expect(found.body['data']).toEqual([{ name: '1.0.0', location: 'westeurope' }]);
  });

  it('is made of a managed image, or of a snapshot as its OS disk', async () => {
    const rig = rigOf('  - { name: vm-1, power: deallocated, generalized: true }');
    await rig.settle(await galleryIn(rig, { osState: 'Generalized' }));
    const image = `${GROUP}/providers/Microsoft.Compute/images/i`;
    await rig.settle(
      await rig.send('PUT', `${image}?api-version=2024-07-01`, {
        location: 'westeurope',
        properties: { sourceVirtualMachine: { id: `${VM}/vm-1` } },
      }),
    );
    const whole = { location: 'westeurope', properties: { storageProfile: { source: { id: image } } } };
    expect((await rig.send('PUT', version('1.0.0'), whole)).status).toBe(201);
    const disks = (await rig.send('GET', `${GROUP}/providers/Microsoft.Compute/disks?api-version=2024-03-02`)).body;
    const snapshot = `${GROUP}/providers/Microsoft.Compute/snapshots/s`;
    await rig.settle(
      await rig.send('PUT', `${snapshot}?api-version=2024-03-02`, {
        location: 'westeurope',
        properties: { creationData: { createOption: 'Copy', sourceResourceId: disks['value'][0].id } },
      }),
    );
    const byDisk = {
      location: 'westeurope',
      properties: { storageProfile: { osDiskImage: { source: { id: snapshot } } } },
    };
    expect((await rig.send('PUT', version('1.0.1'), byDisk)).status).toBe(201);
    const both = { osDiskImage: { source: { id: snapshot } }, source: { id: image } };
    const refused = await rig.send('PUT', version('1.0.2'), {
      location: 'westeurope',
      properties: { storageProfile: both },
    });
    expect(refused.status).toBe(400);
  });
});

describe('a gallery', () => {
  it('has one definition per identifier, whose system cannot change', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    await rig.settle(await galleryIn(rig));
    const twin = await rig.send('PUT', `${GALLERY}/images/other?${VERSION}`, {
      location: 'westeurope',
      properties: {
        osType: 'Linux',
        osState: 'Generalized',
        identifier: { publisher: 'Contoso', offer: 'shop', sku: 'web' },
      },
    });
    expect([twin.status, twin.body['error'].code]).toEqual([409, 'Conflict']);
    const changed = await galleryIn(rig, { osState: 'Generalized' });
    expect([changed.status, changed.body['error'].code]).toEqual([409, 'PropertyChangeNotAllowed']);
    expect((await galleryIn(rig, { description: 'the shop' })).status).toBe(200);
  });

  it.each([
    [VERSION, undefined, 'V1', undefined],
    ['api-version=2025-03-03', undefined, 'V2', [{ name: 'SecurityType', value: 'TrustedLaunchSupported' }]],
    [
      'api-version=2025-03-03',
      [{ name: 'SecurityType', value: 'Standard' }],
      'V2',
      [{ name: 'SecurityType', value: 'Standard' }],
    ],
  ])('at %s with features %j makes definitions of %s', async (apiVersion, features, generation, shown) => {
    const rig = rigOf('  - { name: vm-1 }');
    const asked = { hyperVGeneration: undefined, ...(features === undefined ? {} : { features }) };
    const made = await galleryIn(rig, asked, apiVersion);
    expect(made.body['properties'].hyperVGeneration).toBe(generation);
    expect(made.body['properties'].features).toEqual(shown);
  });

  it('is not deleted before what is in it', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    await rig.settle(await galleryIn(rig));
    await rig.settle(await rig.send('PUT', version('1.0.0'), fromMachine('vm-1')));
    for (const path of [GALLERY, `${GALLERY}/images/web`]) {
      const refused = await rig.send('DELETE', `${path}?${VERSION}`);
      expect([refused.status, refused.body['error'].code]).toEqual([409, 'CannotDeleteResource']);
    }
    await rig.settle(await rig.send('DELETE', version('1.0.0')));
    await rig.settle(await rig.send('DELETE', `${GALLERY}/images/web?${VERSION}`));
    await rig.settle(await rig.send('DELETE', `${GALLERY}?${VERSION}`));
    expect((await rig.send('GET', `${GALLERY}?${VERSION}`)).status).toBe(404);
  });

  it('refuses a field that no model knows', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const refused = await galleryIn(rig, { osStat: 'Generalized' });
    expect(refused.status).toBe(400);
    expect(refused.body['error'].message).toContain("'osStat'");
  });
});
