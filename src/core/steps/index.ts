/** THE lists: every kind of write, what it brings about, and what it takes for granted, a family a file. */
import { backupAssumptions, backupGoals, backupSteps } from './backup.ts';
import { machineAssumptions } from './machine.ts';
import { placeAssumptions, placeGoals, placeSteps } from './place.ts';
import { restorePointAssumptions, restorePointGoals, restorePointSteps } from './restore-point.ts';
import { snapshotAssumptions, snapshotGoals, snapshotSteps } from './snapshot.ts';

export const stepKinds = {
  ...placeSteps,
  ...snapshotSteps,
  ...restorePointSteps,
  ...backupSteps,
};

/** A state of the world that a step brings about; it may lie beyond the operation's own end. */
export const goals = {
  ...placeGoals,
  ...snapshotGoals,
  ...restorePointGoals,
  ...backupGoals,
};

/** What a step takes for granted about the world, checked just before its write. */
export const assumptions = {
  ...machineAssumptions,
  ...placeAssumptions,
  ...snapshotAssumptions,
  ...restorePointAssumptions,
  ...backupAssumptions,
};
