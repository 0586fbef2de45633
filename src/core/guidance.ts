/** The parsed rule book: which machine is of which class, and what each class needs. Read from config/guidance.yaml. */
import type { Consistency, OsType, Redundancy } from './estate.ts';
import type { OptionId } from './option.ts';
import type { Severity } from './problem.ts';
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

export interface PlanDefaults {
  readonly expiresHours: number;
  readonly source?: string;
  /** `resourceGroup`: `machine` for the machine's own, or a name. */
  readonly snapshot: {
    readonly incremental: boolean;
    readonly resourceGroup: string;
    readonly retainDays: Sourced<number>;
  };
  readonly vault: {
    readonly redundancy: Sourced<Redundancy>;
    readonly crossRegionRestore: Sourced<boolean>;
    readonly softDeleteDays: Sourced<number>;
    /** Resource group for new vaults: `machine` or a name. */
    readonly resourceGroup: string;
  };
  readonly backupPolicy: {
    readonly tier: 'standard' | 'enhanced';
    readonly at: string;
    readonly timeZone: string;
    readonly instantRestoreDays: Sourced<number>;
    readonly retain: {
      readonly dailyDays: Sourced<number>;
      readonly weeklyWeeks?: Sourced<number>;
      readonly monthlyMonths?: Sourced<number>;
      readonly yearlyYears?: Sourced<number>;
    };
  };
  readonly firstBackup: 'now' | 'on-schedule';
}
