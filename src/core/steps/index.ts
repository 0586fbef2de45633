/** THE lists: every kind of write, what it brings about, and what it takes for granted, a family a file. */
import { backupAssumptions, backupGoals, backupSteps } from './backup.ts';
import { cloneSteps } from './clone.ts';
import { guestGoals, guestSteps } from './guest.ts';
import { imageGoals, imageSteps } from './image.ts';
import { machineAssumptions, machineGoals, machineSteps } from './machine.ts';
import { placeAssumptions, placeGoals, placeSteps } from './place.ts';
import { removalAssumptions, removalGoals, removalSteps } from './removal.ts';
import { restorePointAssumptions, restorePointGoals, restorePointSteps } from './restore-point.ts';
import { siteRecoveryAssumptions, siteRecoveryGoals, siteRecoverySteps } from './site-recovery.ts';
import { snapshotAssumptions, snapshotGoals, snapshotSteps } from './snapshot.ts';
import { tagGoals, tagSteps } from './tags.ts';

export const stepKinds = {
  ...placeSteps,
  ...machineSteps,
  ...guestSteps,
  ...cloneSteps,
  ...imageSteps,
  ...snapshotSteps,
  ...restorePointSteps,
  ...removalSteps,
  ...tagSteps,
  ...backupSteps,
  ...siteRecoverySteps,
} satisfies Readonly<Record<string, { readonly assumes: readonly (keyof typeof assumptions)[] }>>;

/** Whether such a step is done under its machine's lease. */
export const isLeased = (kind: keyof typeof stepKinds): boolean => 'leased' in stepKinds[kind];

/** A state of the world that a step brings about; it may lie beyond the operation's own end. */
export const goals = {
  ...placeGoals,
  ...machineGoals,
  ...guestGoals,
  ...imageGoals,
  ...snapshotGoals,
  ...restorePointGoals,
  ...removalGoals,
  ...tagGoals,
  ...backupGoals,
  ...siteRecoveryGoals,
};

/** What a step takes for granted about the world, checked just before its write. */
export const assumptions = {
  ...machineAssumptions,
  ...placeAssumptions,
  ...snapshotAssumptions,
  ...restorePointAssumptions,
  ...removalAssumptions,
  ...backupAssumptions,
  ...siteRecoveryAssumptions,
};
