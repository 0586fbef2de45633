import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeThrottle } from '../throttling.ts';
import {
  collectionPaths,
  collectionScope,
  computeTime,
  groupResourceId,
  markFailed,
  mergePatch,
  requireResource,
  text,
  wire,
} from './arm-resource.ts';
import { deleteHeaders, operationHeaders } from './compute-operations.ts';
import { accessRoutes, requireNoAccess } from './disk-access.ts';
import { acceptedBody, copiedProperties, requireSameCreationData, sourceOf } from './disk-source.ts';
import { linkedToDiskSource } from './linked-permissions.ts';

export const SNAPSHOT_TYPE = 'Microsoft.Compute/snapshots';
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${SNAPSHOT_TYPE}/{snapshotName}`;
const CREATE_MS = 4000;
const GIB = 1024 ** 3;

// https://learn.microsoft.com/azure/virtual-machines/disks-incremental-snapshots#restrictions
const PER_DISK = 500;
const PER_WINDOW = 7;
const WINDOW_MS = 5 * 60_000;

/**
 * Background copies: a share of a GiB a second, so that a 64 GiB copy takes about ten minutes of the simulator's clock.
 */
const COPY_MS_PER_GIB = 10_000;
const COPY_STEPS = 10;

/** Disk snapshots. https://learn.microsoft.com/rest/api/compute/snapshots */
export const snapshots: Service = {
  provider: 'Microsoft.Compute',
  graph: [{ type: SNAPSHOT_TYPE, table: 'resources' }],
  routes: [
    ...collectionPaths(SNAPSHOT_TYPE).map((path): Route => ({
      method: 'GET',
      path,
      apiVersions: apiVersions.disks,
      bucket: 'disk-get',
      handle: (call) => {
        const rows = call.world.store.listed(SNAPSHOT_TYPE, call.world.options.listLagMs, collectionScope(call));
        return page(
          call,
          rows,
          (snapshot) => snapshot.id,
          (snapshot) => wire(snapshot),
        );
      },
    })),
    {
      method: 'GET',
      path: PATH,
      apiVersions: apiVersions.disks,
      bucket: 'disk-get',
      handle: (call) => ({ status: 200, body: wire(required(call)) }),
    },
    {
      method: 'PUT',
      path: PATH,
      apiVersions: apiVersions.disks,
      bucket: 'snapshot-write',
      request: 'Snapshot',
      linked: linkedToDiskSource,
      handle: put,
    },
    {
      method: 'PATCH',
      path: PATH,
      apiVersions: apiVersions.disks,
      bucket: 'snapshot-write',
      request: 'SnapshotUpdate',
      handle: patch,
    },
    { method: 'DELETE', path: PATH, apiVersions: apiVersions.disks, bucket: 'disk-delete', handle: remove },
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
  if (source) requireCopyable(call, sent, source);
  return accept(call, id, location, sent, settledBody(call, undefined, sent, source));
}

function patch(call: Call): Answer {
  const before = required(call);
  const sent = call.body ?? {};
  const merged = mergePatch(sent['tags'] === undefined ? before.body : { ...before.body, tags: {} }, sent);
  return accept(call, before.id, String(before.body['location']), merged, settledBody(call, before, merged, undefined));
}

/** The rules of incremental snapshots, and of the disks that know no others. */
function requireCopyable(call: Call, sent: Mutable, source: Stored): void {
  const incremental = sent['properties']?.incremental === true;
  const option = text(sent['properties']?.creationData?.createOption);
  const sku = String(source.body['sku']?.name ?? '');
  if (!incremental && /^(?:UltraSSD|PremiumV2)_/.test(sku)) {
    throw new AzureError(400, 'BadRequest', `Only incremental snapshots are supported for disks of type ${sku}.`);
  }
  if (option === 'CopyStart' && !(incremental && source.body['properties']?.incremental === true)) {
    throw new AzureError(400, 'BadRequest', 'CopyStart is supported for incremental snapshots only.');
  }
  const asked = text(sent['sku']?.name);
  if (incremental && asked !== undefined && asked.startsWith('Premium')) {
    throw new AzureError(400, 'InvalidParameter', 'Incremental snapshots are stored on Standard storage.', {
      target: 'sku.name',
    });
  }
  if (incremental && option === 'Copy') requireRoom(call, source);
}

function requireRoom(call: Call, disk: Stored): void {
  const { store, clock } = call.world;
  const uniqueId: unknown = disk.body['properties']?.uniqueId;
  const family = store.list(SNAPSHOT_TYPE).filter((one) => {
    const properties: Mutable = one.body['properties'] ?? {};
    return properties['incremental'] === true && sourceUniqueId(one) !== undefined && sourceUniqueId(one) === uniqueId;
  });
  if (family.length >= PER_DISK) {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `The disk ${typeAndName(disk.id).name} already has ${PER_DISK} incremental snapshots, which is the limit.`,
    );
  }
  const since = clock.now() - WINDOW_MS;
  const recent = family
    .map((one) => one.createdAt)
    .filter((at) => at > since)
    .sort((one, other) => one - other);
  if (recent.length < PER_WINDOW) return;
  const waitSeconds = Math.max(1, Math.ceil(((recent[recent.length - PER_WINDOW] ?? since) - since) / 1000));
  throw computeThrottle(call, { name: 'IncrementalSnapshotsPerDisk5Min', size: PER_WINDOW }, waitSeconds, clock.now());
}

function sourceUniqueId(snapshot: Stored): unknown {
  return snapshot.body['properties']?.creationData?.sourceUniqueId ?? snapshot.hidden['sourceUniqueId'];
}

function accept(call: Call, id: string, location: string, shown: Mutable, settled: Mutable): Answer {
  const { store, operations } = call.world;
  const { name } = typeAndName(id);
  const before = store.get(id);
  const accepted = acceptedBody(name, before, shown);
  if (!before)
    store.put({
      id,
      type: SNAPSHOT_TYPE,
      body: accepted,
      hidden: { sourceUniqueId: settled['properties'].creationData.sourceUniqueId },
    });
  const operation = operations.start({
    kind: 'snapshot-write',
    scope: id,
    durationMs: CREATE_MS,
    data: { showOutput: true },
    fail: () => markFailed(call, id),
    finish: () => {
      const stored = store.put({ id, type: SNAPSHOT_TYPE, body: settled, hidden: store.get(id)?.hidden ?? {} });
      if (settled['properties'].completionPercent === 0 && !before) hydrate(call.world, stored);
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

/** Only these show progress; every other snapshot is usable at once. */
function copiesInBackground(sent: Mutable, source: Stored | undefined): boolean {
  return (
    sent['properties']?.creationData?.createOption === 'CopyStart' ||
    /^(?:UltraSSD|PremiumV2)_/.test(String(source?.body['sku']?.name ?? ''))
  );
}

/** Incremental snapshots of one disk share a family. */
function familyOf(world: World, source: Stored | undefined): string {
  const uniqueId: unknown = source?.body['properties']?.uniqueId;
  const sibling = world.store
    .list(SNAPSHOT_TYPE)
    .find((one) => uniqueId !== undefined && sourceUniqueId(one) === uniqueId);
  return text(sibling?.body['properties']?.incrementalSnapshotFamilyId) ?? world.random.uuid();
}

function hydrate(world: World, snapshot: Stored): void {
  const whole = Math.max(1, Number(snapshot.body['properties'].diskSizeGB)) * COPY_MS_PER_GIB;
  const start = world.clock.now();
  for (let step = 1; step <= COPY_STEPS; step += 1) {
    world.clock.at(start + (whole * step) / COPY_STEPS, () => {
      if (!world.store.get(snapshot.id)) return;
      world.store.update(snapshot.id, (edited) => {
        edited.body['properties'].completionPercent = (100 * step) / COPY_STEPS;
      });
    });
  }
}

function remove(call: Call): Answer {
  const { store, operations } = call.world;
  const snapshot = store.get(snapshotId(call));
  if (!snapshot) return { status: 204 };
  requireNoAccess(snapshot, 'Snapshot');
  const operation = operations.start({
    kind: 'snapshot-delete',
    scope: snapshot.id,
    durationMs: 1000,
    finish: () => void store.delete(snapshot.id),
  });
  return { status: 202, headers: deleteHeaders(call, String(snapshot.body['location']), operation) };
}
