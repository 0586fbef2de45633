/** An image without a machine: of a VHD in a storage account, of an operating system disk, or of a snapshot of one. */
import { keyOf, nameOf, type ResourceId } from '../ids.ts';
import { contextFor, type PlanDraft } from '../planning.ts';
import { sources } from '../sources.ts';
import type { ImageSource } from '../steps/image.ts';
import { obstacles, refusalReason } from './draft.ts';
import { imageSteps, type CaptureOption, type ImageJob, type OsState } from './image-steps.ts';

export interface SourceCapture {
  readonly source: Exclude<ImageSource, { kind: 'machine' }>;
  readonly osType: 'linux' | 'windows';
  readonly hyperVGeneration: 'V1' | 'V2';
  readonly osState: OsState;
  readonly as?: CaptureOption;
  readonly location: string;
  readonly groupId: ResourceId;
  readonly zoneResilient: boolean;
  readonly galleryId?: ResourceId;
  readonly regions: readonly string[];
  readonly large: boolean;
}

export const draftSourceCapture =
  (asked: SourceCapture): PlanDraft =>
  (input) => {
    const { source, osState, as, regions, galleryId } = asked;
    const sourceId = source.kind === 'vhd' ? source.uri : source.id;
    const name =
      source.kind === 'vhd' ? (source.uri.split('/').at(-1) ?? 'vhd').replace(/\.vhd$/i, '') : nameOf(source.id);
    const onlyVersions = osState === 'specialized' || regions.length > 0 || galleryId !== undefined;
    const option = as ?? (onlyVersions ? 'gallery-image' : 'managed-image');
    // A blob is no Azure resource: the group the image goes into stands for it.
    const subject = source.kind === 'vhd' ? asked.groupId : source.id;
    if (option === 'managed-image' && osState === 'specialized') {
      const text = 'A managed image is always generalized: a specialized one is a gallery image version.';
      return {
        steps: [],
        refusals: [{ subject, option, reasons: [refusalReason('specialized', text, sources.SIG, 'I-09')] }],
      };
    }
    const context = contextFor(input, [sourceId]);
    const job: ImageJob = {
      option,
      of: { id: subject, key: keyOf(sourceId), name, location: asked.location },
      holding: 'with its one disk',
      dataDisks: source.kind === 'vhd' ? 0 : null,
      traits: {
        osType: asked.osType,
        hyperVGeneration: asked.hyperVGeneration,
        // A source that is no machine tells no more; Azure checks the rest when the image is made.
        architecture: 'x64',
        nvme: false,
        securityType: 'standard',
        large: asked.large,
      },
      zoneResilient: asked.zoneResilient,
      ...(asked.galleryId === undefined ? {} : { galleryId: asked.galleryId }),
      regions: asked.regions,
      groupId: asked.groupId,
      group: [],
      assumes: [],
    };
    const steps = imageSteps(job, source, osState, [], context);
    const reasons = steps.flatMap((step) => obstacles(context, step));
    return reasons.length > 0 ? { steps: [], refusals: [{ subject, option, reasons }] } : { steps, refusals: [] };
  };
