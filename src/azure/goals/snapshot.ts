import { sameResource, type ResourceId } from '../../core/ids.ts';
import type { Step } from '../../core/plan.ts';
import type { GoalState } from '../../engine/ports.ts';
import { numberAt, textAt } from '../raw.ts';
import { provisioningOf, readResource } from '../resource.ts';
import { isOwnSnapshot } from '../steps/made-for.ts';
import { holds, taken, type GoalReader, type ReadGoal } from './reader.ts';

/** Complete as audit means it: wholly copied, and not leaning on its source disk (facts S-10, S-12). */
export const snapshotComplete: ReadGoal<'snapshot-complete'> = (reader, { resourceId, sourceDiskId }, step) =>
  readSnapshot(reader, { resourceId, sourceId: sourceDiskId, step }, (body) => whole(body, resourceId));

/** Its moment is fixed; what Azure still copies in the background shows later, in the audit (facts S-11). */
export const snapshotTaken: ReadGoal<'snapshot-taken'> = (reader, { resourceId, sourceDiskId }, step) =>
  readSnapshot(reader, { resourceId, sourceId: sourceDiskId, step }, () => holds(resourceId));

/** A copy always tells how far it is; one that does not is not taken for whole (facts S-08). */
export const snapshotCopied: ReadGoal<'snapshot-copied'> = (reader, { resourceId, sourceSnapshotId }, step) =>
  readSnapshot(reader, { resourceId, sourceId: sourceSnapshotId, step }, (body) =>
    numberAt(body, 'properties', 'completionPercent') === undefined
      ? { kind: 'coming', phase: 'copied as far as Azure does not tell' }
      : whole(body, resourceId),
  );

/** Begun is begun, even where it has failed since: the next run of its job deletes it and begins anew. */
export const snapshotCopyBegun: ReadGoal<'snapshot-copy-begun'> = (reader, { resourceId, sourceSnapshotId }, step) =>
  readSnapshot(
    reader,
    { resourceId, sourceId: sourceSnapshotId, step },
    () => holds(resourceId),
    (why) => ({ kind: 'holds', outputs: { id: resourceId }, detail: why }),
  );

interface Asked {
  readonly resourceId: ResourceId;
  readonly sourceId: ResourceId;
  readonly step: Step;
}

const readSnapshot = async (
  { arm, signal }: GoalReader,
  { resourceId, sourceId, step }: Asked,
  judge: (body: unknown) => GoalState,
  failed: (why: string) => GoalState = (detail) => ({ kind: 'absent', detail }),
): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent' };
  if (read.kind !== 'body') return read;
  const { body } = read;
  const source = textAt(body, 'properties', 'creationData', 'sourceResourceId') ?? '';
  if (!sameResource(source, sourceId)) return taken(resourceId, 'a snapshot of something else has this name');
  if (!isOwnSnapshot(step, body))
    return taken(resourceId, 'a snapshot of the same source that is not what this plan makes has this name');
  const copyError =
    textAt(body, 'properties', 'copyCompletionError', 'errorMessage') ??
    textAt(body, 'properties', 'copyCompletionError', 'errorCode');
  if (copyError !== undefined) return failed(`its copy failed: ${copyError}`);
  const provisioning = provisioningOf(body);
  if (provisioning === 'failed') return failed('it exists, and its provisioning failed');
  return provisioning === 'coming' ? { kind: 'coming', phase: 'being provisioned' } : judge(body);
};

const whole = (body: unknown, resourceId: ResourceId): GoalState => {
  const percent = numberAt(body, 'properties', 'completionPercent') ?? 100;
  const access = textAt(body, 'properties', 'snapshotAccessState')?.toLowerCase();
  if (percent < 100) return { kind: 'coming', phase: `copied ${percent} %` };
  if (access === 'pending' || access === 'instantaccess')
    return { kind: 'coming', phase: 'still leans on its source disk' };
  return holds(resourceId);
};
