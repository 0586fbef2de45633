import type { Estate, GalleryImageVersion, Image, Machine } from '../estate.ts';
import { joinBy } from '../join.ts';
import type { Option, Protection } from '../protection.ts';
import { attachedDisks, byHealthThenAge, datedToCome, gapBefore, isToCome } from '../protection.ts';
import { sources } from '../sources.ts';
import { instantMs } from '../time.ts';

const versionsOf = joinBy<GalleryImageVersion>((version) => [version.sourceKey]);
const imagesOf = joinBy<Image>((image) => [image.sourceMachineKey]);

export const galleryImage: Option = {
  id: 'gallery-image',
  title: 'gallery image versions',
  source: sources.SIG,
  can: [
    'Capture a machine as a specialized image that keeps accounts and name, without generalizing it, or as a generalized one.',
    'Capture Trusted Launch, Confidential and ARM64 machines, which managed images cannot.',
    'Be replicated to other regions and shared across subscriptions.',
  ],
  cannot: [
    'Hold Ultra or Premium SSD v2 disks, or (without shallow replication) disks of 2 TB and more.',
    'Protect data that changes: a version is one moment of a golden configuration.',
    'Fit a definition of another generation, security type or disk controller than the source machine.',
  ],
  present: (machine, estate) =>
    versionsFrom(machine, estate)
      .map((version) => protectionBy(version, machine, estate))
      .toSorted(byHealthThenAge),
  // Galleries are shared: one may live in any subscription.
  blindSpot: (machine, estate) => gapBefore(machine, estate.galleryImageVersions, '/'),
};

/** Made of the machine itself, or of a managed image of it. */
export const versionsFrom = (machine: Machine, estate: Estate): readonly GalleryImageVersion[] => {
  const through = imagesOf(estate.images, machine.key).map(({ key }) => key);
  return [machine.key, ...through].flatMap((key) => versionsOf(estate.galleryImageVersions, key));
};

const protectionBy = (version: GalleryImageVersion, machine: Machine, estate: Estate): Protection => ({
  option: 'gallery-image',
  id: version.id,
  state: version.provisioned ? 'available' : 'failed',
  healthy: version.provisioned && !isToCome(version.publishedAt, estate),
  pending: false,
  active: true,
  ...(version.publishedAt !== undefined && isToCome(version.publishedAt, estate)
    ? { pointsUnknown: datedToCome(version.publishedAt) }
    : {}),
  ...(version.publishedAt !== undefined &&
  instantMs(version.publishedAt) !== undefined &&
  !isToCome(version.publishedAt, estate)
    ? {
        newestPoint: {
          id: version.id,
          at: version.publishedAt,
          consistency: 'unknown',
          disksIncluded: null,
          disksAttached: attachedDisks(machine),
        },
      }
    : {}),
  disksLeftOut: [],
  ...(version.provisioned ? {} : { detail: 'it was not made whole' }),
});
