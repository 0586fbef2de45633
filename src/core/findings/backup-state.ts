/** Protection that was set up and is no longer, or not yet, in force: `stopped`, `soft-deleted`, `protection-pending`. */
import { nextRunBy } from '../backup-schedule.ts';
import { presenceOf, type Assessment } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import { durationText } from '../duration.ts';
import type { EstateView } from '../estate-view.ts';
import { keyOf, nameOf } from '../ids.ts';
import type { Protection } from '../protection.ts';
import { dayMs, instantMs, toSecond } from '../time.ts';
import { findingOn } from './finding.ts';
import { withArticle } from '../option-name.ts';

export const stateFindings = (assessment: Assessment, view: EstateView): readonly Finding[] =>
  assessment.results.flatMap((result) => {
    const presence = presenceOf(assessment, result, view.estate);
    if (presence.kind === 'lapsed') return [lapsed(assessment, presence.protection, view)];
    if (presence.kind !== 'present') return [];
    const { protection } = presence;
    if (protection.state === 'unknown') return [unintelligible(assessment, protection)];
    return protection.pending && protection.newestPoint === undefined && !hasFailed(protection, view)
      ? [pending(assessment, protection, view)]
      : [];
  });

/** A first backup that was tried and failed is no longer merely to come: `stale` tells of it. */
export const hasFailed = ({ option, id, pending: waits }: Protection, view: EstateView): boolean =>
  waits && option === 'azure-backup' && /fail|unhealthy/i.test(view.backupItems.get(keyOf(id))?.lastBackupStatus ?? '');

const lapsed = ({ machine, objective }: Assessment, protection: Protection, view: EstateView): Finding => {
  const { option, vaultId, newestPoint } = protection;
  const where = vaultId === undefined ? '' : ` in vault ${nameOf(vaultId)}`;
  const lastAt = instantMs(newestPoint?.at);
  const left =
    lastAt === undefined
      ? 'no point is known'
      : `its newest point is ${durationText(Math.max(0, view.asOfMs - lastAt))} old`;
  const severity = objective.severity;
  if (protection.state !== 'soft-deleted') {
    const summary = `${withArticle(option, 'The')} of ${machine.name}${where} is ${protection.state}: points are kept and none are made; ${left}.`;
    const remedy =
      option === 'azure-backup'
        ? `run \`holdfast protect ${machine.name} --resume\``
        : `resume protection${where}, then audit again`;
    return findingOn(machine.id, { code: 'stopped', option, severity, summary, remedy });
  }
  return findingOn(machine.id, {
    code: 'soft-deleted',
    option,
    severity,
    summary: `${withArticle(option, 'The')} of ${machine.name}${where} was deleted and is kept only for its soft-delete time${keptUntil(protection, view)}; ${left}. It cannot simply be enabled again in that vault (facts B-05).`,
    remedy: `before its soft-delete time ends, run \`holdfast protect ${machine.name} --undelete --resume\``,
  });
};

/** ` (deleted …, gone for good …)`: the vault's own retention counts from the deletion. */
const keptUntil = ({ id, vaultId }: Protection, view: EstateView): string => {
  const deletedMs = instantMs(view.backupItems.get(keyOf(id))?.deletedAt);
  if (deletedMs === undefined) return '';
  const softDelete = view.vaults.get(keyOf(vaultId ?? ''))?.softDelete;
  const days = softDelete?.known ? softDelete.value.retainDays : undefined;
  const end =
    days === undefined ? ', until when is not known' : `, gone for good ${toSecond(deletedMs + days * dayMs)}`;
  return ` (deleted ${toSecond(deletedMs)}${end})`;
};

/** Azure tells of no item since when it waits, so an overdue first point cannot be told from one to come: hence no `low`. */
const pending = (assessment: Assessment, protection: Protection, view: EstateView): Finding =>
  protection.option === 'site-recovery'
    ? replicating(assessment, protection)
    : protection.option === 'azure-backup'
      ? awaitingBackup(assessment, protection, view)
      : copying(assessment, protection);

const replicating = ({ machine }: Assessment, { state }: Protection): Finding =>
  findingOn(machine.id, {
    code: 'protection-pending',
    option: 'site-recovery',
    severity: 'medium',
    summary: `Site Recovery of ${machine.name} is still making its first copy (${state}): nothing to fail over to yet. Azure does not tell since when.`,
    remedy: 'look at the replicated item if this lasts: a first copy takes hours, or days for large disks, not longer',
  });

const awaitingBackup = ({ machine }: Assessment, { id, state }: Protection, view: EstateView): Finding => {
  const policy = view.policies.get(view.backupItems.get(keyOf(id))?.policyKey ?? '');
  const next = policy && nextRunBy(policy, view.asOfMs);
  const due =
    next === undefined
      ? 'Its policy was not read, so when it is due is not known.'
      : next.kind === 'due'
        ? `Its policy next runs by ${next.by}.`
        : `When it is due cannot be told: ${next.why}.`;
  return findingOn(machine.id, {
    code: 'protection-pending',
    option: 'azure-backup',
    severity: 'medium',
    summary: `Azure Backup of ${machine.name} is set up (${state}), and its first point is still to come. ${due} Azure does not tell since when it waits.`,
    remedy:
      'audit again once the first point is due; if it was set up longer ago than one run of its policy, start a backup by hand and look at its job',
    ...(next?.kind === 'due' ? { dueBy: next.by } : {}),
  });
};

const copying = ({ machine }: Assessment, { option, state, detail }: Protection): Finding =>
  findingOn(machine.id, {
    code: 'protection-pending',
    option,
    severity: 'low',
    summary: `${withArticle(option, 'The')} of ${machine.name} is on its way (${state}${detail === undefined ? '' : `: ${detail}`}), and no earlier point is there.`,
    remedy: 'audit again once it is whole',
  });

const unintelligible = ({ machine }: Assessment, { option, detail }: Protection): Finding =>
  findingOn(machine.id, {
    code: 'unknown',
    option,
    severity: 'medium',
    summary: `Whether ${withArticle(option, 'the')} of ${machine.name} is in force cannot be told${detail === undefined ? '' : `: ${detail}`}.`,
    remedy: 'look at the item in the portal; a newer holdfast may know its state',
  });
