import { apiVersions } from '../generated/api-versions.ts';
import { operationUrl, retryAfter } from '../operations.ts';
import type { Answer, Call, Operation, Route } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeTime } from './arm-resource.ts';
import { GALLERY_VERSIONS } from './gallery-rules.ts';

/** Compute's families of operation URLs: disks and snapshots have one of their own, and so have galleries. */
type Collection = 'DiskOperations' | 'operations' | 'capsOperations';

/**
 * How an accepted write is announced: disks and snapshots 202 with both URLs, virtual machine and image PUTs 200 or 201
 * with the status URL alone, actions and deletes 202 with both and no body.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 */
export function operationHeaders(
  call: Call,
  collection: Collection,
  location: string,
  operation: Operation,
  withLocation: boolean,
): Record<string, string> {
  const subscription = call.params['subscriptionId'] ?? '';
  const path = `/subscriptions/${subscription}/providers/Microsoft.Compute/locations/${location}/${collection}/${operation.id}`;
  const partition = { p: partitionOf(location) };
  return {
    'Azure-AsyncOperation': operationUrl(call, path, partition),
    ...(withLocation ? { Location: operationUrl(call, path, { ...partition, monitor: 'true' }) } : {}),
    ...retryAfter(call),
  };
}

/** A delete of a disk or snapshot has no `Retry-After` (recording snapshot-crud-retryafter). */
export function deleteHeaders(call: Call, location: string, operation: Operation): Record<string, string> {
  const { 'Retry-After': _pace, ...headers } = operationHeaders(call, 'DiskOperations', location, operation, true);
  return headers;
}

/** Poll routes. The status URL answers a status document, the `monitor=true` one the result itself. */
export const OPERATION_ROUTES: readonly Route[] = [
  operationRoute('DiskOperations', apiVersions.disks, 'disk-operation'),
  operationRoute('operations', apiVersions.compute, 'operation'),
  // Galleries' own limits are not told anywhere: Resource Manager's hold alone.
  operationRoute('capsOperations', GALLERY_VERSIONS),
];

function operationRoute(collection: Collection, versions: readonly string[], bucket?: string): Route {
  return {
    method: 'GET',
    path: `/subscriptions/{subscriptionId}/providers/Microsoft.Compute/locations/{location}/${collection}/{operationId}`,
    apiVersions: versions,
    // The URL is signed; whoever was given it may follow it.
    action: null,
    ...(bucket === undefined ? {} : { bucket }),
    handle: (call) => poll(call),
  };
}

function poll(call: Call): Answer {
  const id = call.params['operationId'] ?? '';
  const operation = call.world.operations.get(id);
  if (!operation) throw new AzureError(404, 'NotFound', `Operation ${id} is not found.`);
  const running = operation.status === 'InProgress';
  if (call.query.get('monitor') === 'true') {
    if (running) return { status: 202, headers: { Location: call.url.href, ...retryAfter(call) } };
    if (operation.error) throw new AzureError(409, operation.error.code, operation.error.message);
    return operation.result === undefined ? { status: 200 } : { status: 200, body: operation.result };
  }
  return {
    status: 200,
    headers: running ? retryAfter(call) : {},
    body: {
      startTime: computeTime(operation.startedAt),
      ...(operation.endedAt === undefined ? {} : { endTime: computeTime(operation.endedAt) }),
      status: operation.status,
      ...(operation.error ? { error: operation.error } : {}),
      ...(operation.data['showOutput'] === true && operation.result !== undefined
        ? { properties: { output: operation.result } }
        : {}),
      name: operation.id,
    },
  };
}

/** A partition id that is stable per location. */
function partitionOf(location: string): string {
  let number = 7;
  for (const letter of location.toLowerCase()) number = (number * 33 + (letter.codePointAt(0) ?? 0)) >>> 0;
  const hex = number.toString(16).padStart(8, '0');
  return `${hex}-51a7-4c00-8000-${hex}${hex.slice(0, 4)}`;
}
