/** THE lists: the words of every kind of step and of every assumption. */
import type { Assumption, Step, StepKind } from '../../core/plan.ts';
import { backupAssumptionWords, backupWords } from './backup.ts';
import { cloneWords } from './clone.ts';
import { guestWords } from './guest.ts';
import { imageWords } from './image.ts';
import { machineAssumptionWords, machineWords } from './machine.ts';
import { placeAssumptionWords, placeWords } from './place.ts';
import { removalAssumptionWords, removalWords } from './removal.ts';
import { restorePointAssumptionWords, restorePointWords } from './restore-point.ts';
import { siteRecoveryAssumptionWords, siteRecoveryWords } from './site-recovery.ts';
import { snapshotAssumptionWords, snapshotWords } from './snapshot.ts';
import { tagWords } from './tags.ts';
import type { AssumptionWords, StepWords } from './words.ts';

const words: { readonly [K in StepKind]: StepWords<K> } = {
  ...placeWords,
  ...machineWords,
  ...guestWords,
  ...cloneWords,
  ...imageWords,
  ...snapshotWords,
  ...restorePointWords,
  ...removalWords,
  ...tagWords,
  ...backupWords,
  ...siteRecoveryWords,
};

const assumptionWords: { readonly [K in Assumption['kind']]: AssumptionWords<K> } = {
  ...machineAssumptionWords,
  ...placeAssumptionWords,
  ...snapshotAssumptionWords,
  ...restorePointAssumptionWords,
  ...removalAssumptionWords,
  ...backupAssumptionWords,
  ...siteRecoveryAssumptionWords,
};

// A value and the words of its kind belong together by the lists' types; the compiler cannot follow that through a look-up.

export const wordsOf = (kind: StepKind): StepWords<StepKind> => words[kind] as StepWords<StepKind>;
export const settingsOf = (step: Step): readonly string[] => wordsOf(step.kind).settings(step);
export const consentText = ({ kind }: Step): string => wordsOf(kind).consent ?? 'CANNOT BE UNDONE';
export const writesText = (step: Step): string => wordsOf(step.kind).writes(step);
export const assumptionText = (assumption: Assumption): string =>
  (assumptionWords[assumption.kind] as AssumptionWords<Assumption['kind']>)(assumption);
