/** A protected item's policy and disks: resuming says them anew, changing replaces them. Facts B-55, B-59, B-68, B-92, B-95. */
import type { BackupPolicy } from '../estate.ts';
import { nameOf } from '../ids.ts';
import type { Step } from '../plan.ts';
import { sources } from '../sources.ts';
import { leftOutText } from './azure-backup.ts';
import { disksLeftOut, leftOutToday, type DiskChoice } from './backup-disks.ts';
import { common, nothing, unlessObstructed, vaultOf, type ItemState, type Kept } from './backup-item.ts';
import { refusalReason, refuse, type Drafted } from './draft.ts';

/** Another vault's room is not asked for: the item is registered there already. */
export const resume = (kept: Kept, before: readonly Step[], state: ItemState): Drafted => {
  const { assessment, context, planner, item, wish } = kept;
  const { machine } = assessment;
  const left = disksLeftOut(assessment, context.guidance, wish.excludeLuns);
  if (left.kind === 'refused') return left;
  const vault = planner.vaultOf(item.vaultId);
  if (vault === undefined)
    return refuse(
      'vault-unknown',
      `Vault ${nameOf(item.vaultId)} of the backup of ${machine.name} was not read, nor its policies.`,
      sources.BGEN,
      'B-04',
    );
  const choice = planner.policyIn(vault, assessment, left.luns, wish.policy);
  if (choice.kind === 'refused') return choice;
  const { policy } = choice;
  const step: Step = {
    ...common(kept, 'resume-backup', state, sources.BREST),
    kind: 'backup.reconfigure',
    method: 'PUT',
    reason: `Resuming the backup of ${machine.name} was asked for: policy ${policy.name}.${leftOutText(left.luns)}`,
    goal: {
      kind: 'backup-configured',
      machineId: machine.id,
      itemId: item.id,
      policyId: policy.id,
      excludeLuns: left.luns,
    },
    dependsOn: [...before.map(({ id }) => id), ...(policy.step === undefined ? [] : [policy.step.id])],
    cost: { monthlyUsd: 'unknown', basis: 'a fee per machine by its used size, and what its points take up' },
    input: { machineId: machine.id, policyId: policy.id, excludeLuns: left.luns },
  };
  policy.machines += 1;
  return unlessObstructed(context, [...(policy.step === undefined ? [] : [policy.step]), ...before, step]);
};

/** Another policy, or other disks, for a backup in force. */
export const change = (kept: Kept): Drafted => {
  const { assessment, context, planner, item, wish } = kept;
  const { machine } = assessment;
  const { policy: wanted, excludeLuns } = wish;
  if (wanted === undefined && excludeLuns === undefined) return nothing;
  const before = context.estate.backupPolicies.items.find(({ key }) => key === item.policyKey);
  const policy = wanted ?? before;
  if (policy === undefined)
    return refuse(
      'policy-unknown',
      `The policy that ${machine.name} follows was not read, and changing disks says it again.`,
      sources.SEL,
      'B-55',
    );
  const left = lunsToLeave(kept);
  if (left.kind === 'refused') return left;
  const same = policy.key === item.policyKey;
  const today = leftOutToday(item, machine);
  if (same && today !== undefined && today.join() === left.luns.join()) return nothing;
  const vault = planner.vaultOf(item.vaultId);
  if (vault === undefined)
    return refuse('vault-unknown', `Vault ${nameOf(item.vaultId)} was not read.`, sources.BGEN, 'B-04');
  const effect = same ? { destructive: false, text: '' } : effectOf(kept, before, policy);
  if ('refused' in effect) return effect.refused;
  if (!same) {
    const choice = planner.policyIn(vault, assessment, left.luns, policy);
    if (choice.kind === 'refused') return choice;
    choice.policy.machines += 1;
  }
  const shared = common(kept, same ? 'backup-disks' : 'backup-policy', 'active', same ? sources.SEL : sources.ENH);
  return unlessObstructed(context, [
    {
      ...shared,
      kind: 'backup.reconfigure',
      method: 'PUT',
      destructive: effect.destructive,
      assumes: shared.assumes.map((assumed) =>
        assumed.kind === 'backup-item-is' && before !== undefined ? { ...assumed, policyId: before.id } : assumed,
      ),
      reason: `${same ? `Other disks for the backup of ${machine.name} were` : `Policy ${policy.name} for the backup of ${machine.name}${item.policyName === undefined ? '' : `, instead of ${item.policyName},`} was`} asked for.${effect.text}${leftOutText(left.luns)}`,
      goal: {
        kind: 'backup-configured',
        machineId: machine.id,
        itemId: item.id,
        policyId: policy.id,
        excludeLuns: left.luns,
      },
      cost: { monthlyUsd: 'unknown', basis: 'what its points take up' },
      input: { machineId: machine.id, policyId: policy.id, excludeLuns: left.luns },
    },
  ]);
};

/** Those asked for; where none were, those left out today: every write replaces the list (facts B-55). */
const lunsToLeave = ({ assessment, context, item, wish }: Kept): DiskChoice => {
  if (wish.excludeLuns !== undefined) return disksLeftOut(assessment, context.guidance, wish.excludeLuns);
  const today = leftOutToday(item, assessment.machine);
  if (today !== undefined) return { kind: 'luns', luns: today };
  const text = `Which disks the backup of ${assessment.machine.name} leaves out is not known, and changing its policy says it again: give --exclude-lun.`;
  return { kind: 'refused', reasons: [refusalReason('disks-unknown', text, sources.SEL, 'B-55')] };
};

type Effect = { readonly destructive: boolean; readonly text: string } | { readonly refused: Drafted };

/** Standard to enhanced is one-way (facts B-68); a shorter retention deletes points (B-92), which an immutable vault refuses (B-95). */
const effectOf = (kept: Kept, before: BackupPolicy | undefined, after: BackupPolicy): Effect => {
  const {
    assessment: { machine },
  } = kept;
  const refused = (code: string, text: string, source: string, fact: string): Effect => ({
    refused: refuse(code, text, source, fact),
  });
  if (after.tier === 'standard' && before?.tier !== 'standard') {
    const was =
      before === undefined
        ? 'follows a policy that was not read, which may be an enhanced one'
        : 'is under an enhanced policy';
    return refused(
      'one-way-policy',
      `${machine.name} ${was}: Azure never goes back from enhanced to standard.`,
      sources.ENH,
      'B-68',
    );
  }
  const oneWay = after.tier === 'enhanced' && before?.tier !== 'enhanced';
  const shorter =
    before?.retainDays === undefined || after.retainDays === undefined || after.retainDays < before.retainDays;
  const vault = vaultOf(kept);
  if (shorter && vault?.immutability.known && vault.immutability.value !== 'disabled') {
    return refused(
      'vault-immutable',
      `Vault ${vault.name} is immutable (${vault.immutability.value}), and policy ${after.name} keeps points for less time, or for a time that was not told.`,
      sources.IMM,
      'B-95',
    );
  }
  const texts = [
    ...(oneWay
      ? [
          ' There is no way back: from enhanced, Azure never returns to standard; the first enhanced snapshot is a full copy and billed as one (facts B-68, B-69).',
        ]
      : []),
    ...(shorter
      ? [
          ` It keeps points ${after.retainDays === undefined ? 'for a time that was not told' : `${after.retainDays} days`}${before?.retainDays === undefined ? '' : `, not ${before.retainDays}`}: older ones are deleted (facts B-92).`,
        ]
      : []),
  ];
  return { destructive: oneWay || shorter, text: texts.join('') };
};
