import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { sameText } from '../casing.ts';
import { isObject, text } from './arm-resource.ts';
import { guestOn, withGuest } from './machine-guest.ts';

/** What a copy inherits from the disk, snapshot or restore point it is made of. */
const INHERITED = [
  'osType',
  'hyperVGeneration',
  'supportedCapabilities',
  'securityProfile',
  'purchasePlan',
  'encryptionSettingsCollection',
];

/**
 * The source of a Copy, CopyStart or Restore. A copy stays in its region: across regions the source is "not found".
 * https://learn.microsoft.com/azure/virtual-machines/disks-copy-incremental-snapshot-across-regions
 */
export function sourceOf(call: Call, sent: Mutable, location: string): Stored | undefined {
  const creation = creationOf(sent);
  const option = text(creation['createOption']);
  if (option === undefined || !['Copy', 'CopyStart', 'Restore'].includes(option)) return undefined;
  const id = text(creation['sourceResourceId']);
  if (id === undefined)
    throw new AzureError(400, 'InvalidParameter', "Required parameter 'sourceResourceId' is missing (null).", {
      target: 'creationData.sourceResourceId',
    });
  const source = call.world.store.get(id);
  const elsewhere = source && option !== 'CopyStart' && !sameText(placeOf(call, source), location);
  if (!source || elsewhere)
    throw new AzureError(404, 'NotFound', `Resource ${typeAndName(id).name.split('/').at(-1)} is not found.`);
  const percent: unknown = source.body['properties']?.completionPercent;
  if (option !== 'CopyStart' && typeof percent === 'number' && percent < 100) {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `The source ${typeAndName(id).name} is still being copied in the background (${percent} %). Please retry after the copy has completed.`,
    );
  }
  return source;
}

/** A disk restore point lies where its collection does. */
function placeOf(call: Call, source: Stored): string {
  const collection = call.world.store.get(source.id.split('/').slice(0, 9).join('/'));
  return String(source.body['location'] ?? collection?.body['location']);
}

/**
 * Import: a page blob in a storage account of the same region. Bytes are not simulated; the account is held against the
 * store where it is named. https://learn.microsoft.com/rest/api/compute/disks/create-or-update#creationdata
 */
export function requireImport(call: Call, sent: Mutable, location: string): void {
  const creation = creationOf(sent);
  if (creation['createOption'] !== 'Import') return;
  const uri = text(creation['sourceUri']);
  if (uri === undefined)
    throw invalidParameter('creationData.sourceUri', "Required parameter 'creationData.sourceUri' is missing (null).");
  requireVhd(call, uri, location, text(creation['storageAccountId']));
}

const BLOB_URI = /^https?:\/\/([a-z0-9]{3,24})\.blob\.[a-z0-9.-]+(?::\d+)?\/[^/?]+\/[^?]+/i;

export function requireVhd(call: Call, uri: string, location: string, accountId?: string): void {
  const account = BLOB_URI.exec(uri)?.[1]?.toLowerCase();
  if (account === undefined) {
    const message = `The blob URI '${uri}' is not valid: it names a page blob in a storage account.`;
    throw new AzureError(400, 'InvalidParameter', message, { target: 'blobUri' });
  }
  const type = 'Microsoft.Storage/storageAccounts';
  const known = call.world.store.list(type).find((one) => sameText(String(one.body['name']), account));
  if (accountId !== undefined && !known) {
    const message = `The storage account '${typeAndName(accountId).name}' is not found.`;
    throw new AzureError(404, 'NotFound', message);
  }
  if (!known || sameText(String(known.body['location']), location)) return;
  const message =
    `The source blob is in the storage account '${account}' in '${known.body['location']}'; a resource made of it ` +
    `must be in the same region, not in '${location}'.`;
  throw new AzureError(400, 'InvalidParameter', message, { target: 'sourceUri' });
}

/** https://learn.microsoft.com/azure/virtual-machines/disks-restrict-import-export-overview */
export function requirePrivateAccess(sent: Mutable): void {
  const { networkAccessPolicy, diskAccessId } = sent['properties'] ?? {};
  if (networkAccessPolicy !== 'AllowPrivate' || text(diskAccessId) !== undefined) return;
  throw invalidParameter('diskAccessId', "Required parameter 'diskAccessId' is missing (null).");
}

/** What a copy inherits that no answer shows. */
export function copiedHidden(source: Stored | undefined): Mutable {
  return withGuest(guestOn(source));
}

/** What a disk or snapshot is made of can never be changed afterwards; sending the same again is a plain update. */
export function requireSameCreationData(before: Stored, sent: Mutable): void {
  const old: Mutable = before.body['properties']?.creationData ?? {};
  for (const [field, value] of Object.entries(creationOf(sent))) {
    if (value === null || JSON.stringify(value).toLowerCase() === JSON.stringify(old[field] ?? null).toLowerCase())
      continue;
    throw new AzureError(409, 'PropertyChangeNotAllowed', `Changing property 'creationData.${field}' is not allowed.`, {
      target: `creationData.${field}`,
    });
  }
}

export function copiedProperties(source: Stored | undefined): Mutable {
  const from: Mutable = source?.body['properties'] ?? {};
  return Object.fromEntries(
    INHERITED.filter((field) => from[field] !== undefined).map((field) => [field, structuredClone(from[field])]),
  );
}

function creationOf(sent: Mutable): Mutable {
  const creation: unknown = sent['properties']?.creationData;
  return isObject(creation) ? creation : {};
}

/** What the service alone writes; sent back by a client that updates a whole body, it is not echoed. */
const READ_ONLY = [
  'timeCreated',
  'diskState',
  'diskSizeBytes',
  'uniqueId',
  'provisioningState',
  'incrementalSnapshotFamilyId',
  'LastOwnershipUpdateTime',
];

/**
 * The body of a 202: what was sent, `Updating`; what is not sent stays out, but for the kind of storage that is there.
 */
export function acceptedBody(name: string, before: Stored | undefined, sent: Mutable): Mutable {
  const { location, tags, sku, properties, zones } = structuredClone(sent);
  const named = text(sku?.name);
  const provisioned = /^(?:UltraSSD|PremiumV2)_/.test(named ?? String(before?.body['sku']?.name ?? ''));
  const dropped = provisioned ? READ_ONLY : [...READ_ONLY, 'diskIOPSReadWrite', 'diskMBpsReadWrite'];
  const kept = Object.fromEntries(
    Object.entries((properties ?? {}) as Mutable).filter(([field]) => !dropped.includes(field)),
  );
  return {
    name,
    location: location ?? before?.body['location'],
    ...(tags === undefined ? {} : { tags }),
    ...(named === undefined ? (before === undefined ? {} : { sku: before.body['sku'] }) : { sku: { name: named } }),
    ...(zones === undefined ? {} : { zones }),
    properties: { ...kept, provisioningState: 'Updating' },
  };
}
