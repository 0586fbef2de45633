import { resourceGroupOf, subscriptionOf, type Router } from './router.ts';
import type { Fleet, FleetPrincipal, Mutable, Store } from './service.ts';

/** A custom role as Azure's own JSON describes it, in either of its two spellings. */
export interface CustomRole {
  readonly name: string;
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

export const DEFAULT_TENANT = '7d3c5a10-9a3f-4c57-8a43-5f3b0c1d2e01';
export const DEFAULT_CLIENT = '3f0d8a52-6a0e-4b0e-9d43-2c1f7b6a9e11';

/**
 * What the default principal may do: read everything, take and remove snapshots, images and restore points, and
 * configure backup and replication, with the networks, interfaces and storage accounts that these need. It is not
 * Owner: it cannot delete vaults, machines or disks, set locks, or grant rights.
 * Composed from https://learn.microsoft.com/azure/role-based-access-control/built-in-roles (Reader, Disk Snapshot
 * Contributor, Backup Contributor, Site Recovery Contributor; of Network and Storage Account Contributor the writes).
 */
export const OPERATOR_ACTIONS: readonly string[] = [
  '*/read',
  'Microsoft.Resources/subscriptions/resourceGroups/write',
  'Microsoft.Resources/tags/write',
  'Microsoft.Compute/snapshots/*',
  'Microsoft.Compute/disks/beginGetAccess/action',
  'Microsoft.Compute/disks/endGetAccess/action',
  'Microsoft.Compute/disks/write',
  'Microsoft.Compute/images/*',
  'Microsoft.Compute/galleries/*',
  'Microsoft.Compute/restorePointCollections/*',
  'Microsoft.Compute/virtualMachines/write',
  'Microsoft.Compute/virtualMachines/start/action',
  'Microsoft.Compute/virtualMachines/powerOff/action',
  'Microsoft.Compute/virtualMachines/restart/action',
  'Microsoft.Compute/virtualMachines/deallocate/action',
  'Microsoft.Compute/virtualMachines/generalize/action',
  'Microsoft.Compute/virtualMachines/runCommand/action',
  'Microsoft.Compute/virtualMachines/runCommands/*',
  'Microsoft.RecoveryServices/*',
  'Microsoft.Network/networkInterfaces/join/action',
  'Microsoft.Network/networkInterfaces/write',
  'Microsoft.Network/networkInterfaces/delete',
  'Microsoft.Network/virtualNetworks/write',
  'Microsoft.Network/virtualNetworks/subnets/write',
  'Microsoft.Network/virtualNetworks/subnets/join/action',
  'Microsoft.Storage/storageAccounts/write',
  'Microsoft.Storage/storageAccounts/listKeys/action',
];

export const OPERATOR_NOT_ACTIONS: readonly string[] = ['Microsoft.RecoveryServices/Vaults/delete'];

/** One subscription, one group, nothing in it: what a test starts from. */
export function emptyFleet(subscriptionId = '5e1a7f04-0c7b-4d0e-9b0a-1f6f0d9b7a01'): Fleet {
  return {
    tenantId: DEFAULT_TENANT,
    subscriptions: [{ id: subscriptionId, name: 'Simulated' }],
    resources: [],
    principals: [operator([subscriptionId])],
  };
}

export function operator(subscriptionIds: readonly string[]): FleetPrincipal {
  return {
    clientId: DEFAULT_CLIENT,
    name: 'backup-operator',
    assignments: subscriptionIds.map((id) => ({
      scope: `/subscriptions/${id}`,
      actions: OPERATOR_ACTIONS,
      notActions: OPERATOR_NOT_ACTIONS,
    })),
  };
}

/** Somebody who may do everything, for tests that are not about permission. */
export function owner(subscriptionIds: readonly string[]): FleetPrincipal {
  return {
    clientId: DEFAULT_CLIENT,
    name: 'owner',
    assignments: subscriptionIds.map((id) => ({ scope: `/subscriptions/${id}`, actions: ['*'] })),
  };
}

/** The same fleet, every principal holding exactly this role where it held any. */
export function withRole(fleet: Fleet, role: CustomRole): Fleet {
  return {
    ...fleet,
    principals: fleet.principals.map((principal) => ({
      ...principal,
      assignments: principal.assignments.map(({ scope }) => ({
        scope,
        actions: role.actions,
        notActions: role.notActions,
      })),
    })),
  };
}

/** Puts a fleet's resources into the store, with the subscriptions and resource groups they imply. */
export function seedStore(store: Store, fleet: Fleet, router: Router): void {
  for (const subscription of fleet.subscriptions) {
    store.put({
      id: `/subscriptions/${subscription.id}`,
      type: 'Microsoft.Resources/subscriptions',
      body: { displayName: subscription.name, state: 'Enabled' },
      hidden: { tenantId: fleet.tenantId },
    });
  }
  for (const resource of fleet.resources) {
    const { id, type, hidden, ...body } = resource as Mutable & { id: string; type: string; hidden?: Mutable };
    impliedGroup(store, id, body['location']);
    store.put({ id, type: router.canonicalType(type), body, hidden: hidden ?? {} });
  }
}

function impliedGroup(store: Store, id: string, location: unknown): void {
  const subscription = subscriptionOf(id);
  const group = resourceGroupOf(id);
  if (subscription === undefined || group === undefined) return;
  const groupId = `/subscriptions/${subscription}/resourceGroups/${group}`;
  if (store.get(groupId)) return;
  const place = typeof location === 'string' ? location : 'westeurope';
  store.put({
    id: groupId,
    type: 'Microsoft.Resources/subscriptions/resourceGroups',
    body: { name: group, location: place, properties: { provisioningState: 'Succeeded' } },
  });
}
