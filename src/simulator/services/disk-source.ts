import { typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { sameText } from '../casing.ts';
import { isObject, text } from './arm-resource.ts';

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
  const elsewhere = source && option === 'Copy' && !sameText(String(source.body['location']), location);
  if (!source || elsewhere)
    throw new AzureError(404, 'NotFound', `Resource ${typeAndName(id).name.split('/').at(-1)} is not found.`);
  const percent: unknown = source.body['properties']?.completionPercent;
  if (option === 'Copy' && typeof percent === 'number' && percent < 100) {
    throw new AzureError(
      409,
      'OperationNotAllowed',
      `The source ${typeAndName(id).name} is still being copied in the background (${percent} %). Please retry after the copy has completed.`,
    );
  }
  return source;
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
