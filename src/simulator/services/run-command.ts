import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Mutable, Route, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { groupResourceId, requireResource } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { machineState } from './instance-view.ts';
import { actOf, setGuest, type GuestAct } from './machine-guest.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${VM_TYPE}/{vmName}`;
/** "The minimum time to run a script is about 20 seconds", says the page; Sysprep itself takes minutes. */
export const RUN_MS = 25_000;
export const SYSPREP_MS = 120_000;
/** From the end of a script that shuts the guest down to the platform seeing it off. */
const SHUT_DOWN_MS = 15_000;

/**
 * Run Command, the action: a script runs as root or System and its output comes back. What the script does to the
 * guest beyond deprovisioning and shutting down is not simulated.
 * https://learn.microsoft.com/azure/virtual-machines/linux/run-command
 * https://learn.microsoft.com/azure/virtual-machines/windows/run-command
 */
export const RUN_COMMAND_ROUTES: readonly Route[] = [
  {
    method: 'POST',
    path: `${PATH}/runCommand`,
    apiVersions: apiVersions.compute,
    bucket: 'vm-update',
    request: 'RunCommandInput',
    handle: runCommand,
  },
];

function runCommand(call: Call): Answer {
  const { store, operations } = call.world;
  const vm = requireResource(call, groupResourceId(call, VM_TYPE, call.params['vmName'] ?? ''), 'VM');
  const osType = vm.body['properties']?.storageProfile?.osDisk?.osType === 'Windows' ? 'Windows' : 'Linux';
  requireRunnable(call, vm, osType);
  const act = actOf((call.body?.['script'] ?? []) as readonly string[], osType);
  const mark = (running: boolean): void => {
    if (store.get(vm.id)) store.update(vm.id, ({ hidden }) => (hidden['runsCommand'] = running));
  };
  mark(true);
  const operation = operations.start({
    kind: 'vm-run-command',
    scope: vm.id,
    durationMs: osType === 'Windows' && act.kind === 'deprovision' ? SYSPREP_MS : RUN_MS,
    data: { showOutput: true },
    fail: () => mark(false),
    finish: () => {
      mark(false);
      actOut(call.world, vm.id, act);
      return outputOf(act, osType);
    },
  });
  return { status: 202, headers: operationHeaders(call, 'operations', String(vm.body['location']), operation, true) };
}

/** A command for the wrong system, a machine that is off or has no agent, and a second command at a time. */
function requireRunnable(call: Call, vm: Stored, osType: 'Windows' | 'Linux'): void {
  const commandId = String(call.body?.['commandId']);
  const wanted = osType === 'Windows' ? 'RunPowerShellScript' : 'RunShellScript';
  if (commandId.toLowerCase() !== wanted.toLowerCase()) {
    const text = `The command '${commandId}' is not simulated for a ${osType} machine: '${wanted}' is.`;
    throw new AzureError(400, 'InvalidParameter', text, { target: 'commandId' });
  }
  const { power, agent } = machineState(vm);
  if (power !== 'running') {
    const text = `Cannot modify extensions in the VM when the VM is not running.`;
    throw new AzureError(409, 'OperationNotAllowed', text);
  }
  if (agent !== 'ready') {
    const text = `VM '${typeAndName(vm.id).name}' has not reported status for VM agent or extensions.`;
    throw new AzureError(409, 'VMAgentStatusCommunicationError', text);
  }
  if (vm.hidden['runsCommand'] === true) {
    const text =
      'Run command extension execution is in progress. Please wait for completion before invoking a run command.';
    throw new AzureError(409, 'Conflict', text);
  }
}

export function actOut(world: World, vmId: string, act: GuestAct): void {
  const vm = world.store.get(vmId);
  if (!vm) return;
  if (act.kind === 'deprovision') setGuest(world.store, vm, true);
  const shutsDown = act.kind === 'shut-down' || (act.kind === 'deprovision' && act.shutsDown);
  if (!shutsDown) return;
  world.clock.at(world.clock.now() + SHUT_DOWN_MS, () => {
    const now = world.store.get(vmId);
    if (!now || machineState(now).power !== 'running') return;
    world.store.update(vmId, ({ hidden }) => {
      hidden['power'] = 'stopped';
      hidden['moved'] = true;
    });
  });
}

/** Windows tells two streams apart; Linux tells both in one message. */
function outputOf(act: GuestAct, osType: 'Windows' | 'Linux'): Mutable {
  const said: Readonly<Record<GuestAct['kind'], string>> = {
    none: '',
    'shut-down': '',
    asks: 'WARNING! The waagent service will be stopped.\nDo you want to proceed (y/n)',
    deprovision:
      osType === 'Windows'
        ? ''
        : 'WARNING! The waagent service will be stopped.\nWARNING! Cached DHCP leases will be deleted.\n' +
          'WARNING! root password will be disabled. You will not be able to login as root.',
  };
  const status = (code: string, message: string): Mutable => ({
    code,
    level: 'Info',
    displayStatus: 'Provisioning succeeded',
    message,
  });
  if (osType === 'Linux') {
    const message = `Enable succeeded: \n[stdout]\n${said[act.kind]}\n[stderr]\n`;
    return { value: [status('ProvisioningState/succeeded', message)] };
  }
  return {
    value: [status('ComponentStatus/StdOut/succeeded', said[act.kind]), status('ComponentStatus/StdErr/succeeded', '')],
  };
}
