/** THE list: what a step takes for granted, asked again just before its write. */
import type { Assumption, Step } from '../../core/plan.ts';
import type { AssumptionState } from '../../engine/ports.ts';
import type { Arm } from '../ask.ts';
import type { Lists } from '../made-since.ts';
import { backupCheckers } from './backup.ts';
import type { Checker } from './checker.ts';
import { machineCheckers } from './machine.ts';
import { placeCheckers } from './place.ts';
import { removalCheckers } from './removal.ts';
import { restorePointCheckers } from './restore-point.ts';
import { siteRecoveryCheckers } from './site-recovery.ts';
import { snapshotCheckers } from './snapshot.ts';

const checkers: { readonly [K in Assumption['kind']]: Checker<K> } = {
  ...machineCheckers,
  ...placeCheckers,
  ...snapshotCheckers,
  ...restorePointCheckers,
  ...removalCheckers,
  ...backupCheckers,
  ...siteRecoveryCheckers,
};

// Assumption and checker belong together by the list's type; the compiler cannot follow that through a look-up.
export const checkAssumption = (
  arm: Arm,
  assumption: Assumption,
  signal: AbortSignal,
  step: Step,
  lists: Lists,
): Promise<AssumptionState> =>
  (checkers[assumption.kind] as Checker<Assumption['kind']>)(arm, assumption, signal, step, lists);
