/** Azure Site Recovery between regions. https://learn.microsoft.com/azure/site-recovery/azure-to-azure-powershell */
import { z } from 'zod';
import {
  count,
  days,
  networkOperation,
  ofKind,
  optional,
  resourceId,
  stepKind,
  storageOperation,
  tags,
  type ValueOf,
} from './definition.ts';

const fabricInput = z.strictObject({ location: z.string() });
export type ReplicationFabricInput = ValueOf<typeof fabricInput>;

const policyInput = z.strictObject({
  /** 0: only the latest point is kept. */
  retainMinutes: count,
  /** 0: none. */
  appConsistentMinutes: count,
  /** Facts R-55: not a choice. */
  crashConsistentMinutes: days,
});
export type ReplicationPolicyInput = ValueOf<typeof policyInput>;

const mappingInput = z.strictObject({ targetContainerId: resourceId, policyId: resourceId });
export type ReplicationMappingInput = ValueOf<typeof mappingInput>;

const networkInput = z.strictObject({
  location: z.string(),
  addressPrefixes: z.array(z.string()).min(1),
  subnets: z.array(z.strictObject({ name: z.string(), addressPrefixes: z.array(z.string()).min(1) })).min(1),
  tags,
});
export type VirtualNetworkInput = ValueOf<typeof networkInput>;

const networkMappingInput = z.strictObject({
  networkId: resourceId,
  targetFabric: z.string(),
  targetNetworkId: resourceId,
});
export type NetworkMappingInput = ValueOf<typeof networkMappingInput>;

const cacheAccountInput = z.strictObject({ location: z.string(), tier: z.enum(['standard', 'premium']), tags });
export type CacheAccountInput = ValueOf<typeof cacheAccountInput>;

const replicatedDisk = z.strictObject({
  diskId: resourceId,
  cacheAccountId: resourceId,
  replicaSku: z.string(),
  targetSku: z.string(),
  /** In the target region. */
  encryptionSetId: optional(resourceId),
});

const enableInput = z.strictObject({
  machineId: resourceId,
  policyId: resourceId,
  targetContainerId: resourceId,
  targetLocation: z.string(),
  targetGroupId: resourceId,
  targetNetworkId: resourceId,
  targetSubnet: z.string(),
  targetZone: optional(z.string()),
  /** Points of all its members agree (facts R-58). */
  multiMachineGroup: optional(z.string()),
  disks: z.array(replicatedDisk).min(1),
});
export type ReplicationEnableInput = ValueOf<typeof enableInput>;

const disableInput = z.strictObject({ machineId: resourceId });

const replicationOperation = 'Microsoft.RecoveryServices/vaults/replicationOperationStatus/read';
const fabrics = 'Microsoft.RecoveryServices/vaults/replicationFabrics';
const containers = `${fabrics}/replicationProtectionContainers`;
const items = `${containers}/replicationProtectedItems`;

/** Seconds as recorded, in which a small machine was Protected 37 minutes after it was enabled. */
export const siteRecoverySteps = {
  'replication-fabric.create': stepKind({
    input: fabricInput,
    seconds: 90,
    permissions: [{ action: `${fabrics}/write` }],
    follows: [replicationOperation],
    assumes: ['no-other-fabric'],
    roles: ['replicate'],
  }),
  'replication-container.create': stepKind({
    input: z.strictObject({}),
    seconds: 35,
    permissions: [{ action: `${containers}/write` }],
    follows: [replicationOperation],
    assumes: [],
    roles: ['replicate'],
  }),
  'replication-policy.create': stepKind({
    input: policyInput,
    seconds: 35,
    permissions: [{ action: 'Microsoft.RecoveryServices/vaults/replicationPolicies/write' }],
    follows: [replicationOperation],
    assumes: [],
    roles: ['replicate'],
  }),
  'replication-mapping.create': stepKind({
    input: mappingInput,
    seconds: 180,
    permissions: [{ action: `${containers}/replicationProtectionContainerMappings/write` }],
    follows: [replicationOperation],
    assumes: [],
    roles: ['replicate'],
  }),
  'virtual-network.create': stepKind({
    input: networkInput,
    seconds: 15,
    makes: 'resource',
    permissions: [{ action: 'Microsoft.Network/virtualNetworks/write' }],
    follows: [networkOperation],
    assumes: ['absent'],
    roles: ['replicate', 'capture'],
  }),
  'network-mapping.create': stepKind({
    input: networkMappingInput,
    seconds: 35,
    permissions: [{ action: `${fabrics}/replicationNetworks/replicationNetworkMappings/write` }],
    follows: [replicationOperation],
    assumes: ['no-other-network-mapping'],
    roles: ['replicate'],
  }),
  'cache-account.create': stepKind({
    input: cacheAccountInput,
    seconds: 20,
    permissions: [{ action: 'Microsoft.Storage/storageAccounts/write' }],
    follows: [storageOperation],
    assumes: ['absent'],
    roles: ['replicate'],
  }),
  'replication.enable': stepKind({
    input: enableInput,
    seconds: 40 * 60,
    permissions: [
      { action: `${items}/write` },
      { action: 'Microsoft.Compute/virtualMachines/write', on: ({ machineId }) => machineId },
      { action: 'Microsoft.Network/virtualNetworks/subnets/join/action', on: ({ targetNetworkId }) => targetNetworkId },
      {
        action: 'Microsoft.Storage/storageAccounts/listKeys/action',
        on: ({ disks }) => disks.map(({ cacheAccountId }) => cacheAccountId),
      },
    ],
    follows: [replicationOperation],
    assumes: ['machine-is', 'machine-disks-are', 'power-is', 'replicated-nowhere'],
    roles: ['replicate'],
  }),
  'replication.disable': stepKind({
    input: disableInput,
    seconds: 4 * 60,
    cannotBeUndone: true,
    permissions: [{ action: `${items}/remove/action` }],
    follows: [replicationOperation],
    assumes: ['replicates-machine'],
    roles: ['replicate'],
  }),
};

export const siteRecoveryGoals = {
  /** There, as the step says, and `Paired`. */
  paired: ofKind('paired', { resourceId }),
  /** The first copy is whole: there is something to fail over to. */
  replicated: ofKind('replicated', { machineId: resourceId, itemId: resourceId }),
  'not-replicated': ofKind('not-replicated', { itemId: resourceId }),
};

export const siteRecoveryAssumptions = {
  /** Of the region, the vault has no fabric but the step's own. */
  'no-other-fabric': ofKind('no-other-fabric', { vaultId: resourceId, location: z.string() }),
  /** The fabric's network is mapped to no other network of the target fabric. */
  'no-other-network-mapping': ofKind('no-other-network-mapping', {
    fabricId: resourceId,
    targetFabric: z.string(),
    networkId: resourceId,
  }),
  /** None of these vaults replicates the machine, as another item than the step's. */
  'replicated-nowhere': ofKind('replicated-nowhere', { machineId: resourceId, vaultIds: z.array(resourceId).min(1) }),
  /** The item is this machine's. */
  'replicates-machine': ofKind('replicates-machine', { machineId: resourceId, itemId: resourceId }),
};
