import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { sameText } from '../casing.ts';
import { text } from './arm-resource.ts';
import type { ImageContents } from './image-contents.ts';

export const GALLERY_TYPE = 'Microsoft.Compute/galleries';
export const DEFINITION_TYPE = `${GALLERY_TYPE}/images`;
export const VERSION_TYPE = `${DEFINITION_TYPE}/versions`;

/** Galleries have api-versions of their own. */
export const GALLERY_VERSIONS = [
  '2020-09-30',
  '2021-10-01',
  '2022-01-03',
  '2022-03-03',
  '2022-08-03',
  '2023-07-03',
  '2024-03-03',
  '2025-03-03',
  '2025-12-03',
];
/** From here on new definitions are generation 2 and take Trusted Launch unless they say otherwise. */
const TRUSTED_BY_DEFAULT = '2025-03-03';

/** https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery#limits, per subscription and region. */
export const LIMITS = { galleries: 100, definitions: 1000, versions: 10_000, replicas: 100 } as const;
const FULL_GIB = 2048;
const SHALLOW_GIB = 32 * 1024;

export function requireGalleryName(name: string): void {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_.]{0,78}[A-Za-z0-9])?$/.test(name)) return;
  throw invalidParameter(
    'galleryName',
    `The gallery name '${name}' is not valid: it has letters, digits, underscores and periods, up to 80.`,
  );
}

export function requireVersionName(name: string): void {
  const parts = name.split('.');
  const fits = parts.length === 3 && parts.every((part) => /^\d+$/.test(part) && Number(part) <= 2 ** 31 - 1);
  if (fits) return;
  throw invalidParameter(
    'galleryImageVersionName',
    `The version name '${name}' is not valid: it is MajorVersion.MinorVersion.Patch, each a 32-bit whole number.`,
  );
}

/** A new definition's properties as they will be shown, or Azure's refusal. */
export function definitionProperties(
  call: Call,
  before: Stored | undefined,
  sent: Mutable,
  siblings: readonly Stored[],
): Mutable {
  const asked: Mutable = sent['properties'] ?? {};
  const trusted = call.apiVersion >= TRUSTED_BY_DEFAULT;
  const features: readonly Mutable[] | undefined = asked['features'];
  const namesSecurity = features?.some((one) => sameText(String(one['name']), 'SecurityType')) === true;
  const old: Mutable = before?.body['properties'] ?? {};
  const shown: Mutable = {
    ...old,
    ...asked,
    hyperVGeneration: asked['hyperVGeneration'] ?? old['hyperVGeneration'] ?? (trusted ? 'V2' : 'V1'),
    architecture: asked['architecture'] ?? old['architecture'] ?? 'x64',
  };
  if (before === undefined && trusted && !namesSecurity && shown['hyperVGeneration'] === 'V2')
    shown['features'] = [...(features ?? []), { name: 'SecurityType', value: 'TrustedLaunchSupported' }];
  if (before) requireSameDefinition(old, shown);
  else requireFreeIdentifier(shown['identifier'], siblings);
  return shown;
}

/** What versions rely on is fixed. https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries */
function requireSameDefinition(old: Mutable, shown: Mutable): void {
  for (const field of ['osType', 'osState', 'hyperVGeneration', 'architecture', 'identifier']) {
    const [was, is] = [JSON.stringify(old[field] ?? null), JSON.stringify(shown[field] ?? null)];
    if (was.toLowerCase() === is.toLowerCase()) continue;
    const target = `galleryImage.properties.${field}`;
    throw new AzureError(409, 'PropertyChangeNotAllowed', `Changing property '${target}' is not allowed.`, { target });
  }
}

function requireFreeIdentifier(identifier: Mutable, siblings: readonly Stored[]): void {
  const key = (one: Mutable): string => [one['publisher'], one['offer'], one['sku']].join('/').toLowerCase();
  const taken = siblings.find((one) => key(one.body['properties']?.identifier ?? {}) === key(identifier));
  if (!taken) return;
  const text =
    `The gallery image identifier (publisher '${identifier['publisher']}', offer '${identifier['offer']}', sku ` +
    `'${identifier['sku']}') is already used by '${typeAndName(taken.id).name.split('/').at(-1)}' in this gallery.`;
  throw new AzureError(409, 'Conflict', text, { target: 'identifier' });
}

/**
 * Whether what a version is made of fits its definition.
 * https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries#image-definitions
 */
export function requireFitting(definition: Stored, contents: ImageContents, mode: string | undefined): void {
  const properties: Mutable = definition.body['properties'] ?? {};
  const refuse = (what: string, has: unknown, wants: unknown): never => {
    const text =
      `The source has ${what} '${String(has)}', and the image definition ` +
      `'${typeAndName(definition.id).name.split('/').at(-1)}' '${String(wants)}'.`;
    throw new AzureError(400, 'BadRequest', text);
  };
  const { osType, osState, hyperVGeneration, architecture } = properties;
  if (contents.osType !== osType) refuse('OS type', contents.osType, osType);
  if (contents.osState !== osState) refuse('OS state', contents.osState, osState);
  if (contents.generation !== (hyperVGeneration ?? 'V1'))
    refuse('hypervisor generation', contents.generation, hyperVGeneration ?? 'V1');
  if (contents.architecture !== (architecture ?? 'x64'))
    refuse('architecture', contents.architecture, architecture ?? 'x64');
  const wanted = featureOf(properties, 'SecurityType') ?? 'Standard';
  // https://learn.microsoft.com/azure/virtual-machines/trusted-launch-portal: guest state goes nowhere else.
  if (contents.security !== undefined && contents.security !== wanted)
    refuse('security type', contents.security, wanted);
  if (contents.security === undefined && /^(?:TrustedLaunch|ConfidentialVM)$/.test(wanted))
    refuse('security type', 'Standard', wanted);
  if (contents.controller === 'NVMe' && !/nvme/i.test(featureOf(properties, 'DiskControllerTypes') ?? ''))
    refuse('disk controller', 'NVMe', 'SCSI');
  requireStorable(contents, mode);
}

/** https://learn.microsoft.com/azure/virtual-machines/disks-types and …/shared-image-galleries#limitations */
function requireStorable({ disks }: ImageContents, mode: string | undefined): void {
  const limit = mode === 'Shallow' ? SHALLOW_GIB : FULL_GIB;
  for (const { lun, sku, sizeGiB } of disks) {
    const name = lun === undefined ? 'The OS disk' : `The data disk at LUN ${lun}`;
    if (/^(?:UltraSSD|PremiumV2)_/.test(sku ?? ''))
      throw new AzureError(400, 'BadRequest', `${name} is of type ${sku}, which a gallery image cannot hold.`);
    if (sizeGiB > limit)
      throw new AzureError(400, 'BadRequest', `${name} has ${sizeGiB} GiB; a gallery image disk has ${limit} at most.`);
  }
}

export function featureOf(properties: Mutable, name: string): string | undefined {
  const features: readonly Mutable[] = properties['features'] ?? [];
  return text(features.find((one) => sameText(String(one['name']), name))?.['value']);
}

/** Same region, whichever of Azure's two spellings: `westeurope`, `West Europe`. */
export function sameRegion(one: unknown, other: unknown): boolean {
  const plain = (name: unknown): string => String(name).toLowerCase().replaceAll(' ', '');
  return plain(one) === plain(other);
}
