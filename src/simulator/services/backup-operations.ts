import { operationUrl, retryAfter } from '../operations.ts';
import type { Answer, Call, Mutable, Operation } from '../service.ts';
import { AzureError } from '../service.ts';
import { requireVault, azureTime } from './recovery-services-vault.ts';

/** In-progress operations and unstarted tasks carry .NET's zero moment, without a zone. */
export const NO_TIME = '0001-01-01T00:00:00';

/**
 * Headers of a 202. Operations on an item are polled under the item, deletions under the vault; the vault's own
 * `backupOperations` answers for all of them.
 */
export function acceptedHeaders(
  call: Call,
  operation: Operation,
  place: 'item' | 'vault',
  resourceId: string,
): Record<string, string> {
  const [status, result] =
    place === 'item' ? ['operationsStatus', 'operationResults'] : ['backupOperations', 'backupOperationResults'];
  return {
    'Azure-AsyncOperation': operationUrl(call, `${resourceId}/${status}/${operation.id}`),
    Location: operationUrl(call, `${resourceId}/${result}/${operation.id}`),
    ...retryAfter(call),
  };
}

/** @throws 404 for an operation that is unknown or belongs to another vault */
export function requireOperation(call: Call): Operation {
  const vault = requireVault(call);
  const id = call.params['operationId'] ?? '';
  const operation = call.world.operations.get(id);
  if (operation === undefined || String(operation.data['vaultId']).toLowerCase() !== vault.id.toLowerCase()) {
    throw new AzureError(404, 'BMSUserErrorOperationNotFound', `The operation '${id}' was not found.`);
  }
  return operation;
}

export function operationStatus(call: Call): Answer {
  const operation = requireOperation(call);
  const startTime = azureTime(operation.startedAt);
  const running = operation.status === 'InProgress';
  const jobId: unknown = operation.data['jobId'];
  const body: Mutable = {
    id: operation.id,
    name: operation.id,
    status: operation.status,
    startTime,
    // An ended operation repeats its start here: when the work ended is the job's to say.
    endTime: running ? NO_TIME : startTime,
    ...(running || jobId === undefined ? {} : { properties: { objectType: 'OperationStatusJobExtendedInfo', jobId } }),
    ...(operation.error === undefined ? {} : { error: operation.error }),
  };
  return { status: 200, headers: running ? retryAfter(call) : {}, body };
}

/** 202 while it runs; then what the service says the result is, or nothing. */
export function operationResult(
  call: Call,
  result: (operation: Operation) => Mutable | undefined = () => undefined,
): Answer {
  const operation = requireOperation(call);
  if (operation.status === 'InProgress') {
    return {
      status: 202,
      headers: { Location: call.world.origin() + call.url.pathname + call.url.search, ...retryAfter(call) },
    };
  }
  if (operation.error !== undefined) throw new AzureError(400, operation.error.code, operation.error.message);
  const body = result(operation);
  return body === undefined ? { status: 204 } : { status: 200, body };
}
