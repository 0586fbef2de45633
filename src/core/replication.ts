/**
 * What Azure Site Recovery already has between two regions, and the networks and storage accounts that it leans on: answers
 * to preflight's questions, bounded by vaults and subscriptions. Not part of the estate, since only a plan needs them.
 */
import type { Fact } from './fact.ts';
import type { ResourceId, ResourceKey } from './ids.ts';

/** Facts R-40: one per region and vault. */
export interface ReplicationFabric {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  /** Lower-cased without spaces. */
  readonly location: string;
}

export interface ReplicationContainer {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly fabricKey: ResourceKey;
}

export interface ReplicationPolicy {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly retainMinutes: number;
  /** 0: none. */
  readonly appConsistentMinutes: number;
  readonly multiMachine: boolean;
}

export interface ContainerMapping {
  readonly id: ResourceId;
  readonly containerKey: ResourceKey;
  readonly targetContainerKey: ResourceKey;
  readonly policyKey: ResourceKey;
  /** Azure says `Paired`. */
  readonly paired: boolean;
}

export interface NetworkMapping {
  readonly id: ResourceId;
  readonly fabricKey: ResourceKey;
  readonly targetFabricKey: ResourceKey;
  readonly networkKey: ResourceKey;
  readonly targetNetworkId: ResourceId;
}

/** All of one vault's Azure-to-Azure replication. */
export interface ReplicationSetup {
  readonly fabrics: readonly ReplicationFabric[];
  readonly containers: readonly ReplicationContainer[];
  readonly policies: readonly ReplicationPolicy[];
  readonly mappings: readonly ContainerMapping[];
  readonly networkMappings: readonly NetworkMapping[];
}

export interface VirtualNetwork {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly location: string;
  readonly addressPrefixes: readonly string[];
  readonly subnets: readonly { readonly name: string; readonly addressPrefixes: readonly string[] }[];
}

export interface NetworkInterface {
  readonly machineKey: ResourceKey;
  readonly primary: boolean;
  /** Of its primary address. */
  readonly networkKey: ResourceKey;
  readonly subnetName: string;
}

/** Of one subscription. */
export interface Networks {
  readonly networks: readonly VirtualNetwork[];
  /** Only those that a machine has. */
  readonly interfaces: readonly NetworkInterface[];
}

export interface StorageAccount {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly location: string;
  /** `premium`: premium block blobs. */
  readonly tier: 'standard' | 'premium' | 'other';
  readonly provisioned: boolean;
  readonly sharedKeyAccess: boolean;
  /** Open to all networks, or to Azure's own services in spite of its firewall. */
  readonly reachable: boolean;
  /** Made by holdfast for replication. */
  readonly own: boolean;
}

export interface ReplicationFacts {
  /** By vault. */
  readonly setups: ReadonlyMap<ResourceKey, Fact<ReplicationSetup>>;
  /** By subscription id, lower-cased. */
  readonly networks: ReadonlyMap<string, Fact<Networks>>;
  readonly accounts: ReadonlyMap<string, Fact<readonly StorageAccount[]>>;
  /** By machine: what Azure itself says against replicating it; empty means nothing. */
  readonly eligibility: ReadonlyMap<ResourceKey, Fact<readonly string[]>>;
  /** By storage account: whether its blobs are kept after deletion, which a cache must not have (facts R-30). */
  readonly softDelete: ReadonlyMap<ResourceKey, Fact<boolean>>;
}

export interface ReplicationQuestions {
  readonly vaults: readonly ResourceId[];
  readonly subscriptions: readonly string[];
  readonly machines: readonly ResourceId[];
  /** Storage accounts that replication uses already. */
  readonly accounts: readonly ResourceKey[];
}

export const noReplicationQuestions: ReplicationQuestions = {
  vaults: [],
  subscriptions: [],
  machines: [],
  accounts: [],
};

export const noReplicationFacts: ReplicationFacts = {
  setups: new Map(),
  networks: new Map(),
  accounts: new Map(),
  eligibility: new Map(),
  softDelete: new Map(),
};

export const emptySetup: ReplicationSetup = {
  fabrics: [],
  containers: [],
  policies: [],
  mappings: [],
  networkMappings: [],
};
