import { resourceNotFound } from '../envelope.ts';
import { page } from '../paging.ts';
import { guidFrom } from '../random.ts';
import type { Answer, Call, Mutable, Route, Service, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { collectionPaths, collectionScope, groupResourceId, text, wire } from './arm-resource.ts';
import { linkedToInterface } from './linked-permissions.ts';
import { allocate, attachmentOf, type Attachment } from './network-interface-addresses.ts';
import {
  INTERFACE_TYPE,
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

const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${INTERFACE_TYPE}/{interfaceName}`;

/** Network interfaces. https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces */
export const networkInterfaces: Service = {
  provider: 'Microsoft.Network',
  graph: [
    {
      type: INTERFACE_TYPE,
      table: 'resources',
      row: (nic, world) => renderInterface(nic, attachmentOf(world, nic.id), LATEST),
    },
  ],
  routes: [
    ...collectionPaths(INTERFACE_TYPE).map((path) => route('GET', path, list)),
    route('GET', PATH, (call) => answer(call, 200, requireInterface(call))),
    { ...route('PUT', PATH, put), request: 'NetworkInterface', linked: linkedToInterface },
    {
      ...route('PATCH', PATH, (call) => answer(call, 200, patchTags(call, requireInterface(call)))),
      request: 'NetworkTags',
    },
    route('DELETE', PATH, remove),
  ],
};

function route(method: Route['method'], path: string, handle: (call: Call) => Answer): Route {
  return { method, path, apiVersions: NETWORK_VERSIONS, handle };
}

function list(call: Call): Answer {
  const { store, options } = call.world;
  const rows = store.listed(INTERFACE_TYPE, options.listLagMs, collectionScope(call));
  return page(
    call,
    rows,
    (one) => one.id,
    (one) => shown(call, one),
  );
}

function answer(call: Call, status: number, nic: Stored, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { ...etagOf(nic), ...headers }, body: shown(call, nic) };
}

function interfaceId(call: Call): string {
  return groupResourceId(call, INTERFACE_TYPE, call.params['interfaceName'] ?? '');
}

function requireInterface(call: Call): Stored {
  const stored = call.world.store.get(interfaceId(call));
  if (stored === undefined) throw resourceNotFound(interfaceId(call));
  return stored;
}

const LATEST = '9999-12-31';
const NEWER = {
  disableTcpStateTracking: false,
  auxiliarySku: 'None',
  nicAuxiliarySkuBillingNotificationType: 'NoOp',
};

function shown(call: Call, nic: Stored): Mutable {
  return renderInterface(nic, attachmentOf(call.world, nic.id), call.apiVersion);
}

/** An interface that is attached tells its machine, whether it is the first one, and its hardware address. */
function renderInterface(nic: Stored, attachment: Attachment | undefined, apiVersion: string): Mutable {
  const body = wire(nic);
  if (nic.hidden['made'] !== true) return body;
  const properties: Mutable = { ...body['properties'], ...(apiVersion < '2022-11-01' ? {} : NEWER) };
  if (attachment !== undefined) {
    const guid = guidFrom(nic.id).replaceAll('-', '').toUpperCase();
    properties['macAddress'] = `00-0D-3A-${guid.slice(0, 2)}-${guid.slice(2, 4)}-${guid.slice(4, 6)}`;
    properties['primary'] = attachment.primary;
    properties['virtualMachine'] = { id: attachment.machineId };
  }
  return { ...body, properties };
}

function put(call: Call): Answer {
  const { world } = call;
  const before = world.store.get(interfaceId(call));
  const id = before?.id ?? interfaceId(call);
  const location = requireLocation(call, before);
  const sent: Mutable = call.body?.['properties'] ?? {};
  const group = text(sent['networkSecurityGroup']?.id);
  if (group !== undefined && world.store.get(group)?.type !== SECURITY_GROUP_TYPE) throw missingReference(id, group);
  const etag = networkEtag(call);
  const body = interfaceBody({
    name: String(before?.body['name'] ?? call.params['interfaceName']),
    etag,
    location,
    tags: call.body?.['tags'],
    resourceGuid: String(before?.body['properties']?.resourceGuid ?? world.random.uuid()),
    properties: sent,
    now: world.clock.now(),
    ipConfigurations: configurations(world, { id, location, sent, before, etag }),
  });
  const made = { id, type: INTERFACE_TYPE, body, hidden: { made: true } };
  const { stored, headers } = writeNetworkResource(call, made, location);
  return answer(call, before === undefined ? 201 : 200, stored, headers);
}

/** The body of an interface in the shape its GET answers; shared with those that a fleet's machines have. */
export function interfaceBody(parts: {
  readonly name: string;
  readonly etag: string;
  readonly location: string;
  readonly tags: Mutable | undefined;
  readonly resourceGuid: string;
  readonly properties: Mutable;
  readonly ipConfigurations: readonly Mutable[];
  readonly now: number;
}): Mutable {
  const isDecidedLater = parts.now >= Date.UTC(2024, 0, 1);
  const { name, etag, location, tags, resourceGuid, properties: sent, ipConfigurations } = parts;
  return {
    name,
    etag,
    ...(tags === undefined ? {} : { tags }),
    properties: {
      // Unlike a network, an interface is told as ready while its operation still runs [K].
      provisioningState: 'Succeeded',
      resourceGuid,
      ipConfigurations,
      dnsSettings: {
        dnsServers: sent['dnsSettings']?.dnsServers ?? [],
        appliedDnsServers: [],
        internalDomainNameSuffix: `${guidFrom(resourceGuid).replaceAll('-', '').slice(0, 26)}.ax.internal.cloudapp.net`,
      },
      // Since 2024 most regions leave it out until somebody decides (recordings backup-policy, vm-restore-point).
      ...(sent['enableAcceleratedNetworking'] === undefined && isDecidedLater
        ? {}
        : { enableAcceleratedNetworking: sent['enableAcceleratedNetworking'] ?? false }),
      vnetEncryptionSupported: false,
      enableIPForwarding: sent['enableIPForwarding'] ?? false,
      ...(sent['networkSecurityGroup'] === undefined ? {} : { networkSecurityGroup: sent['networkSecurityGroup'] }),
      hostedWorkloads: [],
      tapConfigurations: [],
      nicType: 'Standard',
      allowPort25Out: true,
      auxiliaryMode: 'None',
    },
    location,
    kind: 'Regular',
  };
}

interface Wanted {
  readonly id: string;
  readonly location: string;
  readonly sent: Mutable;
  readonly before: Stored | undefined;
  readonly etag: string;
}

function configurations(world: World, { id, location, sent, before, etag }: Wanted): readonly Mutable[] {
  const asked: readonly Mutable[] = sent['ipConfigurations'] ?? [];
  if (asked.length === 0) {
    const message = `Network interface ${id} must have at least one IP configuration.`;
    throw new AzureError(400, 'NetworkInterfaceMustHaveAtLeastOneIpConfiguration', message);
  }
  const had: readonly Mutable[] = before?.body['properties']?.ipConfigurations ?? [];
  const given = new Set<string>();
  return asked.map((one, index) => {
    const name = String(one['name']);
    const subnet = requireSubnet(world, id, location, text(one['properties']?.subnet?.id));
    const isStatic = /^static$/i.test(String(one['properties']?.privateIPAllocationMethod ?? 'Dynamic'));
    const previous: Mutable | undefined = had.find((each) => each['name'] === name)?.['properties'];
    const stays = String(previous?.['subnet']?.id).toLowerCase() === subnet.id.toLowerCase();
    const address = allocate(
      world,
      subnet,
      {
        configurationId: `${id}/ipConfigurations/${name}`,
        address: isStatic ? text(one['properties']?.privateIPAddress) : undefined,
        had: stays ? text(previous?.['privateIPAddress']) : undefined,
      },
      given,
    );
    given.add(address);
    const publicIPAddress: unknown = one['properties']?.publicIPAddress;
    return configurationBody(id, name, etag, {
      privateIPAddress: address,
      privateIPAllocationMethod: isStatic ? 'Static' : 'Dynamic',
      ...(publicIPAddress === undefined ? {} : { publicIPAddress }),
      subnet: { id: subnet.id },
      primary: one['properties']?.primary ?? index === 0,
    });
  });
}

export function configurationBody(interfaceId: string, name: string, etag: string, properties: Mutable): Mutable {
  return {
    name,
    id: `${interfaceId}/ipConfigurations/${name}`,
    etag,
    type: `${INTERFACE_TYPE}/ipConfigurations`,
    properties: { provisioningState: 'Succeeded', ...properties, privateIPAddressVersion: 'IPv4' },
  };
}

function requireSubnet(world: World, id: string, location: string, subnetId: string | undefined): Stored {
  if (subnetId === undefined) {
    const message = `Network interface ${id} has an IP configuration without a subnet.`;
    throw new AzureError(400, 'SubnetRequiredForIpConfiguration', message);
  }
  const subnet = world.store.get(subnetId);
  const network = world.store.get(subnetId.split('/').slice(0, 9).join('/'));
  if (subnet?.type !== SUBNET_TYPE || network?.type !== NETWORK_TYPE || network.body['location'] !== location)
    throw missingReference(id, subnetId);
  return subnet;
}

/** https://learn.microsoft.com/azure/virtual-network/virtual-network-network-interface#delete-a-network-interface */
function remove(call: Call): Answer {
  const nic = call.world.store.get(interfaceId(call));
  const user = nic === undefined ? undefined : attachmentOf(call.world, nic.id);
  if (nic !== undefined && user !== undefined) {
    const message =
      `Network Interface ${nic.id} is used by existing resource ${user.machineId}. In order to delete ` +
      'the network interface, it must be dissociated from the resource. To learn more, see aka.ms/deletenic.';
    throw new AzureError(400, 'NicInUse', message);
  }
  return removeNetworkResource(call, nic);
}
