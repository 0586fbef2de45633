/** Many machines from one image: an interface and a machine each, so many at once as Azure allows of one image. */
import { keyOf, nameOf, shortHash, type ResourceId } from '../ids.ts';
import { stepId } from '../names.ts';
import type { Refusal, Step } from '../plan.ts';
import { contextFor, type Drafts, type PlanDraft } from '../planning.ts';
import { sources } from '../sources.ts';
import { obstacles, refusalReason, type DraftContext } from './draft.ts';

/** Facts I-07: deployments of one managed image at the same time. Of a gallery replica 20 to 50 are advised (I-10). */
export const mostAtOnce = 20;

/** What was read of the image. */
export interface CloneImage {
  readonly id: ResourceId;
  readonly option: 'managed-image' | 'gallery-image';
  readonly osType: 'linux' | 'windows';
  readonly osState: 'generalized' | 'specialized';
  readonly location: string;
  /** Regions where machines can be made of it. */
  readonly regions: readonly string[];
  readonly securityType: 'standard' | 'trusted-launch' | 'confidential';
}

export interface CloneSettings {
  readonly image: CloneImage;
  readonly count: number;
  /** `{n}` is the number, `{n:3}` the number with at least three digits. */
  readonly namePattern: string;
  readonly from: number;
  readonly groupId: ResourceId;
  readonly location: string;
  readonly zones: readonly string[];
  readonly subnetId: ResourceId;
  readonly size: string;
  /** Needed for a generalized image: a public key is no secret, a password would be. */
  readonly login?: { readonly adminUsername: string; readonly sshPublicKey: string };
}

export const draftClones =
  (settings: CloneSettings): PlanDraft =>
  (input) => {
    const refusal = refusalOf(settings);
    if (refusal) return { steps: [], refusals: [refusal] };
    const names = Array.from({ length: settings.count }, (_, i) =>
      nameOfClone(settings.namePattern, settings.from + i),
    );
    const context = contextFor(input, [settings.image.id, ...names]);
    return allOf(settings, names, context);
  };

const allOf = (settings: CloneSettings, names: readonly string[], context: DraftContext): Drafts => {
  const drafted = names.map((name) => stepsOf(settings, name, context));
  const reasons = drafted.map((steps) => steps.flatMap((step) => obstacles(context, step)));
  return {
    steps: drafted.flatMap((steps, i) => (reasons[i]!.length > 0 ? [] : steps)),
    refusals: drafted.flatMap((steps, i) =>
      reasons[i]!.length > 0
        ? [{ subject: steps[0]!.subject, option: settings.image.option, reasons: reasons[i]! }]
        : [],
    ),
  };
};

export const nameOfClone = (pattern: string, n: number): string =>
  pattern.replace(/\{n(?::(\d+))?\}/g, (_whole, digits?: string) => String(n).padStart(Number(digits ?? 1), '0'));

const refusalOf = ({ image, location, login }: CloneSettings): Refusal | undefined => {
  const refused = (code: string, text: string, source: string, fact?: string): Refusal => ({
    subject: image.id,
    option: image.option,
    reasons: [refusalReason(code, text, source, fact)],
  });
  if (!image.regions.includes(location)) {
    const where = `${nameOf(image.id)} can make machines in ${image.regions.join(', ') || 'no region'}, not in ${location}.`;
    return refused('image-elsewhere', `${where} A gallery version can be replicated there.`, sources.IMG, 'I-06');
  }
  if (image.osState === 'specialized') return undefined;
  if (image.osType === 'windows') {
    const text =
      'A machine of a generalized Windows image needs an administrator password, and a plan file holds no secrets. A specialized gallery version keeps its own accounts.';
    return refused('needs-password', text, sources.IMG);
  }
  return login === undefined
    ? refused(
        'needs-login',
        'A machine of a generalized image needs an account: give --admin-username and --ssh-key-file.',
        sources.IMG,
      )
    : undefined;
};

const stepsOf = (settings: CloneSettings, name: string, context: DraftContext): readonly Step[] => {
  const { image, groupId, location, subnetId } = settings;
  const machineId = `${groupId}/providers/Microsoft.Compute/virtualMachines/${name}`;
  const interfaceId = `${groupId}/providers/Microsoft.Network/networkInterfaces/${name}-nic`;
  const tags = { 'holdfast-run': shortHash(context.seed, 12), 'holdfast-made-by': context.madeBy };
  const shared = {
    option: image.option,
    subject: machineId,
    method: 'PUT',
    runs: 'on-success',
    destructive: false,
  } as const;
  const nic: Step = {
    ...shared,
    id: context.ids.take(['interface', name], interfaceId),
    kind: 'network-interface.create',
    reason: `Machine ${name} needs an interface; it gets an address of the subnet, and none that is public.`,
    source: 'https://learn.microsoft.com/azure/virtual-network/virtual-network-network-interface',
    resourceId: interfaceId,
    assumes: [],
    goal: { kind: 'exists', resourceId: interfaceId },
    dependsOn: [],
    input: { location, subnetId, tags },
  };
  const machine: Step = {
    ...shared,
    id: context.ids.take(['machine', name], machineId),
    kind: 'machine.create',
    reason: `A machine of image ${nameOf(image.id)}, on managed disks: no storage account is used.`,
    source: sources.IMG,
    resourceId: machineId,
    assumes: [],
    goal: { kind: 'exists', resourceId: machineId },
    dependsOn: [nic.id],
    atOnce: { of: keyOf(image.id), most: mostAtOnce },
    input: {
      location,
      zones: settings.zones,
      size: settings.size,
      interfaceId,
      storage: {
        kind: 'image',
        imageId: image.id,
        login:
          image.osState === 'specialized' || settings.login === undefined
            ? null
            : { ...settings.login, computerName: stepId(name) },
      },
      ...(image.securityType === 'standard' ? {} : { securityType: image.securityType }),
      tags,
    },
  };
  return [nic, machine];
};
