import { typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeThrottle } from '../throttling.ts';
import { text } from './arm-resource.ts';
import { sameRegion } from './gallery-rules.ts';

export const SNAPSHOT_TYPE = 'Microsoft.Compute/snapshots';

// https://learn.microsoft.com/azure/virtual-machines/disks-incremental-snapshots#restrictions
const PER_DISK = 500;
const PER_WINDOW = 7;
const HYDRATING_PER_DISK = 3;
const COPIES_PER_REGION = 100;
const WINDOW_MS = 5 * 60_000;

/**
 * Background copies: a share of a GiB a second, so that a 64 GiB copy takes about ten minutes of the simulator's clock.
 */
const COPY_MS_PER_GIB = 10_000;
const COPY_STEPS = 10;

/** The only reason that is documented. https://learn.microsoft.com/rest/api/compute/snapshots/get#copycompletionerror */
const LOST = {
  errorCode: 'CopySourceNotFound',
  errorMessage: 'Error: The source snapshot is not found. Resolution: Please create another copy.',
} as const;

/** What a CopyStart remembers of the snapshot it copies. */
export function copyOf(sent: Mutable, source: Stored | undefined): Mutable {
  if (sent['properties']?.creationData?.createOption !== 'CopyStart' || source === undefined) return {};
  return { copyOf: source.id, copyFamily: copyFamilyOf(source), sourceTime: source.body['properties']?.timeCreated };
}

/** Snapshots of one disk, whether made here or brought by a fleet. */
function copyFamilyOf(snapshot: Stored): string {
  const { incrementalSnapshotFamilyId, creationData } = snapshot.body['properties'] ?? {};
  return String(incrementalSnapshotFamilyId ?? creationData?.sourceUniqueId ?? creationData?.sourceResourceId);
}

function isHydrating(snapshot: Stored): boolean {
  const { completionPercent, copyCompletionError, provisioningState } = snapshot.body['properties'] ?? {};
  if (copyCompletionError !== undefined || provisioningState === 'Failed') return false;
  if (typeof completionPercent === 'number') return completionPercent < 100;
  return snapshot.hidden['copyOf'] !== undefined && provisioningState === 'Updating';
}

/**
 * "You can only copy one incremental snapshot of a particular disk at a time", "in the order they were created", 100 at
 * once per subscription and region; the source is whole.
 * https://learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions#restrictions
 */
function requireTurn(call: Call, source: Stored, location: string): void {
  const refuse = (message: string): never => {
    throw new AzureError(409, 'OperationNotAllowed', message);
  };
  const { name } = typeAndName(source.id);
  if (isHydrating(source)) refuse(`The source snapshot ${name} is not complete yet. Please retry when it is.`);
  const copies = call.world.store.list(SNAPSHOT_TYPE).filter((one) => one.hidden['copyOf'] !== undefined);
  const family = copies.filter((one) => one.hidden['copyFamily'] === copyFamilyOf(source));
  const running = family.find(isHydrating);
  if (running)
    refuse(`Another snapshot of the disk is being copied to ${typeAndName(running.id).name}: only one is at a time.`);
  const here = (one: Stored): boolean => sameRegion(one.body['location'], location);
  const taken = String(source.body['properties']?.timeCreated);
  if (family.some((one) => here(one) && String(one.hidden['sourceTime']) > taken))
    refuse(`A later snapshot of the disk was copied to ${location} already: ${name} cannot be copied out of order.`);
  const subscription = `/subscriptions/${call.params['subscriptionId'] ?? ''}/`.toLowerCase();
  const parallel = copies.filter(
    (one) => here(one) && isHydrating(one) && one.id.toLowerCase().startsWith(subscription),
  );
  if (parallel.length >= COPIES_PER_REGION)
    refuse(`${COPIES_PER_REGION} snapshots are being copied to ${location}, which is the limit.`);
}

/** A snapshot stays while a copy reads it. */
export function requireNotCopied(call: Call, snapshot: Stored): void {
  const key = snapshot.id.toLowerCase();
  const copy = call.world.store
    .list(SNAPSHOT_TYPE)
    .find((one) => text(one.hidden['copyOf'])?.toLowerCase() === key && isHydrating(one));
  if (!copy) return;
  const message = `Snapshot ${typeAndName(snapshot.id).name} is being copied to ${typeAndName(copy.id).name}.`;
  throw new AzureError(409, 'OperationNotAllowed', message);
}

/** The rules of incremental snapshots, and of the disks that know no others. */
export function requireCopyable(call: Call, sent: Mutable, source: Stored, location: string): void {
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
  if (option === 'CopyStart') requireTurn(call, source, location);
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
  if (family.filter(isHydrating).length >= HYDRATING_PER_DISK) {
    const message = `The disk ${typeAndName(disk.id).name} already has ${HYDRATING_PER_DISK} snapshots in progress.`;
    throw new AzureError(409, 'OperationNotAllowed', message);
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

/** Only these show progress; every other snapshot is usable at once. */
export function copiesInBackground(sent: Mutable, source: Stored | undefined): boolean {
  return (
    sent['properties']?.creationData?.createOption === 'CopyStart' ||
    /^(?:UltraSSD|PremiumV2)_/.test(String(source?.body['sku']?.name ?? ''))
  );
}

/** Incremental snapshots of one disk share a family. */
export function familyOf(world: World, source: Stored | undefined): string {
  const uniqueId: unknown = source?.body['properties']?.uniqueId;
  const sibling = world.store
    .list(SNAPSHOT_TYPE)
    .find((one) => uniqueId !== undefined && sourceUniqueId(one) === uniqueId);
  return text(sibling?.body['properties']?.incrementalSnapshotFamilyId) ?? world.random.uuid();
}

export function hydrate(world: World, snapshot: Stored, fails = false): void {
  const whole = Math.max(1, Number(snapshot.body['properties'].diskSizeGB)) * COPY_MS_PER_GIB;
  const start = world.clock.now();
  for (let step = 1; step <= COPY_STEPS; step += 1) {
    world.clock.at(start + (whole * step) / COPY_STEPS, () => {
      const now = world.store.get(snapshot.id);
      if (!now || now.body['properties'].copyCompletionError !== undefined) return;
      const from = text(snapshot.hidden['copyOf']);
      const isLost = from !== undefined && !world.store.get(from);
      world.store.update(snapshot.id, (edited) => {
        if (isLost) {
          edited.body['properties'].copyCompletionError = LOST;
          return;
        }
        if (fails && step === COPY_STEPS) edited.body['properties'].copyCompletionError = LOST;
        else edited.body['properties'].completionPercent = (100 * step) / COPY_STEPS;
      });
    });
  }
}
