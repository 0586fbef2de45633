import type { Image, Machine } from '../estate.ts';
import { unknown } from '../fact.ts';
import { joinBy } from '../join.ts';
import type { Option, Protection } from '../protection.ts';
import { byHealthThenAge, gapBefore } from '../protection.ts';
import { sources } from '../sources.ts';

export const imagesOf = joinBy<Image>((image) => [image.sourceMachineKey]);

export const managedImage: Option = {
  id: 'managed-image',
  title: 'managed images',
  source: sources.IMG,
  can: [
    'Capture a generalized machine, all its disks included, as a template for many new ones.',
    'Keep a golden configuration after the machine it came from is gone.',
  ],
  cannot: [
    'Capture a machine that is still in use: generalizing is irreversible, and a generalized machine never starts again.',
    'Capture Trusted Launch, Confidential or ARM64 machines, or Ultra disks.',
    'Protect data that changes: an image is one moment, and making it takes the machine down.',
    'Leave its region or subscription; Microsoft calls managed images legacy and develops the Compute Gallery instead.',
  ],
  present: (machine, estate) =>
    imagesOf(estate.images, machine.key)
      .map((image) => protectionBy(image, machine))
      .toSorted(byHealthThenAge),
  blindSpot: (machine, estate) => gapBefore(machine, estate.images, `/subscriptions/${machine.subscriptionId}`),
};

const protectionBy = (image: Image, machine: Machine): Protection => {
  const partial = image.disks < machine.disks.length;
  const detail = image.provisioned
    ? `it holds ${image.disks} of ${machine.disks.length} disks`
    : 'it was not made whole';
  return {
    option: 'managed-image',
    id: image.id,
    state: image.provisioned ? 'available' : 'failed',
    healthy: image.provisioned && !partial,
    pending: false,
    active: true,
    pointsUnknown: unknown('not-knowable', 'Azure does not tell when a managed image was made'),
    disksLeftOut: [],
    ...(image.provisioned && !partial ? {} : { detail }),
  };
};
