/** One machine to capture, and how: what the ways of capturing share. */
import type { Machine } from '../estate.ts';
import type { ResourceId } from '../ids.ts';
import type { Assumption, Step } from '../plan.ts';
import type { CaptureOption, ImageJob, ImageTraits } from './image-steps.ts';

export interface CaptureSettings {
  /** Absent: a managed image where it can hold the machine and what is asked of it, else a gallery version. */
  readonly as?: CaptureOption;
  /**
   * How a machine that is not generalized is captured: by a temporary copy that is, as it is (a specialized gallery version), or
   * by generalizing the machine itself. A machine that is generalized already needs none of this.
   */
  readonly way: 'copy' | 'specialized' | 'in-place';
  readonly zoneResilient: boolean;
  /** A gallery that is there; absent: one of holdfast's own beside the image. */
  readonly galleryId?: ResourceId;
  /** Beside the machine's own region, for gallery versions. */
  readonly regions: readonly string[];
}

export const plainCapture: CaptureSettings = { way: 'copy', zoneResilient: false, regions: [] };

export interface Capture {
  readonly machine: Machine;
  readonly option: CaptureOption;
  readonly traits: ImageTraits;
  readonly settings: CaptureSettings;
  readonly groupId: ResourceId;
  readonly group: readonly Step[];
  readonly pinned: readonly Assumption[];
}

/** The image of a machine, of its own disks or of its copy's. */
export const jobOf = (capture: Capture): ImageJob => {
  const { machine, option, traits, settings, groupId, group, pinned } = capture;
  const { zoneResilient, galleryId, regions } = settings;
  return {
    option,
    of: machine,
    holding: machine.disks.length === 1 ? 'with its one disk' : `with all its ${machine.disks.length} disks`,
    dataDisks: machine.disks.length - 1,
    traits,
    zoneResilient,
    ...(galleryId === undefined ? {} : { galleryId }),
    regions,
    groupId,
    group,
    // Once steps of this plan have changed the machine, only its identity stays as it was.
    assumes: pinned.slice(0, 1),
  };
};

export const traitsOf = (machine: Machine): ImageTraits | undefined => {
  const { os, hyperVGeneration, architecture, diskController } = machine;
  if (!os.known || !hyperVGeneration.known || !architecture.known) return undefined;
  return {
    osType: os.value,
    hyperVGeneration: hyperVGeneration.value,
    architecture: architecture.value,
    nvme: diskController.known && diskController.value === 'nvme',
    securityType: machine.securityType,
    large: machine.disks.some(({ disk }) => disk.known && (disk.value.sizeGiB ?? 0) >= 2048),
  };
};
