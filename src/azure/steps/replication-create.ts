/**
 * What replication between two regions is built from. Every PUT of Site Recovery is a 202 without a body, with
 * Azure-AsyncOperation. https://learn.microsoft.com/rest/api/site-recovery
 */
import type {
  NetworkMappingInput,
  ReplicationFabricInput,
  ReplicationMappingInput,
  ReplicationPolicyInput,
} from '../../core/steps/site-recovery.ts';
import { replicationRunner } from './replication-runner.ts';
import type { MakeRunner } from './runner.ts';

export const replicationFabricCreate: MakeRunner<'replication-fabric.create'> = (step, tools) =>
  replicationRunner(step, tools, fabricBody(step.input));

export const fabricBody = ({ location }: ReplicationFabricInput) => ({
  properties: { customDetails: { instanceType: 'Azure', location } },
});

export const replicationContainerCreate: MakeRunner<'replication-container.create'> = (step, tools) =>
  replicationRunner(step, tools, containerBody());

export const containerBody = () => ({ properties: { providerSpecificInput: [{ instanceType: 'A2A' }] } });

export const replicationPolicyCreate: MakeRunner<'replication-policy.create'> = (step, tools) =>
  replicationRunner(step, tools, replicationPolicyBody(step.input));

/** With multi-VM consistency allowed, which a machine without a group does not use. Minutes, all of them (facts R-42). */
export const replicationPolicyBody = ({
  retainMinutes,
  appConsistentMinutes,
  crashConsistentMinutes,
}: ReplicationPolicyInput) => ({
  properties: {
    providerSpecificInput: {
      instanceType: 'A2A',
      recoveryPointHistory: retainMinutes,
      crashConsistentFrequencyInMinutes: crashConsistentMinutes,
      appConsistentFrequencyInMinutes: appConsistentMinutes,
      multiVmSyncStatus: 'Enable',
    },
  },
});

export const replicationMappingCreate: MakeRunner<'replication-mapping.create'> = (step, tools) =>
  replicationRunner(step, tools, mappingBody(step.input));

/** Updating the agent by itself would need an Automation account: left off, and said in the plan. */
export const mappingBody = ({ targetContainerId, policyId }: ReplicationMappingInput) => ({
  properties: {
    targetProtectionContainerId: targetContainerId,
    policyId,
    providerSpecificInput: { instanceType: 'A2A', agentAutoUpdateStatus: 'Disabled' },
  },
});

export const networkMappingCreate: MakeRunner<'network-mapping.create'> = (step, tools) =>
  replicationRunner(step, tools, networkMappingBody(step.input));

export const networkMappingBody = ({ networkId, targetFabric, targetNetworkId }: NetworkMappingInput) => ({
  properties: {
    recoveryFabricName: targetFabric,
    recoveryNetworkId: targetNetworkId,
    fabricSpecificDetails: { instanceType: 'AzureToAzure', primaryNetworkId: networkId },
  },
});
