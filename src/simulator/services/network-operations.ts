import { operationUrl, retryAfter } from '../operations.ts';
import type { Answer, Call, Mutable, Operation, Route, Stored } from '../service.ts';
import { AzureError } from '../service.ts';

export const NETWORK_TYPE = 'Microsoft.Network/virtualNetworks';
export const SUBNET_TYPE = `${NETWORK_TYPE}/subnets`;
export const INTERFACE_TYPE = 'Microsoft.Network/networkInterfaces';
export const SECURITY_GROUP_TYPE = 'Microsoft.Network/networkSecurityGroups';

/** Stable versions; names: https://github.com/Azure/azure-rest-api-specs, under specification/network. */
export const NETWORK_VERSIONS: readonly string[] =
  `2015-06-15 2017-10-01 2018-04-01 2018-11-01 2019-11-01 2020-05-01 2020-07-01 2020-11-01 2021-02-01 2021-03-01
  2021-05-01 2021-08-01 2022-01-01 2022-05-01 2022-07-01 2022-09-01 2022-11-01 2023-02-01 2023-04-01 2023-05-01 2023-06-01
  2023-09-01 2023-11-01 2024-01-01 2024-03-01 2024-05-01 2024-07-01 2024-10-01 2025-01-01 2025-03-01 2025-05-01`.split(
    /\s+/,
  );

/**
 * How an accepted write is announced: a PUT with the status URL alone, a DELETE with both (recordings asr-a2a-e2e and
 * vm-states). https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 */
export function networkHeaders(call: Call, location: string, operation: Operation): Record<string, string> {
  const path = (collection: string): string =>
    `/subscriptions/${call.params['subscriptionId'] ?? ''}/providers/Microsoft.Network/locations/${location}` +
    `/${collection}/${operation.id}`;
  return {
    'Azure-AsyncOperation': operationUrl(call, path('operations')),
    ...(call.method === 'DELETE' ? { Location: operationUrl(call, path('operationResults')) } : {}),
    ...retryAfter(call),
  };
}

/** An etag as Network writes it; it goes into the header too. */
export function networkEtag(call: Call): string {
  return `W/"${call.world.random.uuid()}"`;
}

export function etagOf(stored: Stored): Readonly<Record<string, string>> {
  const etag: unknown = stored.body['etag'];
  return typeof etag === 'string' ? { ETag: etag } : {};
}

/** Removes a resource when its operation ends: 202 with both URLs, 204 for what is not there. */
export function removeNetworkResource(
  call: Call,
  stored: Stored | undefined,
  alsoRemove: () => void = () => {},
): Answer {
  if (stored === undefined) return { status: 204 };
  const { world } = call;
  const operation = world.operations.start({
    kind: 'network-delete',
    scope: stored.id,
    durationMs: DELETE_MS,
    finish: () => {
      alsoRemove();
      world.store.delete(stored.id);
    },
  });
  return { status: 202, headers: networkHeaders(call, placeOf(call, stored), operation) };
}

/** A subnet has its network's place. */
function placeOf(call: Call, stored: Stored): string {
  const own: unknown = stored.body['location'];
  const parent = call.world.store.get(stored.id.split('/').slice(0, 9).join('/'));
  return String(own ?? parent?.body['location'] ?? 'global');
}

const WRITE_MS = 4000;
const DELETE_MS = 6000;

/** Stores what a PUT makes, as it is while the operation runs, and settles it at the operation's end. */
export function writeNetworkResource(
  call: Call,
  resource: { id: string; type: string; body: Mutable },
  location: string,
): { stored: Stored; headers: Record<string, string> } {
  const { store, operations } = call.world;
  const stored = store.put(resource);
  const settle = (state: string): void => {
    if (!store.get(resource.id)) return;
    store.update(resource.id, ({ body }) => {
      body['etag'] = networkEtag(call);
      body['properties'].provisioningState = state;
    });
  };
  const operation = operations.start({
    kind: 'network-write',
    scope: resource.id,
    durationMs: WRITE_MS,
    finish: () => settle('Succeeded'),
    fail: () => settle('Failed'),
  });
  return { stored, headers: networkHeaders(call, location, operation) };
}

export const NETWORK_OPERATION_ROUTES: readonly Route[] = [
  operationRoute('operations', (operation) => ({
    status: 200,
    body: {
      status: operation.status,
      ...(operation.error === undefined ? {} : { error: { ...operation.error, details: [] } }),
    },
  })),
  operationRoute('operationResults', (operation) => {
    if (operation.error !== undefined) throw new AzureError(400, operation.error.code, operation.error.message);
    return { status: operation.status === 'InProgress' ? 202 : 204 };
  }),
];

function operationRoute(collection: string, render: (operation: Operation) => Answer): Route {
  return {
    method: 'GET',
    path: `/subscriptions/{subscriptionId}/providers/Microsoft.Network/locations/{location}/${collection}/{operationId}`,
    apiVersions: NETWORK_VERSIONS,
    // The URL is signed; whoever was given it may follow it.
    action: null,
    handle: (call) => {
      const id = call.params['operationId'] ?? '';
      const operation = call.world.operations.get(id);
      if (operation === undefined || !operation.kind.startsWith('network-'))
        throw new AzureError(404, 'NotFound', `Operation ${id} is not found.`);
      const answer = render(operation);
      const running = operation.status === 'InProgress';
      const again = answer.status === 202 ? { Location: call.url.href } : {};
      return running ? { ...answer, headers: { ...retryAfter(call), ...again } } : answer;
    },
  };
}

/** https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-not-found */
export function missingReference(from: string, to: string): AzureError {
  const message =
    `Resource ${to} referenced by resource ${from} was not found. Please make sure that the referenced ` +
    'resource exists, and that both resources are in the same region.';
  return new AzureError(400, 'InvalidResourceReference', message);
}

/** Refuses another location than the resource has, and a missing one. */
export function requireLocation(call: Call, before: Stored | undefined): string {
  const sent: unknown = call.body?.['location'];
  if (typeof sent !== 'string')
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  const location = sent.toLowerCase().replaceAll(' ', '');
  const was = String(before?.body['location'] ?? location);
  if (was === location) return location;
  const message =
    `The resource '${String(before?.body['name'])}' already exists in location '${was}'. A resource ` +
    `with the same name cannot be created in location '${location}'. Please select a new resource name.`;
  throw new AzureError(409, 'InvalidResourceLocation', message);
}

/** PATCH of Network knows tags alone, and is done at once. */
export function patchTags(call: Call, stored: Stored): Stored {
  return call.world.store.update(stored.id, ({ body }) => {
    body['tags'] = call.body?.['tags'] ?? {};
    body['etag'] = networkEtag(call);
  });
}
