/** A protected item that is there, and the writes to it that take neither policy nor disks: back up now, stop, delete, undelete. */
import type { Assessment } from '../assessment.ts';
import type { BackupItem, BackupState, Vault } from '../estate.ts';
import { keyOf, nameOf } from '../ids.ts';
import type { Assumption, Step, StepBase } from '../plan.ts';
import { sources } from '../sources.ts';
import { triggerStep, type BackupPlanner, type BackupWish } from './azure-backup.ts';
import { obstacles, refuse, type DraftContext, type Drafted } from './draft.ts';

/** Nothing to do is no steps, and no refusal. */
export const nothing: Drafted = { kind: 'steps', steps: [] };

export interface Kept {
  readonly assessment: Assessment;
  readonly context: DraftContext;
  readonly planner: BackupPlanner;
  readonly item: BackupItem;
  readonly wish: BackupWish;
  /** That it is the same machine. */
  readonly pinned: readonly Assumption[];
}

export type ItemState = 'active' | 'stopped' | 'suspended' | 'soft-deleted';

export const inForce: ReadonlySet<BackupState> = new Set<BackupState>(['pending', 'protected', 'error']);

/** `undefined`: a state in which nothing is changed on a guess. */
export const stateOf = ({ state }: BackupItem): ItemState | undefined => {
  if (inForce.has(state)) return 'active';
  return state === 'stopped' || state === 'suspended' || state === 'soft-deleted' ? state : undefined;
};

/** What every write to the item has in common. */
export const common = (
  { assessment: { machine }, item, pinned, context }: Kept,
  idStem: string,
  state: ItemState,
  source: string,
) =>
  ({
    id: context.ids.take([idStem, machine.name], machine.key),
    option: 'azure-backup',
    subject: machine.id,
    source,
    resourceId: item.id,
    assumes: [...pinned, { kind: 'backup-item-is', machineId: machine.id, itemId: item.id, state }],
    dependsOn: [],
    runs: 'on-success',
    destructive: false,
  }) as const satisfies Partial<StepBase>;

/** The steps, unless something is known to stand in the way of one. */
export const unlessObstructed = (context: DraftContext, steps: readonly Step[]): Drafted => {
  const reasons = steps.flatMap((step) => obstacles(context, step));
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'steps', steps };
};

export const backUpNow = (kept: Kept): Drafted => {
  const { assessment, context, item } = kept;
  const trigger = triggerStep(assessment, item.id, context);
  const reason = `A backup of ${assessment.machine.name} was asked for now; Azure allows nine attempts a day, and means three (facts B-15).`;
  return unlessObstructed(context, [{ ...common(kept, 'backup-now', 'active', sources.FAQ), ...trigger, reason }]);
};

export const stop = (kept: Kept): Drafted => {
  const {
    assessment: { machine },
    context,
    item,
  } = kept;
  const excluded =
    item.diskExclusion === undefined
      ? ''
      : ' Azure forgets which disks were left out: say it again when resuming (facts B-59).';
  return unlessObstructed(context, [
    {
      ...common(kept, 'stop-backup', 'active', sources.BREST),
      kind: 'backup.stop',
      method: 'PUT',
      reason: `Stopping the backup of ${machine.name} was asked for: its points stay in vault ${nameOf(item.vaultId)} and are billed, and no more are made.${excluded}`,
      goal: { kind: 'backup-stopped', machineId: machine.id, itemId: item.id },
      cost: { monthlyUsd: 0, basis: 'points that are kept go on being billed' },
      input: { machineId: machine.id },
    },
  ]);
};

export const remove = (kept: Kept, state: ItemState): Drafted => {
  const {
    assessment: { machine },
    context,
    item,
  } = kept;
  const vault = vaultOf(kept);
  if (vault?.immutability.known && vault.immutability.value !== 'disabled') {
    const way = vault.immutability.value === 'locked' ? 'and for good' : 'until its immutability is turned off';
    return refuse(
      'vault-immutable',
      `Vault ${vault.name} is immutable (${vault.immutability.value}): no point in it can be deleted before its time, ${way}. Stop the backup and keep its points instead.`,
      sources.IMM,
      'B-95',
    );
  }
  const locks = deleteLocks(kept);
  if (locks.length > 0)
    return refuse(
      'locked',
      `The lock ${locks.join(', ')} refuses deletions in vault ${nameOf(item.vaultId)}.`,
      sources.LOCK,
      'O-08',
    );
  return unlessObstructed(context, [
    {
      ...common(kept, 'delete-backup', state, sources.SBD),
      kind: 'backup.delete',
      method: 'DELETE',
      destructive: true,
      reason: `Deleting the backup of ${machine.name} was asked for, every recovery point included. ${afterDeletion(vault)}`,
      goal: { kind: 'backup-deleted', machineId: machine.id, itemId: item.id },
      cost: { monthlyUsd: 0, basis: 'the first 14 days of soft delete are free' },
      input: { machineId: machine.id },
    },
  ]);
};

const afterDeletion = (vault: Vault | undefined): string => {
  if (!vault?.softDelete.known) return 'Whether, and for how long, soft delete keeps it is not known.';
  const { state, retainDays } = vault.softDelete.value;
  if (state === 'disabled') return `Soft delete is off in vault ${vault.name}: the deletion may be final (facts B-91).`;
  return `Soft delete keeps it ${retainDays === undefined ? 'for a time that was not told' : `${retainDays} days`}; until then it can be undeleted.`;
};

export const vaultOf = ({ context: { estate }, item }: Kept): Vault | undefined =>
  estate.vaults.items.find(({ key }) => key === item.vaultKey);

/** Names of locks against deletion above the item. */
const deleteLocks = ({ context: { estate }, item }: Kept): readonly string[] =>
  estate.locks.items
    .filter(({ level, scope }) => level === 'can-not-delete' && `${keyOf(item.id)}/`.startsWith(`${scope}/`))
    .map(({ name }) => name);

export const undeleteStep = (kept: Kept, withProtection: boolean): Step => {
  const {
    assessment: { machine },
    item,
  } = kept;
  return {
    ...common(kept, 'undelete-backup', 'soft-deleted', sources.SBD),
    kind: 'backup.undelete',
    method: 'PUT',
    reason: `Undeleting the backup of ${machine.name} was asked for: its points come back. ${withProtection ? 'Protection is resumed right after.' : 'Protection stays stopped: no new points are made until it is resumed.'}`,
    goal: { kind: 'backup-undeleted', machineId: machine.id, itemId: item.id },
    cost: { monthlyUsd: 0, basis: 'points that are kept are billed again' },
    input: { machineId: machine.id },
  };
};
