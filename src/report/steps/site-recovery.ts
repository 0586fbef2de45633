import { counted, durationText } from '../../core/duration.ts';
import { nameOf } from '../../core/ids.ts';
import { minuteMs } from '../../core/time.ts';
import { text, type AssumptionWords, type StepWords } from './words.ts';

type Kinds =
  | 'replication-fabric.create'
  | 'replication-container.create'
  | 'replication-policy.create'
  | 'replication-mapping.create'
  | 'virtual-network.create'
  | 'network-mapping.create'
  | 'cache-account.create'
  | 'replication.enable'
  | 'replication.disable';

export const siteRecoveryWords: { readonly [K in Kinds]: StepWords<K> } = {
  'replication-fabric.create': {
    noun: ['replication fabric', 'replication fabrics'],
    writes: ({ resourceId }) => `fabric ${nameOf(resourceId)} in ${vaultName(resourceId)}`,
    settings: ({ input }) => [`Fabric: stands for region ${input.location}`],
  },
  'replication-container.create': {
    noun: ['protection container', 'protection containers'],
    writes: ({ resourceId }) => `container ${nameOf(resourceId)} in ${vaultName(resourceId)}`,
    settings: () => [],
  },
  'replication-policy.create': {
    noun: ['replication policy', 'replication policies'],
    writes: ({ resourceId }) => `replication policy ${nameOf(resourceId)}`,
    settings: ({ input: { retainMinutes, appConsistentMinutes, crashConsistentMinutes } }) => [
      `Replication policy: a crash-consistent point every ${counted(crashConsistentMinutes, 'minute')}, ` +
        `${appConsistentMinutes === 0 ? 'no application-consistent ones' : `an application-consistent one every ${span(appConsistentMinutes)}`}; ` +
        (retainMinutes === 0 ? 'only the latest is kept' : `kept ${span(retainMinutes)}`),
    ],
  },
  'replication-mapping.create': {
    noun: ['container mapping', 'container mappings'],
    writes: ({ resourceId }) => `mapping ${nameOf(resourceId)}`,
    settings: ({ input }) => [
      `Container mapping: to ${text(nameOf(input.targetContainerId))}, policy ${text(nameOf(input.policyId))}; the agent is not updated by itself`,
    ],
  },
  'virtual-network.create': {
    noun: ['virtual network', 'virtual networks'],
    writes: ({ resourceId }) => `network ${nameOf(resourceId)}`,
    settings: ({ input: { location, addressPrefixes, subnets } }) => [
      `Virtual network: ${location}, ${addressPrefixes.join(', ')}; subnets ${subnets.map(({ name }) => text(name)).join(', ')}, without security groups, routes and peerings`,
    ],
  },
  'network-mapping.create': {
    noun: ['network mapping', 'network mappings'],
    writes: ({ resourceId }) => `network mapping ${nameOf(resourceId)}`,
    settings: ({ input }) => [
      `Network mapping: ${text(nameOf(input.networkId))} to ${text(nameOf(input.targetNetworkId))}`,
    ],
  },
  'cache-account.create': {
    noun: ['cache storage account', 'cache storage accounts'],
    writes: ({ resourceId }) => `storage account ${nameOf(resourceId)}`,
    settings: ({ input: { location, tier } }) => [
      `Cache storage account: ${location}, ${tier === 'premium' ? 'premium block blobs' : 'StorageV2, locally redundant'}; access by key allowed, nothing public`,
    ],
  },
  'replication.enable': {
    noun: ['machine put under Site Recovery', 'machines put under Site Recovery'],
    writes: ({ resourceId, input }) => `replication to ${input.targetLocation} in ${vaultName(resourceId)}`,
    settings: ({ input }) => [
      `Replicates to ${input.targetLocation}, group ${text(nameOf(input.targetGroupId))}${input.targetZone === undefined ? ', no zone' : `, zone ${input.targetZone}`}`,
      `Network there: ${text(nameOf(input.targetNetworkId))}, subnet ${text(input.targetSubnet)}`,
      ...(input.multiMachineGroup === undefined
        ? []
        : [
            `Points agree with the other machines of group ${text(input.multiMachineGroup)}; the group fails over together`,
          ]),
      ...input.disks.map(
        ({ diskId, replicaSku, targetSku, cacheAccountId, encryptionSetId }) =>
          `Disk ${text(nameOf(diskId))}: replica ${replicaSku}, after failover ${targetSku}; cache ${text(nameOf(cacheAccountId))}` +
          (encryptionSetId === undefined ? '' : `; encrypted by ${text(nameOf(encryptionSetId))}`),
      ),
    ],
  },
  'replication.disable': {
    noun: ['replication ended', 'replications ended'],
    writes: ({ resourceId }) => `end of replication in ${vaultName(resourceId)}`,
    settings: () => [
      '**Ends** replication: replica disks and all their points go',
      'Left over: the vault with its fabrics and policies, cache account, networks and groups; the Site Recovery extension in the machine',
    ],
  },
};

const vaultName = (id: string): string => /\/vaults\/([^/]+)/i.exec(id)?.[1] ?? nameOf(id);
const span = (minutes: number): string => durationText(minutes * minuteMs);

type Assumed = 'no-other-fabric' | 'no-other-network-mapping' | 'replicated-nowhere' | 'replicates-machine';

export const siteRecoveryAssumptionWords: { readonly [K in Assumed]: AssumptionWords<K> } = {
  'no-other-fabric': ({ vaultId, location }) => `vault ${text(nameOf(vaultId))} has no other fabric for ${location}`,
  'no-other-network-mapping': ({ networkId, targetFabric }) =>
    `network ${text(nameOf(networkId))} is mapped to no other network of ${text(targetFabric)}`,
  'replicated-nowhere': ({ vaultIds }) =>
    `${vaultIds.map((id) => `vault ${text(nameOf(id))}`).join(', ')} replicates it not yet`,
  'replicates-machine': ({ machineId }) => `the item is still of ${text(nameOf(machineId))}`,
};
