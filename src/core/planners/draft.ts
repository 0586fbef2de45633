/** What the planners of single options have in common: their input, refusals, and the checks that any write must pass. */
import type { Assessment } from '../assessment.ts';
import type { Estate, Machine } from '../estate.ts';
import type { Guidance } from '../guidance.ts';
import { keyOf, parseId, resourceGroupId, shortHash, type ResourceId } from '../ids.ts';
import { stepId } from '../names.ts';
import type { OptionId, Reason } from '../option.ts';
import type { Assumption, Refusal, Step } from '../plan.ts';
import { permissionsFor } from '../plan-permissions.ts';
import { permissionKey, type PreflightFacts } from '../preflight.ts';
import { sources } from '../sources.ts';
import type { RestorePointMode } from '../steps/restore-point.ts';
import { gapOver } from '../fact.ts';
import type { Instant } from '../time.ts';

export interface DraftContext {
  readonly estate: Estate;
  readonly guidance: Guidance;
  readonly asOf: Instant;
  readonly preflight: PreflightFacts;
  readonly madeBy: string;
  /** Names hang on it, and it on scope, moment and subjects: known before there is a plan to take a digest of. */
  readonly seed: string;
  readonly ids: StepIds;
  /** Of a scheduled job's points: named by the window they are for, whenever they are made. */
  readonly window?: JobWindow;
}

export interface JobWindow {
  readonly job: string;
  readonly due: Instant;
}

/** What stands in names as their moment. */
export const namedAt = ({ window, asOf }: DraftContext): Instant => window?.due ?? asOf;

/** A machine and an option that it needs and does not have. */
export interface Need {
  readonly assessment: Assessment;
  readonly option: OptionId;
  /** An operator asked for it, whatever the guidance thinks. */
  readonly asked?: boolean;
  /** The mode of a restore point to try first; application-consistent when absent. */
  readonly prefer?: RestorePointMode;
}

export type Drafted =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

export const refuse = (code: string, text: string, source: string, fact?: string): Drafted => ({
  kind: 'refused',
  reasons: [refusalReason(code, text, source, fact)],
});

export const refusalReason = (code: string, text: string, source: string, fact?: string): Reason => ({
  code,
  ...(fact === undefined ? {} : { fact }),
  text,
  source,
});

export const refusalOf = ({ assessment, option }: Need, reasons: readonly Reason[]): Refusal => ({
  subject: assessment.machine.id,
  option,
  reasons,
});

/** Hands out step ids that are readable and unique; a second machine of one name gets a hash behind it. */
export class StepIds {
  readonly #taken = new Set<string>();

  take(parts: readonly string[], distinct: string): string {
    const plain = stepId(...parts);
    const id = this.#taken.has(plain) ? `${plain}-${shortHash(distinct, 6)}` : plain;
    this.#taken.add(id);
    return id;
  }
}

/** What pins the machine: its instance id tells it from a namesake, its disks are what the decision was made about. */
export const machineAssumptions = (machine: Machine): readonly Assumption[] | undefined =>
  machine.vmId.known
    ? [
        { kind: 'machine-is', machineId: machine.id, vmId: machine.vmId.value },
        {
          kind: 'machine-disks-are',
          machineId: machine.id,
          diskIds: machine.disks.flatMap(({ id }) => (id === undefined ? [] : [id])),
        },
      ]
    : undefined;

export const identityUnknown = (machine: Machine): Drafted =>
  refuse(
    'identity-unknown',
    `The instance id of ${machine.name} is not known (${machine.vmId.known ? '' : machine.vmId.detail}), so a machine made again under its name could not be told from it.`,
    sources.BSM,
  );

/** Why Azure would turn a step's write away, as far as preflight and the locks tell. What was not answered is no obstacle. */
export const obstacles = (context: DraftContext, step: Step): readonly Reason[] => [
  ...permissionsFor(step).flatMap(({ action, scope }) => {
    const allowed = context.preflight.permissions.get(permissionKey(action, scope));
    if (!allowed?.known || allowed.value) return [];
    return [refusalReason('no-permission', `The login may not ${action} at ${scope}.`, rbacSource)];
  }),
  ...lockedBy(context.estate, step.resourceId),
  ...taken(context, step.resourceId),
];

const rbacSource = 'https://learn.microsoft.com/azure/role-based-access-control/overview';

const taken = ({ preflight }: DraftContext, resourceId: ResourceId): readonly Reason[] => {
  const answer = preflight.taken.get(keyOf(resourceId));
  if (!answer?.known || !answer.value) return [];
  const text = `${resourceId} exists already; plan again for another name.`;
  return [
    refusalReason(
      'name-taken',
      text,
      'https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules',
    ),
  ];
};

/** A read-only lock above it refuses any write (facts O-08). */
export const lockedBy = ({ locks }: Estate, resourceId: ResourceId): readonly Reason[] => {
  const key = keyOf(resourceId);
  return locks.items
    .filter(({ level, scope }) => level === 'read-only' && (key === scope || key.startsWith(`${scope}/`)))
    .map(({ name, scope }) =>
      refusalReason('locked', `The read-only lock ${name} at ${scope} refuses the write.`, sources.LOCK, 'O-08'),
    );
};

export interface Placement {
  readonly groupId: ResourceId;
  /** The group is known not to be there, and is to be made first. */
  readonly missing: boolean;
}

/** Where something new goes: the machine's own group, or the one the guidance names in the machine's subscription. */
export const placeFor = (estate: Estate, named: string, machine: Machine): Placement => {
  const own = resourceGroupId(machine.id);
  if (named === 'machine') return { groupId: own, missing: false };
  const groupId = `/subscriptions/${parseId(machine.id)?.subscriptionId ?? machine.subscriptionId}/resourceGroups/${named}`;
  const there = estate.resourceGroups.items.some(({ key }) => key === keyOf(groupId));
  return { groupId, missing: !there && gapOver(estate.resourceGroups, groupId) === undefined };
};
