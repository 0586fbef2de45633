import { ComputeManagementClient } from '@azure/arm-compute';
import { ResourceManagementClient } from '@azure/arm-resources';
import { ClientSecretCredential } from '@azure/identity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type Served } from '../../src/simulator/https-server.ts';
import { DEFAULT_CLIENT, DEFAULT_TENANT } from '../../src/simulator/fleet.ts';
import { SIMULATED_SECRET } from '../../src/simulator/identity.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { SUBSCRIPTION } from './rig.ts';

describe('Azure’s own JavaScript clients, unpatched, over HTTPS', () => {
  let simulator: Simulator;
  let served: Served;
  let credential: ClientSecretCredential;
  let compute: ComputeManagementClient;
  let resources: ResourceManagementClient;

  beforeAll(async () => {
    simulator = createSimulator({ speed: 100, pageSize: 2, retryAfterSeconds: 1 });
    served = await serve(simulator);
    const tlsOptions = { ca: served.caPem };
    const login = { authorityHost: served.url, disableInstanceDiscovery: true, tlsOptions };
    credential = new ClientSecretCredential(DEFAULT_TENANT, DEFAULT_CLIENT, SIMULATED_SECRET, login);
    compute = new ComputeManagementClient(credential, SUBSCRIPTION, { endpoint: served.url, tlsOptions });
    resources = new ResourceManagementClient(credential, SUBSCRIPTION, { endpoint: served.url, tlsOptions });
    await resources.resourceGroups.createOrUpdate('rg-sdk', { location: 'westeurope' });
  });

  afterAll(() => served.close());

  it('make a disk and an incremental snapshot of it, following the operation to its end', async () => {
    const disk = await compute.disks.createOrUpdate('rg-sdk', 'disk-1', {
      location: 'westeurope',
      sku: { name: 'Premium_LRS' },
      creationData: { createOption: 'Empty' },
      diskSizeGB: 128,
    });
    expect(disk).toMatchObject({ name: 'disk-1', tier: 'P10', provisioningState: 'Succeeded' });
    const snapshot = await compute.snapshots.createOrUpdate('rg-sdk', 'snap-1', {
      location: 'westeurope',
      creationData: { createOption: 'Copy', sourceResourceId: disk.id! },
      incremental: true,
    });
    expect(snapshot.creationData?.sourceUniqueId).toBe(disk.uniqueId);
  });

  it('page through a list by nextLink', async () => {
    for (const name of ['p1', 'p2', 'p3']) {
      await compute.disks.createOrUpdate('rg-sdk', name, {
        location: 'westeurope',
        creationData: { createOption: 'Empty' },
        diskSizeGB: 4,
      });
    }
    const names: string[] = [];
    for await (const disk of compute.disks.listByResourceGroup('rg-sdk')) names.push(disk.name!);
    expect(names).toEqual(['disk-1', 'p1', 'p2', 'p3']);
    expect(simulator.log().filter((line) => line.url.includes('skiptoken'))).toHaveLength(1);
  });

  it('see Azure’s errors: a wrong secret is refused at login, a missing snapshot is the gateway’s 404', async () => {
    const wrong = new ClientSecretCredential(DEFAULT_TENANT, DEFAULT_CLIENT, 'not it', {
      authorityHost: served.url,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: served.caPem },
    });
    await expect(wrong.getToken('https://management.azure.com/.default')).rejects.toThrow(/AADSTS7000215/);
    await expect(compute.snapshots.get('rg-sdk', 'never')).rejects.toMatchObject({
      statusCode: 404,
      code: 'ResourceNotFound',
    });
  });

  it('log in through the /adfs authority too', async () => {
    const adfs = new ClientSecretCredential('adfs', DEFAULT_CLIENT, SIMULATED_SECRET, {
      authorityHost: served.url,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: served.caPem },
    });
    const token = await adfs.getToken(`${served.url}/.default`);
    const [, payload = ''] = token.token.split('.');
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(claims).toMatchObject({ tid: DEFAULT_TENANT, appid: DEFAULT_CLIENT, aud: served.url });
  });

  it('read machines with and without their instance view', async () => {
    await compute.virtualMachines.createOrUpdate('rg-sdk', 'vm-1', {
      location: 'westeurope',
      hardwareProfile: { vmSize: 'Standard_D2s_v5' },
      storageProfile: {
        osDisk: { createOption: 'FromImage', osType: 'Linux', managedDisk: { storageAccountType: 'Premium_LRS' } },
      },
    });
    expect((await compute.virtualMachines.get('rg-sdk', 'vm-1')).instanceView).toBeUndefined();
    const seen = await compute.virtualMachines.get('rg-sdk', 'vm-1', { expand: 'instanceView' });
    expect(seen.instanceView?.statuses?.map((status) => status.code)).toContain('PowerState/running');
    await compute.virtualMachines.deallocate('rg-sdk', 'vm-1');
    const view = await compute.virtualMachines.instanceView('rg-sdk', 'vm-1');
    expect(view.statuses?.map((status) => status.code)).toContain('PowerState/deallocated');
    expect(view.vmAgent).toBeUndefined();
  });

  it('capture a machine into a gallery and run a command in it, in the models of the client', async () => {
    const identifier = { publisher: 'contoso', offer: 'shop', sku: 'web' };
    const source = (await compute.virtualMachines.get('rg-sdk', 'vm-1')).id!;
    await compute.galleries.createOrUpdate('rg-sdk', 'shop', { location: 'westeurope', description: 'the shop' });
    const definition = await compute.galleryImages.createOrUpdate('rg-sdk', 'shop', 'web', {
      location: 'westeurope',
      osType: 'Linux',
      osState: 'Specialized',
      hyperVGeneration: 'V1',
      identifier,
    });
    expect(definition).toMatchObject({ provisioningState: 'Succeeded', identifier, architecture: 'x64' });
    const version = await compute.galleryImageVersions.createOrUpdate('rg-sdk', 'shop', 'web', '1.0.0', {
      location: 'westeurope',
      storageProfile: { source: { virtualMachineId: source } },
      publishingProfile: { targetRegions: [{ name: 'westeurope' }], endOfLifeDate: new Date('2030-01-01T00:00:00Z') },
    });
    expect(version.storageProfile?.osDiskImage?.sizeInGB).toBe(30);
    expect(version.publishingProfile?.publishedDate).toBeInstanceOf(Date);
    const expand = { expand: 'ReplicationStatus' };
    const seen = await compute.galleryImageVersions.get('rg-sdk', 'shop', 'web', '1.0.0', expand);
    expect(seen.replicationStatus).toMatchObject({ aggregatedState: 'Completed', summary: [{ progress: 100 }] });
    const names: string[] = [];
    const versions = compute.galleryImageVersions.listByGalleryImage('rg-sdk', 'shop', 'web');
    for await (const one of versions) names.push(one.name!);
    expect(names).toEqual(['1.0.0']);
    await compute.virtualMachines.createOrUpdate('rg-sdk', 'vm-2', {
      location: 'westeurope',
      hardwareProfile: { vmSize: 'Standard_D2s_v5' },
      storageProfile: { imageReference: { id: version.id! } },
    });
    simulator.clock.advance(60_000);
    const script = { commandId: 'RunShellScript', script: ['id'] };
    const ran = await compute.virtualMachines.runCommand('rg-sdk', 'vm-2', script);
    expect(ran.value?.[0]?.code).toBe('ProvisioningState/succeeded');
    await compute.galleryImageVersions.delete('rg-sdk', 'shop', 'web', '1.0.0');
    await compute.galleryImages.delete('rg-sdk', 'shop', 'web');
    await compute.galleries.delete('rg-sdk', 'shop');
    await expect(compute.galleries.get('rg-sdk', 'shop')).rejects.toMatchObject({ statusCode: 404 });
  });
});
