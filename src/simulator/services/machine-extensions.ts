import { resourceNotFound, typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Mutable, Route, Store, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { groupResourceId, mergePatch, requireResource, wire } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import type { ExtensionViews } from './instance-view.ts';
import { machineState } from './instance-view.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
export const EXTENSION_TYPE = `${VM_TYPE}/extensions`;
const LIST_PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${VM_TYPE}/{vmName}/extensions`;
const PATH = `${LIST_PATH}/{extensionName}`;
const WRITE_MS = 30_000;

/**
 * Extensions: what a machine's agent installs. https://learn.microsoft.com/rest/api/compute/virtual-machine-extensions
 */
export const EXTENSION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: LIST_PATH,
    apiVersions: apiVersions.compute,
    bucket: 'vm-get',
    handle: (call) => ({ status: 200, body: { value: extensionsOf(call.world.store, machine(call)) } }),
  },
  { method: 'GET', path: PATH, apiVersions: apiVersions.compute, bucket: 'vm-get', handle: get },
  {
    method: 'PUT',
    path: PATH,
    apiVersions: apiVersions.compute,
    bucket: 'vm-update',
    request: 'VirtualMachineExtension',
    handle: (call) => write(call, call.body ?? {}),
  },
  {
    method: 'PATCH',
    path: PATH,
    apiVersions: apiVersions.compute,
    bucket: 'vm-update',
    request: 'VirtualMachineExtensionUpdate',
    handle: (call) => write(call, mergePatch(required(call).body, call.body ?? {})),
  },
  { method: 'DELETE', path: PATH, apiVersions: apiVersions.compute, bucket: 'vm-update', handle: remove },
];

/** A machine's `resources`, as its own GET has them: as a fleet brought them, until one is written. */
export function extensionsOf(store: Store, vm: Stored): readonly Mutable[] {
  const brought: readonly Mutable[] | undefined = vm.body['resources'];
  return structuredClone(brought) ?? store.list(EXTENSION_TYPE, `${vm.id}/`).map((each) => wire(each));
}

/** A machine answers with its extensions in it; Resource Graph has them as rows of their own. */
export function seedExtensions(store: Store, vm: Stored): void {
  for (const { id, type: _, ...body } of (vm.body['resources'] ?? []) as readonly Mutable[])
    if (typeof id === 'string') store.put({ id, type: EXTENSION_TYPE, body: structuredClone(body) });
}

export function deleteExtensions(store: Store, vm: Stored): void {
  for (const { id } of store.list(EXTENSION_TYPE, `${vm.id}/`)) store.delete(id);
}

function machine(call: Call): Stored {
  return requireResource(call, groupResourceId(call, VM_TYPE, call.params['vmName'] ?? ''), 'VM');
}

function idOf(call: Call): string {
  return `${machine(call).id}/extensions/${call.params['extensionName'] ?? ''}`;
}

function required(call: Call): Stored {
  const id = idOf(call);
  const extension = call.world.store.get(id);
  if (extension === undefined) throw resourceNotFound(id);
  return extension;
}

function get(call: Call): Answer {
  const extension = required(call);
  const shown = wire(extension);
  if (call.query.get('$expand')?.toLowerCase() === 'instanceview')
    shown['properties'].instanceView = extensionViews([shown]).extensions[0];
  return { status: 200, body: shown };
}

/** Only a running agent installs anything; the words are those users have met, the agent's half of them is [K]. */
function requireAgent(vm: Stored): void {
  const { power, agent } = machineState(vm);
  if (power === 'running' && agent !== 'missing') return;
  const why = power === 'running' ? 'the VM agent is not running' : 'the VM is not running';
  throw new AzureError(409, 'OperationNotAllowed', `Cannot modify extensions in the VM when ${why}.`);
}

/** 201 (new) or 200 with the status URL alone; what is protected in the settings never comes back. */
function write(call: Call, sent: Mutable): Answer {
  const { store, operations } = call.world;
  const vm = machine(call);
  requireAgent(vm);
  const id = idOf(call);
  const before = store.get(id);
  const { protectedSettings: _secret, instanceView: _view, ...properties } = (sent['properties'] ?? {}) as Mutable;
  const isNew = before === undefined;
  const accepted = store.put({
    id,
    type: EXTENSION_TYPE,
    body: {
      name: typeAndName(id).name.split('/').at(-1),
      location: sent['location'] ?? vm.body['location'],
      ...(sent['tags'] === undefined ? {} : { tags: sent['tags'] }),
      properties: {
        autoUpgradeMinorVersion: false,
        ...properties,
        provisioningState: isNew ? 'Creating' : 'Updating',
      },
    },
  });
  touch(store, vm);
  const settle = (state: string): void => {
    if (store.get(id)) store.update(id, ({ body }) => (body['properties'].provisioningState = state));
  };
  const operation = operations.start({
    kind: 'vm-extension-write',
    scope: id,
    durationMs: WRITE_MS,
    fail: () => settle('Failed'),
    finish: () => settle('Succeeded'),
  });
  return {
    status: isNew ? 201 : 200,
    headers: operationHeaders(call, 'operations', String(vm.body['location']), operation, false),
    body: wire(accepted),
  };
}

function remove(call: Call): Answer {
  const { store, operations } = call.world;
  const vm = machine(call);
  const extension = store.get(idOf(call));
  if (extension === undefined) return { status: 204 };
  requireAgent(vm);
  touch(store, vm);
  const operation = operations.start({
    kind: 'vm-extension-delete',
    scope: extension.id,
    durationMs: WRITE_MS,
    finish: () => void store.delete(extension.id),
  });
  return { status: 202, headers: operationHeaders(call, 'operations', String(vm.body['location']), operation, true) };
}

/** From now on the rows tell, not what a fleet brought; a recorded instance view is out of date too. */
function touch(store: Store, vm: Stored): void {
  store.update(vm.id, ({ body, hidden }) => {
    delete body['resources'];
    hidden['moved'] = true;
  });
}

/** What the agent tells of the extensions it runs, in the instance view. */
export function extensionViews(extensions: readonly Mutable[]): ExtensionViews {
  const installed = extensions.filter(({ properties }) => properties?.provisioningState === 'Succeeded');
  const named = (properties: Mutable): Mutable => ({
    type: `${properties['publisher']}.${properties['type']}`,
    // The agent runs the newest build of the version asked for.
    typeHandlerVersion: `${properties['typeHandlerVersion']}.0`,
  });
  const status = { code: 'ProvisioningState/succeeded', level: 'Info' };
  return {
    handlers: installed.map(({ properties }) => ({
      ...named(properties),
      status: { ...status, displayStatus: 'Ready', message: 'Plugin enabled' },
    })),
    extensions: installed.map(({ name, properties }) => ({
      name,
      ...named(properties),
      statuses: [{ ...status, displayStatus: 'Provisioning succeeded', message: 'Enable succeeded.' }],
    })),
  };
}
