/** Managed images and gallery image versions made from the machine. */
import { unknownText } from '../assessment.ts';
import type { Estate, GalleryImageVersion, Image, Machine } from '../estate.ts';
import { imagesOf, managedImage } from '../options/managed-image.ts';
import { galleryImage, versionsFrom } from '../options/gallery-image.ts';
import { attachedDisks } from '../protection.ts';
import { expiryOf, type Found, type FoundPoint, type PointState } from './point.ts';

export const managedImagePoints = (machine: Machine, estate: Estate): Found => {
  const blind = managedImage.blindSpot(machine, estate);
  return {
    points: imagesOf(estate.images, machine.key).map((image) => imagePoint(image, machine)),
    missed: blind ? [{ subject: machine.id, fact: 'points of managed-image', reason: unknownText(blind) }] : [],
  };
};

const imagePoint = (image: Image, machine: Machine): FoundPoint => {
  const attached = attachedDisks(machine);
  const state: PointState = !image.provisioned
    ? 'failed'
    : attached !== null && image.disks < attached
      ? 'incomplete'
      : 'available';
  return {
    id: image.id,
    option: 'managed-image',
    at: undefined,
    consistency: 'unknown',
    state,
    disksIncluded: image.disks,
    disksAttached: attached,
    disksLeftOut: [],
    sizeGiB: image.sizeGiB ?? null,
    expiresAt: expiryOf(image.tags),
    region: image.location,
    restores: state === 'failed' ? [] : ['many-machines'],
    notes: ['Azure does not tell when a managed image was made'],
  };
};

export const galleryPoints = (machine: Machine, estate: Estate): Found => {
  const blind = galleryImage.blindSpot(machine, estate);
  return {
    points: versionsFrom(machine, estate).map((version) => versionPoint(version, machine)),
    missed: blind ? [{ subject: machine.id, fact: 'points of gallery-image', reason: unknownText(blind) }] : [],
  };
};

const versionPoint = (version: GalleryImageVersion, machine: Machine): FoundPoint => {
  const elsewhere = version.regions?.some((region) => region !== machine.location) === true;
  return {
    id: version.id,
    option: 'gallery-image',
    at: version.publishedAt,
    consistency: 'unknown',
    state: version.provisioned ? 'available' : 'failed',
    disksIncluded: null,
    disksAttached: attachedDisks(machine),
    disksLeftOut: [],
    sizeGiB: null,
    expiresAt: expiryOf(version.tags),
    region: version.location,
    restores: version.provisioned ? ['many-machines', ...(elsewhere ? (['another-region'] as const) : [])] : [],
    notes: elsewhere ? [`replicated to ${version.regions!.join(', ')}`] : [],
  };
};
