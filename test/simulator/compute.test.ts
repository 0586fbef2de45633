import { describe, expect, it } from 'vitest';
import { owner } from '../../src/simulator/fleet.ts';
import type { FleetPrincipal, Mutable } from '../../src/simulator/service.ts';
import { parseFleet } from '../../src/simulator/fleet-file.ts';
import { Rig, SUBSCRIPTION } from './rig.ts';

const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-app`;
const VM = `${GROUP}/providers/Microsoft.Compute/virtualMachines`;
const VERSION = 'api-version=2024-07-01';

function rigOf(machines: string, principals?: readonly FleetPrincipal[]): Rig {
  const parsed = parseFleet(
    `subscriptions: [{ key: main, id: ${SUBSCRIPTION}, name: Main }]\nmachines:\n${machines}`,
    'f.yaml',
    Date.UTC(2026, 10, 2, 8),
  );
  if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
  return new Rig({ fleet: principals ? { ...parsed.fleet, principals } : parsed.fleet });
}

const codes = (view: Mutable): string[] => view['statuses'].map((status: Mutable) => status['code']);

describe('a machine', () => {
  it('moves between power states through operations, its disks with it', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const accepted = await rig.send('POST', `${VM}/vm-1/deallocate?${VERSION}`);
    expect(accepted.status).toBe(202);
    expect(codes((await rig.send('GET', `${VM}/vm-1/instanceView?${VERSION}`)).body)).toContain(
      'PowerState/deallocating',
    );
    await rig.settle(accepted);
    const view = (await rig.send('GET', `${VM}/vm-1?$expand=instanceView&${VERSION}`)).body['properties'].instanceView;
    expect(codes(view)).toContain('PowerState/deallocated');
    expect(view.vmAgent).toBeUndefined();
    const disks = await rig.send('GET', `${GROUP}/providers/Microsoft.Compute/disks?api-version=2024-03-02`);
    expect(disks.body['value'][0].properties.diskState).toBe('Reserved');
    await rig.settle(await rig.send('POST', `${VM}/vm-1/start?${VERSION}`));
    expect(codes((await rig.send('GET', `${VM}/vm-1/instanceView?${VERSION}`)).body)).toContain('PowerState/running');
  });

  it('is generalized only when off, at once, and never starts again', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    expect((await rig.send('POST', `${VM}/vm-1/generalize?${VERSION}`)).body['error'].code).toBe('OperationNotAllowed');
    await rig.settle(await rig.send('POST', `${VM}/vm-1/deallocate?${VERSION}`));
    expect((await rig.send('POST', `${VM}/vm-1/generalize?${VERSION}`)).status).toBe(200);
    expect(codes((await rig.send('GET', `${VM}/vm-1/instanceView?${VERSION}`)).body)).toContain('OSState/generalized');
    const refused = await rig.send('POST', `${VM}/vm-1/start?${VERSION}`);
    expect(refused.status).toBe(409);
    expect(refused.body['error'].message).toContain('since the VM is generalized');
  });

  it('is updated with 200, Updating and the status URL alone; a stale If-Match is refused', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const patched = await rig.send('PATCH', `${VM}/vm-1?${VERSION}`, { tags: { environment: 'prod' } });
    expect(patched.status).toBe(200);
    expect(patched.body['properties'].provisioningState).toBe('Updating');
    expect(patched.headers.get('location')).toBeNull();
    await rig.settle(patched);
    const got = await rig.send('GET', `${VM}/vm-1?${VERSION}`);
    expect(got.body).toMatchObject({ tags: { environment: 'prod' }, properties: { provisioningState: 'Succeeded' } });
    expect((await rig.send('PATCH', `${VM}/vm-1?${VERSION}`, { tags: {} }, { 'if-match': '"0"' })).status).toBe(412);
  });

  it('takes tags through the tags resource: merged by name without regard to case', async () => {
    const rig = rigOf('  - { name: vm-1, tags: { Environment: dev, owner: me } }');
    const tags = `${VM}/vm-1/providers/Microsoft.Resources/tags/default?api-version=2022-09-01`;
    await rig.send('PATCH', tags, { operation: 'Merge', properties: { tags: { environment: 'prod' } } });
    expect((await rig.send('GET', tags)).body['properties'].tags).toEqual({ Environment: 'prod', owner: 'me' });
    await rig.send('PATCH', tags, { operation: 'Delete', properties: { tags: { owner: 'me' } } });
    expect((await rig.send('GET', `${VM}/vm-1?${VERSION}`)).body['tags']).toEqual({ Environment: 'prod' });
  });

  it('takes tags out by name and value, none that is too long, and of restore points none at all', async () => {
    const rig = rigOf('  - { name: vm-1, tags: { owner: me } }');
    const tags = `${VM}/vm-1/providers/Microsoft.Resources/tags/default?api-version=2022-09-01`;
    const patch = (operation: string, its: Record<string, string>) =>
      rig.send('PATCH', tags, { operation, properties: { tags: its } });
    expect((await patch('Delete', { owner: 'you' })).body['properties'].tags).toEqual({ owner: 'me' });
    expect((await patch('Merge', { long: 'x'.repeat(256), ['n'.repeat(512)]: '' })).status).toBe(200);
    expect((await patch('Merge', { long: 'x'.repeat(257) })).body['error'].code).toBe('TagValueTooLong');
    expect((await patch('Merge', { ['m'.repeat(513)]: '' })).body['error'].code).toBe('TagNameTooLong');
    const collection = `${GROUP}/providers/Microsoft.Compute/restorePointCollections/points`;
    await rig.send('PUT', `${collection}?${VERSION}`, {
      location: 'westeurope',
      properties: { source: { id: `${VM}/vm-1` } },
    });
    await rig.settle(await rig.send('PUT', `${collection}/restorePoints/one?${VERSION}`, {}));
    const ofPoint = `${collection}/restorePoints/one/providers/Microsoft.Resources/tags/default?api-version=2022-09-01`;
    const refused = await rig.send('PATCH', ofPoint, { operation: 'Merge', properties: { tags: { a: 'b' } } });
    expect([refused.status, refused.body['error'].code]).toEqual([400, 'TagsNotSupportedForResourceType']);
  });

  it('attaches and lets go of disks with its body', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    await rig.disk('extra');
    const id = `${GROUP}/providers/Microsoft.Compute/disks/extra`;
    const body = (await rig.send('GET', `${VM}/vm-1?${VERSION}`)).body;
    body['properties'].storageProfile.dataDisks = [{ lun: 0, createOption: 'Attach', managedDisk: { id } }];
    await rig.settle(await rig.send('PUT', `${VM}/vm-1?${VERSION}`, body));
    const disk = async (): Promise<Mutable> => (await rig.send('GET', `${id}?api-version=2024-03-02`)).body;
    expect(await disk()).toMatchObject({ managedBy: `${VM}/vm-1`, properties: { diskState: 'Attached' } });
    body['properties'].storageProfile.dataDisks = [];
    await rig.settle(await rig.send('PUT', `${VM}/vm-1?${VERSION}`, body));
    expect((await disk())['managedBy']).toBeUndefined();
  });
});

describe('a managed image', () => {
  const image = (vm: string) => ({
    location: 'westeurope',
    properties: { sourceVirtualMachine: { id: `${VM}/${vm}` } },
  });
  const IMAGE = `${GROUP}/providers/Microsoft.Compute/images/i?${VERSION}`;

  it('is made of a generalized machine, with 201 and Creating', async () => {
    const rig = rigOf('  - { name: vm-1, power: deallocated, generalized: true, dataDisks: [{ sizeGiB: 32 }] }');
    const accepted = await rig.send('PUT', IMAGE, image('vm-1'));
    expect(accepted.status).toBe(201);
    expect(accepted.body['properties'].provisioningState).toBe('Creating');
    await rig.settle(accepted);
    const got = await rig.send('GET', IMAGE);
    expect(got.body['properties']).toMatchObject({
      provisioningState: 'Succeeded',
      storageProfile: { osDisk: { osState: 'Generalized' }, dataDisks: [{ lun: 0, diskSizeGB: 32 }] },
    });
  });

  it.each([
    ['not generalized', '{ name: vm-1 }', 409],
    ['Trusted Launch', '{ name: vm-1, security: TrustedLaunch, power: deallocated, generalized: true }', 400],
    ['Confidential', '{ name: vm-1, security: ConfidentialVM, power: deallocated, generalized: true }', 400],
    ['ARM64', '{ name: vm-1, architecture: Arm64, power: deallocated, generalized: true }', 400],
  ])('is refused of a machine that is %s', async (_, machine, status) => {
    const rig = rigOf(`  - ${machine}`);
    expect((await rig.send('PUT', IMAGE, image('vm-1'))).status).toBe(status);
    expect((await rig.send('GET', IMAGE)).status).toBe(404);
  });
});

describe('a restore point', () => {
  const COLLECTION = `${GROUP}/providers/Microsoft.Compute/restorePointCollections/c`;
  const point = (name: string): string => `${COLLECTION}/restorePoints/${name}?${VERSION}`;
  const collection = async (rig: Rig): Promise<void> => {
    const made = await rig.send('PUT', `${COLLECTION}?${VERSION}`, {
      location: 'westeurope',
      properties: { source: { id: `${VM}/vm-1` } },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('azure-asyncoperation')).toBeNull();
  };

  it('captures every disk at once, and a disk can be made of it', async () => {
    const rig = rigOf('  - { name: vm-1, dataDisks: [{ name: d, sizeGiB: 64 }, { name: e, sizeGiB: 32 }] }');
    await collection(rig);
    const accepted = await rig.send('PUT', point('p1'), {});
    expect(accepted.status).toBe(201);
    expect(accepted.body['type']).toBeUndefined();
    await rig.settle(accepted);
    const got = (await rig.send('GET', point('p1'))).body['properties'];
    expect(got).toMatchObject({ provisioningState: 'Succeeded', consistencyMode: 'FileSystemConsistent' });
    expect(got.sourceMetadata.storageProfile.dataDisks).toHaveLength(2);
    const source = got.sourceMetadata.storageProfile.dataDisks[0].diskRestorePoint.id as string;
    const disk = await rig.send('PUT', `${GROUP}/providers/Microsoft.Compute/disks/back?api-version=2024-03-02`, {
      location: 'westeurope',
      properties: { creationData: { createOption: 'Restore', sourceResourceId: source } },
    });
    await rig.settle(disk);
    expect(
      (await rig.send('GET', `${GROUP}/providers/Microsoft.Compute/disks/back?api-version=2024-03-02`)).body[
        'properties'
      ].diskSizeGB,
    ).toBe(64);
    expect(
      (await rig.send('GET', `${COLLECTION}?$expand=restorePoints&${VERSION}`)).body['properties'].restorePoints,
    ).toHaveLength(1);
  });

  it('is taken one at a time and three times an hour', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    await collection(rig);
    const first = await rig.send('PUT', point('p1'), {});
    expect((await rig.send('PUT', point('p2'), {})).body['error'].message).toContain('concurrent');
    await rig.settle(first);
    for (const name of ['p2', 'p3']) await rig.settle(await rig.send('PUT', point(name), {}));
    const refused = await rig.send('PUT', point('p4'), {});
    expect(refused.status).toBe(429);
    rig.simulator.clock.advance(Number(refused.headers.get('retry-after')) * 1000);
    expect((await rig.send('PUT', point('p4'), {})).status).toBe(201);
  });

  it.each([
    ['a shared disk', 'dataDisks: [{ maxShares: 2 }]', {}],
    ['an ephemeral OS disk', 'osDisk: { ephemeral: true }', {}],
    [
      'a write-accelerated disk, crash-consistent',
      'dataDisks: [{ writeAccelerator: true }]',
      { consistencyMode: 'CrashConsistent' },
    ],
    ['an Ultra disk, crash-consistent', 'dataDisks: [{ sku: UltraSSD_LRS }]', { consistencyMode: 'CrashConsistent' }],
  ])('is refused with %s', async (_, disks, properties) => {
    const rig = rigOf(`  - { name: vm-1, ${disks} }`);
    await collection(rig);
    expect((await rig.send('PUT', point('p'), { properties })).status).toBe(409);
  });
});

describe('an extension', () => {
  const EXTENSION = `${VM}/vm-1/extensions/hello`;
  const sent = {
    location: 'westeurope',
    properties: {
      publisher: 'Contoso.Tools',
      type: 'Hello',
      typeHandlerVersion: '1.2',
      settings: { a: 1 },
      protectedSettings: { secret: 's3cret' },
    },
  };

  it('is Creating, then Succeeded, and stands in the machine and its view; its secret never comes back', async () => {
    const rig = rigOf('  - { name: vm-1 }', [owner([SUBSCRIPTION])]);
    const accepted = await rig.send('PUT', `${EXTENSION}?${VERSION}`, sent);
    expect(accepted.status).toBe(201);
    expect(accepted.headers.has('location')).toBe(false);
    expect(accepted.body['properties']).toMatchObject({ provisioningState: 'Creating', settings: { a: 1 } });
    await rig.settle(accepted);
    const machine = (await rig.send('GET', `${VM}/vm-1?${VERSION}&$expand=instanceView`)).body;
    expect(machine['resources']).toMatchObject([{ name: 'hello', properties: { provisioningState: 'Succeeded' } }]);
    expect(machine['properties'].instanceView.extensions).toMatchObject([{ type: 'Contoso.Tools.Hello' }]);
    expect(JSON.stringify(machine)).not.toContain('s3cret');
    const listed = (await rig.send('GET', `${GROUP}/providers/Microsoft.Compute/virtualMachines?${VERSION}`)).body;
    expect(listed['value'][0].resources).toEqual([{ id: expect.stringMatching(/RG-APP.*extensions\/hello$/) }]);
    expect((await rig.send('PUT', `${EXTENSION}?${VERSION}`, sent)).status).toBe(200);
    await rig.settle(await rig.send('DELETE', `${EXTENSION}?${VERSION}`));
    expect((await rig.send('GET', `${EXTENSION}?${VERSION}`)).status).toBe(404);
    expect((await rig.send('GET', `${VM}/vm-1?${VERSION}`)).body).not.toHaveProperty('resources');
  });

  it('needs a machine that runs', async () => {
    const rig = rigOf('  - { name: vm-1, power: deallocated }', [owner([SUBSCRIPTION])]);
    const refused = await rig.send('PUT', `${EXTENSION}?${VERSION}`, sent);
    expect([refused.status, refused.body['error'].code]).toEqual([409, 'OperationNotAllowed']);
  });

  it('comes with a machine’s etag since Azure told one, and not at api-versions from before', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const changed = await rig.send('PATCH', `${VM}/vm-1?${VERSION}`, { tags: { a: 'b' } });
    expect(changed.body['etag']).toBe('"1"');
    expect((await rig.send('GET', `${VM}/vm-1?api-version=2022-11-01`)).body).not.toHaveProperty('etag');
  });
});
