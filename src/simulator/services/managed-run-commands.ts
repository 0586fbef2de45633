import { resourceNotFound, typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Mutable, Route, Store, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeTime, groupResourceId, requireResource, wire } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { machineState } from './instance-view.ts';
import { actOf, type GuestAct } from './machine-guest.ts';
import { actOut, RUN_MS, SYSPREP_MS } from './run-command.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
const TYPE = `${VM_TYPE}/runCommands`;
const LIST_PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${VM_TYPE}/{vmName}/runCommands`;
const PATH = `${LIST_PATH}/{runCommandName}`;

/**
 * Run Command, managed: a script as a resource of the machine, whose state, output and exit code can be read afterwards.
 * Of what a script does, deprovisioning, shutting down and `exit N` are simulated.
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
  const act = actOf(script.split('\n'), osTypeOf(vm));
  const operation = operations.start({
    kind: 'vm-managed-run-command',
    scope: vm.id,
    durationMs: osTypeOf(vm) === 'Windows' && act.kind === 'deprovision' ? SYSPREP_MS : RUN_MS,
    // A script that failed has told its own code.
    fail: () => {
      if (store.get(id)?.body['properties'].provisioningState !== 'Failed') settle(call, id, -1, 'Failed');
    },
    finish: () => end(call, vm, id, act, script),
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

function end(call: Call, vm: Stored, id: string, act: GuestAct, script: string): void {
  const command = call.world.store.get(id);
  if (!command) return;
  const exitCode = act.kind === 'asks' ? 1 : Number(/^\s*exit\s+(\d+)\s*$/m.exec(script)?.[1] ?? 0);
  if (exitCode === 0) actOut(call.world, vm.id, act);
  const deploymentFails = exitCode !== 0 && command.body['properties'].treatFailureAsDeploymentFailure === true;
  settle(call, id, exitCode, deploymentFails ? 'Failed' : 'Succeeded');
  if (deploymentFails) {
    throw new AzureError(
      409,
      'VMExtensionProvisioningError',
      `VM has reported a failure when processing run command '${typeAndName(id).name.split('/').at(-1)}': the script exited with ${exitCode}.`,
    );
  }
}

function settle({ world: { store, clock } }: Call, id: string, exitCode: number, provisioningState: string): void {
  if (!store.get(id)) return;
  store.update(id, ({ body }) => {
    body['properties'].provisioningState = provisioningState;
    Object.assign(body['properties'].instanceView, {
      executionState: exitCode === 0 ? 'Succeeded' : 'Failed',
      executionMessage:
        exitCode === 0
          ? 'RunCommand script execution completed'
          : `Command execution finished, but failed because it returned a non-zero exit code of: '${exitCode}'`,
      exitCode,
      endTime: computeTime(clock.now()),
    });
  });
}

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
