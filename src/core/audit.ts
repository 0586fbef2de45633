/** The audit: what each machine needs, what it has, and the difference. The JSON contract is these types, field for field. */
import type { CostEstimate } from './cost/estimate.ts';
import type { Caching, Consistency, OsType, PowerState } from './estate.ts';
import type { ResourceId } from './ids.ts';
import type { OptionId, Verdict } from './option.ts';
import type { Severity } from './problem.ts';
import type { Instant } from './time.ts';

export const auditSchemaVersion = 1;

export type FindingCode =
  | 'unprotected'
  | 'protection-pending'
  | 'stale'
  | 'inconsistent'
  | 'partial'
  | 'wrong-option'
  | 'stopped'
  | 'soft-deleted'
  | 'replication-unhealthy'
  /** Healthy, and nobody has tried it for too long, or ever. */
  | 'drill-overdue'
  | 'orphaned'
  | 'over-retained'
  | 'unclassified'
  | 'exclusion-expired'
  | 'vault-redundancy'
  | 'vault-soft-delete-off'
  | 'unknown';

export type StripingState = 'striped' | 'likely' | 'unknown' | 'no-evidence' | 'not-striped';

export interface Audit {
  readonly schemaVersion: typeof auditSchemaVersion;
  readonly kind: 'holdfast.audit';
  readonly asOf: Instant;
  readonly scope: string;
  /** False when an unknown could change a verdict or a finding. */
  readonly complete: boolean;
  readonly unknowns: readonly AuditUnknown[];
  readonly machines: readonly AuditedMachine[];
  readonly orphans: readonly Orphan[];
  readonly vaults: readonly AuditedVault[];
  readonly totals: Totals;
  /** What the costs of orphans were reckoned by; absent where nothing was. */
  readonly prices?: { readonly title: string; readonly asOf: string; readonly source: string };
  /** What a later audit needs to know before it is compared with this one: what was asked for, and what it was judged by. */
  readonly selection?: AuditSelection;
  readonly guidance?: { readonly name: string; readonly digest: string };
  /** With `--baseline`. */
  readonly comparison?: AuditComparison;
}

/** What changed since an earlier audit, as far as both tell. */
export interface AuditComparison {
  readonly baseline: {
    readonly asOf: Instant;
    readonly scope: string;
    readonly complete: boolean;
  };
  /** What to know of the comparison itself: another scope, another guidance. */
  readonly notes: readonly string[];
  readonly findings: readonly FindingChange[];
  readonly machines: readonly MachineChange[];
  /** Findings that both hold, as severe as before. */
  readonly unchanged: number;
  /** Machines, orphans and vaults that only one of the two was to look at. */
  readonly notCompared: { readonly baseline: number; readonly now: number };
}

/**
 * `no-longer-known`: what decides it is out of sight now. `now-known`: it came into sight. `unclear`: each of the two lacks
 * something that the other knew. None of these says that anything changed but what can be seen.
 */
export interface FindingChange {
  readonly change: 'new' | 'gone' | 'worse' | 'better' | 'no-longer-known' | 'now-known' | 'unclear';
  readonly subjectKind: 'machine' | 'orphan' | 'vault';
  readonly subject: ResourceId;
  readonly name: string;
  readonly id: string;
  readonly code: FindingCode;
  readonly option?: OptionId;
  /** Absent where the finding is not. */
  readonly was?: Severity;
  readonly is?: Severity;
  /** Of the later of the two that holds it. */
  readonly summary: string;
}

/** `changed`: of another class, or standing otherwise where neither is better. `disappeared`: deleted, moved, or out of scope. */
export interface MachineChange {
  readonly change:
    | 'appeared'
    | 'disappeared'
    | 'now-seen'
    | 'no-longer-seen'
    | 'better'
    | 'worse'
    | 'no-longer-known'
    | 'now-known'
    | 'unclear'
    | 'changed';
  readonly id: ResourceId;
  readonly name: string;
  readonly class?: { readonly was?: string; readonly is?: string };
  readonly standing?: { readonly was?: string; readonly is?: string };
}

/** Empty lists are no restriction; `subscriptions` are those that were to be read. */
export interface AuditSelection {
  readonly subscriptions: readonly string[];
  readonly resourceGroups: readonly string[];
  readonly tags: readonly string[];
  readonly excludeTags: readonly string[];
}

export interface AuditUnknown {
  /** A resource id or scope. */
  readonly subject: string;
  readonly fact: string;
  readonly reason: string;
  /** Whether it could change a verdict or finding. Recovery points not read without --deep do not, by themselves. */
  readonly matters: boolean;
}

export interface Striping {
  readonly state: StripingState;
  readonly score: number;
  readonly evidence: readonly string[];
}

export interface AuditedMachine {
  readonly id: ResourceId;
  readonly name: string;
  readonly resourceGroup: string;
  readonly subscriptionId: string;
  readonly location: string;
  readonly os: OsType | 'unknown';
  readonly power: PowerState | 'unknown';
  readonly class: string;
  readonly environment: string;
  readonly excluded?: { readonly until: string; readonly reason: string };
  readonly application?: string;
  readonly striping: Striping;
  readonly disks: readonly AuditedDisk[];
  readonly verdicts: readonly Verdict[];
  readonly protections: readonly AuditedProtection[];
  readonly findings: readonly Finding[];
}

export interface AuditedDisk {
  readonly id: string;
  readonly lun: number | null;
  readonly role: 'os' | 'data';
  readonly sizeGiB: number | null;
  readonly sku: string | null;
  readonly caching: Caching;
  readonly known: boolean;
}

export interface AuditedProtection {
  readonly option: OptionId;
  readonly id: ResourceId;
  readonly vaultId?: ResourceId;
  readonly state: string;
  readonly healthy: boolean;
  readonly newestPoint?: {
    readonly id: ResourceId | null;
    readonly at: Instant;
    readonly consistency: Consistency;
    readonly disksIncluded: number | null;
    readonly disksAttached: number | null;
  };
  readonly rpoSeconds?: number;
}

export interface Finding {
  /** First 12 hex digits of sha256(lower(resource id) + "|" + code + "|" + option). */
  readonly id: string;
  readonly code: FindingCode;
  readonly option?: OptionId;
  readonly severity: Severity;
  readonly summary: string;
  readonly remedy: string;
  /** For `protection-pending`: when the first point should be there at the latest, where the schedule tells. */
  readonly dueBy?: Instant;
}

/** Protection or points whose machine is gone, or that were kept past their time: billed, and of use to nobody. */
export interface Orphan {
  readonly id: ResourceId;
  readonly option: OptionId;
  readonly machineId: string;
  /** `backup item, stopped with its points kept`. */
  readonly what: string;
  /** Made, softly deleted, or last written to; null where Azure does not tell. */
  readonly since: Instant | null;
  /** Of the disks in it, not what is billed; null where Azure does not tell. */
  readonly sizeGiB: number | null;
  /** A month. `unknown` wherever a size or a price is. */
  readonly cost: CostEstimate;
  readonly findings: readonly Finding[];
}

export interface AuditedVault {
  readonly id: ResourceId;
  readonly name: string;
  readonly location: string;
  readonly redundancy: string;
  readonly softDelete: string;
  readonly immutability: string;
  /** `on`, `off` or `unknown`. */
  readonly crossRegionRestore: string;
  readonly protectedMachines: number;
  readonly findings: readonly Finding[];
}

export interface Totals {
  readonly machines: number;
  readonly byClass: Readonly<Record<string, number>>;
  readonly findingsByCode: Readonly<Record<string, number>>;
  readonly findingsBySeverity: Readonly<Record<string, number>>;
  readonly verdictsByOption: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
