/** What the login must be allowed for each write (facts A-21 … A-24): asked in preflight, and held against the answers. */
import { byKind } from './by-kind.ts';
import { resourceGroupId, parseId, type ResourceId } from './ids.ts';
import type { Step } from './plan.ts';
import type { PermissionQuestion } from './preflight.ts';

const itemAction = 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems';

/** At the resource group, or the subscription for a group to be made: their number does not grow with the machines. */
export const permissionsFor = (step: Step): readonly PermissionQuestion[] => {
  const scope = resourceGroupId(step.resourceId);
  return byKind<Step, readonly PermissionQuestion[]>(step, {
    'resource-group.create': ({ resourceId }) => [
      { action: 'Microsoft.Resources/subscriptions/resourceGroups/write', scope: subscriptionScope(resourceId) },
    ],
    'snapshot.create': ({ input }) => [
      { action: 'Microsoft.Compute/snapshots/write', scope },
      { action: 'Microsoft.Compute/disks/read', scope: resourceGroupId(input.sourceDiskId) },
      { action: 'Microsoft.Compute/disks/beginGetAccess/action', scope: resourceGroupId(input.sourceDiskId) },
    ],
    // The machine is written to while a point is taken: https://learn.microsoft.com/azure/virtual-machines/create-restore-points
    'restore-point-collection.create': ({ input }) => [
      { action: 'Microsoft.Compute/restorePointCollections/write', scope },
      { action: 'Microsoft.Compute/virtualMachines/write', scope: resourceGroupId(input.machineId) },
    ],
    'restore-point.create': () => [{ action: 'Microsoft.Compute/restorePointCollections/restorePoints/write', scope }],
    'vault.create': () => [{ action: 'Microsoft.RecoveryServices/vaults/write', scope }],
    'backup-policy.create': () => [{ action: 'Microsoft.RecoveryServices/vaults/backupPolicies/write', scope }],
    'backup.enable': ({ input }) => [
      { action: `${itemAction}/write`, scope },
      { action: 'Microsoft.Compute/virtualMachines/write', scope: resourceGroupId(input.machineId) },
    ],
    'backup.trigger': () => [{ action: `${itemAction}/backup/action`, scope }],
  });
};

const subscriptionScope = (id: ResourceId): ResourceId => `/subscriptions/${parseId(id)?.subscriptionId ?? ''}`;
