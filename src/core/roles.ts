/**
 * Azure custom roles, reckoned from what needs the actions: the readers' own, and those of each kind of write.
 * Nothing here is a list of actions; a new kind of write is in the roles it names.
 * https://learn.microsoft.com/azure/role-based-access-control/custom-roles
 */
import { definitionOf, permissionsFor } from './plan-permissions.ts';
import { parseId } from './ids.ts';
import { leaseActions } from './lease.ts';
import type { Plan, Step, StepKind } from './plan.ts';
import type { Permission } from './steps/definition.ts';
import { stepKinds } from './steps/index.ts';
import { assumptionReads } from './steps/reads.ts';
import type { z } from 'zod';

export const roleNames = [
  'audit',
  'plan',
  'snapshot',
  'protect',
  'replicate',
  'capture',
  'remove',
  'prune',
  'hooks',
] as const;
export type RoleName = (typeof roleNames)[number];

/** Commands that are yet to come: no role can be printed for them, and that is said. */
export const rolesToCome = ['restore'] as const;

/** What reading needs, as the readers say it. */
export interface ReadActions {
  /** The fleet: for every command. */
  readonly fleet: readonly string[];
  /** Preflight's questions about backup, about replication, and about regions in which nothing stands yet. */
  readonly backup: readonly string[];
  readonly replication: readonly string[];
  readonly regions: readonly string[];
}

/** As `az role definition create` takes it. */
export interface CustomRole {
  readonly Name: string;
  readonly IsCustom: true;
  readonly Description: string;
  readonly Actions: readonly string[];
  readonly NotActions: readonly string[];
  readonly AssignableScopes: readonly string[];
}

interface RolePurpose {
  readonly description: string;
  readonly asks: readonly ('backup' | 'replication' | 'regions')[];
}

export const rolePurposes: Readonly<Record<RoleName, RolePurpose>> = {
  audit: {
    description: 'Reads what holdfast needs for inventory, audit, explain and points; changes nothing.',
    asks: [],
  },
  plan: {
    description: 'What audit reads, and what plan asks Azure beforehand; changes nothing.',
    asks: ['backup', 'replication', 'regions'],
  },
  snapshot: {
    description:
      'What audit reads, and what snapshot writes: snapshots and restore points, and their copies. ' +
      'A machine may be stopped and started for them.',
    asks: ['regions'],
  },
  protect: {
    description:
      'What plan reads of backup, and what protect writes: vaults, policies, protection, snapshots, restore points. ' +
      'Deletes nothing: protect --stop delete takes the remove role.',
    asks: ['backup', 'regions'],
  },
  replicate: {
    description:
      "What plan reads of replication, and what replicate writes: Site Recovery's pieces, networks and cache accounts. " +
      'Ending replication deletes replicas, with consent.',
    asks: ['replication', 'regions'],
  },
  capture: {
    description:
      'What audit reads, and what capture and clone write: images, gallery versions, machines of them, ' +
      'and the temporary copy a capture works on, which it deletes again.',
    asks: ['regions'],
  },
  remove: {
    description: 'What audit reads, and what remove and protect --stop delete delete: points, with consent.',
    asks: [],
  },
  prune: {
    description:
      'What audit reads, and what prune writes: marks in tags, and deletions of snapshots and restore points.',
    asks: [],
  },
  hooks: {
    description:
      "What a job's hooks write, beside what its points do: scripts run in machines as root or System. " +
      'Whoever holds it can do anything in those machines.',
    asks: [],
  },
};

/** What nobody's subscription is called: to be put right before the role is made. */
export const anySubscription = '/subscriptions/00000000-0000-0000-0000-000000000000';

/** `subscriptions`: ids in which the role can be assigned. */
export const roleFor = (name: RoleName, reads: ReadActions, subscriptions: readonly string[] = []): CustomRole => {
  const { description, asks } = rolePurposes[name];
  const kinds = (Object.keys(stepKinds) as StepKind[]).filter((kind) =>
    definitionOf(kind).roles.some((role) => role === name),
  );
  const actions = [
    ...reads.fleet,
    ...asks.flatMap((about) => reads[about]),
    ...kinds.flatMap((kind) => actionsOfKind(kind, name)),
  ];
  return customRole(`Holdfast ${name[0]!.toUpperCase()}${name.slice(1)}`, description, actions, subscriptions);
};

/** A kind of write, for the sake of a role: some of what it may do belongs to certain roles alone. */
export type KindInRole = readonly [StepKind, RoleName];

/** Of kinds of write that are listed one by one. */
export const roleOfKinds = (role: {
  readonly name: string;
  readonly description: string;
  readonly reads: readonly string[];
  readonly kinds: readonly KindInRole[];
  readonly subscriptions: readonly string[];
}): CustomRole =>
  customRole(
    role.name,
    role.description,
    [...role.reads, ...role.kinds.flatMap(([kind, name]) => actionsOfKind(kind, name))],
    role.subscriptions,
  );

/** For apply of just this plan, its verification included. */
export const roleForPlan = (
  { digest, steps }: Plan,
  reads: ReadActions,
  subscriptions: readonly string[] = [],
): CustomRole => {
  const touched = [...new Set(steps.flatMap(permissionsFor).map(({ scope }) => parseId(scope)?.subscriptionId ?? ''))];
  const description = 'What audit reads, and what applying one plan writes.';
  const actions = [...reads.fleet, ...steps.flatMap(actionsOfStep)];
  const assignable = subscriptions.length > 0 ? subscriptions : touched;
  return customRole(`Holdfast Plan ${digest.slice(0, 12)}`, description, actions, assignable);
};

const actionsOfKind = (kind: StepKind, name: RoleName): readonly string[] => {
  const { permissions, follows, assumes, leased } = definitionOf(kind);
  const asked = permissions.filter(({ roles }) => roles === undefined || roles.some((role) => role === name));
  return [...asked.flatMap(actionsOf), ...follows, ...assumes.flatMap(readsOf), ...(leased ? leaseActions : [])];
};

const actionsOfStep = (step: Step): readonly string[] => {
  const { permissions, follows, leased } = definitionOf(step.kind);
  const asked = permissions.filter(
    ({ on, when }) => when?.(step.input) !== false && (on === undefined || on(step.input) !== undefined),
  );
  return [
    ...asked.flatMap(actionsOf),
    ...follows,
    ...step.assumes.flatMap(({ kind }) => assumptionReads[kind]),
    ...(leased ? leaseActions : []),
  ];
};

/** What is done to the resource itself has to be read as well: the goal is a state of it. */
const actionsOf = ({ action, on, follows = [] }: Permission<z.ZodType>): readonly string[] =>
  on === undefined ? [action, readOf(action), ...follows] : [action, ...follows];

const readsOf = (kind: string): readonly string[] => assumptionReads[kind as keyof typeof assumptionReads];

/** The read of what an action writes or acts on: `…/snapshots/write`, `…/virtualMachines/start/action`. */
const readOf = (action: string): string => `${action.replace(/(?:\/[^/]+\/action|\/[^/]+)$/, '')}/read`;

const customRole = (
  name: string,
  description: string,
  actions: readonly string[],
  subscriptions: readonly string[],
): CustomRole => ({
  Name: name,
  IsCustom: true,
  Description: description,
  Actions: [...new Map(actions.map((action) => [action.toLowerCase(), spelled(action)]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, action]) => action),
  NotActions: [],
  AssignableScopes: subscriptions.length === 0 ? [anySubscription] : subscriptions.map((id) => `/subscriptions/${id}`),
});

/** As https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance spells it. */
const spelled = (action: string): string => action.replace(/^(Microsoft\.RecoveryServices)\/vaults\//i, '$1/Vaults/');
