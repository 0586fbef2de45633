/**
 * The estate: everything read about a scope at one moment. Plain data in our own words; `azure/` translates, and nothing
 * above this floor knows how Azure spells a property.
 */
import type { Collected, Fact, Unknown } from './fact.ts';
import type { ResourceId, ResourceKey } from './ids.ts';
import type { Instant, Weekday } from './time.ts';

export interface Estate {
  readonly asOf: Instant;
  readonly scope: Scope;
  readonly machines: Collected<Machine>;
  /** Every disk read, attached or not; machines hold their own disks in `disks[].disk`. */
  readonly disks: Collected<Disk>;
  readonly snapshots: Collected<Snapshot>;
  readonly images: Collected<Image>;
  readonly galleryImageVersions: Collected<GalleryImageVersion>;
  readonly restorePointCollections: Collected<RestorePointCollection>;
  readonly vaults: Collected<Vault>;
  readonly backupPolicies: Collected<BackupPolicy>;
  readonly backupItems: Collected<BackupItem>;
  readonly replicatedItems: Collected<ReplicatedItem>;
  readonly locks: Collected<Lock>;
  readonly resourceGroups: Collected<ResourceGroup>;
}

/** What was asked for, in words a person or a plan can repeat. */
export interface Scope {
  readonly description: string;
  readonly subscriptions: readonly string[];
  readonly resourceGroups: readonly string[];
  /** `k=v1,v2` filters; all must hold. */
  readonly tags: readonly string[];
  readonly excludeTags: readonly string[];
}

export type Tags = Readonly<Record<string, string>>;

export type PowerState = 'running' | 'starting' | 'stopping' | 'stopped' | 'deallocating' | 'deallocated';
export type OsType = 'windows' | 'linux';
export type SecurityType = 'standard' | 'trusted-launch' | 'confidential';

export interface Machine {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly resourceGroup: string;
  /** Lower-cased. */
  readonly subscriptionId: string;
  /** Azure region, lower-cased without spaces: `westeurope`. */
  readonly location: string;
  readonly zones: readonly string[];
  /** Azure's immutable instance id: changes when a machine of the same name is made again. */
  readonly vmId: Fact<string>;
  readonly tags: Tags;
  readonly os: Fact<OsType>;
  /** Marketplace or gallery image the machine was made from, as far as ARM tells. */
  readonly image?: {
    readonly publisher?: string;
    readonly offer?: string;
    readonly sku?: string;
    readonly id?: ResourceId;
  };
  /** A marketplace purchase plan is attached. */
  readonly hasPlan: boolean;
  readonly size: Fact<string>;
  readonly power: Fact<PowerState>;
  readonly generalized: Fact<boolean>;
  readonly agent: Fact<'ready' | 'not-ready'>;
  readonly securityType: SecurityType;
  readonly encryptionAtHost: boolean;
  readonly diskController: Fact<'scsi' | 'nvme'>;
  readonly hyperVGeneration: Fact<'V1' | 'V2'>;
  readonly architecture: Fact<'x64' | 'arm64'>;
  readonly scaleSetId?: ResourceId;
  /** `flexible` members are single machines to Azure Backup; unknown when the set was not read. */
  readonly scaleSetMode?: Fact<'flexible' | 'uniform'>;
  readonly dedicatedHost: boolean;
  readonly spot: boolean;
  readonly availabilitySetId?: ResourceId;
  /** Extension types, e.g. `SqlIaasAgent`. */
  readonly extensions: Fact<readonly string[]>;
  readonly createdAt?: Instant;
  /** The operating system disk first, then data disks by LUN. */
  readonly disks: readonly AttachedDisk[];
  /** Why `disks` may not be all of them. */
  readonly disksUnknown?: Unknown;
}

export type Caching = 'none' | 'read-only' | 'read-write';

export interface AttachedDisk {
  readonly role: 'os' | 'data';
  readonly lun?: number;
  readonly name: string;
  /** `unmanaged`: a VHD in a storage account. `ephemeral`: on the host, gone with it. */
  readonly kind: 'managed' | 'unmanaged' | 'ephemeral';
  /** Present for managed disks. */
  readonly id?: ResourceId;
  readonly key?: ResourceKey;
  readonly vhdUri?: string;
  readonly caching: Caching;
  readonly writeAccelerator: boolean;
  /** As the machine tells it; Azure leaves it out for deallocated machines. */
  readonly declaredSizeGiB?: number;
  readonly declaredSku?: string;
  /** The disk itself. Unknown when the machine names it and no answer holds it; always unknown for unmanaged disks. */
  readonly disk: Fact<Disk>;
}

export interface Disk {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly zones: readonly string[];
  readonly tags: Tags;
  /** Survives neither delete nor recreate: tells a disk from its namesake. */
  readonly uniqueId?: string;
  /** `Premium_LRS`, `PremiumV2_LRS`, `UltraSSD_LRS`, …: Azure's spelling, compared case-folded. */
  readonly sku?: string;
  readonly sizeGiB?: number;
  readonly createdAt?: Instant;
  readonly maxShares: number;
  readonly entraDataAccess: boolean;
  readonly networkAccess?: 'allow-all' | 'allow-private' | 'deny-all';
  readonly publicNetworkAccess?: boolean;
  readonly diskAccessId?: ResourceId;
  readonly encryption?: 'platform-key' | 'customer-key' | 'platform-and-customer-keys';
  readonly encryptionSetId?: ResourceId;
  /** Azure Disk Encryption inside the guest. */
  readonly azureDiskEncryption: boolean;
  readonly securityType: SecurityType;
  readonly hyperVGeneration?: 'V1' | 'V2';
  readonly architecture?: 'x64' | 'arm64';
  readonly os?: OsType;
  readonly performancePlus: boolean;
  readonly completionPercent?: number;
  /** Machines it is attached to, lower-cased. */
  readonly attachedTo: readonly ResourceKey[];
  /** Named as Site Recovery names what it makes in a target group. */
  readonly siteRecovery?: SiteRecoveryDisk;
}

export interface SiteRecoveryDisk {
  readonly kind: 'replica' | 'test-failover';
  /** The replicated item that keeps it; null when none that was read does, unknown when one does not tell its disks. */
  readonly itemKey: Fact<ResourceKey | null>;
}

export interface Snapshot {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly tags: Tags;
  readonly sourceDiskKey?: ResourceKey;
  /** The snapshot it is a copy of (CopyStart), instead of a disk. */
  readonly sourceSnapshotKey?: ResourceKey;
  /** The disk's `uniqueId` when the snapshot was taken. */
  readonly sourceUniqueId?: string;
  readonly createdAt?: Instant;
  readonly incremental: boolean;
  readonly sizeGiB?: number;
  readonly sku?: string;
  readonly provisioned: boolean;
  readonly completionPercent?: number;
  /** `instant-access` points still lean on the source disk: no backup (facts S-12). */
  readonly access?: 'pending' | 'available' | 'instant-access' | 'available-with-instant-access' | 'unknown';
  readonly copyError?: string;
  /** Azure says that making it failed: it will never be whole. */
  readonly failed?: boolean;
  readonly networkAccess?: 'allow-all' | 'allow-private' | 'deny-all';
}

export interface Image {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly subscriptionId: string;
  readonly location: string;
  readonly tags: Tags;
  readonly sourceMachineKey?: ResourceKey;
  readonly hyperVGeneration?: 'V1' | 'V2';
  readonly generalized: boolean;
  readonly provisioned: boolean;
  /** Number of disks captured, the operating system disk included. */
  readonly disks: number;
  /** Their sizes together, where each is told. */
  readonly sizeGiB?: number;
}

export interface GalleryImageVersion {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly location: string;
  readonly tags: Tags;
  readonly sourceKey?: ResourceKey;
  readonly publishedAt?: Instant;
  /** Regions it is replicated to, lower-cased without spaces; empty when not told. */
  readonly regions?: readonly string[];
  readonly provisioned: boolean;
}

export const consistencies = ['application', 'file-system', 'crash', 'none', 'unknown'] as const;
export type Consistency = (typeof consistencies)[number];

export interface RestorePointCollection {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly tags: Tags;
  /** The machine, or another collection when this one holds copies. */
  readonly sourceKey?: ResourceKey;
  /** Made and pruned by Azure Backup (facts B-73): never counted as the user's own, never touched. */
  readonly ownedByBackup: boolean;
  readonly points: Fact<readonly RestorePoint[]>;
}

export interface RestorePoint {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly at?: Instant;
  readonly consistency: Consistency;
  readonly provisioned: boolean;
  /** Its creation failed: it will never be finished. */
  readonly failed?: boolean;
  readonly excludedDiskKeys: readonly ResourceKey[];
  /** Disks in the point; empty when the answer did not say. */
  readonly diskKeys: readonly ResourceKey[];
  /** Their sizes together, where each is told. */
  readonly sizeGiB?: number;
  /** The point it is a copy of, in a collection of copies. */
  readonly sourcePointKey?: ResourceKey;
  /** Of a copy: how far its least advanced disk is. Told only by the point's own instance view (facts P-18). */
  readonly copiedPercent?: number;
}

export type Redundancy = 'locally-redundant' | 'zone-redundant' | 'geo-redundant';

export interface Vault {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly tags: Tags;
  readonly provisioned: boolean;
  readonly redundancy: Fact<Redundancy>;
  readonly crossRegionRestore: Fact<boolean>;
  readonly softDelete: Fact<{ readonly state: 'enabled' | 'disabled' | 'always-on'; readonly retainDays?: number }>;
  readonly immutability: Fact<'disabled' | 'unlocked' | 'locked'>;
}

export interface BackupPolicy {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly vaultKey: ResourceKey;
  readonly name: string;
  /** Only `virtual-machine` policies fit our machines. */
  readonly workload: 'virtual-machine' | 'other';
  readonly tier: 'standard' | 'enhanced';
  readonly schedule: {
    readonly frequency: 'hourly' | 'daily' | 'weekly';
    /** Hours between runs within the window, for `hourly`. */
    readonly intervalHours?: number;
    /** Length of the window that `runTimes` opens, for `hourly`. */
    readonly windowHours?: number;
    /** For `weekly`. */
    readonly days?: readonly Weekday[];
    readonly runTimes: readonly Instant[];
    readonly timeZone: string;
  };
  /** The longest retention of the daily (or weekly) points, in days. */
  readonly retainDays?: number;
  readonly instantRestoreDays?: number;
  readonly crashConsistentOnly: boolean;
  readonly protectedItemsCount?: number;
}

export type BackupState =
  | 'pending' // configured, first backup not done
  | 'protected'
  | 'error'
  | 'stopped' // points are kept, none are made
  | 'paused'
  | 'suspended'
  | 'soft-deleted'
  | 'unknown';

export interface BackupItem {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly vaultKey: ResourceKey;
  readonly vaultId: ResourceId;
  readonly machineKey: ResourceKey;
  readonly policyKey?: ResourceKey;
  readonly policyName?: string;
  readonly state: BackupState;
  /** Azure's own word, for people. */
  readonly rawState: string;
  readonly health?: 'passed' | 'action-required' | 'action-suggested' | 'unhealthy';
  readonly lastBackupStatus?: string;
  /** Absent when no backup ever ran. */
  readonly lastBackupAt?: Instant;
  readonly lastPointAt?: Instant;
  readonly deletedAt?: Instant;
  /** LUNs left out, or the only ones taken. */
  readonly diskExclusion?: { readonly luns: readonly number[]; readonly inclusion: boolean };
  /** Why it is not known which disks it covers. */
  readonly disksUnknown?: Unknown;
  /** Newest first. Unknown (`not-read`) without `--deep`. */
  readonly points: Fact<readonly BackupPoint[]>;
}

export interface BackupPoint {
  readonly id: ResourceId;
  readonly at?: Instant;
  readonly consistency: Consistency;
  readonly disksIncluded?: number;
  readonly disksAttached?: number;
  readonly tiers: readonly ('snapshot' | 'vault' | 'archive')[];
  /** When its policy or its request lets it go. */
  readonly expiresAt?: Instant;
}

export interface ReplicatedItem {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly vaultKey: ResourceKey;
  readonly name: string;
  /** `A2A`, `HyperVReplicaAzure`, `InMage…`: only Azure-to-Azure concerns our machines. */
  readonly provider: string;
  /** Absent when the provider is not Azure-to-Azure. */
  readonly machineKey?: ResourceKey;
  /** Azure's word: `Protected`, `InitialReplicationInProgress`, … */
  readonly protectionState: string;
  readonly health?: 'normal' | 'warning' | 'critical' | 'none';
  readonly rpoSeconds?: number;
  readonly rpoAt?: Instant;
  readonly sourceRegion?: string;
  readonly recoveryRegion?: string;
  readonly activeLocation?: string;
  readonly testFailoverState?: string;
  readonly lastDrillAt?: Instant;
  readonly agentExpiresAt?: Instant;
  readonly protectedDiskKeys: readonly ResourceKey[];
  /** LUN-less disk names or ids Azure reports as not replicated. */
  readonly unprotectedDisks: readonly string[];
  /** Its disks in the target group, lower-cased: replicas, and what a test failover makes of them. */
  readonly targetDiskKeys: readonly ResourceKey[];
  /** Storage accounts in the source region that its changes pass through. */
  readonly cacheAccountKeys?: readonly ResourceKey[];
  /** The group whose points agree (facts R-58); absent: it replicates alone. */
  readonly multiMachineGroup?: string;
  /** The machine that a test failover made and nobody has cleaned up. */
  readonly testMachineKey?: ResourceKey;
  /** Newest first. Unknown (`not-read`) unless they were asked for. */
  readonly points: Fact<readonly ReplicaPoint[]>;
}

/** A moment that Site Recovery can fail over to. */
export interface ReplicaPoint {
  readonly id: ResourceId;
  readonly at?: Instant;
  readonly consistency: Consistency;
  /** Of one moment with the other machines of its group. */
  readonly multiMachine?: boolean;
  /** Number of disks in it; absent when the answer did not say. */
  readonly disks?: number;
}

export interface Lock {
  readonly id: ResourceId;
  readonly name: string;
  /** The locked scope, lower-cased. */
  readonly scope: ResourceKey;
  readonly level: 'can-not-delete' | 'read-only';
}

export interface ResourceGroup {
  readonly id: ResourceId;
  readonly key: ResourceKey;
  readonly name: string;
  readonly subscriptionId: string;
  readonly location: string;
  readonly tags: Tags;
}
