import { describe, expect, it } from 'vitest';
import { owner } from '../../src/simulator/fleet.ts';
import type { Mutable } from '../../src/simulator/service.ts';
import { GROUP, SUBSCRIPTION, Rig, rigOf, type Exchanged } from './rig.ts';

const COMPUTE = `${GROUP}/providers/Microsoft.Compute`;
const VM = `${COMPUTE}/virtualMachines`;
const IMAGE = `${COMPUTE}/images/i`;
const VERSION = 'api-version=2024-07-01';
const GALLERY_VERSION = 'api-version=2024-03-03';
const GENERALIZED = '  - { name: src, power: deallocated, generalized: true, dataDisks: [{ sizeGiB: 32 }] }';

function ownedRig(machines: string, coreQuota?: number): Rig {
  const plain = rigOf(machines);
  const fleet = { ...plain.simulator.fleet, principals: [owner([SUBSCRIPTION])] };
  return new Rig({ fleet, ...(coreQuota === undefined ? {} : { coreQuota }) });
}

async function withImage(machines = GENERALIZED, coreQuota?: number): Promise<Rig> {
  const rig = ownedRig(machines, coreQuota);
  const body = { location: 'westeurope', properties: { sourceVirtualMachine: { id: `${VM}/src` } } };
  await rig.settle(await rig.send('PUT', `${IMAGE}?${VERSION}`, body));
  return rig;
}

const osProfile = { computerName: 'web', adminUsername: 'azureuser' };
const machine = (imageId: string, more: Mutable = {}): Mutable => ({
  location: 'westeurope',
  properties: {
    hardwareProfile: { vmSize: 'Standard_D2s_v5' },
    storageProfile: { imageReference: { id: imageId } },
    osProfile,
    ...more,
  },
});
const put = (rig: Rig, name: string, body: Mutable): Promise<Exchanged> =>
  rig.send('PUT', `${VM}/${name}?${VERSION}`, body);
const got = async (rig: Rig, id: string, version = VERSION): Promise<Mutable> =>
  (await rig.send('GET', `${id}?${version}`)).body;

/** A gallery with one version, of the kind and of the machine given. */
async function galleryOf(rig: Rig, vm: string, definition: Mutable): Promise<string> {
  const gallery = `${COMPUTE}/galleries/g`;
  const properties = {
    osType: 'Linux',
    hyperVGeneration: 'V2',
    identifier: { publisher: 'p', offer: 'o', sku: 's' },
    ...definition,
  };
  await rig.settle(await rig.send('PUT', `${gallery}?${GALLERY_VERSION}`, { location: 'westeurope' }));
  const made = await rig.send('PUT', `${gallery}/images/d?${GALLERY_VERSION}`, { location: 'westeurope', properties });
  await rig.settle(made);
  await versionOf(rig, vm, '1.0.0');
  return `${gallery}/images/d`;
}

async function versionOf(rig: Rig, vm: string, name: string, publishingProfile: Mutable = {}): Promise<void> {
  const id = `${COMPUTE}/galleries/g/images/d/versions/${name}`;
  const storageProfile = { source: { virtualMachineId: `${VM}/${vm}` } };
  const body = { location: 'westeurope', properties: { storageProfile, publishingProfile } };
  await rig.settle(await rig.send('PUT', `${id}?${GALLERY_VERSION}`, body));
}

describe('a machine of a managed image', () => {
  it('gets a disk for each of the image, of the image’s generation and sizes', async () => {
    const rig = await withImage();
    const accepted = await put(rig, 'web', machine(IMAGE));
    expect([accepted.status, accepted.body['properties'].provisioningState]).toEqual([201, 'Creating']);
    await rig.settle(accepted);
    const { storageProfile } = (await got(rig, `${VM}/web`))['properties'];
    expect(storageProfile.dataDisks).toMatchObject([{ lun: 0, createOption: 'FromImage', diskSizeGB: 32 }]);
    const os = await got(rig, storageProfile.osDisk.managedDisk.id, 'api-version=2024-03-02');
    expect(os).toMatchObject({
      managedBy: `${VM}/web`,
      properties: { hyperVGeneration: 'V2', diskSizeGB: 128, creationData: { imageReference: { id: IMAGE } } },
    });
    const data = await got(rig, storageProfile.dataDisks[0].managedDisk.id, 'api-version=2024-03-02');
    expect(data['properties'].creationData.imageReference).toEqual({ id: IMAGE, lun: 0 });
  });

  it('sent twice is made once', async () => {
    const rig = await withImage();
    const first = await put(rig, 'web', machine(IMAGE));
    const second = await put(rig, 'web', machine(IMAGE));
    expect([first.status, second.status]).toEqual([201, 200]);
    await rig.settle(first);
    await rig.settle(second);
    const disks = (await got(rig, `${COMPUTE}/disks`, 'api-version=2024-03-02'))['value'] as readonly Mutable[];
    expect(disks.filter((disk) => disk['managedBy'] === `${VM}/web`)).toHaveLength(2);
  });

  it('is the twentieth of its image at once, and the next one’s guest is not provisioned in time', async () => {
    const rig = await withImage();
    const all: Exchanged[] = [];
    for (let number = 1; number <= 21; number += 1) all.push(await put(rig, `web-${number}`, machine(IMAGE)));
    expect(all.every(({ status }) => status === 201)).toBe(true);
    expect((await rig.settle(all[19]!))['status']).toBe('Succeeded');
    const late = await rig.settle(all[20]!);
    expect([late['status'], late['error'].code]).toEqual(['Failed', 'OSProvisioningTimedOut']);
    expect((await got(rig, `${VM}/web-21`))['properties'].provisioningState).toBe('Failed');
    expect((await rig.settle(await put(rig, 'web-22', machine(IMAGE))))['status']).toBe('Succeeded');
  });

  it('whose guest was never deprovisioned is not provisioned in time either', async () => {
    const rig = ownedRig('  - { name: src }');
    for (const action of ['deallocate', 'generalize']) {
      const done = await rig.send('POST', `${VM}/src/${action}?${VERSION}`);
      if (done.status === 202) await rig.settle(done);
    }
    const body = { location: 'westeurope', properties: { sourceVirtualMachine: { id: `${VM}/src` } } };
    await rig.settle(await rig.send('PUT', `${IMAGE}?${VERSION}`, body));
    const ended = await rig.settle(await put(rig, 'web', machine(IMAGE)));
    expect([ended['status'], ended['error'].code]).toEqual(['Failed', 'OSProvisioningTimedOut']);
  });

  it.each([
    ['no osProfile', { osProfile: undefined }, 400, 'InvalidParameter'],
    ['an OS disk smaller than the image’s', { os: { diskSizeGB: 30 } }, 409, 'OperationNotAllowed'],
    ['Trusted Launch', { securityProfile: { securityType: 'TrustedLaunch' } }, 400, 'BadRequest'],
    ['an interface that is not there', { nic: 'gone' }, 400, 'InvalidResourceReference'],
    ['another machine’s interface', { nic: 'src-nic' }, 400, 'NicInUse'],
    ['a disk of the image that it lacks', { lun: 3 }, 400, 'InvalidParameter'],
  ])('is refused with %s', async (_, { os, nic, lun, ...more }: Mutable, status, code) => {
    const rig = await withImage();
    const nicId = `${GROUP}/providers/Microsoft.Network/networkInterfaces/src-nic`;
    const type = 'Microsoft.Network/networkInterfaces';
    rig.simulator.world.store.put({ id: nicId, type, body: { name: 'src-nic', location: 'westeurope' } });
    const body = machine(IMAGE, more);
    const { properties } = body;
    if (os !== undefined) properties.storageProfile.osDisk = { createOption: 'FromImage', ...os };
    if (lun !== undefined) properties.storageProfile.dataDisks = [{ lun, createOption: 'FromImage' }];
    if (nic !== undefined) properties.networkProfile = { networkInterfaces: [{ id: nicId.replace('src-nic', nic) }] };
    const refused = await put(rig, 'web', body);
    expect([refused.status, refused.body['error'].code]).toEqual([status, code]);
    expect((await rig.send('GET', `${VM}/web?${VERSION}`)).status).toBe(404);
  });

  it('is refused in another region, and beyond the quota of cores', async () => {
    const rig = await withImage(GENERALIZED, 4);
    const elsewhere = await put(rig, 'web', { ...machine(IMAGE), location: 'northeurope' });
    expect(elsewhere.status).toBe(400);
    // The source has two cores, deallocated or not.
    expect((await put(rig, 'web', machine(IMAGE))).status).toBe(201);
    const refused = await put(rig, 'web-2', machine(IMAGE));
    expect([refused.status, refused.body['error'].code]).toEqual([409, 'OperationNotAllowed']);
    expect(refused.body['error'].message).toContain('Current Limit: 4, Current Usage: 4, Additional Required: 2');
  });
});

describe('a machine of a gallery image', () => {
  it('that is specialized takes no osProfile, and a generalized one needs it', async () => {
    const rig = await withImage(`${GENERALIZED}\n  - { name: live }`);
    const definition = await galleryOf(rig, 'live', { osState: 'Specialized' });
    const refused = await put(rig, 'web', machine(`${definition}/versions/1.0.0`));
    expect(refused.body['error']).toMatchObject({ code: 'InvalidParameter', target: 'osProfile' });
    const made = await put(rig, 'web', machine(`${definition}/versions/1.0.0`, { osProfile: undefined }));
    expect((await rig.settle(made))['status']).toBe('Succeeded');
    const { storageProfile } = (await got(rig, `${VM}/web`))['properties'];
    const os = await got(rig, storageProfile.osDisk.managedDisk.id, 'api-version=2024-03-02');
    expect(os['properties'].creationData.galleryImageReference.id).toBe(`${definition}/versions/1.0.0`);
  });

  it('named by its definition gets the newest version that is not kept out of latest', async () => {
    const rig = await withImage(`${GENERALIZED}\n  - { name: live }`);
    const definition = await galleryOf(rig, 'live', { osState: 'Specialized' });
    await versionOf(rig, 'live', '1.0.10');
    await versionOf(rig, 'live', '1.0.9');
    await versionOf(rig, 'live', '2.0.0', { excludeFromLatest: true });
    const made = await put(rig, 'web', machine(definition, { osProfile: undefined }));
    expect(made.body['properties'].storageProfile.imageReference.exactVersion).toBe('1.0.10');
  });

  it('is refused where the version has no replica', async () => {
    const rig = await withImage(`${GENERALIZED}\n  - { name: live }`);
    const definition = await galleryOf(rig, 'live', { osState: 'Specialized' });
    for (const id of [definition, `${definition}/versions/1.0.0`]) {
      const body = { ...machine(id, { osProfile: undefined }), location: 'northeurope' };
      const refused = await put(rig, 'web', body);
      expect([refused.status, refused.body['error'].code]).toEqual([404, 'GalleryImageNotFound']);
    }
  });

  it('with Trusted Launch must say so itself', async () => {
    const features = [{ name: 'SecurityType', value: 'TrustedLaunch' }];
    const rig = await withImage(`${GENERALIZED}\n  - { name: live, security: TrustedLaunch }`);
    const definition = await galleryOf(rig, 'live', { osState: 'Specialized', features });
    expect((await put(rig, 'web', machine(definition, { osProfile: undefined }))).status).toBe(400);
    const securityProfile = { securityType: 'TrustedLaunch' };
    expect((await put(rig, 'web', machine(definition, { osProfile: undefined, securityProfile }))).status).toBe(201);
  });
});

describe('a machine of a disk', () => {
  const attached = (disk: string, more: Mutable = {}): Mutable => ({
    location: 'westeurope',
    properties: {
      hardwareProfile: { vmSize: 'Standard_D2s_v5' },
      storageProfile: { osDisk: { createOption: 'Attach', osType: 'Linux', managedDisk: { id: disk } } },
      ...more,
    },
  });

  /** A disk copied from a snapshot of the source's OS disk. */
  async function copyOfOsDisk(rig: Rig, vm: string): Promise<string> {
    const { storageProfile } = (await got(rig, `${VM}/${vm}`))['properties'];
    const make = async (path: string, sourceResourceId: string): Promise<string> => {
      const body = { location: 'westeurope', properties: { creationData: { createOption: 'Copy', sourceResourceId } } };
      await rig.settle(await rig.send('PUT', `${COMPUTE}/${path}?api-version=2024-03-02`, body));
      return `${COMPUTE}/${path}`;
    };
    return make('disks/copy', await make('snapshots/s', storageProfile.osDisk.managedDisk.id));
  }

  it('starts with the disk’s generation, and is captured by the safe path without touching the source', async () => {
    const rig = ownedRig('  - { name: src }');
    const disk = await copyOfOsDisk(rig, 'src');
    const refused = await put(rig, 'tmp', attached(disk, { osProfile }));
    expect(refused.body['error'].target).toBe('osProfile');
    await rig.settle(await put(rig, 'tmp', attached(disk)));
    rig.simulator.clock.advance(60_000);
    const script = { commandId: 'RunShellScript', script: ['waagent -deprovision+user -force'] };
    await rig.settle(await rig.send('POST', `${VM}/tmp/runCommand?${VERSION}`, script));
    await rig.settle(await rig.send('POST', `${VM}/tmp/deallocate?${VERSION}`));
    await rig.send('POST', `${VM}/tmp/generalize?${VERSION}`);
    const image = { location: 'westeurope', properties: { sourceVirtualMachine: { id: `${VM}/tmp` } } };
    const captured = await rig.send('PUT', `${IMAGE}?${VERSION}`, image);
    expect(captured.body['properties'].hyperVGeneration).toBe('V2');
    await rig.settle(captured);
    await rig.settle(await rig.send('DELETE', `${VM}/tmp?${VERSION}`));
    expect((await rig.settle(await put(rig, 'web', machine(IMAGE))))['status']).toBe('Succeeded');
    const source = rig.simulator.state().resources.find(({ body }) => body['managedBy'] === `${VM}/src`);
    expect(source?.hidden['deprovisioned']).toBe(false);
  });

  it('with Trusted Launch must have it too', async () => {
    const rig = ownedRig('  - { name: src, security: TrustedLaunch }');
    const disk = await copyOfOsDisk(rig, 'src');
    expect((await put(rig, 'tmp', attached(disk))).status).toBe(409);
    const securityProfile = { securityType: 'TrustedLaunch' };
    expect((await put(rig, 'tmp', attached(disk, { securityProfile }))).status).toBe(201);
  });
});

describe('a deleted machine', () => {
  it('takes along the disks and interfaces that its profile says', async () => {
    const rig = await withImage();
    const nicId = `${GROUP}/providers/Microsoft.Network/networkInterfaces/n`;
    const type = 'Microsoft.Network/networkInterfaces';
    rig.simulator.world.store.put({ id: nicId, type, body: { name: 'n', location: 'westeurope' } });
    const networkProfile = { networkInterfaces: [{ id: nicId, properties: { deleteOption: 'Delete' } }] };
    const body = machine(IMAGE, { networkProfile });
    body['properties'].storageProfile.osDisk = { createOption: 'FromImage', deleteOption: 'Delete' };
    await rig.settle(await put(rig, 'web', body));
    const { storageProfile } = (await got(rig, `${VM}/web`))['properties'];
    await rig.settle(await rig.send('DELETE', `${VM}/web?${VERSION}`));
    const left = (id: string): boolean => rig.simulator.world.store.get(id) !== undefined;
    expect(left(nicId)).toBe(false);
    expect(left(storageProfile.osDisk.managedDisk.id)).toBe(false);
    expect(left(storageProfile.dataDisks[0].managedDisk.id)).toBe(true);
  });
});
