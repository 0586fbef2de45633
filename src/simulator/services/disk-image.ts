import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Call, Mutable } from '../service.ts';
import { AzureError } from '../service.ts';
import { text } from './arm-resource.ts';
import { sameRegion } from './gallery-rules.ts';
import { contentsOfVersion, imageKindOf } from './image-contents.ts';
import { withGuest } from './machine-guest.ts';

/** What a disk made of an image has, before the request adds to it. */
export interface DiskOfImage {
  readonly sizeGiB: number;
  readonly properties: Mutable;
  readonly hidden: Mutable;
}

/** Platform images are not told apart: what one holds follows from its system. */
const PLATFORM_GIB = { Windows: 127, Linux: 30 } as const;

/**
 * `createOption: FromImage`: a platform image by `imageReference`, a gallery version by `galleryImageReference`, its OS
 * disk or, with a LUN, one of its data disks.
 * https://learn.microsoft.com/rest/api/compute/disks/create-or-update#create-a-managed-disk-from-a-platform-image
 */
export function diskOfImage(call: Call, sent: Mutable, location: string): DiskOfImage | undefined {
  const creation: Mutable = sent['properties']?.creationData ?? {};
  if (creation['createOption'] !== 'FromImage') return undefined;
  const versionId = text(creation['galleryImageReference']?.id);
  if (versionId === undefined && text(creation['imageReference']?.id) === undefined) {
    const message = "Exactly one of 'imageReference' and 'galleryImageReference' must be given.";
    throw invalidParameter('creationData', message);
  }
  if (versionId === undefined) {
    const osType = sent['properties']?.osType === 'Windows' ? 'Windows' : 'Linux';
    return { sizeGiB: PLATFORM_GIB[osType], properties: { osType }, hidden: withGuest(true) };
  }
  const version = imageKindOf(versionId) === 'version' ? call.world.store.get(versionId) : undefined;
  const regions: readonly Mutable[] = version?.body['properties']?.publishingProfile?.targetRegions ?? [];
  if (!version || !regions.some(({ name }) => sameRegion(name, location))) {
    const message = `The gallery image ${versionId} is not available in ${location} region.`;
    throw new AzureError(404, 'GalleryImageNotFound', message);
  }
  const contents = contentsOfVersion(call.world.store, version);
  const lun: unknown = creation['galleryImageReference'].lun ?? undefined;
  const disk = contents.disks.find((one) => one.lun === lun);
  if (!disk) {
    const name = typeAndName(versionId).name.split('/').at(-1);
    const message = `The version '${name}' has no data disk at LUN ${String(lun)}.`;
    throw invalidParameter('galleryImageReference.lun', message);
  }
  if (lun !== undefined) return { sizeGiB: disk.sizeGiB, properties: {}, hidden: {} };
  const { osType, generation, architecture, security, deprovisioned } = contents;
  return {
    sizeGiB: disk.sizeGiB,
    properties: {
      osType,
      hyperVGeneration: generation,
      supportedCapabilities: { architecture },
      ...(security === undefined ? {} : { securityProfile: { securityType: security } }),
    },
    hidden: withGuest(deprovisioned),
  };
}
