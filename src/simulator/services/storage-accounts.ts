import { resourceNotFound } from '../envelope.ts';
import { operationUrl, retryAfter } from '../operations.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Operation, Route, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { collectionPaths, collectionScope, groupResourceId, mergePatch, wire } from './arm-resource.ts';
import { blobServiceOf, putBlobService } from './storage-blob-service.ts';
import { newAccount, requireAccountName, requireKind, STORAGE_TYPE } from './storage-account-body.ts';

const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${STORAGE_TYPE}/{accountName}`;
const CREATE_MS = 17_000;

/** Stable versions; names: https://github.com/Azure/azure-rest-api-specs, under specification/storage. */
const STORAGE_VERSIONS: readonly string[] =
  `2015-06-15 2016-01-01 2016-12-01 2017-10-01 2018-07-01 2019-04-01 2019-06-01 2020-08-01-preview 2021-01-01 2021-02-01
  2021-04-01 2021-06-01 2021-08-01 2021-09-01 2022-05-01 2022-09-01 2023-01-01 2023-04-01 2023-05-01 2024-01-01
  2025-01-01 2025-06-01`.split(/\s+/);

/**
 * Storage accounts as resources, without what is in them.
 * https://learn.microsoft.com/rest/api/storagerp/storage-accounts
 */
export const storageAccounts: Service = {
  provider: 'Microsoft.Storage',
  graph: [{ type: STORAGE_TYPE, table: 'resources' }],
  routes: [
    ...collectionPaths(STORAGE_TYPE).map((path) => route('GET', path, list)),
    route('GET', PATH, (call) => ({ status: 200, body: wire(required(call)) })),
    { ...route('PUT', PATH, put), request: 'StorageAccount' },
    { ...route('PATCH', PATH, patch), request: 'StorageAccountUpdate' },
    route('DELETE', PATH, remove),
    route('GET', `${PATH}/blobServices/default`, (call) => ({ status: 200, body: blobServiceOf(required(call)) })),
    {
      ...route('PUT', `${PATH}/blobServices/default`, (call) => putBlobService(call, required(call))),
      request: 'BlobService',
    },
    {
      ...route('POST', '/subscriptions/{subscriptionId}/providers/Microsoft.Storage/checkNameAvailability', checkName),
      request: 'StorageAccountName',
      // https://learn.microsoft.com/azure/role-based-access-control/permissions/storage
      action: 'Microsoft.Storage/checkNameAvailability/read',
    },
    {
      ...route(
        'GET',
        '/subscriptions/{subscriptionId}/providers/Microsoft.Storage/locations/{location}/asyncoperations/{operationId}',
        poll,
      ),
      // The URL is signed; whoever was given it may follow it.
      action: null,
    },
  ],
};

function route(method: Route['method'], path: string, handle: (call: Call) => Answer): Route {
  return { method, path, apiVersions: STORAGE_VERSIONS, handle };
}

function list(call: Call): Answer {
  const { store, options } = call.world;
  const rows = store.listed(STORAGE_TYPE, options.listLagMs, collectionScope(call));
  return page(
    call,
    rows,
    (one) => one.id,
    (one) => wire(one),
  );
}

function accountId(call: Call): string {
  return groupResourceId(call, STORAGE_TYPE, call.params['accountName'] ?? '');
}

function required(call: Call): Stored {
  const stored = call.world.store.get(accountId(call));
  if (stored === undefined) throw resourceNotFound(accountId(call));
  return stored;
}

/** Names of accounts are one list for all of Azure. */
function holderOf(call: Call, name: string): Stored | undefined {
  return call.world.store.list(STORAGE_TYPE).find((one) => String(one.body['name']).toLowerCase() === name);
}

/** A new account is 202 with Location alone; one that is there is changed at once. */
function put(call: Call): Answer {
  const { world } = call;
  const name = call.params['accountName'] ?? '';
  const before = world.store.get(accountId(call));
  requireAccountName(name);
  const sent = call.body ?? {};
  if (typeof sent['location'] !== 'string')
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  requireKind(String(sent['kind']), String(sent['sku']?.name));
  if (before !== undefined) return change(call, before, sent);
  requireFreeName(call, name);
  const id = accountId(call);
  const made = newAccount(name, sent, { now: world.clock.now(), apiVersion: call.apiVersion });
  world.store.put({ id, type: STORAGE_TYPE, body: made });
  const settle = (state: string): void => {
    if (world.store.get(id)) world.store.update(id, ({ body }) => (body['properties'].provisioningState = state));
  };
  const operation = world.operations.start({
    kind: 'storage-create',
    scope: id,
    durationMs: CREATE_MS,
    fail: () => void world.store.delete(id),
    finish: () => {
      settle('Succeeded');
      return world.store.get(id) === undefined ? undefined : wire(world.store.get(id)!);
    },
  });
  return { status: 202, headers: { ...location(call, made['location'], operation), ...retryAfter(call) } };
}

function location(call: Call, place: string, operation: Operation): Record<string, string> {
  const path =
    `/subscriptions/${call.params['subscriptionId']}/providers/Microsoft.Storage/locations/${place}` +
    `/asyncoperations/${operation.id}`;
  return { Location: operationUrl(call, path, { monitor: 'true' }) };
}

function poll(call: Call): Answer {
  const id = call.params['operationId'] ?? '';
  const operation = call.world.operations.get(id);
  if (operation?.kind !== 'storage-create') throw new AzureError(404, 'NotFound', `Operation ${id} is not found.`);
  if (operation.status === 'InProgress')
    return { status: 202, headers: { Location: call.url.href, ...retryAfter(call) } };
  if (operation.error !== undefined) throw new AzureError(409, operation.error.code, operation.error.message);
  return { status: 200, body: operation.result };
}

function requireFreeName(call: Call, name: string): void {
  const holder = holderOf(call, name);
  if (holder === undefined) return;
  const mine = `/subscriptions/${call.params['subscriptionId']}/`.toLowerCase();
  if (holder.id.toLowerCase().startsWith(mine)) {
    const message = `The account ${name} is already in another resource group in this subscription.`;
    throw new AzureError(409, 'AccountAlreadyExists', message);
  }
  throw new AzureError(409, 'StorageAccountAlreadyTaken', `The storage account named ${name} is already taken.`);
}

function patch(call: Call): Answer {
  const before = required(call);
  return change(call, before, call.body ?? {});
}

function change(call: Call, before: Stored, sent: Mutable): Answer {
  const { name } = before.body;
  if (before.body['properties']?.provisioningState === 'Creating') {
    const message = `An operation is currently performing on this storage account that requires exclusive access.`;
    throw new AzureError(409, 'StorageAccountOperationInProgress', message);
  }
  const place = String(sent['location'] ?? before.body['location'])
    .toLowerCase()
    .replaceAll(' ', '');
  if (place !== before.body['location']) {
    const message =
      `The resource '${String(name)}' already exists in location '${before.body['location']}'. A ` +
      `resource with the same name cannot be created in location '${place}'. Please select a new resource name.`;
    throw new AzureError(409, 'InvalidResourceLocation', message);
  }
  const kind = String(sent['kind'] ?? before.body['kind']);
  requireKind(kind, String(sent['sku']?.name ?? before.body['sku']?.name));
  if (kind !== before.body['kind'] && !(before.body['kind'] !== 'BlockBlobStorage' && kind === 'StorageV2')) {
    const message = `The storage account property 'kind' cannot be changed from ${before.body['kind']} to ${kind}.`;
    throw new AzureError(409, 'StorageAccountKindCannotBeChanged', message);
  }
  const { id: _, name: __, type: ___, location: ____, tags, sku, ...rest } = sent;
  const changed = call.world.store.update(before.id, (stored) => {
    stored.body = mergePatch(stored.body, rest);
    if (tags !== undefined) stored.body['tags'] = tags;
    if (sku !== undefined) stored.body['sku'] = { name: sku.name, tier: String(sku.name).split('_')[0] };
  });
  return { status: 200, body: wire(changed) };
}

/** Gone at once, with whatever is in it. */
function remove(call: Call): Answer {
  return { status: call.world.store.delete(accountId(call)) ? 200 : 204 };
}

function checkName(call: Call): Answer {
  const { name, type } = (call.body ?? {}) as Mutable;
  if (String(type).toLowerCase() !== STORAGE_TYPE.toLowerCase())
    throw new AzureError(400, 'InvalidValuesForRequestParameters', 'Values for request parameters are invalid: type.');
  try {
    requireAccountName(String(name));
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    return { status: 200, body: { nameAvailable: false, reason: 'AccountNameInvalid', message: error.message } };
  }
  if (holderOf(call, String(name)) === undefined) return { status: 200, body: { nameAvailable: true } };
  const message = `The storage account named ${String(name)} is already taken.`;
  return { status: 200, body: { nameAvailable: false, reason: 'AlreadyExists', message } };
}
