import { resourceGroupBeingDeleted, resourceGroupNotFound } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { operationUrl, retryAfter } from '../operations.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { mergePatch, text } from './arm-resource.ts';
import { whyVaultStays } from './recovery-services.ts';
import { VAULT_TYPE } from './recovery-services-vault.ts';
import { firstOf, resourceFilter } from './resource-filter.ts';

export const RESOURCE_GROUP_TYPE = 'Microsoft.Resources/subscriptions/resourceGroups';
const PATH = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}';
const DELETE_MS = 60_000;

/** https://learn.microsoft.com/rest/api/resources/resource-groups */
export const resourceGroups: Service = {
  provider: 'Microsoft.Resources',
  graph: [{ type: RESOURCE_GROUP_TYPE, table: 'resourcecontainers' }],
  routes: [
    {
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/resourceGroups',
      apiVersions: apiVersions.resources,
      // Filtered instead of refused: a principal sees the groups it may read.
      action: null,
      handle: list,
    },
    {
      method: 'GET',
      path: PATH,
      apiVersions: apiVersions.resources,
      handle: (call) => ({ status: 200, body: groupBody(required(call)) }),
    },
    {
      method: 'HEAD',
      path: PATH,
      apiVersions: apiVersions.resources,
      handle: (call) => ({ status: call.world.store.get(call.path) ? 204 : 404 }),
    },
    { method: 'PUT', path: PATH, apiVersions: apiVersions.resources, request: 'ResourceGroup', handle: put },
    {
      method: 'PATCH',
      path: PATH,
      apiVersions: apiVersions.resources,
      request: 'ResourceGroupPatchable',
      handle: patch,
    },
    { method: 'DELETE', path: PATH, apiVersions: apiVersions.resources, handle: remove },
    {
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/operationresults/{operationId}',
      apiVersions: apiVersions.resources,
      action: null,
      handle: poll,
    },
  ],
};

function list(call: Call): Answer {
  const { store, options } = call.world;
  const scope = `/subscriptions/${call.params['subscriptionId'] ?? ''}`;
  const filter = resourceFilter(call.query.get('$filter'), 'groups');
  const groups = store
    .listed(RESOURCE_GROUP_TYPE, options.listLagMs, scope)
    .filter((group) => call.principal.can(`${RESOURCE_GROUP_TYPE}/read`, group.id) && filter.accepts(group));
  return page(call, firstOf(call, groups), (group) => group.id, groupBody);
}

function required(call: Call): Stored {
  const stored = call.world.store.get(call.path);
  if (!stored) throw resourceGroupNotFound(call.params['resourceGroupName'] ?? '');
  return stored;
}

function put(call: Call): Answer {
  const { store } = call.world;
  const before = store.get(call.path);
  const location = text(call.body?.['location']);
  if (location === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  if (before && before.body['location'] !== location) {
    const message =
      `Invalid resource group location '${location}'. The Resource group already exists in location ` +
      `'${String(before.body['location'])}'.`;
    throw new AzureError(409, 'InvalidResourceGroupLocation', message);
  }
  const name = call.params['resourceGroupName'] ?? '';
  if (before?.body['properties']?.provisioningState === 'Deleting') throw resourceGroupBeingDeleted(name);
  const stored = store.put({
    id: `/subscriptions/${call.params['subscriptionId'] ?? ''}/resourceGroups/${name}`,
    type: RESOURCE_GROUP_TYPE,
    body: {
      name: before?.body['name'] ?? name,
      location,
      ...(call.body?.['tags'] === undefined ? {} : { tags: call.body['tags'] }),
      properties: { provisioningState: 'Succeeded' },
    },
  });
  return { status: before ? 200 : 201, body: groupBody(stored) };
}

function patch(call: Call): Answer {
  required(call);
  const stored = call.world.store.update(call.path, (group) => {
    if (call.body?.['tags'] !== undefined)
      group.body = mergePatch({ ...group.body, tags: undefined }, { tags: call.body['tags'] });
  });
  return { status: 200, body: groupBody(stored) };
}

function remove(call: Call): Answer {
  const { operations } = call.world;
  const group = required(call);
  setState(call, group, 'Deleting');
  const operation = operations.start({
    kind: 'delete-resource-group',
    scope: group.id,
    durationMs: DELETE_MS,
    finish: () => deleteContents(call, group),
    fail: () => setState(call, group, 'Succeeded'),
  });
  const path = `/subscriptions/${call.params['subscriptionId'] ?? ''}/operationresults/${operation.id}`;
  return { status: 202, headers: { Location: operationUrl(call, path), ...retryAfter(call) } };
}

/** All that can go goes; a vault that holds items stays, and the group with it. */
function deleteContents(call: Call, group: Stored): void {
  const { store } = call.world;
  const under = (id: string, parent: string): boolean => `${id.toLowerCase()}/`.startsWith(`${parent.toLowerCase()}/`);
  const kept = store
    .list(VAULT_TYPE, group.id)
    .filter((vault) => under(vault.id, group.id) && whyVaultStays(call.world, vault) !== undefined);
  const stays = (id: string): boolean =>
    kept.some((vault) => under(id, vault.id)) || (kept.length > 0 && id === group.id);
  for (const inside of store.all()) if (under(inside.id, group.id) && !stays(inside.id)) store.delete(inside.id);
  if (kept.length === 0) return;
  const named = kept.map((vault) => `${vault.type}/${vault.id.split('/').at(-1) ?? ''}`).join(',');
  throw new AzureError(
    409,
    'ResourceGroupDeletionBlocked',
    `Deletion of resource group '${String(group.body['name'])}' failed as resources with identifiers '${named}' could not be deleted. The provisioning state of the resource group will be rolled back.`,
  );
}

function setState(call: Call, group: Stored, provisioningState: 'Deleting' | 'Succeeded'): void {
  call.world.store.update(group.id, (edited) => {
    edited.body['properties'] = { ...edited.body['properties'], provisioningState };
  });
}

function poll(call: Call): Answer {
  const operation = call.world.operations.get(call.params['operationId'] ?? '');
  if (!operation) throw new AzureError(404, 'NotFound', 'The operation is not found.');
  if (operation.status === 'InProgress')
    return { status: 202, headers: { Location: call.url.href, ...retryAfter(call) } };
  if (operation.error) throw new AzureError(409, operation.error.code, operation.error.message);
  return { status: 200 };
}

function groupBody(stored: Stored): Mutable {
  const { name, location, tags, properties } = stored.body;
  return {
    id: stored.id,
    name,
    type: 'Microsoft.Resources/resourceGroups',
    location,
    ...(tags === undefined ? {} : { tags }),
    properties,
  };
}
