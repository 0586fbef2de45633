import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Fleet, Mutable, Route, Service, Store, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { collectionPaths, collectionScope, groupResourceId, requireResource } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { DISK_TYPE } from './disks.ts';
import { extendedView } from './instance-view.ts';
import { linkedToMachine } from './linked-permissions.ts';
import { EXTENSION_ROUTES, EXTENSION_TYPE, deleteExtensions, seedExtensions } from './machine-extensions.ts';
import { setGuest } from './machine-guest.ts';
import { POWER_ROUTES } from './machine-power.ts';
import { etagHeader, listedMachine, viewOf, wireMachine } from './machine-wire.ts';
import { patchMachine, putMachine } from './machine-write.ts';
import { deleteRunCommands, MANAGED_RUN_COMMAND_ROUTES } from './managed-run-commands.ts';
import { RUN_COMMAND_ROUTES } from './run-command.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${VM_TYPE}/{vmName}`;
const DELETE_MS = 30_000;

/** Virtual machines. https://learn.microsoft.com/rest/api/compute/virtual-machines */
export const compute: Service = {
  provider: 'Microsoft.Compute',
  graph: [
    { type: VM_TYPE, table: 'resources', row: graphRow },
    { type: EXTENSION_TYPE, table: 'resources' },
  ],
  seed,
  routes: [
    ...[
      ...collectionPaths(VM_TYPE),
      '/subscriptions/{subscriptionId}/providers/Microsoft.Compute/locations/{location}/virtualMachines',
    ].map((path): Route => ({
      method: 'GET',
      path,
      apiVersions: apiVersions.compute,
      bucket: 'vm-list',
      // The location-wide list needs the same permission as the others.
      action: `${VM_TYPE}/read`,
      handle: list,
    })),
    { method: 'GET', path: PATH, apiVersions: apiVersions.compute, bucket: 'vm-get', handle: get },
    {
      method: 'GET',
      path: `${PATH}/instanceView`,
      apiVersions: apiVersions.compute,
      bucket: 'vm-get',
      handle: (call) => ({ status: 200, body: viewOf(call.world, required(call)) }),
    },
    {
      method: 'PUT',
      path: PATH,
      apiVersions: apiVersions.compute,
      bucket: 'vm-put',
      request: 'VirtualMachine',
      linked: linkedToMachine,
      handle: putMachine,
    },
    {
      method: 'PATCH',
      path: PATH,
      apiVersions: apiVersions.compute,
      bucket: 'vm-update',
      request: 'VirtualMachineUpdate',
      linked: linkedToMachine,
      handle: patchMachine,
    },
    { method: 'DELETE', path: PATH, apiVersions: apiVersions.compute, bucket: 'vm-delete', handle: remove },
    ...EXTENSION_ROUTES,
    ...POWER_ROUTES,
    ...RUN_COMMAND_ROUTES,
    ...MANAGED_RUN_COMMAND_ROUTES,
  ],
};

function vmId(call: Call): string {
  return groupResourceId(call, VM_TYPE, call.params['vmName'] ?? '');
}

function required(call: Call): Stored {
  return requireResource(call, vmId(call), 'VM');
}

function list(call: Call): Answer {
  const { store, options } = call.world;
  const location = call.params['location']?.toLowerCase();
  const set = scaleSetOf(call.query.get('$filter'));
  const statuses = call.query.get('statusOnly') === 'true';
  const rows = store
    .listed(VM_TYPE, options.listLagMs, collectionScope(call))
    .filter((vm) => location === undefined || String(vm.body['location']).toLowerCase() === location)
    .filter(
      (vm) =>
        set === undefined || String(vm.body['properties']?.virtualMachineScaleSet?.id ?? '').toLowerCase() === set,
    );
  return page(
    call,
    rows,
    (vm) => vm.id,
    (vm) => {
      const shown = listedMachine(call, vm);
      if (statuses && hasView(vm)) shown['properties'].instanceView = viewOf(call.world, vm);
      return shown;
    },
  );
}

/** Of a machine recorded without its instance view nothing is known of it, and nothing is made up. */
function hasView({ hidden }: Stored): boolean {
  return hidden['recorded'] !== true || hidden['instanceView'] !== undefined || hidden['moved'] === true;
}

/** The one filter that the list takes; any other is refused rather than ignored. */
function scaleSetOf(filter: string | null): string | undefined {
  if (filter === null || filter.trim() === '') return undefined;
  const id = /^'?virtualMachineScaleSet\/id'?\s+eq\s+'([^']+)'$/i.exec(filter.trim())?.[1];
  if (id === undefined)
    throw new AzureError(400, 'InvalidParameter', `The filter '${filter}' is not valid.`, { target: '$filter' });
  return id.toLowerCase();
}

function get(call: Call): Answer {
  const vm = required(call);
  const expand = call.query.get('$expand');
  if (expand !== null && !/^(?:instanceView|userData)$/i.test(expand)) {
    throw new AzureError(400, 'InvalidParameter', `The value '${expand}' of parameter '$expand' is not valid.`, {
      target: '$expand',
    });
  }
  const shown = wireMachine(call, vm);
  if (expand?.toLowerCase() === 'instanceview') shown['properties'].instanceView = viewOf(call.world, vm);
  return { status: 200, headers: etagHeader(call, vm), body: shown };
}

function remove(call: Call): Answer {
  const { store, operations } = call.world;
  const vm = store.get(vmId(call));
  if (!vm) return { status: 204 };
  const operation = operations.start({
    kind: 'vm-delete',
    scope: vm.id,
    durationMs: DELETE_MS,
    finish: () => {
      store.delete(vm.id);
      deleteExtensions(store, vm);
      deleteRunCommands(store, vm);
      releaseInterfaces(store, vm);
      for (const disk of store.list(DISK_TYPE))
        if (String(disk.body['managedBy'] ?? '').toLowerCase() === vm.id.toLowerCase()) release(call.world, vm, disk);
    },
  });
  return { status: 202, headers: operationHeaders(call, 'operations', String(vm.body['location']), operation, true) };
}

/**
 * An interface goes with the machine where its `deleteOption` says so.
 * https://learn.microsoft.com/azure/virtual-machines/delete
 */
function releaseInterfaces(store: Store, vm: Stored): void {
  const attached: readonly Mutable[] = vm.body['properties']?.networkProfile?.networkInterfaces ?? [];
  for (const { id, properties } of attached) if (properties?.deleteOption === 'Delete') store.delete(String(id));
}

/** A disk of a deleted machine stays or goes as the machine's `deleteOption` says. */
function release(world: World, vm: Stored, disk: Stored): void {
  const profile: Mutable = vm.body['properties']?.storageProfile ?? {};
  const holder = [profile['osDisk'], ...(profile['dataDisks'] ?? [])].find(
    (one) => String(one?.managedDisk?.id ?? '').toLowerCase() === disk.id.toLowerCase(),
  );
  if (holder?.deleteOption === 'Delete') {
    world.store.delete(disk.id);
    return;
  }
  world.store.update(disk.id, (edited) => {
    delete edited.body['managedBy'];
    edited.body['properties'].diskState = 'Unattached';
  });
}

/** Fleet machines: the instance view leaves the body, what is not said about the guest gets a default. */
function seed(world: World, _fleet: Fleet): void {
  for (const vm of world.store.list(VM_TYPE)) {
    world.store.update(vm.id, (edited) => {
      const properties: Mutable = edited.body['properties'] ?? {};
      if (properties['instanceView'] !== undefined) {
        // A bundle's may hold anything.
        const view = Object(properties['instanceView']) as Mutable;
        const statuses: readonly unknown[] = Array.isArray(view['statuses']) ? view['statuses'] : [];
        const codes = statuses.map((status) => String((Object(status) as Mutable)['code']).toLowerCase());
        edited.hidden['instanceView'] = properties['instanceView'];
        edited.hidden['power'] ??= codes.find((code) => code.startsWith('powerstate/'))?.slice('powerstate/'.length);
        edited.hidden['osName'] ??= view['osName'];
        edited.hidden['osVersion'] ??= view['osVersion'];
        edited.hidden['hyperVGeneration'] ??= view['hyperVGeneration'];
        edited.hidden['generalized'] ??= codes.includes('osstate/generalized');
        delete properties['instanceView'];
      }
      if (edited.hidden['recorded'] !== true) edited.hidden['power'] ??= 'running';
    });
    seedExtensions(world.store, vm);
    // Whoever describes a generalized machine describes a guest that was deprovisioned.
    setGuest(world.store, vm, world.store.get(vm.id)?.hidden['generalized'] === true);
  }
}

/** A version of a machine never changes, so neither does its row. */
const graphRows = new WeakMap<Stored, Mutable>();

function graphRow(vm: Stored): Mutable {
  const known = graphRows.get(vm);
  if (known) return known;
  const extended = extendedView(vm);
  const row = extended ? { properties: { ...vm.body['properties'], extended } } : {};
  graphRows.set(vm, row);
  return row;
}
