/** `capture`: of machines, or of a disk, snapshot or VHD without one. */
import { nameOf, parseId, resourceGroupId, type ResourceId } from '../core/ids.ts';
import { draftCaptures } from '../core/plan-capture.ts';
import { draftSourceCapture, type SourceCapture } from '../core/planners/capture-source.ts';
import type { CaptureOption } from '../core/planners/image-steps.ts';
import { UsageError } from '../core/problem.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit.ts';
import { readInGroup } from './group-read.ts';
import { runDraft, runShortcut, type ShortcutFlags } from './shortcut-run.ts';

export interface CaptureFlags extends ShortcutFlags {
  readonly as: string | undefined;
  readonly specialized: boolean;
  readonly 'in-place': boolean;
  readonly gallery: string | undefined;
  readonly region: readonly string[];
  readonly 'zone-resilient': boolean;
  readonly 'from-vhd': string | undefined;
  readonly 'from-disk': string | undefined;
  readonly 'from-snapshot': string | undefined;
  readonly 'os-type': string | undefined;
  readonly generation: string | undefined;
  readonly 'os-state': string | undefined;
  readonly into: string | undefined;
  readonly location: string | undefined;
}

export const runCapture = async (
  flags: CaptureFlags,
  named: readonly string[],
  context: Context,
): Promise<ExitCode> => {
  const source = sourceOf(flags);
  if (source !== undefined && named.length > 0)
    throw usage('a machine and --from-… exclude each other', 'give one of them');
  if (flags.specialized && flags['in-place'])
    throw usage('--specialized and --in-place exclude each other', 'give one of them');
  refuseContradiction(flags);
  if (source !== undefined) return captureSource(source, flags, context);
  const shortcut = {
    verb: 'capture',
    named,
    draft: (machines: readonly { readonly key: string }[]) =>
      draftCaptures(new Set(machines.map(({ key }) => key)), {
        ...asked(flags),
        way: flags.specialized ? 'specialized' : flags['in-place'] ? 'in-place' : 'copy',
      }),
  } as const;
  return runShortcut(shortcut, flags, context);
};

/** A flag that the kind of image asked for cannot keep is said, not forgotten. */
const refuseContradiction = (flags: CaptureFlags): void => {
  const versions = [
    ...(flags.region.length > 0 ? ['--region'] : []),
    ...(flags.gallery === undefined ? [] : ['--gallery']),
    ...(flags.specialized ? ['--specialized'] : []),
  ];
  const gallery = flags.as === 'gallery-image' ? ['--as gallery-image', ...versions] : versions;
  const managed = [
    ...(flags.as === 'managed-image' ? ['--as managed-image'] : []),
    ...(flags['zone-resilient'] ? ['--zone-resilient'] : []),
  ];
  if (gallery[0] === undefined || managed[0] === undefined) return;
  throw usage(`${managed[0]} is for managed images and ${gallery[0]} for gallery versions`, 'leave one of them out');
};

/** What both ways of capturing take. */
const asked = (flags: CaptureFlags) => ({
  ...(flags.as === undefined ? {} : { as: flags.as as CaptureOption }),
  ...(flags.gallery === undefined
    ? {}
    : { galleryId: resource(flags.gallery, '--gallery', 'Microsoft.Compute/galleries') }),
  zoneResilient: flags['zone-resilient'],
  regions: flags.region.map((name) => name.replaceAll(' ', '').toLowerCase()),
});

const sourceOf = (flags: CaptureFlags): SourceCapture['source'] | undefined => {
  const { 'from-vhd': vhd, 'from-disk': disk, 'from-snapshot': snapshot } = flags;
  if ([vhd, disk, snapshot].filter((given) => given !== undefined).length > 1)
    throw usage('several --from-… were given', 'give one of them');
  if (disk !== undefined) return { kind: 'disk', id: resource(disk, '--from-disk', 'Microsoft.Compute/disks') };
  if (snapshot !== undefined)
    return { kind: 'snapshot', id: resource(snapshot, '--from-snapshot', 'Microsoft.Compute/snapshots') };
  if (vhd === undefined) return undefined;
  // A signature in the URL is a secret, and would stand in the plan.
  if (!/^https:\/\/[^/?#]+\/[^?#]+$/.test(vhd))
    throw usage(
      '--from-vhd is not a blob URL without a query',
      'leave the signature out: Azure reads the blob by itself',
    );
  return { kind: 'vhd', uri: vhd };
};

const captureSource = async (
  source: SourceCapture['source'],
  flags: CaptureFlags,
  context: Context,
): Promise<ExitCode> => {
  const { 'os-type': osType, generation, 'os-state': osState } = flags;
  if (osType === undefined || generation === undefined || osState === undefined) {
    throw usage(
      'an image without a machine needs --os-type, --generation and --os-state',
      'nothing in Azure tells them of a disk for certain',
    );
  }
  const groupId =
    flags.into === undefined ? (source.kind === 'vhd' ? undefined : resourceGroupId(source.id)) : group(flags.into);
  if (groupId === undefined) throw usage('--from-vhd needs --into', 'name the resource group of the image by its id');
  const { audited, reading, ports } = await readInGroup(groupId, flags, context);
  const { readImageSource } = await import('../azure/read-image.ts');
  const read = source.kind === 'vhd' ? undefined : await readImageSource(source.id, ports);
  if (read?.kind === 'problem') throw new UsageError([read.problem]);
  const location = read?.value.location ?? flags.location?.replaceAll(' ', '').toLowerCase();
  if (location === undefined) throw usage('--from-vhd needs --location', 'the region of its storage account');
  const draft = draftSourceCapture({
    ...asked(flags),
    source,
    osType: osType as SourceCapture['osType'],
    hyperVGeneration: generation as SourceCapture['hyperVGeneration'],
    osState: osState as SourceCapture['osState'],
    location,
    groupId,
    large: (read?.value.sizeGiB ?? 0) >= 2048,
  });
  return runDraft('capture', draft, [groupId], audited, reading, flags, context);
};

const group = (id: string): ResourceId => {
  if (/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/?$/i.test(id)) return id.replace(/\/$/, '');
  throw usage(`--into ${id} is not a resource group id`, 'write /subscriptions/ID/resourceGroups/NAME');
};

const resource = (id: string, flag: string, type: string): ResourceId => {
  if (parseId(id)?.type?.toLowerCase() === type.toLowerCase()) return id;
  throw usage(
    `${flag} ${nameOf(id)} is not the resource id of ${type}`,
    `write /subscriptions/…/providers/${type}/NAME`,
  );
};

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: 'capture', summary, remedy }]);
