import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../src/simulator/service.ts';
import { GROUP, rigOf, type Exchanged, type Rig } from './rig.ts';

const COMPUTE = `${GROUP}/providers/Microsoft.Compute`;
const IMAGE = `${COMPUTE}/images/i?api-version=2024-07-01`;
const osDiskOf = async (rig: Rig): Promise<string> => {
  const { value } = (await rig.send('GET', `${COMPUTE}/disks?api-version=2024-03-02`)).body;
  return value.find((disk: Mutable) => disk['properties'].osType !== undefined).id;
};
const put = (rig: Rig, osDisk: Mutable, more: Mutable = {}, storage: Mutable = {}): Promise<Exchanged> =>
  rig.send('PUT', IMAGE, {
    location: 'westeurope',
    properties: {
      storageProfile: { osDisk: { osType: 'Linux', osState: 'Generalized', ...osDisk }, ...storage },
      ...more,
    },
  });

describe('a managed image without a source machine', () => {
  it('is of a disk, of the disk’s generation and size', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const accepted = await put(rig, { managedDisk: { id: await osDiskOf(rig) } });
    expect(accepted.status).toBe(201);
    await rig.settle(accepted);
    expect((await rig.send('GET', IMAGE)).body['properties']).toMatchObject({
      hyperVGeneration: 'V2',
      storageProfile: { osDisk: { diskSizeGB: 128, caching: 'None' } },
    });
  });

  it('is of a VHD, whose generation must be told', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const blobUri = 'https://golden.blob.core.windows.net/vhds/os.vhd';
    expect((await put(rig, { blobUri })).body['error'].target).toBe('hyperVGeneration');
    expect((await put(rig, { blobUri }, { hyperVGeneration: 'V1' })).status).toBe(201);
  });

  it.each([
    ['Trusted Launch', '{ name: vm-1, security: TrustedLaunch }', {}, {}, {}, 400],
    ['ARM64', '{ name: vm-1, architecture: Arm64 }', {}, {}, {}, 400],
    ['another generation', '{ name: vm-1 }', {}, { hyperVGeneration: 'V1' }, {}, 400],
    ['a specialized OS disk', '{ name: vm-1 }', { osState: 'Specialized' }, {}, {}, 400],
    ['two sources of one disk', '{ name: vm-1 }', { blobUri: 'https://abc.blob.core.windows.net/a/b' }, {}, {}, 400],
    ['two data disks at one LUN', '{ name: vm-1 }', {}, {}, { dataDisks: [{ lun: 0 }, { lun: 0 }] }, 400],
    ['a disk of another region', '{ name: vm-1, location: northeurope }', {}, {}, {}, 404],
  ])('is refused of %s', async (_, machine, osDisk, more, storage, status) => {
    const rig = rigOf(`  - ${machine}`);
    const refused = await put(rig, { managedDisk: { id: await osDiskOf(rig) }, ...osDisk }, more, storage);
    expect(refused.status).toBe(status);
    expect((await rig.send('GET', IMAGE)).status).toBe(404);
  });

  it('is zone-resilient where there are zones', async () => {
    const rig = rigOf('  - { name: vm-1, location: westus, power: deallocated, generalized: true }');
    const properties = {
      sourceVirtualMachine: { id: `${COMPUTE}/virtualMachines/vm-1` },
      storageProfile: { zoneResilient: true },
    };
    const refused = await rig.send('PUT', IMAGE, { location: 'westus', properties });
    expect([refused.status, refused.body['error'].target]).toEqual([400, 'zoneResilient']);
  });
});

describe('a managed image', () => {
  it('is not taken of a generalized machine that is merely off', async () => {
    const rig = rigOf('  - { name: vm-1, power: stopped, generalized: true }');
    const properties = { sourceVirtualMachine: { id: `${COMPUTE}/virtualMachines/vm-1` } };
    const refused = await rig.send('PUT', IMAGE, { location: 'westeurope', properties });
    expect(refused.body['error'].message).toContain('not deallocated');
  });

  it('changes its tags and nothing else', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    await rig.settle(await put(rig, { managedDisk: { id: await osDiskOf(rig) } }));
    const tagged = await rig.send('PATCH', IMAGE, { tags: { a: 'b' } });
    expect([tagged.status, tagged.body['tags']]).toEqual([200, { a: 'b' }]);
    expect((await rig.send('PATCH', IMAGE, { properties: { hyperVGeneration: 'V1' } })).status).toBe(409);
  });
});
