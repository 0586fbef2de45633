import type { Mutable, Stored } from '../service.ts';
import { computeTime } from './arm-resource.ts';

export type PowerState = 'running' | 'starting' | 'stopped' | 'stopping' | 'deallocated' | 'deallocating';

/** How the store keeps what a machine's instance view tells; none of it is in the machine's body. */
export interface MachineState {
  readonly power: PowerState | undefined;
  readonly generalized: boolean;
  readonly agent: 'ready' | 'not-ready' | 'missing';
  readonly osName: string | undefined;
  readonly osVersion: string | undefined;
}

/** What the agent tells of the extensions it runs. */
export interface ExtensionViews {
  readonly handlers: readonly Mutable[];
  readonly extensions: readonly Mutable[];
}

export function machineState(vm: Stored): MachineState {
  const { hidden } = vm;
  return {
    power: hidden['power'],
    generalized: hidden['generalized'] === true,
    agent: hidden['agent'] ?? 'ready',
    osName: hidden['osName'],
    osVersion: hidden['osVersion'],
  };
}

/**
 * `told`: what the agent tells of them, where it was asked for.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view
 */
export function instanceView(vm: Stored, told: ExtensionViews = { handlers: [], extensions: [] }): Mutable {
  const recorded: unknown = vm.hidden['instanceView'];
  const state = machineState(vm);
  // A recorded view stands until an action of the simulator moves the machine.
  if (recorded !== undefined && vm.hidden['moved'] !== true) return structuredClone(recorded) as Mutable;
  const at = computeTime(vm.updatedAt);
  const profile: Mutable = vm.body['properties']?.storageProfile ?? {};
  const disks = [profile['osDisk'], ...(profile['dataDisks'] ?? [])].filter((disk) => disk?.name !== undefined);
  const provisioned = {
    code: 'ProvisioningState/succeeded',
    level: 'Info',
    displayStatus: 'Provisioning succeeded',
    time: at,
  };
  return {
    ...guestView(vm, state, at, told),
    disks: disks.map((disk) => ({ name: disk.name, statuses: [provisioned] })),
    ...(told.extensions.length === 0 || !isOn(state) || state.agent !== 'ready' ? {} : { extensions: told.extensions }),
    hyperVGeneration: vm.hidden['hyperVGeneration'] ?? 'V1',
    statuses: [
      ...(state.generalized ? [{ code: 'OSState/generalized', level: 'Info', displayStatus: 'VM generalized' }] : []),
      vm.body['properties']?.provisioningState === 'Failed'
        ? { code: 'ProvisioningState/failed', level: 'Error', displayStatus: 'Provisioning failed', time: at }
        : provisioned,
      ...(state.power === undefined
        ? []
        : [{ code: `PowerState/${state.power}`, level: 'Info', displayStatus: `VM ${state.power}` }]),
    ],
  };
}

function isOn({ power }: MachineState): boolean {
  return power !== undefined && power !== 'deallocated';
}

/** What the agent last told stays while the machine is merely off; deallocated, there is nobody to have told it. */
function guestView(vm: Stored, state: MachineState, at: string, { handlers }: ExtensionViews): Mutable {
  if (!isOn(state)) return {};
  const agentStatus = {
    ready: {
      code: 'ProvisioningState/succeeded',
      level: 'Info',
      displayStatus: 'Ready',
      message: 'Guest Agent is running',
      time: at,
    },
    'not-ready': {
      code: 'ProvisioningState/Unavailable',
      level: 'Warning',
      displayStatus: 'Not Ready',
      message: 'VM status blob is found but not yet populated.',
      time: at,
    },
    missing: {
      code: 'ProvisioningState/Unavailable',
      level: 'Warning',
      displayStatus: 'Not Ready',
      message: 'VM Agent is unresponsive.',
      time: at,
    },
  }[state.agent];
  const told = state.agent === 'ready';
  const tellsHandlers = handlers.length > 0 || vm.body['properties']?.storageProfile?.osDisk?.osType !== 'Windows';
  return {
    ...(told && vm.body['properties']?.osProfile?.computerName !== undefined
      ? { computerName: vm.body['properties'].osProfile.computerName }
      : {}),
    ...(told && state.osName !== undefined ? { osName: state.osName, osVersion: state.osVersion } : {}),
    vmAgent: {
      vmAgentVersion: told ? '2.13.1.1' : 'Unknown',
      statuses: [agentStatus],
      // A Windows agent without extensions does not mention them.
      ...(told && tellsHandlers ? { extensionHandlers: handlers } : {}),
    },
  };
}

/**
 * What Resource Graph shows of it: `properties.extended.instanceView`.
 * https://learn.microsoft.com/azure/governance/resource-graph/samples/starter
 */
export function extendedView(vm: Stored): Mutable | undefined {
  const view = instanceView(vm);
  const power = (view['statuses'] as readonly Mutable[] | undefined)?.find((status) =>
    String(status['code']).startsWith('PowerState/'),
  );
  if (!power) return undefined;
  return {
    instanceView: {
      ...(view['computerName'] === undefined ? {} : { computerName: view['computerName'] }),
      ...(view['osName'] === undefined ? {} : { osName: view['osName'], osVersion: view['osVersion'] }),
      hyperVGeneration: view['hyperVGeneration'],
      powerState: { code: power['code'], displayStatus: power['displayStatus'], level: power['level'] },
    },
  };
}
