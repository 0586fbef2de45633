import { describe, expect, it } from 'vitest';
import { parseFleet } from '../../src/simulator/fleet-file.ts';
import { emptyFleet, owner } from '../../src/simulator/fleet.ts';
import type { Fleet, Mutable } from '../../src/simulator/service.ts';
import { GROUP, Rig, SUBSCRIPTION, type Exchanged } from './rig.ts';

const VERSION = 'api-version=2024-05-01';
const NETWORK = `${GROUP}/providers/Microsoft.Network/virtualNetworks/net`;
const NIC = `${GROUP}/providers/Microsoft.Network/networkInterfaces`;

const plain = (): Rig => new Rig({ fleet: { ...emptyFleet(SUBSCRIPTION), principals: [owner([SUBSCRIPTION])] } });

async function withNetwork(prefix = '10.0.0.0/24', rig = plain()): Promise<Rig> {
  await rig.group();
  const made = await rig.send('PUT', `${NETWORK}?${VERSION}`, {
    location: 'westeurope',
    properties: {
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      subnets: [{ name: 'machines', properties: { addressPrefix: prefix } }],
    },
  });
  expect(made.status).toBe(201);
  await rig.settle(made);
  return rig;
}

async function interfaceNamed(rig: Rig, name: string, configuration: Mutable = {}): Promise<Exchanged> {
  return rig.send('PUT', `${NIC}/${name}?${VERSION}`, {
    location: 'westeurope',
    properties: {
      ipConfigurations: [
        { name: 'ipconfig1', properties: { subnet: { id: `${NETWORK}/subnets/machines` }, ...configuration } },
      ],
    },
  });
}

const addressOf = ({ body }: Exchanged): unknown => body['properties'].ipConfigurations[0].properties.privateIPAddress;

describe('a virtual network', () => {
  it('is made by an operation whose status has nothing but its status, and settles with its subnets', async () => {
    const rig = plain();
    await rig.group();
    const made = await rig.send('PUT', `${NETWORK}?${VERSION}`, {
      location: 'westeurope',
      properties: {
        addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
        subnets: [{ name: 'a', properties: { addressPrefix: '10.0.1.0/24' } }],
      },
    });
    expect([made.status, made.body['properties'].provisioningState]).toEqual([201, 'Updating']);
    expect(made.headers.get('location')).toBeNull();
    expect(made.body['properties'].subnets[0].properties.provisioningState).toBe('Updating');
    expect(await rig.settle(made)).toEqual({ status: 'Succeeded' });
    const { body } = await rig.send('GET', `${NETWORK}?${VERSION}`);
    expect(body['properties']).toMatchObject({
      provisioningState: 'Succeeded',
      subnets: [{ id: `${NETWORK}/subnets/a`, properties: { provisioningState: 'Succeeded' } }],
    });
  });

  it.each([
    ['no address of its space', '192.168.0.0/24', 'NetcfgSubnetRangeOutsideVnet'],
    ['not on its own boundary', '10.0.0.7/24', 'InvalidCIDRNotation'],
  ])('refuses a subnet that has %s', async (_, addressPrefix, code) => {
    const rig = plain();
    await rig.group();
    const { status, body } = await rig.send('PUT', `${NETWORK}?${VERSION}`, {
      location: 'westeurope',
      properties: {
        addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
        subnets: [{ name: 'a', properties: { addressPrefix } }],
      },
    });
    expect([status, body['error'].code]).toEqual([400, code]);
  });

  it('takes further subnets, but none that overlaps another', async () => {
    const rig = await withNetwork();
    const put = (name: string, addressPrefix: string): Promise<Exchanged> =>
      rig.send('PUT', `${NETWORK}/subnets/${name}?${VERSION}`, { properties: { addressPrefix } });
    expect((await put('b', '10.0.1.0/24')).status).toBe(201);
    expect((await put('c', '10.0.1.128/25')).body['error'].code).toBe('NetcfgSubnetRangesOverlap');
  });

  it('is not deleted, nor its subnet, while an interface lives there', async () => {
    const rig = await withNetwork();
    await rig.settle(await interfaceNamed(rig, 'nic'));
    for (const path of [NETWORK, `${NETWORK}/subnets/machines`]) {
      const { status, body } = await rig.send('DELETE', `${path}?${VERSION}`);
      expect([status, body['error'].code]).toEqual([400, 'InUseSubnetCannotBeDeleted']);
    }
    await rig.settle(await rig.send('DELETE', `${NIC}/nic?${VERSION}`));
    const deleted = await rig.send('DELETE', `${NETWORK}?${VERSION}`);
    expect(deleted.status).toBe(202);
    await rig.settle(deleted);
    expect((await rig.send('GET', `${NETWORK}/subnets/machines?${VERSION}`)).status).toBe(404);
  });

  it('refuses fields that it does not simulate', async () => {
    const rig = plain();
    await rig.group();
    const { status, body } = await rig.send('PUT', `${NETWORK}?${VERSION}`, {
      location: 'westeurope',
      properties: { addressSpace: { addressPrefixes: ['10.0.0.0/16'] }, ddosProtectionPlan: { id: '/x' } },
    });
    expect([status, body['error'].code]).toEqual([400, 'InvalidRequestContent']);
  });
});

describe('a network interface', () => {
  it('gets the lowest free address behind the four that Azure keeps, and stays there when written again', async () => {
    const rig = await withNetwork();
    expect(addressOf(await interfaceNamed(rig, 'a'))).toBe('10.0.0.4');
    expect(addressOf(await interfaceNamed(rig, 'b'))).toBe('10.0.0.5');
    await rig.settle(await rig.send('DELETE', `${NIC}/a?${VERSION}`));
    expect(addressOf(await interfaceNamed(rig, 'b'))).toBe('10.0.0.5');
    expect(addressOf(await interfaceNamed(rig, 'c'))).toBe('10.0.0.4');
  });

  it('is refused where the subnet is full', async () => {
    const rig = await withNetwork('10.0.0.0/29');
    for (const name of ['a', 'b', 'c']) expect((await interfaceNamed(rig, name)).status).toBe(201);
    expect((await interfaceNamed(rig, 'd')).body['error'].code).toBe('SubnetIsFull');
  });

  it.each([
    ['taken', '10.0.0.4', 'PrivateIPAddressIsAllocated'],
    ['kept by Azure', '10.0.0.3', 'PrivateIPAddressInReservedRange'],
    ['of another subnet', '10.0.9.9', 'PrivateIPAddressNotInSubnet'],
  ])('is refused a static address that is %s', async (_, privateIPAddress, code) => {
    const rig = await withNetwork();
    await interfaceNamed(rig, 'a');
    const asked = { privateIPAllocationMethod: 'Static', privateIPAddress };
    expect((await interfaceNamed(rig, 'b', asked)).body['error'].code).toBe(code);
  });

  it('names what it refers to and is not there', async () => {
    const rig = await withNetwork();
    const gone = { subnet: { id: `${NETWORK}/subnets/none` } };
    expect((await interfaceNamed(rig, 'a', gone)).body['error'].code).toBe('InvalidResourceReference');
  });

  it('needs the right to join the subnet', async () => {
    const scope = `/subscriptions/${SUBSCRIPTION}`;
    const actions = ['*'];
    const notActions = ['Microsoft.Network/virtualNetworks/subnets/join/action'];
    const principals = [{ clientId: 'a', name: 'guest', assignments: [{ scope, actions, notActions }] }];
    const rig = await withNetwork('10.0.0.0/24', new Rig({ fleet: { ...emptyFleet(SUBSCRIPTION), principals } }));
    const { status, body } = await interfaceNamed(rig, 'a');
    expect([status, body['error'].code]).toEqual([403, 'LinkedAuthorizationFailed']);
  });

  it('tells its machine while that names it, and is not deleted meanwhile', async () => {
    const rig = await withNetwork();
    await rig.settle(await interfaceNamed(rig, 'a'));
    expect((await rig.send('GET', `${NIC}/a?${VERSION}`)).body['properties'].virtualMachine).toBeUndefined();
    const vm = `${GROUP}/providers/Microsoft.Compute/virtualMachines/vm`;
    const made = await rig.send('PUT', `${vm}?api-version=2024-07-01`, {
      location: 'westeurope',
      properties: {
        hardwareProfile: { vmSize: 'Standard_D2s_v5' },
        storageProfile: { imageReference: { publisher: 'Canonical', offer: 'u', sku: 's', version: 'latest' } },
        networkProfile: { networkInterfaces: [{ id: `${NIC}/a` }] },
      },
    });
    await rig.settle(made);
    const { body } = await rig.send('GET', `${NIC}/a?${VERSION}`);
    expect(body['properties']).toMatchObject({ virtualMachine: { id: vm }, primary: true });
    const refused = await rig.send('DELETE', `${NIC}/a?${VERSION}`);
    expect([refused.status, refused.body['error'].code]).toEqual([400, 'NicInUse']);
    await rig.settle(await rig.send('DELETE', `${vm}?api-version=2024-07-01`));
    expect((await rig.send('DELETE', `${NIC}/a?${VERSION}`)).status).toBe(202);
  });

  it('takes tags at once', async () => {
    const rig = await withNetwork();
    await rig.settle(await interfaceNamed(rig, 'a'));
    const patched = await rig.send('PATCH', `${NIC}/a?${VERSION}`, { tags: { team: 'data' } });
    expect([patched.status, patched.body['tags']]).toEqual([200, { team: 'data' }]);
  });
});

describe('a security group', () => {
  it('has the default rules beside its own, and is not deleted while something uses it', async () => {
    const rig = await withNetwork();
    const id = `${GROUP}/providers/Microsoft.Network/networkSecurityGroups/g`;
    const rule = { protocol: 'Tcp', access: 'Allow', priority: 100, direction: 'Inbound' };
    const made = await rig.send('PUT', `${id}?${VERSION}`, {
      location: 'westeurope',
      properties: { securityRules: [{ name: 'ssh', properties: rule }] },
    });
    await rig.settle(made);
    const subnet = { addressPrefix: '10.0.0.0/24', networkSecurityGroup: { id } };
    await rig.settle(await rig.send('PUT', `${NETWORK}/subnets/machines?${VERSION}`, { properties: subnet }));
    const { body } = await rig.send('GET', `${id}?${VERSION}`);
    expect(body['properties'].defaultSecurityRules).toHaveLength(6);
    expect(body['properties'].subnets).toEqual([{ id: `${NETWORK}/subnets/machines` }]);
    expect((await rig.send('DELETE', `${id}?${VERSION}`)).status).toBe(400);
  });
});

const FLEET = `
subscriptions:
  - { key: one, id: ${SUBSCRIPTION}, name: One }
defaults: { resourceGroup: rg-app, location: westeurope }
machines:
  - { name: web-1, os: linux, size: Standard_D2s_v5, osDisk: { sizeGiB: 64 } }
  - { name: web-2, os: linux, size: Standard_D2s_v5, osDisk: { sizeGiB: 64 } }
`;

describe('a fleet', () => {
  it('has the interfaces that its machines name, each with an address of the group’s network', async () => {
    const rig = new Rig({ fleet: fleetOf(FLEET) });
    const { body } = await rig.send('GET', `${GROUP}/providers/Microsoft.Network/networkInterfaces?${VERSION}`);
    const first = (one: Mutable): Mutable => one['properties'].ipConfigurations[0].properties;
    expect(body['value'].map((one: Mutable) => first(one)['privateIPAddress'])).toEqual(['10.0.0.4', '10.0.0.5']);
    const [network] = (await rig.send('GET', `${GROUP}/providers/Microsoft.Network/virtualNetworks?${VERSION}`)).body[
      'value'
    ];
    expect(network['properties'].subnets[0].properties.ipConfigurations).toHaveLength(2);
  });
});

function fleetOf(text: string): Fleet {
  const parsed = parseFleet(text, 'fleet.yaml', Date.UTC(2026, 10, 2));
  if (!('fleet' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.fleet;
}
