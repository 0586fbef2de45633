import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Answer, Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeThrottle } from '../throttling.ts';
import { computeTime, markFailed, text } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { copiedHidden } from './disk-source.ts';
import { sameRegion } from './gallery-rules.ts';
import { COLLECTION_TYPE, DISK_POINT_TYPE, POINT_TYPE, pointBody } from './restore-point-body.ts';

// https://learn.microsoft.com/azure/virtual-machines/concepts-restore-points#limitations
const COPIES_PER_HOUR = 3;
const HOUR_MS = 3_600_000;
/** As copies of snapshots: the largest disk decides, since all are copied at once. */
const COPY_MS_PER_GIB = 10_000;
const COPY_STEPS = 10;

export function isCopyCollection(collection: Stored): boolean {
  return isCollectionId(String(collection.body['properties']?.source?.id));
}

export function isCollectionId(id: string): boolean {
  return typeAndName(id).type.toLowerCase() === COLLECTION_TYPE.toLowerCase();
}

/** A collection of copies lies in another region than the one it copies; any other in its machine's. */
export function requirePlace(source: Stored, location: string | undefined): void {
  if (location === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  const copies = isCollectionId(source.id);
  const same = sameRegion(source.body['location'], location);
  if (same !== copies) return;
  const { name } = typeAndName(source.id);
  const place = String(source.body['location']);
  const message = copies
    ? `The restore point collection '${name}' is in '${place}' itself: a collection of copies is in another region.`
    : `The source '${name}' is in '${place}': its restore point collection must be there too, not in '${location}'.`;
  throw new AzureError(400, 'InvalidParameter', message, { target: 'location' });
}

/**
 * A copy of a restore point in another region: Creating until every disk is copied, each with a percentage of its own.
 * https://learn.microsoft.com/azure/virtual-machines/virtual-machines-copy-restore-points-how-to
 */
export function copyPoint(call: Call, collection: Stored, id: string, asked: Mutable): Answer {
  const { store, operations, clock } = call.world;
  const source = requireCopyable(call, collection, asked);
  const { metadata, largestGiB, diskPoints } = withCopies(call.world, id, source);
  const { consistencyMode } = source.body['properties'];
  const properties: Mutable = {
    sourceRestorePoint: { id: source.id },
    sourceMetadata: metadata,
    provisioningState: 'Creating',
    ...(consistencyMode === undefined ? {} : { consistencyMode }),
    timeCreated: computeTime(clock.now()),
  };
  const accepted = store.put({
    id,
    type: POINT_TYPE,
    body: { name: id.split('/').at(-1), properties },
    hidden: { copyOf: source.id },
  });
  const durationMs = Math.max(1, largestGiB) * COPY_MS_PER_GIB;
  const operation = operations.start({
    kind: 'restore-point-copy',
    scope: id,
    durationMs,
    fail: () => {
      markFailed(call, id);
      for (const each of diskPoints) report(call.world, each, undefined);
    },
    finish: () => {
      for (const each of diskPoints) report(call.world, each, 100);
      if (store.get(id)) store.update(id, ({ body }) => (body['properties'].provisioningState = 'Succeeded'));
    },
  });
  for (let step = 1; step < COPY_STEPS; step += 1) {
    clock.at(clock.now() + (durationMs * step) / COPY_STEPS, () => {
      if (operation.status !== 'InProgress') return;
      for (const each of diskPoints) report(call.world, each, (100 * step) / COPY_STEPS);
    });
  }
  return {
    status: 201,
    headers: operationHeaders(call, 'operations', String(collection.body['location']), operation, false),
    body: pointBody(accepted),
  };
}

/** `percent` undefined: the copy failed where it stood. */
function report({ store }: World, diskPointId: string, percent: number | undefined): void {
  if (!store.get(diskPointId)) return;
  store.update(diskPointId, ({ body }) => {
    const { properties } = body;
    properties.replicationState = percent === undefined ? 'Failed' : percent < 100 ? 'InProgress' : 'Succeeded';
    if (percent !== undefined) properties.completionPercent = percent;
  });
}

/** The point to copy: of the collection's own source, complete, and no more than three an hour. */
function requireCopyable(call: Call, collection: Stored, asked: Mutable): Stored {
  const { store, clock } = call.world;
  const sourceId = text(asked['sourceRestorePoint']?.id);
  if (sourceId === undefined) {
    const message = "Required parameter 'sourceRestorePoint.id' is missing (null).";
    throw invalidParameter('sourceRestorePoint.id', message);
  }
  if (asked['excludeDisks'] !== undefined || asked['consistencyMode'] !== undefined)
    throw invalidParameter('excludeDisks', 'A copy has the disks and the consistency of its source.');
  const parent = String(collection.body['properties'].source.id);
  const source = store.get(sourceId);
  if (!source || !sourceId.toLowerCase().startsWith(`${parent.toLowerCase()}/restorepoints/`)) {
    const name = typeAndName(sourceId).name.split('/').at(-1);
    throw new AzureError(404, 'NotFound', `The source restore point '${name}' is not found in '${parent}'.`);
  }
  const { provisioningState } = source.body['properties'];
  if (provisioningState !== undefined && provisioningState !== 'Succeeded') {
    const message = `The source restore point '${source.id.split('/').at(-1)}' is not complete: ${provisioningState}.`;
    throw new AzureError(409, 'OperationNotAllowed', message);
  }
  const recent = store
    .list(POINT_TYPE, collection.id)
    .filter((point) => point.hidden['copyOf'] !== undefined && point.createdAt > clock.now() - HOUR_MS);
  if (recent.length < COPIES_PER_HOUR) return source;
  const oldest = Math.min(...recent.map(({ createdAt }) => createdAt));
  const waitSeconds = Math.max(1, Math.ceil((oldest + HOUR_MS - clock.now()) / 1000));
  throw computeThrottle(call, { name: 'CopyRestorePoint', size: COPIES_PER_HOUR }, waitSeconds, clock.now());
}

/** A disk restore point for each of the source's; what was under a customer's key is under the platform's here. */
function withCopies(
  world: World,
  id: string,
  source: Stored,
): { metadata: Mutable; largestGiB: number; diskPoints: readonly string[] } {
  const metadata: Mutable = structuredClone(source.body['properties'].sourceMetadata ?? {});
  const profile: Mutable = metadata['storageProfile'] ?? {};
  const diskPoints: string[] = [];
  let largestGiB = 0;
  for (const disk of [profile['osDisk'], ...(profile['dataDisks'] ?? [])] as readonly (Mutable | undefined)[]) {
    const from = world.store.get(String(disk?.['diskRestorePoint']?.id ?? ''));
    if (!disk || !from) continue;
    const name = `${String(disk['name'])}_${world.random.uuid()}`;
    const copyId = `${id}/diskRestorePoints/${name}`;
    const encryption = { type: 'EncryptionAtRestWithPlatformKey' };
    const sizeGiB = Number(from.hidden['diskSizeGB'] ?? disk['diskSizeGB'] ?? 0);
    largestGiB = Math.max(largestGiB, sizeGiB);
    world.store.put({
      id: copyId,
      type: DISK_POINT_TYPE,
      body: {
        name,
        properties: {
          ...structuredClone(from.body['properties']),
          timeCreated: computeTime(world.clock.now()),
          sourceResourceId: from.id,
          sourceResourceLocation: world.store.get(from.id.split('/').slice(0, 9).join('/'))?.body['location'],
          familyId: world.random.uuid(),
          encryption,
          replicationState: 'Pending',
          completionPercent: 0,
        },
      },
      hidden: { ...copiedHidden(from), diskSizeGB: sizeGiB },
    });
    disk['diskRestorePoint'] = { encryption, id: copyId, sourceDiskRestorePoint: { id: from.id } };
    diskPoints.push(copyId);
  }
  return { metadata, largestGiB, diskPoints };
}

/** How far each disk of a copy is; a point of the machine itself has nothing to tell. */
export function pointView({ store }: World, point: Stored): Mutable {
  if (point.hidden['copyOf'] === undefined) return { diskRestorePoints: [], statuses: [] };
  const disks = store.list(DISK_POINT_TYPE, point.id).map(({ id, body }) => ({
    id,
    replicationStatus: {
      status: statusOf(String(body['properties'].replicationState)),
      completionPercent: body['properties'].completionPercent as number,
    },
  }));
  const states: Readonly<Record<string, string>> = { Succeeded: 'Succeeded', Failed: 'Failed' };
  const whole = states[String(point.body['properties'].provisioningState)] ?? 'InProgress';
  return { diskRestorePoints: disks, statuses: [statusOf(whole)] };
}

function statusOf(state: string): Mutable {
  return {
    code: `ReplicationState/${state.toLowerCase()}`,
    level: state === 'Failed' ? 'Error' : 'Info',
    displayStatus: state,
  };
}

/** A point, and a collection with it, stays while a copy reads it. */
export function requireNotCopied(call: Call, id: string): void {
  const key = id.toLowerCase();
  const copy = call.world.store.list(POINT_TYPE).find((point) => {
    const from = text(point.hidden['copyOf'])?.toLowerCase();
    const reads = from !== undefined && (from === key || from.startsWith(`${key}/`));
    return reads && point.body['properties'].provisioningState === 'Creating';
  });
  if (!copy) return;
  const message = `'${typeAndName(id).name}' is being copied to '${typeAndName(copy.id).name}'.`;
  throw new AzureError(409, 'OperationNotAllowed', message);
}
