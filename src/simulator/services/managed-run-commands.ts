import { resourceNotFound, typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Mutable, Route, Store, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeTime, groupResourceId, requireResource, wire } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { frozenOn, runScript, type ScriptEnd } from './guest-script.ts';
import { machineState } from './instance-view.ts';
import { actOf, type GuestAct } from './machine-guest.ts';
import { actOut, RUN_MS, SYSPREP_MS } from './run-command.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
const TYPE = `${VM_TYPE}/runCommands`;
const LIST_PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${VM_TYPE}/{vmName}/runCommands`;
const PATH = `${LIST_PATH}/{runCommandName}`;

/**
 * Run Command, managed: a script as a resource of the machine, whose state, output and exit code can be read afterwards.
 * Of what a script does, deprovisioning, shutting down and the lines of guest-script.ts are simulated; what runs longer than
 * `timeoutInSeconds` is ended by it.
 * https://learn.microsoft.com/azure/virtual-machines/linux/run-command-managed
 */
export const MANAGED_RUN_COMMAND_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: LIST_PATH,
    apiVersions: apiVersions.compute,
    bucket: 'vm-get',
    handle: (call) => ({
      status: 200,
      body: { value: call.world.store.list(TYPE, `${machine(call).id}/`).map(shown) },
    }),
  },
  { method: 'GET', path: PATH, apiVersions: apiVersions.compute, bucket: 'vm-get', handle: get },
  {
    method: 'PUT',
    path: PATH,
    apiVersions: apiVersions.compute,
    bucket: 'vm-update',
    request: 'VirtualMachineRunCommand',
    handle: put,
  },
  { method: 'DELETE', path: PATH, apiVersions: apiVersions.compute, bucket: 'vm-update', handle: remove },
];

export function deleteRunCommands(store: Store, vm: Stored): void {
  for (const { id } of store.list(TYPE, `${vm.id}/`)) store.delete(id);
}

function machine(call: Call): Stored {
  return requireResource(call, groupResourceId(call, VM_TYPE, call.params['vmName'] ?? ''), 'VM');
}

function idOf(call: Call): string {
  return `${machine(call).id}/runCommands/${call.params['runCommandName'] ?? ''}`;
}

/** The instance view only where it is asked for. */
function shown(command: Stored): Mutable {
  const body = wire(command);
  delete body['properties'].instanceView;
  return body;
}

function get(call: Call): Answer {
  const command = call.world.store.get(idOf(call));
  if (command === undefined) throw resourceNotFound(idOf(call));
  const full = call.query.get('$expand')?.toLowerCase() === 'instanceview';
  return { status: 200, body: full ? wire(command) : shown(command) };
}

/** The same words on the extension that Run Command is: [K]. */
function requireAgent(vm: Stored): void {
  const { power, agent } = machineState(vm);
  if (power !== 'running') {
    throw new AzureError(409, 'OperationNotAllowed', 'Cannot modify extensions in the VM when the VM is not running.');
  }
  if (agent !== 'ready') {
    const text = `VM '${typeAndName(vm.id).name}' has not reported status for VM agent or extensions.`;
    throw new AzureError(409, 'VMAgentStatusCommunicationError', text);
  }
}

/** 201 (new) or 200, with the status URL alone; the operation lasts as long as the script unless it runs asynchronously. */
function put(call: Call): Answer {
  const { store, operations } = call.world;
  const vm = machine(call);
  requireAgent(vm);
  const id = idOf(call);
  const sent = (call.body?.['properties'] ?? {}) as Mutable;
  const script: unknown = sent['source']?.script;
  if (typeof script !== 'string') {
    const text = 'A script that is not part of the request is not simulated: give source.script.';
    throw new AzureError(400, 'InvalidParameter', text, { target: 'properties.source' });
  }
  const isNew = store.get(id) === undefined;
  const { protectedParameters: _secret, runAsPassword: _password, ...properties } = sent;
  const accepted = store.put({
    id,
    type: TYPE,
    body: {
      name: typeAndName(id).name.split('/').at(-1),
      location: call.body?.['location'] ?? vm.body['location'],
      ...(call.body?.['tags'] === undefined ? {} : { tags: call.body['tags'] }),
      properties: {
        ...properties,
        provisioningState: isNew ? 'Creating' : 'Updating',
        instanceView: {
          executionState: 'Running',
          exitCode: 0,
          output: '',
          error: '',
          startTime: computeTime(call.world.clock.now()),
        },
      },
    },
  });
  const lines = script.split('\n');
  const act = actOf(lines, osTypeOf(vm));
  const ranMs = osTypeOf(vm) === 'Windows' && act.kind === 'deprovision' ? SYSPREP_MS : RUN_MS;
  const timeoutMs = typeof sent['timeoutInSeconds'] === 'number' ? sent['timeoutInSeconds'] * 1000 : Infinity;
  const budgetMs = Math.max(0, timeoutMs - ranMs);
  // Scripts run side by side: what another one froze shows when this one is over.
  const { sleptMs } = runScript(lines, [], budgetMs);
  const operation = operations.start({
    kind: 'vm-managed-run-command',
    scope: vm.id,
    durationMs: Math.min(ranMs + sleptMs, Math.max(timeoutMs, ranMs)),
    // A script that failed has told its own code.
    fail: () => {
      if (store.get(id)?.body['properties'].provisioningState !== 'Failed') settle(call, id, failedUntold, 'Failed');
    },
    finish: () => end(call, id, act, runScript(lines, frozenOn(store.get(vm.id) ?? vm), budgetMs), sleptMs > budgetMs),
  });
  return {
    status: isNew ? 201 : 200,
    headers: operationHeaders(call, 'operations', String(vm.body['location']), operation, false),
    body: shown(accepted),
  };
}

function osTypeOf(vm: Stored): 'Windows' | 'Linux' {
  return vm.body['properties']?.storageProfile?.osDisk?.osType === 'Windows' ? 'Windows' : 'Linux';
}

const failedUntold = { exitCode: -1, output: '', error: '' };

function end(call: Call, id: string, act: GuestAct, ended: ScriptEnd, timedOut: boolean): void {
  const { store } = call.world;
  const command = store.get(id);
  if (!command) return;
  const vm = machine(call);
  const exitCode = act.kind === 'asks' ? 1 : ended.exitCode;
  if (ended.frozen.length > 0 || frozenOn(vm).length > 0)
    store.update(vm.id, ({ hidden }) => (hidden['frozen'] = ended.frozen));
  const failed = timedOut || exitCode !== 0;
  if (!failed) actOut(call.world, vm.id, act);
  const deploymentFails = failed && command.body['properties'].treatFailureAsDeploymentFailure === true;
  settle(call, id, { ...ended, exitCode }, deploymentFails ? 'Failed' : 'Succeeded', timedOut);
  if (deploymentFails) {
    const what = timedOut ? 'the script did not end in time' : `the script exited with ${exitCode}`;
    const name = typeAndName(id).name.split('/').at(-1);
    const text = `VM has reported a failure when processing run command '${name}': ${what}.`;
    throw new AzureError(409, 'VMExtensionProvisioningError', text);
  }
}

function settle(
  { world: { store, clock } }: Call,
  id: string,
  { exitCode, output, error }: Pick<ScriptEnd, 'exitCode' | 'output' | 'error'>,
  provisioningState: string,
  timedOut = false,
): void {
  if (!store.get(id)) return;
  const messages = {
    Succeeded: 'RunCommand script execution completed',
    TimedOut: 'Command execution did not end within its timeout',
    Failed: `Command execution finished, but failed because it returned a non-zero exit code of: '${exitCode}'`,
  } as const;
  const executionState = timedOut ? 'TimedOut' : exitCode === 0 ? 'Succeeded' : 'Failed';
  store.update(id, ({ body }) => {
    body['properties'].provisioningState = provisioningState;
    Object.assign(body['properties'].instanceView, {
      executionState,
      executionMessage: messages[executionState],
      exitCode,
      output: output.slice(-MOST_OUTPUT),
      error: error.slice(-MOST_OUTPUT),
      endTime: computeTime(clock.now()),
    });
  });
}

/** "Last 4k output", says the overview. */
const MOST_OUTPUT = 4096;

function remove(call: Call): Answer {
  const { store, operations } = call.world;
  const vm = machine(call);
  const command = store.get(idOf(call));
  if (command === undefined) return { status: 204 };
  const operation = operations.start({
    kind: 'vm-managed-run-command-delete',
    scope: command.id,
    durationMs: RUN_MS,
    finish: () => void store.delete(command.id),
  });
  return { status: 202, headers: operationHeaders(call, 'operations', String(vm.body['location']), operation, true) };
}
