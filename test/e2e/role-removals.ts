/** What a role that lacks one of its actions must come to: which exit, and why it is not always the one that stands for unknown. */
import { readActions } from '../../src/azure/read-actions.ts';
import { leaseActions } from '../../src/core/lease.ts';
import type { RoleName } from '../../src/core/roles.ts';

const questions: ReadonlySet<string> = new Set(
  [readActions.fleet, readActions.backup, readActions.replication, readActions.regions]
    .flat()
    .map((a) => a.toLowerCase()),
);

/** What only asks: every `/read`, and the POSTs that are questions. */
export const isRead = (action: string): boolean =>
  action.endsWith('/read') || /\/listKeys\/action$/i.test(action) || questions.has(action.toLowerCase());

interface Outranked {
  readonly role: RoleName;
  readonly code: 1 | 2 | 3;
  /** Why a code that goes before 6 in README's order applies too. */
  readonly why: string;
  /** Without `Microsoft.`. */
  readonly actions: readonly string[];
}

const unseen = 'a machine or a point asked for by name cannot be found: wrong usage, and 2 goes before 6';
const undone = 'all that was asked for is refused, or fails before its write, for want of it: 1 goes before 6';
const partly = 'a step fails before its write for want of it, after others were done: 3 goes before 6';
const vaults = 'RecoveryServices/Vaults';
const containers = `${vaults}/replicationFabrics/replicationProtectionContainers`;
const snapshotReads = [
  'Compute/diskEncryptionSets/read',
  'Compute/disks/read',
  'Compute/restorePointCollections/restorePoints/read',
  'Compute/snapshots/read',
  'Resources/subscriptions/resourceGroups/read',
];

/** Exit 6 is told of a command that did all it was asked for and knows less than it should; these could not do it. */
export const outranked: readonly Outranked[] = [
  ...(['snapshot', 'protect', 'replicate', 'capture', 'prune'] as const).map((role): Outranked => ({
    role,
    code: 2,
    why: unseen,
    actions: ['Compute/virtualMachines/read'],
  })),
  { role: 'snapshot', code: 1, why: undone, actions: snapshotReads },
  { role: 'protect', code: 1, why: undone, actions: snapshotReads },
  {
    role: 'protect',
    code: 3,
    why: partly,
    actions: [
      'RecoveryServices/locations/backupStatus/action',
      `${vaults}/backupFabrics/operationResults/read`,
      `${vaults}/backupProtectableItems/read`,
    ],
  },
  {
    role: 'replicate',
    code: 1,
    why: undone,
    actions: [
      'Compute/disks/read',
      'Network/networkInterfaces/read',
      'Network/virtualNetworks/read',
      `${vaults}/read`,
      `${vaults}/replicationNetworkMappings/read`,
      `${vaults}/replicationProtectionContainerMappings/read`,
      `${vaults}/replicationProtectionContainers/read`,
      'Resources/subscriptions/resourceGroups/read',
      'Storage/storageAccounts/blobServices/read',
      'Storage/storageAccounts/listKeys/action',
      'Storage/storageAccounts/read',
    ],
  },
  {
    role: 'replicate',
    code: 3,
    why: partly,
    actions: [
      `${vaults}/replicationFabrics/read`,
      `${vaults}/replicationFabrics/replicationNetworks/replicationNetworkMappings/read`,
      `${containers}/read`,
      `${containers}/replicationProtectedItems/read`,
      `${containers}/replicationProtectionContainerMappings/read`,
      `${vaults}/replicationPolicies/read`,
      `${vaults}/replicationProtectedItems/read`,
    ],
  },
  {
    role: 'remove',
    code: 2,
    why: unseen,
    actions: [
      'Compute/galleries/images/versions/read',
      'Compute/images/read',
      'Compute/restorePointCollections/read',
      'Compute/restorePointCollections/restorePoints/read',
      'Compute/snapshots/read',
    ],
  },
  {
    role: 'capture',
    code: 1,
    why: undone,
    actions: ['Compute/diskEncryptionSets/read', 'Compute/galleries/read', 'Compute/images/read'],
  },
  {
    role: 'capture',
    code: 3,
    why: partly,
    actions: [
      'Compute/galleries/images/read',
      'Compute/virtualMachines/runCommands/read',
      'Network/networkInterfaces/read',
      'Network/virtualNetworks/read',
    ],
  },
];

/** Without it the work is done all the same, without a lease; under `--lease require` it is not. What prune marks is another matter. */
const toldOnly: ReadonlySet<string> = new Set(leaseActions);

/** The exits of which one must come with the words. */
export const exitsWithout = (role: RoleName, action: string): readonly number[] => {
  if (!isRead(action)) return toldOnly.has(action) && role !== 'prune' ? [0] : [1, 3];
  const higher = outranked.find(
    (row) => row.role === role && row.actions.some((one) => action.toLowerCase() === `microsoft.${one}`.toLowerCase()),
  );
  return [higher?.code ?? 6];
};
