import { parentResourceNotFound, resourceNotFound } from '../envelope.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { collectionPaths, collectionScope, groupResourceId, isObject, text, wire } from './arm-resource.ts';
import { linkedToNetwork, linkedToSubnet } from './linked-permissions.ts';
import { isWithin, overlap, rangeOf, type AddressRange } from './network-addresses.ts';
import { configurationsIn } from './network-interface-addresses.ts';
import {
  NETWORK_OPERATION_ROUTES,
  NETWORK_TYPE,
  NETWORK_VERSIONS,
  SECURITY_GROUP_TYPE,
  SUBNET_TYPE,
  etagOf,
  missingReference,
  networkEtag,
  patchTags,
  removeNetworkResource,
  requireLocation,
  writeNetworkResource,
} from './network-operations.ts';
import { seedNetworks } from './network-seed.ts';

const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${NETWORK_TYPE}/{networkName}`;
const SUBNET_PATH = `${PATH}/subnets/{subnetName}`;

/** Virtual networks and their subnets. https://learn.microsoft.com/rest/api/virtualnetwork/virtual-networks */
export const virtualNetworks: Service = {
  provider: 'Microsoft.Network',
  seed: (world) => seedNetworks(world),
  graph: [{ type: NETWORK_TYPE, table: 'resources', row: (stored, world) => renderNetwork(world, stored) }],
  routes: [
    ...collectionPaths(NETWORK_TYPE).map((path) => route('GET', path, list)),
    route('GET', PATH, (call) => {
      const network = requireNetwork(call);
      return { status: 200, headers: etagOf(network), body: renderNetwork(call.world, network) };
    }),
    { ...route('PUT', PATH, putNetwork), request: 'VirtualNetwork', linked: linkedToNetwork },
    { ...route('PATCH', PATH, patchNetwork), request: 'NetworkTags' },
    route('DELETE', PATH, removeNetwork),
    route('GET', `${PATH}/subnets`, (call) => {
      const rows = subnetsOf(call.world, requireNetwork(call).id);
      return page(
        call,
        rows,
        (one) => one.id,
        (one) => shownSubnet(call, one),
      );
    }),
    route('GET', SUBNET_PATH, (call) => {
      const subnet = requireSubnet(call);
      return { status: 200, headers: etagOf(subnet), body: shownSubnet(call, subnet) };
    }),
    { ...route('PUT', SUBNET_PATH, putSubnet), request: 'Subnet', linked: linkedToSubnet },
    route('DELETE', SUBNET_PATH, removeSubnet),
    ...NETWORK_OPERATION_ROUTES,
  ],
};

function route(method: Route['method'], path: string, handle: (call: Call) => Answer): Route {
  return { method, path, apiVersions: NETWORK_VERSIONS, handle };
}

function list(call: Call): Answer {
  const { store, options } = call.world;
  const rows = store.listed(NETWORK_TYPE, options.listLagMs, collectionScope(call));
  return page(
    call,
    rows,
    (one) => one.id,
    (one) => renderNetwork(call.world, one),
  );
}

function networkId(call: Call): string {
  return groupResourceId(call, NETWORK_TYPE, call.params['networkName'] ?? '');
}

function requireNetwork(call: Call): Stored {
  const stored = call.world.store.get(networkId(call));
  if (stored === undefined) throw resourceNotFound(networkId(call));
  return stored;
}

/** A subnet that is missing in a network that is there is the provider's 404, not the gateway's. */
function requireSubnet(call: Call): Stored {
  const id = `${requireNetwork(call).id}/subnets/${call.params['subnetName'] ?? ''}`;
  const stored = call.world.store.get(id);
  if (stored === undefined) throw new AzureError(404, 'NotFound', `Resource ${id} not found.`);
  return stored;
}

/** A network that came without its subnets as resources of their own (in a bundle) tells them as it was recorded. */
export function subnetsOf(world: World, id: string): readonly Stored[] {
  return world.store.list(SUBNET_TYPE, id);
}

export function renderNetwork(world: World, network: Stored): Mutable {
  const body = wire(network);
  const subnets = subnetsOf(world, network.id).map((subnet) => renderSubnet(world, subnet));
  return { ...body, properties: { ...body['properties'], ...(subnets.length === 0 ? {} : { subnets }) } };
}

/** Asked for by itself, a subnet tells more than inside its network. */
function shownSubnet(call: Call, subnet: Stored): Mutable {
  const body = renderSubnet(call.world, subnet);
  if (call.apiVersion < '2024-01-01') return body;
  return { ...body, properties: { ...body['properties'], ipamPoolPrefixAllocations: [] } };
}

function renderSubnet(world: World, subnet: Stored): Mutable {
  const body = wire(subnet);
  const used = configurationsIn(world, subnet.id).map(({ id }) => ({ id }));
  return { ...body, properties: { ...body['properties'], ...(used.length === 0 ? {} : { ipConfigurations: used }) } };
}

function putNetwork(call: Call): Answer {
  const { store } = call.world;
  const before = store.get(networkId(call));
  const id = before?.id ?? networkId(call);
  const location = requireLocation(call, before);
  const sent: Mutable = call.body?.['properties'] ?? {};
  const prefixes = (sent['addressSpace']?.addressPrefixes ?? []) as readonly string[];
  const space = prefixes.map((prefix) => requireRange(prefix, String(call.params['networkName'])));
  if (space.length === 0)
    throw new AzureError(400, 'InvalidRequestFormat', 'A virtual network needs an address prefix.');
  // Subnets that a PUT does not speak of are kept; those that its list leaves out go.
  const wanted: readonly Mutable[] | undefined = sent['subnets'];
  const kept = subnetsOf(call.world, id);
  requireDistinct((wanted ?? kept.map((one) => one.body)).map((one) => requireSubnetRange(one, space)));
  const names = new Set((wanted ?? kept.map(({ body }) => body)).map((one) => String(one['name']).toLowerCase()));
  for (const one of kept) if (!names.has(String(one.body['name']).toLowerCase())) dropSubnet(call.world, one);
  const etag = networkEtag(call);
  for (const each of wanted ?? []) store.put(subnetOf(call, id, each, etag));
  const { addressSpace, enableDdosProtection, dhcpOptions, flowTimeoutInMinutes } = sent;
  const { stored, headers } = writeNetworkResource(
    call,
    {
      id,
      type: NETWORK_TYPE,
      body: {
        name: before?.body['name'] ?? call.params['networkName'],
        etag,
        location,
        ...(call.body?.['tags'] === undefined ? {} : { tags: call.body['tags'] }),
        properties: {
          provisioningState: 'Updating',
          resourceGuid: before?.body['properties']?.resourceGuid ?? call.world.random.uuid(),
          addressSpace,
          ...(dhcpOptions === undefined ? {} : { dhcpOptions }),
          ...(flowTimeoutInMinutes === undefined ? {} : { flowTimeoutInMinutes }),
          subnets: [],
          virtualNetworkPeerings: [],
          enableDdosProtection: enableDdosProtection ?? false,
        },
      },
    },
    location,
  );
  settleSubnets(call, id, headers);
  return { status: before === undefined ? 201 : 200, headers, body: renderNetwork(call.world, stored) };
}

/** Subnets settle with the network that brought them. */
function settleSubnets(call: Call, networkId: string, headers: Record<string, string>): void {
  const { clock, operations, store } = call.world;
  const operation = operations.get(/\/operations\/([^/?]+)/.exec(headers['Azure-AsyncOperation'] ?? '')?.[1] ?? '');
  if (operation === undefined) return;
  clock.at(operation.endsAt, () => {
    for (const { id } of store.list(SUBNET_TYPE, networkId))
      store.update(id, ({ body }) => {
        body['etag'] = store.get(networkId)?.body['etag'] ?? body['etag'];
        body['properties'].provisioningState = 'Succeeded';
      });
  });
}

function requireRange(prefix: unknown, name: string): AddressRange {
  const range = rangeOf(prefix);
  if (range !== undefined) return range;
  const message =
    `The address prefix '${String(prefix)}' in resource '${name}' has an invalid CIDR notation. For ` +
    'the given prefix length, the address prefix should start on its own boundary.';
  throw new AzureError(400, 'InvalidCIDRNotation', message);
}

interface NamedRange {
  readonly name: string;
  readonly range: AddressRange;
}

function requireSubnetRange(subnet: Mutable, space: readonly AddressRange[]): NamedRange {
  const name = String(subnet['name']);
  const prefix: unknown = subnet['properties']?.addressPrefix ?? subnet['properties']?.addressPrefixes?.[0];
  const range = requireRange(prefix, name);
  if (!space.some((each) => isWithin(range, each))) {
    const message =
      `Subnet '${name}' is not valid because its IP address range is outside the IP address range of ` +
      'its virtual network.';
    throw new AzureError(400, 'NetcfgSubnetRangeOutsideVnet', message);
  }
  return { name, range };
}

function requireDistinct(subnets: readonly NamedRange[]): void {
  for (const [index, one] of subnets.entries()) {
    const other = subnets.slice(0, index).find((each) => overlap(each.range, one.range));
    if (other === undefined) continue;
    const message =
      `Subnet '${one.name}' is not valid because its IP address range overlaps with that of an ` +
      `existing subnet '${other.name}'.`;
    throw new AzureError(400, 'NetcfgSubnetRangesOverlap', message);
  }
}

function subnetOf(
  call: Call,
  networkId: string,
  sent: Mutable,
  etag: string,
): { id: string; type: string; body: Mutable } {
  const name = String(sent['name']);
  const id = `${networkId}/subnets/${name}`;
  const { provisioningState: _, ipConfigurations: __, ...properties } = (sent['properties'] ?? {}) as Mutable;
  const group: unknown = properties['networkSecurityGroup']?.id;
  if (text(group) !== undefined && call.world.store.get(String(group))?.type !== SECURITY_GROUP_TYPE)
    throw missingReference(id, String(group));
  return {
    id,
    type: SUBNET_TYPE,
    body: {
      name,
      etag,
      properties: {
        provisioningState: 'Updating',
        delegations: [],
        privateEndpointNetworkPolicies: 'Disabled',
        privateLinkServiceNetworkPolicies: 'Enabled',
        ...properties,
      },
    },
  };
}

function patchNetwork(call: Call): Answer {
  const network = patchTags(call, requireNetwork(call));
  return { status: 200, headers: etagOf(network), body: renderNetwork(call.world, network) };
}

function removeNetwork(call: Call): Answer {
  const { store } = call.world;
  const network = store.get(networkId(call));
  const subnets = network === undefined ? [] : subnetsOf(call.world, network.id);
  for (const subnet of subnets) requireUnused(call.world, subnet);
  return removeNetworkResource(call, network, () => subnets.forEach(({ id }) => store.delete(id)));
}

function putSubnet(call: Call): Answer {
  const { store } = call.world;
  const network = store.get(networkId(call));
  if (network === undefined) throw parentResourceNotFound(SUBNET_TYPE, networkId(call));
  const prefixes: readonly unknown[] = network.body['properties']?.addressSpace?.addressPrefixes ?? [];
  const space = prefixes.flatMap((prefix) => rangeOf(prefix) ?? []);
  const name = String(call.params['subnetName']);
  const others = subnetsOf(call.world, network.id).filter(
    (one) => String(one.body['name']).toLowerCase() !== name.toLowerCase(),
  );
  const sent: Mutable = { ...(isObject(call.body) ? call.body : {}), name };
  requireDistinct([...others.map((one) => one.body), sent].map((one) => requireSubnetRange(one, space)));
  const before = store.get(`${network.id}/subnets/${name}`);
  const made = subnetOf(call, network.id, sent, networkEtag(call));
  const { stored, headers } = writeNetworkResource(call, made, String(network.body['location']));
  return { status: before === undefined ? 201 : 200, headers, body: shownSubnet(call, stored) };
}

function removeSubnet(call: Call): Answer {
  const network = call.world.store.get(networkId(call));
  const subnet = call.world.store.get(`${network?.id ?? ''}/subnets/${call.params['subnetName'] ?? ''}`);
  if (subnet !== undefined) requireUnused(call.world, subnet);
  return removeNetworkResource(call, subnet);
}

function dropSubnet(world: World, subnet: Stored): void {
  requireUnused(world, subnet);
  world.store.delete(subnet.id);
}

/** https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-subnet */
function requireUnused(world: World, subnet: Stored): void {
  const [user] = configurationsIn(world, subnet.id);
  if (user === undefined) return;
  const message =
    `Subnet ${String(subnet.body['name'])} is in use by ${user.id} and cannot be deleted. In order to ` +
    'delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.';
  throw new AzureError(400, 'InUseSubnetCannotBeDeleted', message);
}
