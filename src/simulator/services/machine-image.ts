import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { text } from './arm-resource.ts';
import { VERSION_TYPE, featureOf, sameRegion } from './gallery-rules.ts';
import {
  contentsOfManagedImage,
  contentsOfVersion,
  imageKindOf,
  parentOf,
  type ImageContents,
} from './image-contents.ts';

/** The image a new machine is made of, found and fit to be used in the machine's region. */
export interface ChosenImage {
  readonly kind: 'image' | 'version';
  /** Of the image or of the version, whatever the reference named. */
  readonly id: string;
  readonly contents: ImageContents;
  /** What the definition says machines must be: `TrustedLaunch`, `TrustedLaunchSupported`… */
  readonly security: string;
  /** The version's number; managed images have none. */
  readonly exactVersion: string | undefined;
}

/**
 * `imageReference.id`: a managed image, an image version, or a definition, whose newest version in the region is meant.
 * `undefined` where the machine names no image by id.
 * https://learn.microsoft.com/azure/virtual-machines/vm-generalized-image-version
 */
export function chosenImage(call: Call, properties: Mutable, location: string): ChosenImage | undefined {
  const id = text(properties['storageProfile']?.imageReference?.id);
  if (id === undefined) return undefined;
  const kind = imageKindOf(id);
  if (kind === undefined) throw invalidParameter('imageReference.id', `The id '${id}' is not that of an image.`);
  if (kind === 'image') return managedImage(call, id, location);
  const version = kind === 'version' ? call.world.store.get(id) : newestVersion(call, id, location);
  if (!version || !isIn(version, location)) throw notInRegion(id, location);
  requireReady(version);
  const definition = call.world.store.get(parentOf(version.id));
  return {
    kind: 'version',
    id: version.id,
    contents: contentsOfVersion(call.world.store, version),
    security: featureOf(definition?.body['properties'] ?? {}, 'SecurityType') ?? 'Standard',
    exactVersion: version.id.split('/').at(-1),
  };
}

function managedImage(call: Call, id: string, location: string): ChosenImage {
  const image = call.world.store.get(id);
  if (!image) throw new AzureError(404, 'NotFound', `Image ${typeAndName(id).name} is not found.`);
  if (!sameRegion(image.body['location'], location)) {
    const place = String(image.body['location']);
    const text = `The image '${typeAndName(id).name}' is in '${place}' and cannot be used in '${location}'.`;
    throw new AzureError(400, 'BadRequest', text);
  }
  requireReady(image);
  const contents = contentsOfManagedImage(image);
  return { kind: 'image', id: image.id, contents, security: 'Standard', exactVersion: undefined };
}

/** The highest number, of those in the region that are not kept out of `latest`. */
function newestVersion(call: Call, definitionId: string, location: string): Stored | undefined {
  const candidates = call.world.store
    .list(VERSION_TYPE, definitionId)
    .filter((version) => isIn(version, location))
    .filter((version) => {
      const { publishingProfile, provisioningState } = version.body['properties'] ?? {};
      return publishingProfile?.excludeFromLatest !== true && provisioningState === 'Succeeded';
    });
  return candidates.toSorted((one, other) => compareVersions(other.id, one.id))[0];
}

function compareVersions(one: string, other: string): number {
  const parts = (id: string): number[] => (id.split('/').at(-1) ?? '').split('.').map(Number);
  const [a, b] = [parts(one), parts(other)];
  for (const [index, number] of a.entries()) if (number !== b[index]) return number - (b[index] ?? 0);
  return 0;
}

function isIn(version: Stored, location: string): boolean {
  const regions: readonly Mutable[] = version.body['properties']?.publishingProfile?.targetRegions ?? [];
  return sameRegion(version.body['location'], location) || regions.some(({ name }) => sameRegion(name, location));
}

function notInRegion(id: string, location: string): AzureError {
  const text =
    `The gallery image ${id} is not available in ${location} region. Please contact image owner to replicate to this ` +
    'region, or change your requested region.';
  return new AzureError(404, 'GalleryImageNotFound', text, { target: 'imageReference' });
}

function requireReady(image: Stored): void {
  const { provisioningState } = image.body['properties'] ?? {};
  if (provisioningState === undefined || provisioningState === 'Succeeded' || provisioningState === 'Updating') return;
  const name = typeAndName(image.id).name;
  throw new AzureError(409, 'OperationNotAllowed', `The image '${name}' is not ready: ${provisioningState}.`);
}

/**
 * The request with the image's disks filled in: each disk of the image becomes one of the machine, whether it was named
 * or not, and none smaller than the image's.
 */
export function withImageDisks(sent: Mutable, image: ChosenImage): Mutable {
  const filled = structuredClone(sent);
  const storage: Mutable = filled['properties'].storageProfile;
  const sized = (disk: Mutable, sizeGiB: number): Mutable => {
    const asked: unknown = disk['diskSizeGB'];
    if (typeof asked === 'number' && asked < sizeGiB) {
      const message =
        `The specified disk size ${asked} GB is smaller than the size of the corresponding disk in the VM image: ` +
        `${sizeGiB} GB. This is not allowed. Please choose equal or greater size or do not specify an explicit size.`;
      throw new AzureError(409, 'OperationNotAllowed', message, { target: 'diskSizeGB' });
    }
    return { diskSizeGB: sizeGiB, ...disk };
  };
  const [os, ...data] = image.contents.disks;
  const { osType } = image.contents;
  const told = text(storage['osDisk']?.osType) ?? osType;
  if (told.toLowerCase() !== osType.toLowerCase())
    throw invalidParameter('osDisk.osType', `The image is of ${osType}, not of ${told}.`);
  storage['osDisk'] = { createOption: 'FromImage', ...sized(storage['osDisk'] ?? {}, os?.sizeGiB ?? 30), osType };
  const named: readonly Mutable[] = storage['dataDisks'] ?? [];
  for (const disk of named) {
    const isImage = /^fromimage$/i.test(String(disk['createOption']));
    if (isImage && !data.some(({ lun }) => lun === disk['lun']))
      throw invalidParameter('dataDisks.lun', `The image has no data disk at LUN ${disk['lun']}.`);
  }
  const ofImage = data.map(({ lun, sizeGiB, caching, sku }) => {
    const asked = named.find((disk) => disk['lun'] === lun);
    const managedDisk = { ...(sku === undefined ? {} : { storageAccountType: sku }), ...asked?.['managedDisk'] };
    return sized({ lun, createOption: 'FromImage', caching: caching ?? 'None', ...asked, managedDisk }, sizeGiB);
  });
  const others = named.filter((disk) => !data.some(({ lun }) => lun === disk['lun']));
  storage['dataDisks'] = [...ofImage, ...others];
  if (image.exactVersion !== undefined) storage['imageReference'].exactVersion = image.exactVersion;
  return filled;
}

/** https://learn.microsoft.com/azure/virtual-machines/trusted-launch */
export function requireSecurity(properties: Mutable, image: ChosenImage): void {
  const wanted = text(properties['securityProfile']?.securityType);
  const { security, contents } = image;
  if (wanted === 'TrustedLaunch' && (contents.generation !== 'V2' || !security.startsWith('TrustedLaunch'))) {
    const message =
      'Use of TrustedLaunch setting is not supported for the provided image. Please select Trusted Launch Supported ' +
      'Gen2 OS Image.';
    throw new AzureError(400, 'BadRequest', message);
  }
  if (security !== 'Standard' && !security.includes('Supported') && wanted !== security) {
    const message =
      `The provided gallery image only supports creation of VMs and VM Scale Sets with '${security}' security ` +
      'type.';
    throw new AzureError(400, 'BadRequest', message);
  }
}
