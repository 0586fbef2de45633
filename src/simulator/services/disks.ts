import { invalidParameter, typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Mutable, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeTime, groupResourceId, markFailed, mergePatch, requireResource, text, wire } from './arm-resource.ts';
import { OPERATION_ROUTES, deleteHeaders, operationHeaders } from './compute-operations.ts';
import { computeRoutes } from './compute-routes.ts';
import { accessRoutes, requireNoAccess } from './disk-access.ts';
import { diskOfImage } from './disk-image.ts';
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

export const DISK_TYPE = 'Microsoft.Compute/disks';
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${DISK_TYPE}/{diskName}`;
const CREATE_MS = 4000;
const GIB = 1024 ** 3;
/** A VHD's size is in its bytes, which are not simulated. */
const IMPORTED_GIB = 30;

/** Managed disks. https://learn.microsoft.com/rest/api/compute/disks */
export const disks: Service = {
  provider: 'Microsoft.Compute',
  graph: [{ type: DISK_TYPE, table: 'resources' }],
  routes: [
    ...computeRoutes({
      type: DISK_TYPE,
      path: PATH,
      apiVersions: apiVersions.disks,
      buckets: { get: 'disk-get', write: 'disk-write', delete: 'disk-delete' },
      body: 'Disk',
      linked: linkedToDiskSource,
      find: required,
      put,
      patch,
      remove,
    }),
    ...accessRoutes(PATH, 'Disk'),
    ...OPERATION_ROUTES,
  ],
};

function diskId(call: Call): string {
  return groupResourceId(call, DISK_TYPE, call.params['diskName'] ?? '');
}

function required(call: Call): Stored {
  return requireResource(call, diskId(call), 'Disk');
}

function put(call: Call): Answer {
  const { store } = call.world;
  const id = diskId(call);
  const before = store.get(id);
  const sent = call.body ?? {};
  const location = text(sent['location']);
  if (location === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  if (before) requireSameCreationData(before, sent);
  const source = before ? undefined : sourceOf(call, sent, location);
  if (!before) requireImport(call, sent, location);
  const image = before ? undefined : diskOfImage(call, sent, location);
  requirePrivateAccess(sent);
  const least: unknown = source?.body['properties']?.diskSizeGB ?? source?.hidden['diskSizeGB'] ?? image?.sizeGiB;
  const asked: unknown = sent['properties']?.diskSizeGB;
  if (typeof asked === 'number' && typeof least === 'number' && asked < least)
    throw invalidParameter('disk.diskSizeGB', `The disk size ${asked} GB is smaller than its source's, ${least} GB.`);
  const imports = sent['properties']?.creationData?.createOption === 'Import';
  const size = Number(asked ?? least ?? before?.body['properties']?.diskSizeGB ?? (imports ? IMPORTED_GIB : undefined));
  const isEmpty = sent['properties']?.creationData?.createOption === 'Empty';
  if (!before && isEmpty && !(size > 0))
    throw invalidParameter('disk.diskSizeGB', "Required parameter 'disk.diskSizeGB' is missing (null).");
  if (before && size < before.body['properties'].diskSizeGB) {
    throw new AzureError(409, 'OperationNotAllowed', `Disk ${typeAndName(id).name} size cannot be reduced.`);
  }
  const copied = { ...copiedProperties(source), ...image?.properties };
  const from = { copied, sourceUniqueId: source?.body['properties']?.uniqueId as unknown };
  const settled = settledBody(call, before, sent, from, size);
  return accept(call, id, location, sent, settled, { ...copiedHidden(source), ...image?.hidden });
}

function patch(call: Call): Answer {
  const before = required(call);
  const sent = call.body ?? {};
  const size = Number(sent['properties']?.diskSizeGB ?? before.body['properties'].diskSizeGB);
  if (size < before.body['properties'].diskSizeGB)
    throw new AzureError(409, 'OperationNotAllowed', 'Disk size cannot be reduced.');
  // Tags are replaced as a whole, everything else merges.
  const merged = mergePatch(sent['tags'] === undefined ? before.body : { ...before.body, tags: {} }, sent);
  return accept(
    call,
    before.id,
    String(before.body['location']),
    merged,
    settledBody(call, before, merged, { copied: {} }, size),
  );
}

/** 202 with the body as asked, `Updating`; the finished resource appears when the operation ends. */
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
  if (!before) store.put({ id, type: DISK_TYPE, body: accepted, hidden });
  const operation = operations.start({
    kind: 'disk-write',
    scope: id,
    durationMs: CREATE_MS,
    data: { showOutput: true },
    fail: () => markFailed(call, id),
    finish: () => {
      const stored = store.put({ id, type: DISK_TYPE, body: settled, hidden: store.get(id)?.hidden ?? {} });
      return wire(stored);
    },
  });
  const body = { name, id: before?.id ?? id, type: DISK_TYPE, ...accepted };
  return { status: 202, headers: operationHeaders(call, 'DiskOperations', location, operation, true), body };
}

function settledBody(
  call: Call,
  before: Stored | undefined,
  sent: Mutable,
  from: { readonly copied: Mutable; readonly sourceUniqueId?: unknown },
  size: number,
): Mutable {
  const { clock, random } = call.world;
  const old = before?.body ?? {};
  const sku = String(sent['sku']?.name ?? old['sku']?.name ?? 'Standard_LRS');
  const properties: Mutable = sent['properties'] ?? {};
  const { id: _id, type: _type, name: _name, managedBy: _managedBy, ...envelope } = structuredClone(sent);
  return {
    ...old,
    ...envelope,
    name: typeAndName(before?.id ?? diskId(call)).name,
    sku: { name: sku, tier: sku.replace(/_.*$/, '').replace(/V2$/, 'V2') },
    properties: {
      ...from.copied,
      ...withoutTier(old['properties']),
      ...withoutTier(properties),
      creationData: old['properties']?.creationData ?? {
        ...properties['creationData'],
        ...(from.sourceUniqueId === undefined ? {} : { sourceUniqueId: from.sourceUniqueId }),
      },
      diskSizeGB: size,
      ...performance(sku, size, properties),
      encryption: properties['encryption'] ??
        old['properties']?.encryption ?? { type: 'EncryptionAtRestWithPlatformKey' },
      networkAccessPolicy: properties['networkAccessPolicy'] ?? old['properties']?.networkAccessPolicy ?? 'AllowAll',
      publicNetworkAccess: properties['publicNetworkAccess'] ?? old['properties']?.publicNetworkAccess ?? 'Enabled',
      timeCreated: old['properties']?.timeCreated ?? computeTime(clock.now()),
      provisioningState: 'Succeeded',
      diskState: old['properties']?.diskState ?? 'Unattached',
      diskSizeBytes: size * GIB,
      uniqueId: old['properties']?.uniqueId ?? random.uuid(),
      ...(sku.startsWith('Premium_') ? { tier: premiumTier(size) } : {}),
    },
  };
}

/** The performance tier belongs to premium disks: a disk that changes its kind loses it. */
function withoutTier(properties: Mutable | undefined): Mutable {
  const { tier: _tier, ...rest } = properties ?? {};
  return rest;
}

/** Baseline performance by kind: https://learn.microsoft.com/azure/virtual-machines/disks-types */
export function performance(
  sku: string,
  sizeGiB: number,
  asked: Mutable = {},
): { diskIOPSReadWrite: number; diskMBpsReadWrite: number } {
  if (sku.startsWith('Premium_')) return premium(sizeGiB);
  if (sku === 'PremiumV2_LRS')
    return {
      diskIOPSReadWrite: asked['diskIOPSReadWrite'] ?? 3000,
      diskMBpsReadWrite: asked['diskMBpsReadWrite'] ?? 125,
    };
  if (sku === 'UltraSSD_LRS')
    return {
      diskIOPSReadWrite: asked['diskIOPSReadWrite'] ?? Math.max(100, sizeGiB * 2),
      diskMBpsReadWrite: asked['diskMBpsReadWrite'] ?? 25,
    };
  return { diskIOPSReadWrite: 500, diskMBpsReadWrite: sku.startsWith('StandardSSD') ? 100 : 60 };
}

const PREMIUM: readonly (readonly [sizeGiB: number, tier: string, iops: number, mbps: number])[] = [
  [4, 'P1', 120, 25],
  [8, 'P2', 120, 25],
  [16, 'P3', 120, 25],
  [32, 'P4', 120, 25],
  [64, 'P6', 240, 50],
  [128, 'P10', 500, 100],
  [256, 'P15', 1100, 125],
  [512, 'P20', 2300, 150],
  [1024, 'P30', 5000, 200],
  [2048, 'P40', 7500, 250],
  [4096, 'P50', 7500, 250],
  [8192, 'P60', 16_000, 500],
  [16_384, 'P70', 18_000, 750],
  [32_767, 'P80', 20_000, 900],
];

function premium(sizeGiB: number): { diskIOPSReadWrite: number; diskMBpsReadWrite: number } {
  const [, , iops, mbps] = PREMIUM.find(([size]) => sizeGiB <= size) ?? [0, '', 20_000, 900];
  return { diskIOPSReadWrite: iops, diskMBpsReadWrite: mbps };
}

export function premiumTier(sizeGiB: number): string {
  return PREMIUM.find(([size]) => sizeGiB <= size)?.[1] ?? 'P80';
}

function remove(call: Call): Answer {
  const { store, operations } = call.world;
  const disk = store.get(diskId(call));
  if (!disk) return { status: 204 };
  const owner = text(disk.body['managedBy']);
  if (owner !== undefined) {
    throw new AzureError(409, 'OperationNotAllowed', `Disk ${typeAndName(disk.id).name} is attached to VM ${owner}.`);
  }
  requireNoAccess(disk, 'Disk');
  const operation = operations.start({
    kind: 'disk-delete',
    scope: disk.id,
    durationMs: 1000,
    finish: () => void store.delete(disk.id),
  });
  return { status: 202, headers: deleteHeaders(call, String(disk.body['location']), operation) };
}
