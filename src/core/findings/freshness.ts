/** Whether what serves a need is recent enough: `stale`. An unknown age is `unknown`, never stale. */
import { presenceOf, unknownText, type Assessment } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import { durationText } from '../duration.ts';
import type { EstateView } from '../estate-view.ts';
import { keyOf } from '../ids.ts';
import type { OptionId } from '../option.ts';
import type { Protection } from '../protection.ts';
import { hourMs, instantMs, toSecond } from '../time.ts';
import { hasFailed } from './backup-state.ts';
import { findingOn } from './finding.ts';
import { withArticle } from '../option-name.ts';

/** The lag of Site Recovery is its own measure, and Azure does not tell when a managed image was made. */
const ageing: ReadonlySet<OptionId> = new Set(['azure-backup', 'disk-snapshot', 'restore-point', 'gallery-image']);

export const freshnessFindings = (assessment: Assessment, view: EstateView): readonly Finding[] =>
  assessment.results.flatMap((result) => {
    const presence = presenceOf(assessment, result, view.estate);
    if (presence.kind !== 'present' || !ageing.has(presence.protection.option)) return [];
    return judge(assessment, presence.protection, view);
  });

const judge = (assessment: Assessment, protection: Protection, view: EstateView): readonly Finding[] => {
  const { machine, objective } = assessment;
  const { option, newestPoint, pending, pointsUnknown, state } = protection;
  const of = `${withArticle(option, 'The')} of ${machine.name}`;
  if (state === 'unknown' && newestPoint === undefined) return [];
  // Read, and yet in doubt (a snapshot perhaps of an earlier disk): unread points leave the newest one's age certain.
  const doubt = pointsUnknown !== undefined && pointsUnknown.reason !== 'not-read';
  const at = instantMs(newestPoint?.at);
  if (at === undefined) {
    if (pending && !hasFailed(protection, view)) return [];
    if (pending) return [stale(assessment, protection, `${of} has never made a point: its first backup failed`)];
    if (neverRan(protection, view)) return [stale(assessment, protection, `${of} has never made a point`)];
    return [unknownAge(assessment, protection)];
  }
  const ageMs = view.asOfMs - at;
  const allowedMs = (objective.rpoHours.value + objective.graceHours.value) * hourMs;
  if (doubt) return [unknownAge(assessment, protection)];
  if (ageMs <= allowedMs) return [];
  const hours = `${objective.rpoHours.value} h and ${objective.graceHours.value} h of grace`;
  const text = `${of} made its newest point ${durationText(ageMs)} ago (${toSecond(at)}); class ${assessment.classification.classId} allows ${hours}`;
  return [stale(assessment, protection, text)];
};

/** Certain only where the points were read and there are none, or where Azure says that no backup ever ran. */
const neverRan = ({ option, id, pointsUnknown }: Protection, view: EstateView): boolean => {
  if (pointsUnknown === undefined) return true;
  const item = option === 'azure-backup' ? view.backupItems.get(keyOf(id)) : undefined;
  return (
    item !== undefined &&
    instantMs(item.lastBackupAt) === undefined &&
    instantMs(item.lastPointAt) === undefined &&
    item.state !== 'unknown'
  );
};

const stale = ({ machine, objective }: Assessment, { option, detail }: Protection, text: string): Finding =>
  findingOn(machine.id, {
    code: 'stale',
    option,
    severity: objective.severity,
    summary: `${text}${detail === undefined ? '' : `; ${detail}`}.`,
    remedy:
      option === 'azure-backup'
        ? `look at the last backup job of ${machine.name} in its vault, repair the cause, then run \`holdfast protect ${machine.name} --now\``
        : 'run `holdfast plan --output-file plan.json` to make a new one',
  });

const unknownAge = ({ machine }: Assessment, { option, pointsUnknown, detail }: Protection): Finding => {
  const why = pointsUnknown === undefined ? (detail ?? 'Azure gave no moment') : unknownText(pointsUnknown);
  return findingOn(machine.id, {
    code: 'unknown',
    option,
    severity: 'medium',
    summary: `How fresh ${withArticle(option, 'the')} of ${machine.name} is cannot be told: ${why}.`,
    remedy: 'audit again with `--deep`, or make the missing facts readable',
  });
};
