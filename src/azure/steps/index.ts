/** THE list: every kind of write and its runner. */
import type { Step, StepKind, StepOf } from '../../core/plan.ts';
import type { StepRunner } from '../../engine/ports.ts';
import { backupEnable } from './backup-enable.ts';
import { backupPolicyCreate } from './backup-policy-create.ts';
import { backupTrigger } from './backup-trigger.ts';
import { restorePointCollectionCreate, restorePointCreate } from './restore-point-create.ts';
import { resourceGroupCreate } from './resource-group-create.ts';
import type { MakeRunner, StepTools } from './runner.ts';
import { snapshotCreate } from './snapshot-create.ts';
import { vaultCreate } from './vault-create.ts';

const runners: { readonly [K in StepKind]: MakeRunner<K> } = {
  'resource-group.create': resourceGroupCreate,
  'snapshot.create': snapshotCreate,
  'restore-point-collection.create': restorePointCollectionCreate,
  'restore-point.create': restorePointCreate,
  'vault.create': vaultCreate,
  'backup-policy.create': backupPolicyCreate,
  'backup.enable': backupEnable,
  'backup.trigger': backupTrigger,
};

export const runnerFor = (step: Step, tools: StepTools): StepRunner => {
  const make = runners[step.kind] as MakeRunner<StepKind>;
  return make(step as StepOf<StepKind>, tools);
};
