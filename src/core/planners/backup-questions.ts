/** What Azure Backup is asked before a plan: would it take these machines (facts B-113)? */
import type { Machine } from '../estate.ts';
import { keyOf, vaultOf, type ResourceKey } from '../ids.ts';
import type { Step } from '../plan.ts';
import type { BackupCheckQuestion } from '../preflight.ts';

/** One question a machine that a plan would enable; none where disks are left out, since the question cannot say so. */
export const backupChecksFor = (
  steps: readonly Step[],
  machines: ReadonlyMap<ResourceKey, Machine>,
): readonly BackupCheckQuestion[] => {
  const toMake = new Set(steps.flatMap((step) => (step.kind === 'vault.create' ? [keyOf(step.resourceId)] : [])));
  return steps.flatMap((step) => {
    if (step.kind !== 'backup.enable' || step.input.excludeLuns !== undefined) return [];
    const machine = machines.get(keyOf(step.input.machineId));
    const vaultId = vaultOf(step.resourceId);
    return machine === undefined ? [] : [{ ...about(machine), ...(toMake.has(keyOf(vaultId)) ? {} : { vaultId }) }];
  });
};

const about = (machine: Machine): BackupCheckQuestion => ({
  machineId: machine.id,
  subscriptionId: machine.subscriptionId,
  location: machine.location,
  ...(machine.size.known ? { size: machine.size.value } : {}),
  premium: machine.disks.some(({ disk, declaredSku }) =>
    /^premium/i.test((disk.known ? disk.value.sku : undefined) ?? declaredSku ?? ''),
  ),
});
