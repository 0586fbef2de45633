import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { ITEM_TYPE } from './backup-names.ts';
import { createBuiltInPolicies } from './backup-policies.ts';
import { linkedToIdentities } from './linked-permissions.ts';
import { vaultConfigRoutes } from './recovery-services-config.ts';
import {
  VAULT_WORK_MS,
  vaultOperationHeaders,
  vaultOperationResult,
  vaultOperationStatus,
  type VaultVerb,
} from './recovery-services-operations.ts';
import {
  VAULT_PATH,
  VAULT_TYPE,
  checkVaultChange,
  checkVaultName,
  checkVaultRequest,
  checkVaultSettings,
  newVault,
  normalLocation,
  provisionVault,
  renderListedVault,
  renderVault,
  requireVault,
  settleVault,
  vaultEtag,
  vaultIdOf,
} from './recovery-services-vault.ts';

const REPLICATION_TYPES = ['replicationFabrics', 'replicationPolicies'].map((each) => `${VAULT_TYPE}/${each}`);
const MAX_VAULTS = 500;
/** Seen without its settings 1 and 2 seconds after its operation had ended, and with them after 3. */
const SETTLE_MS = 2500;
/** Versions recorded before these answer at once: a PUT of 2021-03-01, a DELETE of 2022-04-01. */
const LONG_RUNNING_SINCE = { put: '2022-01-01', delete: '2023-01-01' } as const;

/** Recovery Services vaults and the settings documents under them. */
export const recoveryServices: Service = {
  provider: 'Microsoft.RecoveryServices',
  routes: [
    { ...vaultRoute('PUT', VAULT_PATH, putVault, 'Vault'), linked: linkedToIdentities },
    vaultRoute('GET', VAULT_PATH, (call) => ({ status: 200, body: renderVault(requireVault(call), call.apiVersion) })),
    { ...vaultRoute('PATCH', VAULT_PATH, patchVault, 'PatchVault'), linked: linkedToIdentities },
    vaultRoute('DELETE', VAULT_PATH, deleteVault),
    vaultRoute('GET', '/subscriptions/{subscriptionId}/providers/Microsoft.RecoveryServices/vaults', listVaults),
    vaultRoute('GET', VAULT_PATH.replace('/{vaultName}', ''), listVaults),
    vaultRoute('GET', `${VAULT_PATH}/operationStatus/{operationId}`, vaultOperationStatus),
    vaultRoute('GET', `${VAULT_PATH}/operationResults/{operationId}`, vaultOperationResult),
    ...vaultConfigRoutes,
  ],
  seed: seedVaults,
  graph: [{ type: VAULT_TYPE, table: 'resources' }],
};

function vaultRoute(method: Route['method'], path: string, handle: (call: Call) => Answer, request?: string): Route {
  return { method, path, apiVersions: apiVersions.vaults, handle, ...(request === undefined ? {} : { request }) };
}

function putVault(call: Call): Answer {
  const { store, clock } = call.world;
  const request = call.body ?? {};
  checkVaultRequest(request);
  const existing = store.get(vaultIdOf(call));
  if (existing !== undefined) return updateByPut(call, existing, request);
  const name = call.params['vaultName'] ?? '';
  checkVaultName(name);
  if (store.list(VAULT_TYPE, `/subscriptions/${call.params['subscriptionId']}`).length >= MAX_VAULTS) {
    throw new AzureError(
      400,
      'ResourceQuotaExceeded',
      `A subscription can hold at most ${MAX_VAULTS} Recovery Services vaults.`,
    );
  }
  const vault = store.put({
    id: vaultIdOf(call),
    type: VAULT_TYPE,
    body: identify(call.world, newVault(name, request, clock.now())),
    hidden: { discoveredAt: clock.now() },
  });
  createBuiltInPolicies(call.world, vault);
  const settle = (): void => {
    if (store.get(vault.id)) store.update(vault.id, (stored) => settleVault(stored.body, clock.now()));
  };
  if (call.apiVersion < LONG_RUNNING_SINCE.put) {
    settle();
    return { status: 201, body: renderVault(store.get(vault.id) ?? vault, call.apiVersion) };
  }
  const operation = start(call, vault, 'put', () => {
    store.update(vault.id, (stored) => provisionVault(stored.body, clock.now()));
    // Settings that were sent are there when the operation ends, those that Azure chooses a moment later.
    if (request['properties']?.['securitySettings'] === undefined) clock.at(clock.now() + SETTLE_MS, settle);
    else settle();
  });
  return {
    status: 201,
    headers: vaultOperationHeaders(call, operation, false),
    body: renderVault(vault, call.apiVersion),
  };
}

function updateByPut(call: Call, vault: Stored, request: Mutable): Answer {
  const location = normalLocation(String(request['location']));
  if (location !== vault.body['location']) {
    const group = call.params['resourceGroupName'] ?? '';
    const where = `in location '${vault.body['location']}' in resource group '${group}'`;
    const why =
      `A resource with the same name cannot be created in location '${location}'. Please select a new ` +
      'resource name.';
    const text = `The resource '${vault.body['name']}' already exists ${where}. ${why}`;
    throw new AzureError(409, 'InvalidResourceLocation', text);
  }
  checkVaultChange(vault, request, hasItems(call.world, vault));
  const { clock, store } = call.world;
  const updating = store.update(vault.id, (stored) => {
    merge(stored.body, request);
    identify(call.world, stored.body);
    stored.body['properties']['provisioningState'] = 'Updating';
    stored.body['etag'] = vaultEtag(clock.now());
  });
  const operation = start(call, vault, 'put', () => {
    store.update(vault.id, (stored) => settleVault(stored.body, clock.now()));
  });
  return {
    status: 201,
    headers: vaultOperationHeaders(call, operation, false),
    body: renderVault(updating, call.apiVersion),
  };
}

function patchVault(call: Call): Answer {
  const vault = requireVault(call);
  const request = call.body ?? {};
  checkVaultSettings(request['properties'] ?? {});
  checkVaultChange(vault, request, hasItems(call.world, vault));
  const { clock, store } = call.world;
  const operation = start(call, vault, 'patch', () => {
    store.update(vault.id, (stored) => {
      merge(stored.body, request);
      identify(call.world, stored.body);
      settleVault(stored.body, clock.now());
    });
  });
  return { status: 202, headers: vaultOperationHeaders(call, operation, true) };
}

function deleteVault(call: Call): Answer {
  const { store } = call.world;
  const vault = store.get(vaultIdOf(call));
  if (vault === undefined) return { status: 204 };
  refuseWhenFull(call.world, vault);
  const remove = (): void => {
    for (const child of store.all()) if (isUnder(child.id, vault.id)) store.delete(child.id);
  };
  if (call.apiVersion < LONG_RUNNING_SINCE.delete) {
    remove();
    return { status: 200 };
  }
  const operation = start(call, vault, 'delete', remove);
  return { status: 202, headers: vaultOperationHeaders(call, operation, true) };
}

function refuseWhenFull(world: World, vault: Stored): void {
  const reason = whyVaultStays(world, vault);
  if (reason !== undefined) throw new AzureError(400, 'ServiceResourceNotEmptyWithBackendMessage', reason);
}

/**
 * Why a vault cannot be deleted, or `undefined`. Soft-deleted items count too.
 * https://learn.microsoft.com/azure/backup/backup-azure-delete-vault
 */
export function whyVaultStays(world: World, vault: Stored): string | undefined {
  const items = world.store.list(ITEM_TYPE, vault.id);
  const replication = REPLICATION_TYPES.flatMap((type) => world.store.list(type, vault.id));
  if (items.length + replication.length === 0) return undefined;
  const soft = items.some((item) => item.body['properties']?.['isScheduledForDeferredDelete'] === true);
  const reason = soft
    ? 'there are backup items in soft deleted state in the vault'
    : items.length > 0
      ? 'there are existing backup items in the vault'
      : 'there are existing replication items in the vault';
  const name: string = vault.body['name'];
  return `Recovery Services vault '${name}' cannot be deleted as ${reason}. Please delete them and try again.`;
}

function listVaults(call: Call): Answer {
  const { subscriptionId, resourceGroupName } = call.params;
  const scope = `/subscriptions/${subscriptionId}${resourceGroupName === undefined ? '' : `/resourceGroups/${resourceGroupName}`}`;
  const vaults = call.world.store.listed(VAULT_TYPE, call.world.options.listLagMs, scope);
  return page(
    call,
    vaults,
    (vault) => vault.id,
    (vault) => renderListedVault(vault, call.apiVersion),
  );
}

function start(call: Call, vault: Stored, verb: VaultVerb, finish: () => void) {
  const data: Mutable = { verb, vanishes: call.world.random.next() < 0.375 };
  return call.world.operations.start({
    kind: `vault-${verb}`,
    scope: vault.id,
    durationMs: VAULT_WORK_MS,
    finish,
    data,
  });
}

function hasItems(world: World, vault: Stored): boolean {
  return world.store.list(ITEM_TYPE, vault.id).length > 0;
}

function isUnder(id: string, scope: string): boolean {
  const [one, other] = [id.toLowerCase(), scope.toLowerCase()];
  return one === other || one.startsWith(`${other}/`);
}

const READ_ONLY = new Set([
  'provisioningState',
  'privateEndpointConnections',
  'secureScore',
  'bcdrSecurityLevel',
  'backupStorageVersion',
]);

/** A system-assigned identity is a principal of the tenant, the same one for as long as the vault keeps it. */
function identify(world: World, body: Mutable): Mutable {
  const identity: Mutable | undefined = body['identity'];
  if (identity === undefined) return body;
  // The Azure CLI sends it in lower case; every recorded answer spells it so.
  identity['type'] = String(identity['type'])
    .replace(/systemassigned/i, 'SystemAssigned')
    .replace(/userassigned/i, 'UserAssigned');
  if (!isSystemAssigned(identity)) return body;
  const tenantId: unknown = world.store.list('Microsoft.Resources/subscriptions')[0]?.hidden['tenantId'];
  body['identity'] = { tenantId, principalId: world.random.uuid(), ...identity };
  return body;
}

const isSystemAssigned = (identity: Mutable): boolean => /\bSystemAssigned\b/i.test(String(identity['type']));

/** Lays what was sent over what is there; objects are merged, everything else replaces. */
function merge(body: Mutable, request: Mutable): void {
  for (const key of ['tags', 'sku']) if (request[key] !== undefined) body[key] = request[key];
  if (request['identity'] !== undefined) {
    const { tenantId, principalId } = body['identity'] ?? {};
    const stays = principalId !== undefined && isSystemAssigned(request['identity']);
    body['identity'] = { ...request['identity'], ...(stays ? { tenantId, principalId } : {}) };
  }
  overlay(body['properties'], request['properties'] ?? {});
}

function overlay(target: Mutable, source: Mutable): void {
  for (const [key, value] of Object.entries(source)) {
    if (READ_ONLY.has(key) || value === undefined || value === null) continue;
    const isObject = typeof value === 'object' && !Array.isArray(value);
    if (isObject && typeof target[key] === 'object' && target[key] !== null) overlay(target[key], value);
    else target[key] = structuredClone(value);
  }
}

/** The kernel has stored what the fleet brings; a vault described in short gets the policies Azure would have made. */
function seedVaults(world: World): void {
  for (const vault of world.store.list(VAULT_TYPE)) {
    world.store.update(vault.id, (stored) => {
      stored.hidden['discoveredAt'] ??= world.clock.now();
    });
    if (vault.hidden['builtInPolicies'] === true) createBuiltInPolicies(world, vault);
  }
}
