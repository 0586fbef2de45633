import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Route, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { groupResourceId, requireResource } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { machineState, type PowerState } from './instance-view.ts';
import { disksOf } from './machine-disks.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${VM_TYPE}/{vmName}`;

interface Action {
  readonly name: string;
  readonly bucket: string;
  /** Shown while the operation runs, and after. */
  readonly via: PowerState;
  readonly to: PowerState;
  readonly durationMs: number;
}

/** https://learn.microsoft.com/azure/virtual-machines/states-billing */
const ACTIONS: readonly Action[] = [
  { name: 'start', bucket: 'vm-update', via: 'starting', to: 'running', durationMs: 30_000 },
  { name: 'restart', bucket: 'vm-update', via: 'running', to: 'running', durationMs: 20_000 },
  { name: 'redeploy', bucket: 'vm-update', via: 'running', to: 'running', durationMs: 90_000 },
  { name: 'powerOff', bucket: 'vm-update', via: 'stopping', to: 'stopped', durationMs: 30_000 },
  { name: 'deallocate', bucket: 'vm-delete', via: 'deallocating', to: 'deallocated', durationMs: 45_000 },
];

export const POWER_ROUTES: readonly Route[] = [
  ...ACTIONS.map((action): Route => ({
    method: 'POST',
    path: `${PATH}/${action.name}`,
    apiVersions: apiVersions.compute,
    bucket: action.bucket,
    handle: (call) => run(call, action),
  })),
  {
    method: 'POST',
    path: `${PATH}/generalize`,
    apiVersions: apiVersions.compute,
    bucket: 'vm-update',
    handle: generalize,
  },
];

function required(call: Call): Stored {
  return requireResource(call, groupResourceId(call, VM_TYPE, call.params['vmName'] ?? ''), 'VM');
}

function run(call: Call, action: Action): Answer {
  const { store, operations } = call.world;
  const vm = required(call);
  requireAllowed(vm, action);
  const set = (power: PowerState): void => {
    if (!store.get(vm.id)) return;
    store.update(vm.id, (edited) => {
      edited.hidden['power'] = power;
      edited.hidden['moved'] = true;
      if (power !== 'running') delete edited.hidden['frozen'];
    });
  };
  const was = machineState(vm).power;
  set(action.via);
  const operation = operations.start({
    kind: `vm-${action.name}`,
    scope: vm.id,
    durationMs: action.durationMs,
    fail: () => set(was ?? 'stopped'),
    finish: () => {
      set(action.to);
      for (const disk of disksOf(vm)) {
        const id = String(disk['managedDisk']?.id ?? '');
        if (!store.get(id)) continue;
        store.update(
          id,
          (edited) => (edited.body['properties'].diskState = action.to === 'deallocated' ? 'Reserved' : 'Attached'),
        );
      }
    },
  });
  return { status: 202, headers: operationHeaders(call, 'operations', String(vm.body['location']), operation, true) };
}

function requireAllowed(vm: Stored, action: Action): void {
  const state = machineState(vm);
  const { name } = typeAndName(vm.id);
  if (state.generalized && action.to === 'running') {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `Operation '${action.name}' is not allowed on VM '${name}' since the VM is generalized.`,
    );
  }
  if (action.name === 'restart' && state.power !== 'running') {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `Operation 'restart' is not allowed on VM '${name}' since the VM is not running.`,
    );
  }
  const ephemeral = disksOf(vm).some((disk) => disk['diffDiskSettings']?.option === 'Local');
  if (action.name === 'deallocate' && ephemeral) {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `Operation 'deallocate' is not supported for VM '${name}' with an ephemeral OS disk.`,
    );
  }
}

/** Marks a machine as generalized: 200 at once, and it can never start again. */
function generalize(call: Call): Answer {
  const vm = required(call);
  const { power } = machineState(vm);
  if (power !== 'stopped' && power !== 'deallocated') {
    const message =
      `The VM '${typeAndName(vm.id).name}' cannot be generalized because it is not powered off. ` +
      'Please power off the VM first.';
    throw new AzureError(409, 'OperationNotAllowed', message);
  }
  call.world.store.update(vm.id, (edited) => {
    edited.hidden['generalized'] = true;
    edited.hidden['moved'] = true;
  });
  return { status: 200 };
}
