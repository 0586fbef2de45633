/** The image itself, of whatever source: a managed image, or gallery, definition and version. */
import { nameOf, shortHash, type ResourceId, type ResourceKey } from '../ids.ts';
import { nameFor, stepId } from '../names.ts';
import type { OptionId } from '../option.ts';
import type { Assumption, Step } from '../plan.ts';
import { sources } from '../sources.ts';
import type { ImageSource } from '../steps/image.ts';
import { instantMs } from '../time.ts';
import type { DraftContext } from './draft.ts';

export type CaptureOption = Extract<OptionId, 'managed-image' | 'gallery-image'>;

/** What an image has to say of itself. */
export interface ImageTraits {
  readonly osType: 'linux' | 'windows';
  readonly hyperVGeneration: 'V1' | 'V2';
  readonly architecture: 'x64' | 'arm64';
  readonly nvme: boolean;
  readonly securityType: 'standard' | 'trusted-launch' | 'confidential';
  /** A disk of 2 TB or more (facts I-10). */
  readonly large: boolean;
}

export interface ImageJob {
  readonly option: CaptureOption;
  /** What it is an image of: a machine, or a disk, snapshot or VHD. */
  readonly of: { readonly id: ResourceId; readonly key: ResourceKey; readonly name: string; readonly location: string };
  /** With what it holds: "with all its 3 disks". */
  readonly holding: string;
  readonly dataDisks: number | null;
  readonly traits: ImageTraits;
  readonly zoneResilient: boolean;
  /** A gallery that is there; absent: one of holdfast's own beside the image. */
  readonly galleryId?: ResourceId;
  /** Beside the source's own region, for gallery versions. */
  readonly regions: readonly string[];
  readonly groupId: ResourceId;
  /** The step that makes the group, where it is known not to be there. */
  readonly group: readonly Step[];
  readonly assumes: readonly Assumption[];
}

export type OsState = 'generalized' | 'specialized';

export const imageSteps = (
  job: ImageJob,
  source: ImageSource,
  osState: OsState,
  after: readonly string[],
  context: DraftContext,
): readonly Step[] =>
  job.option === 'managed-image'
    ? [managedStep(job, source, after, context)]
    : galleryChain(job, source, osState, after, context);

const shared = ({ of, option }: ImageJob) =>
  ({ option, subject: of.id, method: 'PUT', runs: 'on-success', destructive: false }) as const;

export const tagsFor = (key: ResourceKey, context: DraftContext) => ({
  'holdfast-machine': shortHash(key, 12),
  'holdfast-run': shortHash(context.seed, 12),
  'holdfast-made-by': context.madeBy,
});

const managedStep = (job: ImageJob, source: ImageSource, after: readonly string[], context: DraftContext): Step => {
  const { of, traits, groupId, zoneResilient } = job;
  const resourceId = `${groupId}/providers/Microsoft.Compute/images/${nameFor('image', of.name, context.asOf, context.seed, of.key)}`;
  return {
    ...shared(job),
    id: context.ids.take(['image', of.name], of.key),
    kind: 'image.create',
    reason: `An image of ${of.name} ${job.holding}, to make machines from.`,
    source: sources.IMG,
    resourceId,
    assumes: job.assumes,
    goal: {
      kind: 'image-complete',
      resourceId,
      sourceId: source.kind === 'vhd' ? source.uri : source.id,
      dataDisks: job.dataDisks,
    },
    dependsOn: after,
    input: {
      location: of.location,
      source,
      osType: traits.osType,
      hyperVGeneration: traits.hyperVGeneration,
      zoneResilient,
      tags: tagsFor(of.key, context),
    },
  };
};

const galleryChain = (
  job: ImageJob,
  source: ImageSource,
  osState: OsState,
  after: readonly string[],
  context: DraftContext,
): readonly Step[] => {
  const { of, groupId } = job;
  const galleryId =
    job.galleryId ??
    `${groupId}/providers/Microsoft.Compute/galleries/hf_${shortHash(`${groupId.toLowerCase()}|${of.location}`, 10)}`;
  const gallery = job.galleryId === undefined ? [galleryStep(job, galleryId, context)] : [];
  const definition = definitionStep(job, galleryId, osState, gallery, context);
  const resourceId = `${definition.resourceId}/versions/${versionOf(context)}`;
  const version: Step = {
    ...shared(job),
    id: context.ids.take(['version', of.name], of.key),
    kind: 'image-version.create',
    reason: `A ${osState} version of ${of.name} ${job.holding}, to make machines from.`,
    source: sources.SIG,
    resourceId,
    assumes: job.assumes,
    goal: { kind: 'exists', resourceId },
    dependsOn: [...new Set([definition.id, ...after])],
    input: {
      location: of.location,
      source,
      targetRegions: [...new Set([of.location, ...job.regions])],
      replicaSku: 'Standard_LRS',
      shallow: job.traits.large,
      tags: tagsFor(of.key, context),
    },
  };
  return [...gallery, definition, version];
};

/** Named after its place alone, so that the next capture finds it. */
const galleryStep = (job: ImageJob, galleryId: ResourceId, context: DraftContext): Step => ({
  ...shared(job),
  id: stepId('gallery', nameOf(galleryId)),
  kind: 'gallery.create',
  reason: `Image versions lie in a Compute Gallery; none was named, so holdfast keeps one in ${nameOf(job.groupId)}.`,
  source: sources.ACG,
  resourceId: galleryId,
  assumes: [],
  goal: { kind: 'exists', resourceId: galleryId },
  dependsOn: job.group.map(({ id }) => id),
  input: { location: job.of.location, tags: { 'holdfast-made-by': context.madeBy } },
});

/** Named after what it is an image of, for the same reason. */
const definitionStep = (
  job: ImageJob,
  galleryId: ResourceId,
  osState: OsState,
  gallery: readonly Step[],
  context: DraftContext,
): Step => {
  const { of, traits } = job;
  const resourceId = `${galleryId}/images/hf-${stepId(of.name).slice(0, 40)}-${osState}-${shortHash(of.key, 10)}`;
  return {
    ...shared(job),
    id: context.ids.take(['definition', of.name, osState], of.key),
    kind: 'image-definition.create',
    reason: `A definition says what the versions are made of: ${traits.osType}, generation ${traits.hyperVGeneration}, ${osState}.`,
    source: sources.SIG,
    resourceId,
    assumes: [],
    goal: { kind: 'exists', resourceId },
    dependsOn: gallery.map(({ id }) => id),
    input: {
      location: of.location,
      osType: traits.osType,
      osState,
      hyperVGeneration: traits.hyperVGeneration,
      architecture: traits.architecture,
      securityType: traits.securityType,
      nvme: traits.nvme,
      identifier: {
        publisher: 'holdfast',
        offer: stepId(of.name).slice(0, 60),
        sku: `${osState}-${shortHash(of.key, 10)}`,
      },
      tags: { 'holdfast-machine': shortHash(of.key, 12), 'holdfast-made-by': context.madeBy },
    },
  };
};

/** major.minor.patch, rising with time: year, month and day, hour and minute. */
const versionOf = ({ asOf }: DraftContext): string => {
  const at = new Date(instantMs(asOf)!);
  return `${at.getUTCFullYear()}.${(at.getUTCMonth() + 1) * 100 + at.getUTCDate()}.${at.getUTCHours() * 100 + at.getUTCMinutes()}`;
};
