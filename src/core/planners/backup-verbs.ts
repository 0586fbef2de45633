/**
 * What can be asked of Azure Backup for a machine, and what that takes by the state its backup is in: enable, back up now,
 * stop, delete, undelete, resume, other policy or disks. https://learn.microsoft.com/azure/backup/backup-azure-manage-vms
 */
import { compareText, type Assessment } from '../assessment.ts';
import { listed } from '../duration.ts';
import { blocking } from '../findings/required.ts';
import { fold } from '../verdict.ts';
import type { BackupItem, BackupPolicy, BackupState, Estate } from '../estate.ts';
import { gapOver } from '../fact.ts';
import { keyOf, nameOf } from '../ids.ts';
import { sources } from '../sources.ts';
import type { BackupPlanner, BackupWish } from './azure-backup.ts';
import { change, resume } from './backup-change.ts';
import { disksLeftOut, withoutDisks } from './backup-disks.ts';
import {
  backUpNow,
  inForce,
  nothing,
  remove,
  stateOf,
  stop,
  undeleteStep,
  unlessObstructed,
  type Kept,
} from './backup-item.ts';
import { identityUnknown, machineAssumptions, refuse, type DraftContext, type Drafted } from './draft.ts';

export type BackupVerb =
  | { readonly kind: 'enable' }
  | { readonly kind: 'now' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'delete' }
  | { readonly kind: 'resume' }
  /** `resume`: protection too, which undeleting leaves stopped. */
  | { readonly kind: 'undelete'; readonly resume: boolean };

/** As `BackupWish`, with the policy as it was named. */
export interface AskedOfBackup {
  readonly verb: BackupVerb;
  /** Name or resource id. */
  readonly policy?: string;
  readonly excludeLuns?: readonly number[];
}

export const draftBackupVerb = (
  asked: AskedOfBackup,
  assessment: Assessment,
  context: DraftContext,
  planner: BackupPlanner,
): Drafted => {
  const found = itemOf(assessment, context);
  if (found.kind === 'refused') return found.drafted;
  const named = namedPolicy(asked, found.item, context);
  if (named.kind === 'refused') return named.drafted;
  const wish: BackupWish = {
    ...(named.policy === undefined ? {} : { policy: named.policy }),
    ...(asked.excludeLuns === undefined ? {} : { excludeLuns: asked.excludeLuns }),
  };
  const { item } = found;
  if (item === undefined) return withoutItem(asked, assessment, context, planner, wish);
  const pinned = machineAssumptions(assessment.machine);
  if (pinned === undefined) return identityUnknown(assessment.machine);
  return withItem(asked, {
    assessment,
    context,
    planner,
    item,
    wish,
    pinned: pinned.filter(({ kind }) => kind === 'machine-is'),
  });
};

type Found =
  | { readonly kind: 'item'; readonly item: BackupItem | undefined }
  | { readonly kind: 'refused'; readonly drafted: Drafted };

/** The item that counts: of several the one in force, else the one that keeps points. Out of sight is not absent. */
const itemOf = ({ machine }: Assessment, { estate, preflight }: DraftContext): Found => {
  const items = estate.backupItems.items.filter(({ machineKey }) => machineKey === machine.key);
  const [item] = items.toSorted((a, b) => rank(a.state) - rank(b.state));
  if (item !== undefined) return { kind: 'item', item };
  const gap = gapOver(estate.backupItems, `/subscriptions/${machine.subscriptionId}`);
  // Azure's own answer on who protects the machine settles what the lists could not show.
  if (gap === undefined || preflight.owners.get(machine.key)?.known) return { kind: 'item', item: undefined };
  const text = `Whether ${machine.name} has Azure Backup cannot be told: ${gap.detail}.`;
  return { kind: 'refused', drafted: refuse('presence-unknown', text, sources.BDR) };
};

const rank = (state: BackupState): number => (inForce.has(state) ? 0 : state === 'soft-deleted' ? 2 : 1);

type Named =
  | { readonly kind: 'policy'; readonly policy: BackupPolicy | undefined }
  | { readonly kind: 'refused'; readonly drafted: Drafted };

const mostListed = 12;

/** What there is to choose from: a name is easily mistyped. */
const readNames = ({ backupPolicies }: Estate, item: BackupItem | undefined): string => {
  const there = backupPolicies.items.filter(({ vaultKey }) => item === undefined || vaultKey === item.vaultKey);
  const names = [...new Set(there.map(({ name }) => name))].toSorted(compareText);
  if (names.length === 0) return '';
  const shown =
    names.length > mostListed ? [...names.slice(0, mostListed), `${names.length - mostListed} more`] : names;
  return ` There ${names.length === 1 ? 'is' : 'are'}: ${listed(shown)}.`;
};

/** By id, or by a name that only one policy for virtual machines has: of the machine's own vault, where it has one. */
const namedPolicy = (
  { verb, policy: wanted }: AskedOfBackup,
  item: BackupItem | undefined,
  { estate }: DraftContext,
): Named => {
  if (wanted === undefined) return { kind: 'policy', policy: undefined };
  const byId = wanted.startsWith('/');
  const found = estate.backupPolicies.items.filter((policy) =>
    byId
      ? policy.key === keyOf(wanted)
      : policy.name.toLowerCase() === wanted.toLowerCase() && (item === undefined || policy.vaultKey === item.vaultKey),
  );
  const refused = (code: string, text: string): Named => ({
    kind: 'refused',
    drafted: refuse(code, text, sources.FAQ, 'B-72'),
  });
  const [policy] = found;
  if (policy === undefined)
    return refused(
      'no-such-policy',
      `No backup policy called ${wanted} was read${item === undefined || byId ? '' : ` in vault ${nameOf(item.vaultId)}`}.${readNames(estate, item)}`,
    );
  if (found.length > 1)
    return refused(
      'ambiguous-policy',
      `${found.length} policies are called ${wanted}; give one by its resource id: ${found.map(({ id }) => id).join(', ')}.`,
    );
  // What one vault keeps in soft delete, another may protect anew (facts B-05).
  const moves = item?.state === 'soft-deleted' && verb.kind === 'enable';
  if (item !== undefined && policy.vaultKey !== item.vaultKey && !moves) {
    return refused(
      'policy-elsewhere',
      `Policy ${policy.name} is not in vault ${nameOf(item.vaultId)}, which holds the backup: points cannot move to another vault.`,
    );
  }
  return { kind: 'policy', policy };
};

const withoutItem = (
  { verb }: AskedOfBackup,
  assessment: Assessment,
  context: DraftContext,
  planner: BackupPlanner,
  wish: BackupWish,
): Drafted => {
  const { machine } = assessment;
  if (verb.kind !== 'enable') {
    return refuse(
      'not-protected',
      `${machine.name} has no Azure Backup that was read, so there is nothing to ${verb.kind === 'now' ? 'back up now' : verb.kind}${verb.kind === 'now' ? `: \`holdfast protect ${machine.name}\` enables it first` : ''}.`,
      sources.BSM,
    );
  }
  const left = disksLeftOut(assessment, context.guidance, wish.excludeLuns);
  if (left.kind === 'refused') return left;
  const verdict = fold('azure-backup', withoutDisks(machine, left.luns), assessment.context);
  if (verdict.verdict === 'impossible' || verdict.verdict === 'unsuitable')
    return { kind: 'refused', reasons: left.luns.length > 0 ? verdict.reasons : blocking(assessment, 'azure-backup') };
  return planner.draft({ assessment, option: 'azure-backup' }, wish);
};

const withItem = (asked: AskedOfBackup, kept: Kept): Drafted => {
  const { verb } = asked;
  const {
    assessment: { machine },
    item,
    wish,
  } = kept;
  const state = stateOf(item);
  const where = `The backup of ${machine.name} in vault ${nameOf(item.vaultId)}`;
  if (state === undefined)
    return refuse(
      'backup-state',
      `${where} is ${item.state} (Azure says ${item.rawState}): nothing is changed on a guess.`,
      sources.BSM,
    );
  const refused = (text: string, source: string, fact: string) =>
    refuse('backup-state', `${where} ${text}`, source, fact);
  const toResume = 'was stopped: resume it (--resume), which says anew under which policy.';
  const toUndelete =
    'is soft-deleted: undelete it first (--undelete, with --resume to protect it again), or name a policy of another vault.';
  switch (verb.kind) {
    case 'enable':
      if (state === 'active') return change(kept);
      if (state !== 'soft-deleted') return refused(toResume, sources.BSM, 'B-114');
      if (wish.policy !== undefined && wish.policy.vaultKey !== item.vaultKey)
        return withoutItem(asked, kept.assessment, kept.context, kept.planner, wish);
      return refused(toUndelete, sources.SBD, 'B-05');
    case 'now':
      if (state === 'active') return backUpNow(kept);
      return state === 'soft-deleted'
        ? refused(toUndelete, sources.SBD, 'B-05')
        : refused(`${toResume} A backup on demand takes a schedule that is on.`, sources.FAQ, 'B-72');
    case 'stop':
      return state === 'active' ? stop(kept) : nothing;
    case 'delete':
      return state === 'soft-deleted' ? nothing : remove(kept, state);
    case 'resume':
      if (state === 'active') return change(kept);
      return state === 'soft-deleted' ? refused(toUndelete, sources.SBD, 'B-05') : resume(kept, [], state);
    case 'undelete':
      if (state !== 'soft-deleted') return verb.resume && state !== 'active' ? resume(kept, [], state) : nothing;
      return undelete(kept, verb.resume);
    default:
      return verb satisfies never;
  }
};

const undelete = (kept: Kept, withProtection: boolean): Drafted => {
  const step = undeleteStep(kept, withProtection);
  return withProtection ? resume(kept, [step], 'stopped') : unlessObstructed(kept.context, [step]);
};
