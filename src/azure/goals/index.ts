/** THE list: whether a step's goal holds, by GETs of the resource itself. Read before the write and after it. */
import type { Goal, Step } from '../../core/plan.ts';
import type { GoalState } from '../../engine/ports.ts';
import {
  backupConfigured,
  backupDeleted,
  backupPointSince,
  backupStopped,
  backupUndeleted,
  vaultLocked,
} from './backup.ts';
import { machineGeneralized, runCommandSucceeded } from './guest.ts';
import { imageComplete } from './image.ts';
import { machinePower } from './machine.ts';
import { exists } from './place.ts';
import { gone } from './removal.ts';
import type { GoalReader, ReadGoal } from './reader.ts';
import { restorePointComplete, restorePointCopied, restorePointCopyBegun } from './restore-point.ts';
import { notReplicated, paired, replicated } from './site-recovery.ts';
import { snapshotComplete, snapshotCopied, snapshotCopyBegun, snapshotTaken } from './snapshot.ts';
import { tagsAre } from './tags.ts';

const readers: { readonly [K in Goal['kind']]: ReadGoal<K> } = {
  exists,
  'machine-generalized': machineGeneralized,
  'run-command-succeeded': runCommandSucceeded,
  'image-complete': imageComplete,
  gone,
  'tags-are': tagsAre,
  'machine-power': machinePower,
  'snapshot-complete': snapshotComplete,
  'snapshot-taken': snapshotTaken,
  'snapshot-copied': snapshotCopied,
  'snapshot-copy-begun': snapshotCopyBegun,
  'restore-point-complete': restorePointComplete,
  'restore-point-copied': restorePointCopied,
  'restore-point-copy-begun': restorePointCopyBegun,
  'backup-configured': backupConfigured,
  'backup-point-since': backupPointSince,
  paired,
  replicated,
  'not-replicated': notReplicated,
  'backup-stopped': backupStopped,
  'backup-deleted': backupDeleted,
  'backup-undeleted': backupUndeleted,
  'vault-locked': vaultLocked,
};

// Goal and reader belong together by the list's type; the compiler cannot follow that through a look-up.
export const readGoal = (reader: GoalReader, goal: Goal, step: Step): Promise<GoalState> =>
  (readers[goal.kind] as ReadGoal<Goal['kind']>)(reader, goal, step);
