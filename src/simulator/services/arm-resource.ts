import { resourceNotFound, typeAndName } from '../envelope.ts';
import { copyOfJson } from '../json-copy.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';

/** How long a provider remembers that it deleted something, and answers its own 404 instead of the gateway's. */
const REMEMBERED_MS = 10 * 60_000;

/**
 * A stored resource as Compute puts it on the wire: name, id, type, then the rest. Resources of a bundle go out as
 * recorded.
 */
export function wire(stored: Stored, id: string = stored.id): Mutable {
  const { name, ...rest } = copyOfJson(stored.body);
  return {
    name: name ?? typeAndName(stored.id).name.split('/').at(-1),
    id,
    ...(stored.hidden['untyped'] === true ? {} : { type: stored.type }),
    ...rest,
  };
}

/** The id of a resource in the group and of the name that the caller spelled. */
export function groupResourceId(call: Call, type: string, name: string): string {
  const { subscriptionId = '', resourceGroupName = '' } = call.params;
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/${type}/${name}`;
}

/**
 * The resource, or one of Azure's two 404s: the gateway's where it never was, the provider's ("Snapshot s is not
 * found.")
 * where it was deleted a moment ago.
 */
export function requireResource(call: Call, id: string, noun: string): Stored {
  const { store, clock } = call.world;
  const stored = store.get(id);
  if (stored) return stored;
  const deletedAt = store.deletedAt(id);
  if (deletedAt !== undefined && clock.now() - deletedAt < REMEMBERED_MS) throw providerNotFound(noun, id);
  throw resourceNotFound(id);
}

export function providerNotFound(noun: string, id: string): AzureError {
  return new AzureError(404, 'NotFound', `${noun} ${typeAndName(id).name} is not found.`);
}

/** A moment as Compute writes it: seven decimals and an offset, `2026-11-02T08:00:00.0000000+00:00`. */
export function computeTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$10000+00:00');
}

/** Same list scope for every collection: the subscription, or the group when the route has one. */
export function collectionScope(call: Call): string {
  const { subscriptionId = '', resourceGroupName } = call.params;
  return resourceGroupName === undefined
    ? `/subscriptions/${subscriptionId}`
    : `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`;
}

/** The two paths every Compute collection is listed at. */
export function collectionPaths(type: string): readonly string[] {
  return [
    `/subscriptions/{subscriptionId}/providers/${type}`,
    `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${type}`,
  ];
}

/** Merges a JSON merge patch's way: null removes, objects merge, all else replaces. */
export function mergePatch(target: Mutable, patch: Mutable): Mutable {
  const merged: Mutable = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (isObject(value) && isObject(merged[key])) merged[key] = mergePatch(merged[key], value);
    else merged[key] = value;
  }
  return merged;
}

export function isObject(value: unknown): value is Mutable {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** What a failed write leaves behind: the resource, marked so. */
export function markFailed(call: Call, id: string): void {
  if (!call.world.store.get(id)) return;
  call.world.store.update(id, (edited) => {
    edited.body['properties'].provisioningState = 'Failed';
  });
}
