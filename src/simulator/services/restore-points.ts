import { upperResourceGroup } from '../casing.ts';
import { parentResourceNotFound, typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import {
  collectionPaths,
  collectionScope,
  computeTime,
  groupResourceId,
  markFailed,
  requireResource,
  text,
  wire,
} from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { linkedToPointSource } from './linked-permissions.ts';
import {
  COLLECTION_TYPE,
  DISK_POINT_TYPE,
  POINT_TYPE,
  pointBody,
  sourceMetadata,
  withDiskPoints,
} from './restore-point-body.ts';
import { copyPoint, isCopyCollection, pointView, requireNotCopied, requirePlace } from './restore-point-copy.ts';
import { consistencyOf, requireRestorable } from './restore-point-rules.ts';

const COLLECTION = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${COLLECTION_TYPE}/{collectionName}`;
const POINT = `${COLLECTION}/restorePoints/{pointName}`;
const CREATE_MS = 20_000;

/** VM restore points. https://learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points */
export const restorePoints: Service = {
  provider: 'Microsoft.Compute',
  graph: [{ type: COLLECTION_TYPE, table: 'resources' }],
  seed,
  routes: [
    ...collectionPaths(COLLECTION_TYPE).map((path): Route => ({
      method: 'GET',
      path,
      apiVersions: apiVersions.compute,
      bucket: 'restore-point-list',
      handle: list,
    })),
    {
      method: 'GET',
      path: COLLECTION,
      apiVersions: apiVersions.compute,
      bucket: 'restore-point-get',
      handle: getCollection,
    },
    {
      method: 'PUT',
      path: COLLECTION,
      apiVersions: apiVersions.compute,
      bucket: 'restore-collection-write',
      request: 'RestorePointCollection',
      linked: linkedToPointSource,
      handle: putCollection,
    },
    {
      method: 'PATCH',
      path: COLLECTION,
      apiVersions: apiVersions.compute,
      bucket: 'restore-collection-write',
      request: 'RestorePointCollectionUpdate',
      handle: patchCollection,
    },
    {
      method: 'DELETE',
      path: COLLECTION,
      apiVersions: apiVersions.compute,
      bucket: 'restore-point-delete',
      handle: (call) => remove(call, collectionId(call)),
    },
    { method: 'GET', path: POINT, apiVersions: apiVersions.compute, bucket: 'restore-point-get', handle: getPoint },
    {
      method: 'PUT',
      path: POINT,
      apiVersions: apiVersions.compute,
      bucket: 'restore-point-write',
      request: 'RestorePoint',
      handle: putPoint,
    },
    {
      method: 'DELETE',
      path: POINT,
      apiVersions: apiVersions.compute,
      bucket: 'restore-point-delete',
      handle: (call) => remove(call, pointId(call)),
    },
    {
      method: 'GET',
      path: `${POINT}/diskRestorePoints`,
      apiVersions: apiVersions.disks,
      bucket: 'disk-get',
      handle: listDiskPoints,
    },
    {
      method: 'GET',
      path: `${POINT}/diskRestorePoints/{diskPointName}`,
      apiVersions: apiVersions.disks,
      bucket: 'disk-get',
      handle: (call) => ({
        status: 200,
        body: wire(
          requireResource(
            call,
            `${pointId(call)}/diskRestorePoints/${call.params['diskPointName'] ?? ''}`,
            'DiskRestorePoint',
          ),
        ),
      }),
    },
  ],
};

function collectionId(call: Call): string {
  return groupResourceId(call, COLLECTION_TYPE, call.params['collectionName'] ?? '');
}

function pointId(call: Call): string {
  return `${collectionId(call)}/restorePoints/${call.params['pointName'] ?? ''}`;
}

function list(call: Call): Answer {
  const rows = call.world.store.listed(COLLECTION_TYPE, call.world.options.listLagMs, collectionScope(call));
  // The subscription's list upper-cases the group, the group's own does not.
  const wide = call.params['resourceGroupName'] === undefined;
  const idOf = (row: Stored): string => (wide && row.hidden['recorded'] !== true ? upperResourceGroup(row.id) : row.id);
  return page(
    call,
    rows,
    (row) => row.id,
    (row) => wire(row, idOf(row)),
  );
}

function getCollection(call: Call): Answer {
  const stored = requireResource(call, collectionId(call), 'RestorePointCollection');
  const shown = wire(stored);
  if (call.query.get('$expand')?.toLowerCase() === 'restorepoints') {
    shown['properties'].restorePoints = call.world.store.list(POINT_TYPE, stored.id).map(pointBody);
  }
  return { status: 200, body: shown };
}

function putCollection(call: Call): Answer {
  const { store, random } = call.world;
  const id = collectionId(call);
  const before = store.get(id);
  const sent = call.body ?? {};
  const sourceId = text(sent['properties']?.source?.id);
  const source = sourceId === undefined ? undefined : store.get(sourceId);
  if (sourceId === undefined)
    throw new AzureError(400, 'InvalidParameter', "Required parameter 'source.id' is missing (null).", {
      target: 'source.id',
    });
  if (!source) throw new AzureError(404, 'NotFound', `The source '${sourceId}' is not found.`);
  requirePlace(source, text(sent['location']));
  const old = text(before?.body['properties']?.source?.id);
  if (old !== undefined && old.toLowerCase() !== sourceId.toLowerCase()) {
    throw new AzureError(409, 'PropertyChangeNotAllowed', "Changing property 'source.id' is not allowed.", {
      target: 'source.id',
    });
  }
  const { id: _id, type: _type, name: _name, ...envelope } = structuredClone(sent);
  const stored = store.put({
    id,
    type: COLLECTION_TYPE,
    body: {
      ...before?.body,
      name: typeAndName(id).name,
      ...envelope,
      properties: {
        ...(sent['properties']?.instantAccess === undefined ? {} : { instantAccess: sent['properties'].instantAccess }),
        source: { location: source.body['location'], id: sourceId },
        restorePointCollectionId: before?.body['properties']?.restorePointCollectionId ?? random.uuid(),
        provisioningState: 'Succeeded',
      },
    },
  });
  return { status: before ? 200 : 201, body: wire(stored) };
}

function patchCollection(call: Call): Answer {
  const before = requireResource(call, collectionId(call), 'RestorePointCollection');
  const stored = call.world.store.update(before.id, ({ body }) => {
    if (call.body?.['tags'] !== undefined) body['tags'] = call.body['tags'];
  });
  return { status: 200, body: wire(stored) };
}

function getPoint(call: Call): Answer {
  const point = requireResource(call, pointId(call), 'RestorePoint');
  const shown = pointBody(point);
  if (call.query.get('$expand')?.toLowerCase() === 'instanceview')
    shown['properties'].instanceView = pointView(call.world, point);
  return { status: 200, body: shown };
}

function listDiskPoints(call: Call): Answer {
  const point = requireResource(call, pointId(call), 'RestorePoint');
  const rows = call.world.store.list(DISK_POINT_TYPE, point.id);
  return page(
    call,
    rows,
    (row) => row.id,
    (row) => wire(row),
  );
}

function putPoint(call: Call): Answer {
  const { store, operations, clock } = call.world;
  const collection = store.get(collectionId(call));
  if (!collection) throw parentResourceNotFound(POINT_TYPE, collectionId(call));
  const id = pointId(call);
  if (store.get(id))
    throw new AzureError(
      409,
      'Conflict',
      `The restore point '${typeAndName(id).name}' already exists and cannot be updated.`,
    );
  const asked: Mutable = call.body?.['properties'] ?? {};
  if (isCopyCollection(collection)) return copyPoint(call, collection, id, asked);
  if (asked['sourceRestorePoint'] !== undefined) {
    const message = 'A restore point is copied into a collection whose source is the collection that it is in.';
    throw new AzureError(400, 'InvalidParameter', message, { target: 'sourceRestorePoint' });
  }
  const vm = store.get(String(collection.body['properties'].source.id));
  if (!vm)
    throw new AzureError(
      404,
      'NotFound',
      `The source of the restore point collection '${typeAndName(collection.id).name}' is not found.`,
    );
  const excluded = new Set(
    ((asked['excludeDisks'] ?? []) as readonly Mutable[]).map((disk) => String(disk['id']).toLowerCase()),
  );
  const mode = text(asked['consistencyMode']);
  requireRestorable(call, vm, mode, excluded);
  const metadata = sourceMetadata(vm, excluded);
  const properties: Mutable = {
    ...(asked['excludeDisks'] === undefined ? {} : { excludeDisks: asked['excludeDisks'] }),
    sourceMetadata: metadata,
    provisioningState: 'Creating',
    ...(mode === undefined ? {} : { consistencyMode: mode }),
    timeCreated: computeTime(clock.now()),
  };
  const name = id.split('/').at(-1);
  const hidden = { vmId: vm.id.toLowerCase(), mode: mode ?? 'app' };
  const accepted = store.put({ id, type: POINT_TYPE, body: { name, properties }, hidden });
  const operation = operations.start({
    kind: 'restore-point-write',
    scope: vm.id,
    durationMs: CREATE_MS,
    fail: () => markFailed(call, id),
    finish: () => {
      const settled = {
        ...properties,
        sourceMetadata: withDiskPoints(call.world, id, metadata),
        provisioningState: 'Succeeded',
        consistencyMode: mode ?? consistencyOf(vm),
      };
      store.put({ id, type: POINT_TYPE, body: { name, properties: settled }, hidden });
    },
  });
  return {
    status: 201,
    headers: operationHeaders(call, 'operations', String(collection.body['location']), operation, false),
    body: pointBody(accepted),
  };
}

function remove(call: Call, id: string): Answer {
  const { store, operations } = call.world;
  const stored = store.get(id);
  if (!stored) return { status: 204 };
  requireNotCopied(call, id);
  const collection = store.get(collectionId(call));
  const operation = operations.start({
    kind: 'restore-point-delete',
    scope: id,
    durationMs: 10_000,
    finish: () => {
      for (const type of [DISK_POINT_TYPE, POINT_TYPE])
        for (const child of store.list(type, id)) store.delete(child.id);
      store.delete(id);
    },
  });
  const location = String(collection?.body['location'] ?? 'westeurope');
  return { status: 202, headers: operationHeaders(call, 'operations', location, operation, true) };
}

/** Fleet points know their machine through their collection. */
function seed(world: World): void {
  for (const collection of world.store.list(COLLECTION_TYPE)) {
    const vmId = String(collection.body['properties']?.source?.id ?? '').toLowerCase();
    for (const point of world.store.list(POINT_TYPE, collection.id))
      world.store.update(point.id, (edited) => (edited.hidden['vmId'] ??= vmId));
  }
}
