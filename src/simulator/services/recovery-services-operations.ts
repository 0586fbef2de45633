import { operationUrl, retryAfter } from '../operations.ts';
import { resourceNotFound } from '../envelope.ts';
import type { Answer, Call, Operation } from '../service.ts';
import { AzureError } from '../service.ts';
import { VAULT_TYPE, renderVault, vaultIdOf } from './recovery-services-vault.ts';

/** The number before the semicolon of a vault operation's base64 name tells its verb. */
const VERB_NUMBER = { put: 2047, patch: 4095, delete: 1023 } as const;
export type VaultVerb = keyof typeof VERB_NUMBER;

export const VAULT_WORK_MS = 10_000;

function nameOf(operation: Operation): string {
  return Buffer.from(`${VERB_NUMBER[operation.data['verb'] as VaultVerb]};${operation.id}`).toString('base64');
}

export function vaultOperationHeaders(call: Call, operation: Operation, withLocation: boolean): Record<string, string> {
  const name = nameOf(operation);
  return {
    'Azure-AsyncOperation': operationUrl(call, `${operation.scope}/operationStatus/${name}`),
    ...(withLocation ? { Location: operationUrl(call, `${operation.scope}/operationResults/${name}`) } : {}),
    ...retryAfter(call),
  };
}

function find(call: Call): Operation {
  const name = call.params['operationId'] ?? '';
  const id = Buffer.from(name, 'base64').toString().split(';')[1] ?? '';
  const operation = call.world.operations.get(id);
  const vaultId = vaultIdOf(call);
  // The status URL lies under the vault: once that is deleted, about every third poll ends in 404 instead of Succeeded.
  const gone =
    operation?.data['verb'] === 'delete' && operation.status === 'Succeeded' && operation.data['vanishes'] === true;
  if (operation === undefined || gone) {
    if (call.world.store.get(vaultId) === undefined) throw resourceNotFound(vaultId, VAULT_TYPE);
    throw new AzureError(404, 'OperationNotFound', `The operation '${name}' was not found.`);
  }
  return operation;
}

export function vaultOperationStatus(call: Call): Answer {
  const operation = find(call);
  const name = nameOf(operation);
  const running = operation.status === 'InProgress';
  return {
    status: 200,
    headers: running ? vaultOperationHeaders(call, operation, true) : {},
    body: {
      id: `${operation.scope}/operationStatus/${name}`,
      name,
      status: operation.status,
      ...(call.apiVersion < '2023-01-01' ? { percentComplete: 0 } : {}),
      ...(operation.error === undefined ? {} : { error: operation.error }),
    },
  };
}

export function vaultOperationResult(call: Call): Answer {
  const operation = find(call);
  if (operation.status === 'InProgress') return { status: 202, headers: vaultOperationHeaders(call, operation, true) };
  const vault = call.world.store.get(operation.scope);
  return vault === undefined || operation.data['verb'] === 'delete'
    ? { status: 204 }
    : { status: 200, body: renderVault(vault, call.apiVersion) };
}
