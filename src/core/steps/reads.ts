/** What checking an assumption reads, beside the resource that its step writes. */
import type { assumptions } from './index.ts';

const machines = 'Microsoft.Compute/virtualMachines/read';
const collections = 'Microsoft.Compute/restorePointCollections/read';
const items = 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/read';
const networkMappings =
  'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationNetworks/replicationNetworkMappings/read';

export const assumptionReads: Readonly<Record<keyof typeof assumptions, readonly string[]>> = {
  absent: [],
  'machine-is': [machines],
  'machine-disks-are': [machines],
  'power-is': [machines],
  'disk-is': ['Microsoft.Compute/disks/read'],
  'no-newer-snapshot': ['Microsoft.Compute/snapshots/read'],
  'no-other-collection': [collections],
  // A collection answers with its points.
  'no-newer-point': [collections],
  'collection-empty': [collections],
  'made-by-holdfast': [],
  adopted: [],
  'in-trash': [],
  'copy-failed': [],
  'protected-by': ['Microsoft.RecoveryServices/locations/backupStatus/action'],
  'backup-item-is': [items],
  'no-other-vault': ['Microsoft.RecoveryServices/vaults/read'],
  'no-like-policy': ['Microsoft.RecoveryServices/vaults/backupPolicies/read'],
  'no-other-fabric': ['Microsoft.RecoveryServices/vaults/replicationFabrics/read'],
  'no-other-network-mapping': [networkMappings],
  'replicated-nowhere': ['Microsoft.RecoveryServices/vaults/replicationProtectedItems/read'],
  'replicates-machine': [],
};
