import { apiVersions } from '../generated/api-versions.ts';
import { operationUrl } from '../operations.ts';
import { capitalSubscriptions } from '../casing.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Operation, Route, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { VAULT_PATH, VAULT_TYPE, azureTime, requireVault } from './recovery-services-vault.ts';

export const JOB_TYPE = `${VAULT_TYPE}/replicationJobs`;
export const FABRIC_TYPE = `${VAULT_TYPE}/replicationFabrics`;
export const CONTAINER_TYPE = `${FABRIC_TYPE}/replicationProtectionContainers`;
export const REPLICATED_TYPE = `${CONTAINER_TYPE}/replicationProtectedItems`;
export const MAPPING_TYPE = `${CONTAINER_TYPE}/replicationProtectionContainerMappings`;
export const POLICY_TYPE = `${VAULT_TYPE}/replicationPolicies`;
export const NETWORK_MAPPING_TYPE = `${FABRIC_TYPE}/replicationNetworks/replicationNetworkMappings`;

/** Site Recovery spells its ids `/Subscriptions/…`. */
export function replicationId(call: Call, tail: string): string {
  return capitalSubscriptions(`${requireVault(call).id}/${tail}`);
}

/** Of a path under the vault, what follows the vault, in the spelling of the route. */
export function tailOf(call: Call): string {
  return call.path.slice(requireVault(call).id.length + 1);
}

/** The simulator does not tell one request from another here. */
const NO_REQUEST = '00000000-0000-0000-0000-000000000000';

/** The provider's own 404. */
export function replicationNotFound(name: string): AzureError {
  const message = `Specified resource with name '${name}' does not exist.`;
  const detail = {
    code: 'ArmResourceDoesNotExist',
    message,
    possibleCauses: 'Ensure correct resource name was specified.',
    recommendedAction: 'Verify ARM resource name details.',
    clientRequestId: NO_REQUEST,
    activityId: NO_REQUEST,
  };
  return new AzureError(404, 'NotFound', message, { details: [detail] });
}

export function requireReplication(call: Call, tail: string): Stored {
  const stored = call.world.store.get(replicationId(call, tail));
  if (stored === undefined) throw replicationNotFound(tail.slice(tail.lastIndexOf('/') + 1));
  return stored;
}

export function renderReplication(stored: Stored): Mutable {
  return { id: stored.id, type: stored.type, ...stored.body };
}

/** Lists end with a `nextLink` that is null. */
export function replicationPage(call: Call, rows: readonly Stored[], render: (stored: Stored) => Mutable): Answer {
  const answer = page(call, rows, (row) => row.id, render);
  return { ...answer, body: { nextLink: null, ...(answer.body as Mutable) } };
}

export function replicationRoute(
  method: Route['method'],
  tail: string,
  handle: (call: Call) => Answer,
  request?: string,
): Route {
  return {
    method,
    path: `${VAULT_PATH}/${tail}`,
    apiVersions: apiVersions.siteRecovery,
    handle,
    ...(request === undefined ? {} : { request }),
  };
}

/** Every write is a 202 without a body: an operation, and a job of the same name. */
export function startReplication(
  call: Call,
  spec: { scenario: string; target: string; durationMs: number; finish: () => void },
): Answer {
  const { world } = call;
  const vault = requireVault(call);
  const operation = world.operations.start({
    kind: `replication-${spec.scenario}`,
    scope: vault.id,
    durationMs: spec.durationMs,
    data: { vaultId: vault.id },
    finish: () => {
      try {
        spec.finish();
        endJob('Succeeded');
      } catch (error) {
        if (error instanceof AzureError) endJob('Failed', error);
        throw error;
      }
    },
  });
  const jobId = capitalSubscriptions(`${vault.id}/replicationJobs/${operation.id}`);
  // On a fast clock a short operation is over before its job is written down.
  const ensureJob = (): void => {
    if (world.store.get(jobId) === undefined) putJob(call, jobId, operation, spec.scenario, spec.target);
  };
  const endJob = (state: string, error?: AzureError): void => {
    ensureJob();
    world.store.update(jobId, (job) => {
      Object.assign(job.body['properties'], {
        state,
        stateDescription: state === 'Succeeded' ? 'Completed' : state,
        endTime: azureTime(world.clock.now()),
        allowedActions: [],
        errors:
          error === undefined
            ? []
            : [{ serviceErrorDetails: { code: error.code, message: error.message }, errorLevel: 'Error' }],
      });
    });
  };
  ensureJob();
  // An action is polled under the resource it acts on; only the operation's own name follows.
  const resource = capitalSubscriptions(
    `${vault.id}/${tailOf(call).replace(/\/(remove|switchprotection|failoverCommit|unplannedFailover)$/i, '')}`,
  );
  const url = (path: string): string => operationUrl(call, capitalSubscriptions(path));
  return {
    status: 202,
    headers: {
      'Azure-AsyncOperation': url(`${vault.id}/replicationOperationStatus/${operation.id}`),
      Location: url(`${resource}/operationresults/${operation.id}`),
      'Retry-After': String(Math.max(1, call.world.options.retryAfterSeconds)),
    },
  };
}

function putJob(call: Call, id: string, operation: Operation, scenario: string, target: string): void {
  const { world } = call;
  world.store.put({
    id,
    type: JOB_TYPE,
    body: {
      name: operation.id,
      properties: {
        activityId: `${world.random.uuid()} ActivityId: ${world.random.uuid()}`,
        scenarioName: scenario,
        friendlyName: scenario,
        state: 'InProgress',
        stateDescription: 'InProgress',
        tasks: [],
        errors: [],
        startTime: azureTime(operation.startedAt),
        allowedActions: ['Cancel'],
        targetObjectId: world.random.uuid(),
        targetObjectName: target,
        targetInstanceType: 'ProtectionEntity',
        customDetails: { instanceType: 'AsrJobDetails', affectedObjectDetails: {} },
      },
    },
  });
}

function requireOperation(call: Call): Operation {
  const vault = requireVault(call);
  const operation = call.world.operations.get(call.params['operationId'] ?? '');
  if (operation === undefined || operation.data['vaultId'] !== vault.id)
    throw replicationNotFound(call.params['operationId'] ?? '');
  return operation;
}

export function replicationOperationStatus(call: Call): Answer {
  const operation = requireOperation(call);
  const running = operation.status === 'InProgress';
  return {
    status: 200,
    headers: running ? { 'Retry-After': String(Math.max(1, call.world.options.retryAfterSeconds)) } : {},
    body: {
      error: operation.error ?? null,
      id: null,
      name: operation.id,
      properties: null,
      status: operation.status,
      startTime: azureTime(operation.startedAt),
      endTime: running || operation.endedAt === undefined ? null : azureTime(operation.endedAt),
      percentComplete: null,
    },
  };
}

/** The Location of a write: 202 while it runs, then the resource, or nothing where it is gone. */
export function replicationResult(call: Call): Answer {
  const operation = requireOperation(call);
  if (operation.status === 'InProgress') {
    return {
      status: 202,
      headers: { Location: call.world.origin() + call.url.pathname + call.url.search, 'Retry-After': '1' },
    };
  }
  const stored = call.world.store.get(replicationId(call, tailOf(call).replace(/\/operationresults\/[^/]+$/i, '')));
  return stored === undefined ? { status: 204 } : { status: 200, body: renderReplication(stored) };
}
