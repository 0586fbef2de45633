/**
 * Where no restore point can be made of several disks, in this order: Azure Backup, where the guidance would have it;
 * snapshots of all disks while the machine is stopped for them, where somebody consented to that; nothing (facts P-30).
 */
import { isUsable } from '../assessment.ts';
import { durationText } from '../duration.ts';
import type { OptionId, Reason } from '../option.ts';
import { sources } from '../sources.ts';
import { downtimeSeconds, whyNotStopped } from './stop-and-start.ts';
import { refusalReason, type DraftContext, type Drafted, type Need } from './draft.ts';

export interface Rungs {
  readonly backup: (need: Need) => Drafted;
  readonly stopped: (need: Need) => Drafted;
}

/** `reasons`: why there is no restore point, nor anything else the guidance would have. */
export const insteadOfRestorePoint = (
  need: Need,
  reasons: readonly Reason[],
  { guidance }: DraftContext,
  rungs: Rungs,
): Drafted => {
  const { assessment, asked } = need;
  const allowed = optionsFor(need);
  const told: Reason[] = [...reasons];
  if (isUsable(assessment, 'azure-backup')) {
    if (asked === true)
      told.push(
        refusalReason(
          'backup-would-do',
          `Azure Backup would do for ${assessment.machine.name}: \`holdfast protect\` sets it up.`,
          sources.INTRO,
        ),
      );
    else if (allowed.has('azure-backup') && need.option !== 'azure-backup') {
      const drafted = rungs.backup({ ...need, option: 'azure-backup' });
      if (drafted.kind === 'steps') return drafted;
      told.push(...drafted.reasons);
    }
  }
  const several =
    assessment.machine.disks.length > 1 &&
    (asked === true || allowed.has('disk-snapshot') || allowed.has('restore-point'));
  if (!several || whyNotStopped(need).length > 0) return { kind: 'refused', reasons: told };
  if (guidance.plan.snapshot.severalDisks === 'downtime') {
    const drafted = rungs.stopped({ ...need, option: 'disk-snapshot' });
    return drafted.kind === 'steps' ? drafted : { kind: 'refused', reasons: [...told, ...drafted.reasons] };
  }
  return { kind: 'refused', reasons: [...told, couldBeStopped(need)] };
};

/** What the requirement behind the need lets stand for it. */
const optionsFor = ({ assessment, option }: Need): ReadonlySet<OptionId> =>
  new Set(
    assessment.results.filter((result) => result.option === option).flatMap(({ requirement }) => requirement.anyOf),
  );

const couldBeStopped = ({ assessment: { machine } }: Need): Reason => {
  const running = machine.power.known && machine.power.value === 'running';
  const off = running ? `, off for about ${durationText(downtimeSeconds * 1000)}` : '';
  return refusalReason(
    'could-be-stopped',
    `${machine.name} could be deallocated, its disks snapshotted together${running ? ' and the machine started again' : ''}${off}: \`holdfast snapshot ${machine.name} --allow-downtime\`, or plan.snapshot.severalDisks: downtime in the guidance.`,
    sources.BDR,
    'S-14',
  );
};
