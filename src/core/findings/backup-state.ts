/** Protection that was set up and is no longer, or not yet, in force: `stopped`, `soft-deleted`, `protection-pending`. */
import { presenceOf, type Assessment } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import { durationText } from '../duration.ts';
import type { BackupPolicy } from '../estate.ts';
import type { EstateView } from '../estate-view.ts';
import { keyOf, nameOf } from '../ids.ts';
import type { Protection } from '../protection.ts';
import { dayMs, hourMs, instantMs, toInstant, type Instant } from '../time.ts';
import { findingOn } from './finding.ts';
import { withArticle } from '../option-name.ts';

export const stateFindings = (assessment: Assessment, view: EstateView): readonly Finding[] =>
  assessment.results.flatMap((result) => {
    const presence = presenceOf(assessment, result, view.estate);
    if (presence.kind === 'lapsed') return [lapsed(assessment, presence.protection, view)];
    if (presence.kind !== 'present') return [];
    const { protection } = presence;
    if (protection.state === 'unknown') return [unintelligible(assessment, protection)];
    return protection.pending && protection.newestPoint === undefined ? [pending(assessment, protection, view)] : [];
  });

const lapsed = ({ machine, objective }: Assessment, protection: Protection, view: EstateView): Finding => {
  const { option, id, vaultId, newestPoint } = protection;
  const where = vaultId === undefined ? '' : ` in vault ${nameOf(vaultId)}`;
  const lastAt = instantMs(newestPoint?.at);
  const left = lastAt === undefined ? 'no point is known' : `its newest point is ${durationText(Math.max(0, view.asOfMs - lastAt))} old`;
  const severity = objective.severity;
  if (protection.state !== 'soft-deleted') {
    const summary = `${withArticle(option, 'The')} of ${machine.name}${where} is ${protection.state}: points are kept and none are made; ${left}.`;
    const remedy = `resume protection${where}, then audit again`;
    return findingOn(machine.id, { code: 'stopped', option, severity, summary, remedy });
  }
  const deletedAt = view.backupItems.get(keyOf(id))?.deletedAt;
  const since = deletedAt === undefined ? '' : ` since ${deletedAt}`;
  return findingOn(machine.id, {
    code: 'soft-deleted',
    option,
    severity,
    summary: `${withArticle(option, 'The')} of ${machine.name}${where} was deleted and is kept only for its soft-delete time${since}; ${left}.`,
    remedy: `undelete the item${where} before its soft-delete time ends and resume protection, or protect the machine by another vault`,
  });
};

const pending = ({ machine }: Assessment, { option, id, state }: Protection, view: EstateView): Finding => {
  const policy = view.policies.get(view.backupItems.get(keyOf(id))?.policyKey ?? '');
  const dueBy = policy && nextRunBy(policy, view.asOfMs);
  const due = dueBy === undefined ? '' : ` It is due by ${dueBy}.`;
  return findingOn(machine.id, {
    code: 'protection-pending',
    option,
    severity: 'low',
    summary: `${withArticle(option, 'The')} of ${machine.name} is set up (${state}), and its first point is still to come.${due}`,
    remedy: 'audit again once the first point is due; start a backup by hand if it may not wait',
    ...(dueBy === undefined ? {} : { dueBy }),
  });
};

const unintelligible = ({ machine }: Assessment, { option, detail }: Protection): Finding =>
  findingOn(machine.id, {
    code: 'unknown',
    option,
    severity: 'medium',
    summary: `Whether ${withArticle(option, 'the')} of ${machine.name} is in force cannot be told${detail === undefined ? '' : `: ${detail}`}.`,
    remedy: 'look at the item in the portal; a newer holdfast may know its state',
  });

/** A scheduled backup may start this long after its time (facts B-17). */
const lateStartMs = 2 * hourMs;

/**
 * The latest moment at which the next scheduled backup starts. Exact for policies in UTC; in another time zone, one
 * whole interval from now, since the zone's offset is not reckoned here.
 */
export const nextRunBy = ({ schedule }: Pick<BackupPolicy, 'schedule'>, nowMs: number): Instant => {
  const intervalMs = { hourly: (schedule.intervalHours ?? 24) * hourMs, daily: dayMs, weekly: 7 * dayMs }[schedule.frequency];
  const run = instantMs(schedule.runTimes[0]);
  if (schedule.frequency === 'daily' && run !== undefined && /^(?:utc|etc\/utc|coordinated universal time)$/i.test(schedule.timeZone)) {
    const next = nowMs - (nowMs % dayMs) + (run % dayMs);
    return toInstant((next > nowMs ? next : next + dayMs) + lateStartMs);
  }
  return toInstant(nowMs + intervalMs + lateStartMs);
};
