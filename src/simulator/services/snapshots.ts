import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Mutable, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeTime, groupResourceId, markFailed, mergePatch, requireResource, text, wire } from './arm-resource.ts';
import { deleteHeaders, operationHeaders } from './compute-operations.ts';
import { computeRoutes } from './compute-routes.ts';
import { accessRoutes, requireNoAccess } from './disk-access.ts';
import {
  acceptedBody,
  copiedHidden,
  copiedProperties,
  requireImport,
  requirePrivateAccess,
  requireSameCreationData,
  sourceOf,
} from './disk-source.ts';
import { linkedToDiskSource } from './linked-permissions.ts';
import {
  SNAPSHOT_TYPE,
  copiesInBackground,
  copyOf,
  familyOf,
  hydrate,
  requireCopyable,
  requireNotCopied,
} from './snapshot-copy.ts';

const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${SNAPSHOT_TYPE}/{snapshotName}`;
const CREATE_MS = 4000;
const GIB = 1024 ** 3;

/** Disk snapshots. https://learn.microsoft.com/rest/api/compute/snapshots */
export const snapshots: Service = {
  provider: 'Microsoft.Compute',
  graph: [{ type: SNAPSHOT_TYPE, table: 'resources' }],
  routes: [
    ...computeRoutes({
      type: SNAPSHOT_TYPE,
      path: PATH,
      apiVersions: apiVersions.disks,
      buckets: { get: 'disk-get', write: 'snapshot-write', delete: 'disk-delete' },
      body: 'Snapshot',
      linked: linkedToDiskSource,
      find: required,
      put,
      patch,
      remove,
    }),
    ...accessRoutes(PATH, 'Snapshot'),
  ],
};

function snapshotId(call: Call): string {
  return groupResourceId(call, SNAPSHOT_TYPE, call.params['snapshotName'] ?? '');
}

function required(call: Call): Stored {
  return requireResource(call, snapshotId(call), 'Snapshot');
}

function put(call: Call): Answer {
  const id = snapshotId(call);
  const before = call.world.store.get(id);
  const sent = call.body ?? {};
  const location = text(sent['location']);
  if (location === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  if (before) {
    requireSameCreationData(before, sent);
    return accept(call, before.id, location, sent, settledBody(call, before, sent, undefined));
  }
  const source = sourceOf(call, sent, location);
  requireImport(call, sent, location);
  requirePrivateAccess(sent);
  if (source) requireCopyable(call, sent, source, location);
  const hidden = { ...copiedHidden(source), ...copyOf(sent, source) };
  return accept(call, id, location, sent, settledBody(call, undefined, sent, source), hidden);
}

function patch(call: Call): Answer {
  const before = required(call);
  const sent = call.body ?? {};
  const merged = mergePatch(sent['tags'] === undefined ? before.body : { ...before.body, tags: {} }, sent);
  return accept(call, before.id, String(before.body['location']), merged, settledBody(call, before, merged, undefined));
}

function accept(
  call: Call,
  id: string,
  location: string,
  shown: Mutable,
  settled: Mutable,
  hidden: Mutable = {},
): Answer {
  const { store, operations } = call.world;
  const { name } = typeAndName(id);
  const before = store.get(id);
  const accepted = acceptedBody(name, before, shown);
  if (!before)
    store.put({
      id,
      type: SNAPSHOT_TYPE,
      body: accepted,
      hidden: { ...hidden, sourceUniqueId: settled['properties'].creationData.sourceUniqueId },
    });
  const operation = operations.start({
    kind: 'snapshot-write',
    scope: id,
    durationMs: CREATE_MS,
    data: { showOutput: true },
    fail: () => markFailed(call, id),
    finish: () => {
      const stored = store.put({ id, type: SNAPSHOT_TYPE, body: settled, hidden: store.get(id)?.hidden ?? {} });
      if (settled['properties'].completionPercent === 0 && !before)
        hydrate(call.world, stored, operation.data['copyFails'] === true);
      return wire(stored);
    },
  });
  const body = { name, id: before?.id ?? id, type: SNAPSHOT_TYPE, ...accepted };
  return { status: 202, headers: operationHeaders(call, 'DiskOperations', location, operation, true), body };
}

function settledBody(call: Call, before: Stored | undefined, sent: Mutable, source: Stored | undefined): Mutable {
  const { clock, random } = call.world;
  const old: Mutable = before?.body ?? {};
  const kept: Mutable = old['properties'] ?? {};
  const properties: Mutable = sent['properties'] ?? {};
  const incremental = properties['incremental'] ?? kept['incremental'] ?? false;
  const sku = String(sent['sku']?.name ?? old['sku']?.name ?? 'Standard_LRS');
  const size = Number(properties['diskSizeGB'] ?? source?.body['properties']?.diskSizeGB ?? kept['diskSizeGB'] ?? 0);
  const { id: _id, type: _type, name: _name, ...envelope } = structuredClone(sent);
  return {
    ...old,
    ...envelope,
    name: typeAndName(before?.id ?? snapshotId(call)).name,
    sku: { name: sku, tier: sku.split('_')[0] },
    properties: {
      ...copiedProperties(source),
      ...kept,
      ...properties,
      creationData: kept['creationData'] ?? {
        ...properties['creationData'],
        ...(source ? { sourceUniqueId: source.body['properties']?.uniqueId } : {}),
      },
      diskSizeGB: size,
      encryption: properties['encryption'] ??
        kept['encryption'] ??
        source?.body['properties']?.encryption ?? { type: 'EncryptionAtRestWithPlatformKey' },
      incremental,
      // Not inherited: the snapshot of a closed disk is open unless it is asked to be closed.
      networkAccessPolicy: properties['networkAccessPolicy'] ?? kept['networkAccessPolicy'] ?? 'AllowAll',
      publicNetworkAccess: properties['publicNetworkAccess'] ?? kept['publicNetworkAccess'] ?? 'Enabled',
      timeCreated: kept['timeCreated'] ?? computeTime(clock.now()),
      provisioningState: 'Succeeded',
      diskState: kept['diskState'] ?? 'Unattached',
      diskSizeBytes: size * GIB,
      uniqueId: kept['uniqueId'] ?? random.uuid(),
      ...(incremental === true
        ? { incrementalSnapshotFamilyId: kept['incrementalSnapshotFamilyId'] ?? familyOf(call.world, source) }
        : {}),
      ...(before === undefined && copiesInBackground(sent, source) ? { completionPercent: 0 } : {}),
    },
  };
}

function remove(call: Call): Answer {
  const { store, operations } = call.world;
  const snapshot = store.get(snapshotId(call));
  if (!snapshot) return { status: 204 };
  requireNoAccess(snapshot, 'Snapshot');
  requireNotCopied(call, snapshot);
  const operation = operations.start({
    kind: 'snapshot-delete',
    scope: snapshot.id,
    durationMs: 1000,
    finish: () => void store.delete(snapshot.id),
  });
  return { status: 202, headers: deleteHeaders(call, String(snapshot.body['location']), operation) };
}
