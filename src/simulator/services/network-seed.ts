import { guidFrom } from '../random.ts';
import type { Mutable, Stored, World } from '../service.ts';
import { addressText, rangeOf, usable } from './network-addresses.ts';
import { interfaceIds } from './network-interface-addresses.ts';
import { configurationBody, interfaceBody } from './network-interfaces.ts';
import { INTERFACE_TYPE, NETWORK_TYPE, SUBNET_TYPE } from './network-operations.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
const SUBNET = 'default';

/**
 * What machines of a fleet hang on: each interface that a machine names and the fleet does not bring, in the one
 * network of the machine's group and region. Recorded machines get none: what their bundle does not hold stays unknown.
 */
export function seedNetworks(world: World): void {
  for (const network of world.store.list(NETWORK_TYPE)) splitSubnets(world, network);
  const seeded = new Map<string, SeededNetwork>();
  for (const vm of world.store.list(VM_TYPE)) {
    if (vm.hidden['recorded'] === true) continue;
    for (const id of interfaceIds(vm)) {
      if (world.store.get(id) === undefined && world.store.get(groupOf(id)) !== undefined)
        seedInterface(world, vm, id, seeded);
    }
  }
}

export interface SeededNetwork {
  readonly subnetId: string;
  /** The next machine's address. */
  next: number;
}

function groupOf(id: string): string {
  return id.split('/').slice(0, 5).join('/');
}

/** A network that a fleet spells out tells its subnets in its own body: each is a resource of its own too. */
function splitSubnets(world: World, network: Stored): void {
  const inline: readonly Mutable[] = network.body['properties']?.subnets ?? [];
  for (const { name, id: _, type: __, ...body } of inline) {
    const id = `${network.id}/subnets/${String(name)}`;
    if (world.store.get(id) === undefined) world.store.put({ id, type: SUBNET_TYPE, body: { name, ...body } });
  }
}

function seedInterface(world: World, vm: Stored, id: string, seeded: Map<string, SeededNetwork>): void {
  const location = String(vm.body['location']);
  const key = `${groupOf(vm.id)}|${location}`.toLowerCase();
  const network = seeded.get(key) ?? seedNetwork(world, groupOf(vm.id), location, seeded.size);
  seeded.set(key, network);
  const name = id.split('/').at(-1) ?? '';
  const etag = `W/"${guidFrom(`${id}#etag`)}"`;
  const privateIPAddress = addressText(network.next);
  network.next += 1;
  const configuration = configurationBody(id, `ipconfig${String(vm.body['name'])}`, etag, {
    privateIPAddress,
    privateIPAllocationMethod: 'Dynamic',
    subnet: { id: network.subnetId },
    primary: true,
  });
  world.store.put({
    id,
    type: INTERFACE_TYPE,
    hidden: { made: true },
    body: interfaceBody({
      name,
      etag,
      location,
      tags: undefined,
      resourceGuid: guidFrom(id),
      properties: {},
      now: world.clock.now(),
      ipConfigurations: [configuration],
    }),
  });
}

/** The network of a group and region; `index` tells its second octet. */
export function seedNetwork(world: World, group: string, location: string, index: number): SeededNetwork {
  const taken = world.store.get(`${group}/providers/${NETWORK_TYPE}/vnet-${location}`) !== undefined;
  const name = `vnet-${location}${taken ? '-machines' : ''}`;
  const id = `${group}/providers/${NETWORK_TYPE}/${name}`;
  const subnetId = `${id}/subnets/${SUBNET}`;
  const prefix = `10.${index % 256}.0.0/16`;
  const etag = `W/"${guidFrom(`${id}#etag`)}"`;
  world.store.put({
    id,
    type: NETWORK_TYPE,
    body: {
      name,
      etag,
      location,
      properties: {
        provisioningState: 'Succeeded',
        resourceGuid: guidFrom(id),
        addressSpace: { addressPrefixes: [prefix] },
        subnets: [],
        virtualNetworkPeerings: [],
        enableDdosProtection: false,
      },
    },
  });
  world.store.put({
    id: subnetId,
    type: SUBNET_TYPE,
    body: {
      name: SUBNET,
      etag,
      properties: {
        provisioningState: 'Succeeded',
        addressPrefix: prefix,
        delegations: [],
        privateEndpointNetworkPolicies: 'Disabled',
        privateLinkServiceNetworkPolicies: 'Enabled',
      },
    },
  });
  return { subnetId, next: usable(rangeOf(prefix)!).first };
}
