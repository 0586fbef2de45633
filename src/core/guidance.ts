/** The parsed rule book: which machine is of which class, and what each class needs. Read from config/guidance.yaml. */
import type { Consistency, OsType, Redundancy } from './estate.ts';
import type { OptionId } from './option.ts';
import type { Severity } from './problem.ts';
import type { RetentionPolicy } from './retention/policy.ts';
import type { Weekday } from './time.ts';
import type { StripingState } from './audit.ts';

export interface Guidance {
  readonly schemaVersion: 1;
  readonly name: string;
  /** Where the guidance as a whole comes from. */
  readonly source?: string;
  readonly vocabulary: Vocabulary;
  readonly striping: StripingWeights;
  /** Tried in order; the first that matches wins. The last must match everything. */
  readonly classes: readonly ClassDefinition[];
  readonly objectives: Readonly<Record<string, Objective>>;
  readonly plan: PlanDefaults;
}

/** Tag names are compared lower-cased and values case-folded (facts G-01). */
export interface Vocabulary {
  readonly environment: TagValues;
  readonly criticality: TagValues;
  readonly disasterRecovery: TagValues;
  readonly striping: TagValues;
  readonly role: TagValues;
  readonly application: { readonly names: readonly string[] };
  readonly exclusion: {
    readonly names: readonly string[];
    readonly values: readonly string[];
    readonly untilNames: readonly string[];
    readonly reasonNames: readonly string[];
  };
  readonly prePostScripts: TagValues;
  /** Tags of a data disk that its machine's backup leaves out. */
  readonly diskExclusion?: { readonly names: readonly string[]; readonly values: readonly string[] };
}

export interface TagValues {
  readonly names: readonly string[];
  /**
   * Meaning to the tag values that carry it: `production: [prod, production, …]`, safest meaning first. Where two
   * tags disagree, the one listed first wins. Values under `ignored` are known and say nothing.
   */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

export interface StripingWeights {
  readonly likelyAt: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly createdWithinMinutes: number;
  readonly source: string;
}

export interface ClassDefinition {
  readonly id: string;
  readonly title: string;
  /** A list means any of these. With neither `match` nor `when` the class matches everything. */
  readonly match?: Match | readonly Match[];
  /** CEL over the machine's facts; a missing key means "could not judge", never a match. With `match`: both hold. */
  readonly when?: string;
  /** Key of `objectives`. */
  readonly objective: string;
}

/**
 * Every condition given must hold; a list means any of. `environment`, `criticality` and `role` name meanings of the
 * vocabulary, `none` (no such tag) or `unrecognized` (a tag whose value the vocabulary lacks). `*` in `tags`,
 * `resourceGroups` and `subscriptions` stands for any characters. Nothing regards letter case.
 */
export interface Match {
  readonly environment?: readonly string[];
  readonly criticality?: readonly string[];
  readonly disasterRecovery?: boolean;
  readonly role?: readonly string[];
  readonly generalized?: boolean;
  readonly os?: readonly OsType[];
  readonly power?: readonly string[];
  readonly striping?: readonly StripingState[];
  readonly dataDisks?: { readonly min?: number; readonly max?: number };
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly resourceGroups?: readonly string[];
  readonly subscriptions?: readonly string[];
  readonly locations?: readonly string[];
  readonly securityType?: readonly string[];
  /** Whether the machine carries any tag at all. */
  readonly tagged?: boolean;
}

export interface Objective {
  readonly title: string;
  readonly requires: readonly Requirement[];
  readonly severity: Severity;
  readonly rpoHours: Sourced<number>;
  /** How late a scheduled backup may be before it counts as stale, beyond the RPO (facts B-17). */
  readonly graceHours: Sourced<number>;
  readonly retainDays: Sourced<number>;
  /** The weakest consistency that satisfies; `strict: false` on Linux without declared scripts. */
  readonly consistency: {
    readonly windows: Consistency;
    readonly linux: Consistency;
    /** Linux with pre/post scripts declared by tag. */
    readonly linuxWithScripts: Consistency;
    /** A machine that is not running can give no more than this. */
    readonly stopped: Consistency;
    readonly source: string;
  };
  readonly siteRecovery?: { readonly rpoMinutes: Sourced<number>; readonly drillDays: Sourced<number> };
  readonly vault?: { readonly redundancy: Sourced<Redundancy>; readonly softDelete: Sourced<boolean> };
  /** Which of holdfast's own points `prune` keeps. Absent: all. */
  readonly retention?: RetentionPolicy;
}

/** One need: any of these options meets it; the first usable one in order is the one planned. */
export interface Requirement {
  readonly anyOf: readonly OptionId[];
  readonly when?: { readonly disasterRecovery?: boolean };
  readonly why: string;
  readonly source: string;
}

export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

export interface PolicySchedule {
  readonly frequency: 'hourly' | 'daily' | 'weekly';
  /** Of a weekly schedule. */
  readonly days?: readonly Weekday[];
  /** Of an hourly schedule, with the length of its window. */
  readonly intervalHours?: number;
  readonly windowHours?: number;
  readonly source: string;
}

export interface PlanDefaults {
  readonly expiresHours: number;
  readonly source?: string;
  /** `resourceGroup`: `machine` for the machine's own, or a name. */
  readonly snapshot: {
    readonly incremental: boolean;
    readonly resourceGroup: string;
    readonly retainDays: Sourced<number>;
    /** Absent, or `auto`: zone-redundant where a zonal machine or disk shows that the region has zones. */
    readonly sku?: 'auto' | 'Standard_LRS' | 'Standard_ZRS' | 'Premium_LRS';
    /** Region that snapshots and restore points are copied to; absent: none. */
    readonly copyTo?: string;
    /**
     * Several disks of a running machine that neither restore points nor Azure Backup take. Absent: `refuse`. `downtime`: the
     * machine is stopped for its snapshots. `independent`: taken as it runs, and labelled inconsistent; never of striped disks.
     */
    readonly severalDisks?: 'refuse' | 'downtime' | 'independent';
  };
  readonly vault: {
    readonly redundancy: Sourced<Redundancy>;
    readonly crossRegionRestore: Sourced<boolean>;
    readonly softDeleteDays: Sourced<number>;
    /** `always-on` can never be turned off again. Absent: enabled. */
    readonly softDelete?: Sourced<'enabled' | 'always-on'>;
    /** `locked` can never be taken back. Absent: disabled. */
    readonly immutability?: Sourced<'disabled' | 'unlocked' | 'locked'>;
    /** Fit vaults in one region of one subscription, those that are there included; beyond their limits of a day machines wait. Absent: as many as it takes. */
    readonly mostPerRegion?: Sourced<number>;
    /** Resource group for new vaults: `machine` or a name. */
    readonly resourceGroup: string;
  };
  readonly backupPolicy: {
    readonly tier: 'standard' | 'enhanced';
    readonly at: string;
    readonly timeZone: string;
    /** Where an objective's RPO allows it; absent: daily, or as many hours apart as the RPO asks. */
    readonly schedule?: PolicySchedule;
    readonly instantRestoreDays: Sourced<number>;
    readonly retain: {
      readonly dailyDays: Sourced<number>;
      readonly weeklyWeeks?: Sourced<number>;
      readonly monthlyMonths?: Sourced<number>;
      readonly yearlyYears?: Sourced<number>;
    };
  };
  readonly firstBackup: 'now' | 'on-schedule';
  /** What costs are reckoned with; both are parts of 1. Absent: Microsoft's example of change, and full disks. */
  readonly cost?: {
    /** Of the used size, in a day. */
    readonly dailyChange?: Sourced<number>;
    /** Of a disk; gives an expected figure beside the most. */
    readonly usedShare?: Sourced<number>;
  };
  /** Absent: nobody said where to, so no plan enables replication. */
  readonly siteRecovery?: SiteRecoveryDefaults;
}

/** Keys compare without regard to case; `*` stands for every other one. */
export interface SiteRecoveryDefaults {
  /** Region of a machine to the region it is replicated to. */
  readonly targetRegions: Readonly<Record<string, Sourced<string>>>;
  /** Group of vault, cache accounts and networks; `{region}` stands for the region that they are in. */
  readonly resourceGroup: string;
  /** Group of replica disks and recovered machines; `{group}` is the machine's own, `{region}` the target. */
  readonly machineResourceGroup: string;
  /** Where a machine's network has no counterpart: `existing` refuses, `make` makes one with the same addresses. */
  readonly network: 'existing' | 'make';
  /** Id of a machine's virtual network to the id of the one it is recovered into. */
  readonly networks: Readonly<Record<string, string>>;
  /** 0: only the latest point. */
  readonly retainHours: Sourced<number>;
  /** Hours between application-consistent points; 0: none. */
  readonly appConsistentHours: Sourced<number>;
  /** Machines of one application become a group whose points agree. */
  readonly groupByApplication: boolean;
  /** Id of a disk encryption set to the id of the one that encrypts its replicas. */
  readonly diskEncryptionSets: Readonly<Record<string, string>>;
  /** `same`: a zonal machine is recovered into the zone of the same number. */
  readonly zones: 'none' | 'same';
}
