import { upperResourceGroup } from '../casing.ts';
import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Fleet, Mutable, Route, Service, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import {
  collectionPaths,
  collectionScope,
  groupResourceId,
  mergePatch,
  requireResource,
  text,
  wire,
} from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { DISK_TYPE } from './disks.ts';
import { extendedView, instanceView } from './instance-view.ts';
import { linkedToMachine, settleMachine, shownMachine } from './machine-body.ts';
import { POWER_ROUTES } from './machine-power.ts';

export const VM_TYPE = 'Microsoft.Compute/virtualMachines';
const EXTENSION_TYPE = `${VM_TYPE}/extensions`;
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${VM_TYPE}/{vmName}`;
const WRITE_MS = 45_000;
/** A new machine's agent reports some time after it was asked for: recorded at 83 s as not ready, at 77 s as ready. */
const AGENT_MS = { Windows: 95_000, Linux: 30_000 } as const;
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
      handle: (call) => ({ status: 200, body: instanceView(required(call)) }),
    },
    {
      method: 'GET',
      path: `${PATH}/extensions`,
      apiVersions: apiVersions.compute,
      bucket: 'vm-get',
      handle: (call) => ({ status: 200, body: { value: structuredClone(required(call).body['resources'] ?? []) } }),
    },
    {
      method: 'PUT',
      path: PATH,
      apiVersions: apiVersions.compute,
      bucket: 'vm-put',
      request: 'VirtualMachine',
      linked: linkedToMachine,
      handle: put,
    },
    {
      method: 'PATCH',
      path: PATH,
      apiVersions: apiVersions.compute,
      bucket: 'vm-update',
      request: 'VirtualMachineUpdate',
      linked: linkedToMachine,
      handle: patch,
    },
    { method: 'DELETE', path: PATH, apiVersions: apiVersions.compute, bucket: 'vm-delete', handle: remove },
    ...POWER_ROUTES,
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
      const shown = wire(vm, vm.hidden['recorded'] === true ? vm.id : upperResourceGroup(vm.id));
      if (statuses && hasView(vm)) shown['properties'].instanceView = instanceView(vm);
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
  const shown = wire(vm);
  if (expand?.toLowerCase() === 'instanceview') shown['properties'].instanceView = instanceView(vm);
  return { status: 200, headers: etagHeader(vm), body: shown };
}

function etagHeader(vm: Stored): Record<string, string> {
  const etag = text(vm.body['etag']);
  return etag === undefined ? {} : { ETag: etag };
}

/** Machines take If-Match and If-None-Match on writes. */
function checkPreconditions(call: Call, before: Stored | undefined): void {
  const match = call.headers.get('if-match');
  const none = call.headers.get('if-none-match');
  const failed =
    (match !== null && match !== '*' && match !== before?.body['etag']) || (none === '*' && before !== undefined);
  if (failed)
    throw new AzureError(
      412,
      'PreconditionFailed',
      'The condition set by the If-Match or If-None-Match header was not met.',
    );
}

function put(call: Call): Answer {
  const { store } = call.world;
  const id = vmId(call);
  const before = store.get(id);
  checkPreconditions(call, before);
  const sent = call.body ?? {};
  if (text(sent['location']) === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  if (before && String(before.body['location']).toLowerCase() !== String(sent['location']).toLowerCase()) {
    const message = `The resource '${typeAndName(id).name}' already exists in location '${String(before.body['location'])}'. A resource with the same name cannot be created in location '${String(sent['location'])}'.`;
    throw new AzureError(409, 'InvalidResourceLocation', message);
  }
  return write(call, id, before, sent);
}

function patch(call: Call): Answer {
  const before = required(call);
  checkPreconditions(call, before);
  const sent = call.body ?? {};
  const base = sent['tags'] === undefined ? before.body : { ...before.body, tags: {} };
  return write(call, before.id, before, mergePatch(base, sent));
}

/** 201 (create) or 200 (update) with the body as it will be and the status URL alone. */
function write(call: Call, id: string, before: Stored | undefined, sent: Mutable): Answer {
  const { store, operations } = call.world;
  const shown = shownMachine(call, id, before, sent);
  const hidden = before?.hidden ?? shown.hidden;
  const etag = `"${Number(before?.hidden['writes'] ?? 0) + 1}"`;
  const accepted = store.put({
    id,
    type: VM_TYPE,
    body: {
      ...shown.body,
      etag,
      properties: { ...shown.body['properties'], provisioningState: before ? 'Updating' : 'Creating' },
    },
    hidden: { ...hidden, writes: Number(before?.hidden['writes'] ?? 0) + 1 },
  });
  if (!before) awaitAgent(call.world, accepted);
  const operation = operations.start({
    kind: 'vm-write',
    scope: id,
    durationMs: WRITE_MS,
    fail: () => void store.update(id, (vm) => (vm.body['properties'].provisioningState = 'Failed')),
    finish: () => {
      settleMachine(
        call.world,
        before,
        store.update(id, (vm) => (vm.body['properties'].provisioningState = 'Succeeded')),
      );
    },
  });
  return {
    status: before ? 200 : 201,
    headers: {
      ...etagHeader(accepted),
      ...operationHeaders(call, 'operations', String(sent['location']), operation, false),
    },
    body: wire(accepted),
  };
}

function awaitAgent({ clock, store }: World, vm: Stored): void {
  const isWindows = vm.body['properties']?.storageProfile?.osDisk?.osType === 'Windows';
  clock.at(clock.now() + AGENT_MS[isWindows ? 'Windows' : 'Linux'], () => {
    if (store.get(vm.id)?.hidden['agent'] === 'not-ready')
      store.update(vm.id, ({ hidden }) => (hidden['agent'] = 'ready'));
  });
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
      for (const { id } of store.list(EXTENSION_TYPE, vm.id)) store.delete(id);
      for (const disk of store.list(DISK_TYPE))
        if (String(disk.body['managedBy'] ?? '').toLowerCase() === vm.id.toLowerCase()) release(call.world, vm, disk);
    },
  });
  return { status: 202, headers: operationHeaders(call, 'operations', String(vm.body['location']), operation, true) };
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
        edited.hidden['instanceView'] = properties['instanceView'];
        const codes: readonly string[] = (properties['instanceView'].statuses ?? []).map((status: Mutable) =>
          String(status['code']).toLowerCase(),
        );
        edited.hidden['power'] ??= codes.find((code) => code.startsWith('powerstate/'))?.slice('powerstate/'.length);
        edited.hidden['osName'] ??= properties['instanceView'].osName;
        edited.hidden['osVersion'] ??= properties['instanceView'].osVersion;
        edited.hidden['hyperVGeneration'] ??= properties['instanceView'].hyperVGeneration;
        edited.hidden['generalized'] ??= codes.includes('osstate/generalized');
        delete properties['instanceView'];
      }
      if (edited.hidden['recorded'] !== true) edited.hidden['power'] ??= 'running';
    });
    // A machine answers with its extensions in it; Resource Graph has them as rows of their own.
    for (const { id, type: _, ...body } of (vm.body['resources'] ?? []) as readonly Mutable[]) {
      if (typeof id === 'string') world.store.put({ id, type: EXTENSION_TYPE, body: structuredClone(body) });
    }
  }
}

function graphRow(vm: Stored): Mutable {
  const row = wire(vm);
  const extended = extendedView(vm);
  if (extended) row['properties'] = { ...row['properties'], extended };
  return row;
}
