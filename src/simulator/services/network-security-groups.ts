import { resourceNotFound } from '../envelope.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { collectionPaths, collectionScope, groupResourceId, wire } from './arm-resource.ts';
import {
  INTERFACE_TYPE,
  NETWORK_VERSIONS,
  SECURITY_GROUP_TYPE,
  SUBNET_TYPE,
  etagOf,
  networkEtag,
  patchTags,
  removeNetworkResource,
  requireLocation,
  writeNetworkResource,
} from './network-operations.ts';

const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${SECURITY_GROUP_TYPE}/{groupName}`;

/**
 * Security groups with the rules sent in their own body; no packet is ever held against them.
 * https://learn.microsoft.com/rest/api/virtualnetwork/network-security-groups
 */
export const networkSecurityGroups: Service = {
  provider: 'Microsoft.Network',
  graph: [{ type: SECURITY_GROUP_TYPE, table: 'resources' }],
  routes: [
    ...collectionPaths(SECURITY_GROUP_TYPE).map((path) => route('GET', path, list)),
    route('GET', PATH, (call) => answer(call, required(call))),
    { ...route('PUT', PATH, put), request: 'NetworkSecurityGroup' },
    { ...route('PATCH', PATH, (call) => answer(call, patchTags(call, required(call)))), request: 'NetworkTags' },
    route('DELETE', PATH, remove),
  ],
};

function route(method: Route['method'], path: string, handle: (call: Call) => Answer): Route {
  return { method, path, apiVersions: NETWORK_VERSIONS, handle };
}

function groupId(call: Call): string {
  return groupResourceId(call, SECURITY_GROUP_TYPE, call.params['groupName'] ?? '');
}

function required(call: Call): Stored {
  const stored = call.world.store.get(groupId(call));
  if (stored === undefined) throw resourceNotFound(groupId(call));
  return stored;
}

function list(call: Call): Answer {
  const { store, options } = call.world;
  const rows = store.listed(SECURITY_GROUP_TYPE, options.listLagMs, collectionScope(call));
  return page(
    call,
    rows,
    (one) => one.id,
    (one) => render(call, one),
  );
}

function answer(call: Call, group: Stored): Answer {
  return { status: 200, headers: etagOf(group), body: render(call, group) };
}

function render(call: Call, group: Stored): Mutable {
  const body = wire(group);
  const used = (type: string, name: string): Mutable => {
    const ids = usersOf(call, group, type).map(({ id }) => ({ id }));
    return ids.length === 0 ? {} : { [name]: ids };
  };
  const users = { ...used(INTERFACE_TYPE, 'networkInterfaces'), ...used(SUBNET_TYPE, 'subnets') };
  return { ...body, properties: { ...body['properties'], ...users } };
}

function usersOf(call: Call, group: Stored, type: string): readonly Stored[] {
  const id = group.id.toLowerCase();
  return call.world.store
    .list(type)
    .filter((one) => String(one.body['properties']?.networkSecurityGroup?.id).toLowerCase() === id);
}

function put(call: Call): Answer {
  const before = call.world.store.get(groupId(call));
  const id = before?.id ?? groupId(call);
  const location = requireLocation(call, before);
  const etag = networkEtag(call);
  const sent: readonly Mutable[] = call.body?.['properties']?.securityRules ?? [];
  const securityRules = sent.map((rule) => ({
    name: rule['name'],
    id: `${id}/securityRules/${String(rule['name'])}`,
    etag,
    type: `${SECURITY_GROUP_TYPE}/securityRules`,
    properties: { ...EMPTY_RULE, ...rule['properties'] },
  }));
  const body = {
    name: before?.body['name'] ?? call.params['groupName'],
    etag,
    location,
    ...(call.body?.['tags'] === undefined ? {} : { tags: call.body['tags'] }),
    properties: {
      provisioningState: 'Updating',
      resourceGuid: before?.body['properties']?.resourceGuid ?? call.world.random.uuid(),
      securityRules,
      defaultSecurityRules: defaultRules(id, etag),
    },
  };
  const { stored, headers } = writeNetworkResource(call, { id, type: SECURITY_GROUP_TYPE, body }, location);
  return { status: before === undefined ? 201 : 200, headers, body: render(call, stored) };
}

const EMPTY_RULE = {
  provisioningState: 'Succeeded',
  sourcePortRanges: [],
  destinationPortRanges: [],
  sourceAddressPrefixes: [],
  destinationAddressPrefixes: [],
};

/** https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#default-security-rules */
function defaultRules(groupId: string, etag: string): readonly Mutable[] {
  const [machines, any] = ['VirtualNetwork', '*'];
  const rules = [
    ['AllowVnetInBound', 'Inbound', 'Allow', 65000, machines, machines, 'from all VMs in VNET'],
    ['AllowAzureLoadBalancerInBound', 'Inbound', 'Allow', 65001, 'AzureLoadBalancer', any, 'from azure load balancer'],
    ['DenyAllInBound', 'Inbound', 'Deny', 65500, any, any, ''],
    ['AllowVnetOutBound', 'Outbound', 'Allow', 65000, machines, machines, 'from all VMs to all VMs in VNET'],
    ['AllowInternetOutBound', 'Outbound', 'Allow', 65001, any, 'Internet', 'from all VMs to Internet'],
    ['DenyAllOutBound', 'Outbound', 'Deny', 65500, any, any, ''],
  ] as const;
  return rules.map(([name, direction, access, priority, source, target, about]) => ({
    name,
    id: `${groupId}/defaultSecurityRules/${name}`,
    etag,
    type: `${SECURITY_GROUP_TYPE}/defaultSecurityRules`,
    properties: {
      ...EMPTY_RULE,
      description: `${access} ${about === '' ? 'all ' : ''}${direction.toLowerCase()} traffic ${about}`.trim(),
      protocol: '*',
      sourcePortRange: '*',
      destinationPortRange: '*',
      sourceAddressPrefix: source,
      destinationAddressPrefix: target,
      access,
      priority,
      direction,
    },
  }));
}

function remove(call: Call): Answer {
  const group = call.world.store.get(groupId(call));
  const user = group && [INTERFACE_TYPE, SUBNET_TYPE].flatMap((type) => usersOf(call, group, type))[0];
  if (group !== undefined && user !== undefined) {
    const message =
      `Network security group ${group.id} cannot be deleted because it is in use by the following ` +
      `resources: ${user.id}. In order to delete the Network security group, remove the association with the ` +
      'resource(s). To learn how to do this, see aka.ms/deletensg.';
    throw new AzureError(400, 'InUseNetworkSecurityGroupCannotBeDeleted', message);
  }
  return removeNetworkResource(call, group);
}
