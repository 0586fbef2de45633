/**
 * PUT replicationProtectedItems: 202 with Azure-AsyncOperation, whose end is only the beginning of the first copy. Not
 * repeatable: the item shows minutes after Azure took the request, and a second request in between fails. What became of a lost
 * one is read from the vault's jobs. https://learn.microsoft.com/rest/api/site-recovery/replication-protected-items/create
 */
import { nameOf } from '../../core/ids.ts';
import type { ReplicationEnableInput } from '../../core/steps/site-recovery.ts';
import type { Reconciled } from '../../engine/ports.ts';
import { given } from '../raw.ts';
import { enablingJobSince, pollReplicationJob } from '../replication-jobs.ts';
import { replicationRunner } from './replication-runner.ts';
import type { MakeRunner } from './runner.ts';

/** Our clock and Azure's may differ; a job that began this long before the intent may still be ours. */
const clockSkewMs = 120_000;

export const replicationEnable: MakeRunner<'replication.enable'> = (step, tools) => {
  const put = replicationRunner(step, tools, enableBody(step.input));
  const { arm } = tools;
  return {
    ...put,
    repeatable: false,
    poll: (operation, signal) =>
      operation.jobId === undefined
        ? put.poll(operation, signal)
        : pollReplicationJob(arm, step.resourceId, operation.jobId, signal),
    reconcile: async (same, intendedAt, signal): Promise<Reconciled> => {
      const seen = await put.reconcile(same, intendedAt, signal);
      if (seen.kind !== 'absent') return seen;
      return enablingJobSince(arm, step.resourceId, nameOf(step.input.machineId), intendedAt - clockSkewMs, signal);
    },
  };
};

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
