/** Where everything built for tests lives, and the ids that follow from it. */
import type { ResourceId } from '../../src/core/ids.ts';
import { keyOf, parseId } from '../../src/core/ids.ts';

/** The moment every built estate was read at. */
export const asOf = '2026-06-03T12:00:00Z';
export const subscriptionId = '11111111-1111-1111-1111-111111111111';
export const resourceGroup = 'rg-app';
export const location = 'westeurope';

/** An ARM id in the built estate: `anId('Microsoft.Compute/disks', 'web01-os')`. */
export const anId = (type: string, name: string, group = resourceGroup, subscription = subscriptionId): ResourceId =>
  `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`;

export const machineId = (name = 'web01'): ResourceId => anId('Microsoft.Compute/virtualMachines', name);
export const diskId = (name: string): ResourceId => anId('Microsoft.Compute/disks', name);

export const place = (id: ResourceId) => {
  const parsed = parseId(id);
  return {
    id,
    key: keyOf(id),
    name: parsed?.name ?? '',
    subscriptionId: (parsed?.subscriptionId ?? subscriptionId).toLowerCase(),
    resourceGroup: parsed?.resourceGroup ?? resourceGroup,
  };
};

/** Give `id` (or `name`) and key, name, subscription and group follow from it. */
export type Placed<T> = Partial<T> & { readonly id?: ResourceId; readonly name?: string };

export const placed = <T extends { readonly id: ResourceId }>(type: string, name: string, over: Placed<T>) =>
  place(over.id ?? anId(type, over.name ?? name));
