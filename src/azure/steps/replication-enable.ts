/**
 * PUT replicationProtectedItems: 202 with Azure-AsyncOperation, whose end is only the beginning of the first copy.
 * https://learn.microsoft.com/rest/api/site-recovery/replication-protected-items/create
 */
import type { ReplicationEnableInput } from '../../core/steps/site-recovery.ts';
import { given } from '../raw.ts';
import { replicationRunner } from './replication-runner.ts';
import type { MakeRunner } from './runner.ts';

export const replicationEnable: MakeRunner<'replication.enable'> = (step, tools) => replicationRunner(step, tools, enableBody(step.input));

export const enableBody = (input: ReplicationEnableInput) => ({
  properties: {
    policyId: input.policyId,
    providerSpecificDetails: {
      instanceType: 'A2A',
      fabricObjectId: input.machineId,
      recoveryContainerId: input.targetContainerId,
      recoveryResourceGroupId: input.targetGroupId,
      recoveryAzureNetworkId: input.targetNetworkId,
      recoverySubnetName: input.targetSubnet,
      ...given('recoveryAvailabilityZone', input.targetZone),
      ...given('multiVmGroupName', input.multiMachineGroup),
      // A disk that is not listed is left out in silence (facts R-45).
      vmManagedDisks: input.disks.map(({ diskId, cacheAccountId, replicaSku, targetSku, encryptionSetId }) => ({
        diskId,
        primaryStagingAzureStorageAccountId: cacheAccountId,
        recoveryResourceGroupId: input.targetGroupId,
        recoveryReplicaDiskAccountType: replicaSku,
        recoveryTargetDiskAccountType: targetSku,
        ...given('recoveryDiskEncryptionSetId', encryptionSetId),
      })),
    },
  },
});
