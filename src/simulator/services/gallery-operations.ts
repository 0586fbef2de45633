import type { Answer, Call, Mutable } from '../service.ts';
import { AzureError } from '../service.ts';
import { markFailed, wire } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';

const WRITE_MS = 10_000;
const DELETE_MS = 15_000;

/** 201 (new) or 200 with the status URL alone; Creating or Updating until the operation ends. */
export function writeToGallery(
  call: Call,
  resource: {
    readonly id: string;
    readonly type: string;
    readonly body: Mutable;
    readonly properties: Mutable;
    readonly hidden?: Mutable;
    readonly durationMs?: number;
  },
): Answer {
  const { store, operations } = call.world;
  const { id, type, body, properties } = resource;
  const before = store.get(id);
  const hidden = resource.hidden ?? before?.hidden ?? {};
  const provisioningState = before ? 'Updating' : 'Creating';
  const accepted = store.put({ id, type, body: { ...body, properties: { ...properties, provisioningState } }, hidden });
  const operation = operations.start({
    kind: 'gallery-write',
    scope: id,
    durationMs: resource.durationMs ?? WRITE_MS,
    fail: () => markFailed(call, id),
    finish: () => {
      if (store.get(id)) store.update(id, (one) => (one.body['properties'].provisioningState = 'Succeeded'));
    },
  });
  return {
    status: before ? 200 : 201,
    headers: operationHeaders(call, 'capsOperations', String(body['location']), operation, false),
    body: wire(accepted),
  };
}

/**
 * What has children stays.
 * https://learn.microsoft.com/azure/virtual-machines/update-image-resources#delete-resources
 */
export function removeFromGallery(call: Call, id: string, childType?: string): Answer {
  const { store, operations } = call.world;
  const stored = store.get(id);
  if (!stored) return { status: 204 };
  if (childType !== undefined && store.list(childType, id).length > 0) {
    const text = 'Can not delete resource before nested resources are deleted.';
    throw new AzureError(409, 'CannotDeleteResource', text);
  }
  store.update(id, (one) => (one.body['properties'].provisioningState = 'Deleting'));
  const operation = operations.start({
    kind: 'gallery-delete',
    scope: id,
    durationMs: DELETE_MS,
    fail: () => markFailed(call, id),
    finish: () => void store.delete(id),
  });
  return {
    status: 202,
    headers: operationHeaders(call, 'capsOperations', String(stored.body['location']), operation, true),
  };
}
