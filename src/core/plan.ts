/**
 * A plan is a value: steps with order, reason, assumptions and goal. Protect, snapshot, prune, restore, failover and drill all
 * produce this one type, and apply reads nothing else.
 */
import type { OptionId, Reason } from './option.ts';
import type { ResourceId } from './ids.ts';
import type { Instant } from './time.ts';
import type { Consistency, Scope, Tags, Redundancy } from './estate.ts';

export const planSchemaVersion = 1;

export interface Plan {
  readonly schemaVersion: typeof planSchemaVersion;
  readonly kind: 'holdfast.plan';
  /** sha256 over the canonical JSON of the plan without this field. */
  readonly digest: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly madeBy: string;
  /** Name of the cloud it was made for: apply refuses any other. Absent for a plan made offline. */
  readonly cloud?: string;
  readonly scope: Scope;
  readonly limits: { readonly maxChanges?: number; readonly maxDeletes?: { readonly count?: number; readonly percent?: number } };
  readonly duration: { readonly expectedSeconds: number; readonly boundBy: string };
  readonly cost: { readonly monthlyUsd: number | 'unknown'; readonly assumptions: readonly string[] };
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  /** What the verification after apply judges by: the guidance in force when the plan was made, whole. */
  readonly guidance: unknown;
}

/** A required option the plan does not carry out, and why. Never replaced by a weaker one in silence. */
export interface Refusal {
  readonly subject: ResourceId;
  readonly option: OptionId;
  readonly reasons: readonly Reason[];
}

/** One write to Azure, so at most one long-running operation. */
export type Step = StepBase &
  (
    | { readonly kind: 'resource-group.create'; readonly input: ResourceGroupInput }
    | { readonly kind: 'snapshot.create'; readonly input: SnapshotInput }
    | { readonly kind: 'restore-point-collection.create'; readonly input: RestorePointCollectionInput }
    /** Create-only: Azure refuses a second write under the name. */
    | { readonly kind: 'restore-point.create'; readonly input: RestorePointInput }
    | { readonly kind: 'vault.create'; readonly input: VaultInput }
    | { readonly kind: 'backup-policy.create'; readonly input: BackupPolicyInput }
    | { readonly kind: 'backup.enable'; readonly input: BackupEnableInput }
    | { readonly kind: 'backup.trigger'; readonly input: BackupTriggerInput }
  );

export type StepKind = Step['kind'];
export type StepOf<K extends StepKind> = Extract<Step, { kind: K }>;

export interface StepBase {
  /** Unique in the plan, readable, kebab-case: `snapshot-web01-osdisk`. */
  readonly id: string;
  readonly option: OptionId;
  /** The machine (or vault) it is done for. */
  readonly subject: ResourceId;
  readonly reason: string;
  /** Where Azure documents the write. */
  readonly source: string;
  readonly method: 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** What is written; for a POST, the resource acted on. */
  readonly resourceId: ResourceId;
  /** Re-read just before the write; a difference ends the step as `moved`. */
  readonly assumes: readonly Assumption[];
  /** What is true afterwards; read before the write (already so: `already-done`) and after it. */
  readonly goal: Goal;
  readonly dependsOn: readonly string[];
  /** `always`: runs whatever became of its dependencies (thaw, start again, clean up). */
  readonly runs: 'on-success' | 'always';
  /** Irreversible or deleting: needs its own consent. */
  readonly destructive: boolean;
  readonly cost?: { readonly monthlyUsd: number | 'unknown'; readonly basis: string };
  /** Names of values later steps may refer to as `${step-id.output}` in string inputs. */
  readonly outputs?: readonly string[];
}

/** What a step takes for granted about the world, checked just before its write. */
export type Assumption =
  | { readonly kind: 'machine-is'; readonly machineId: ResourceId; readonly vmId: string }
  | { readonly kind: 'machine-disks-are'; readonly machineId: ResourceId; readonly diskIds: readonly ResourceId[] }
  | { readonly kind: 'disk-is'; readonly diskId: ResourceId; readonly uniqueId: string }
  | { readonly kind: 'power-is'; readonly machineId: ResourceId; readonly power: string }
  /** No vault protects the machine, or only this item does. */
  | { readonly kind: 'protected-by'; readonly machineId: ResourceId; readonly location: string; readonly vaultId: ResourceId | null }
  | { readonly kind: 'absent'; readonly resourceId: ResourceId }
  /** The disk has no snapshot in that group younger than the newest the plan knew; `null`: it knew of none. */
  | { readonly kind: 'no-newer-snapshot'; readonly diskId: ResourceId; readonly groupId: ResourceId; readonly than: Instant | null }
  /** The machine has no restore point collection in its region but these, those of Azure Backup, and the step's own. */
  | { readonly kind: 'no-other-collection'; readonly machineId: ResourceId; readonly location: string; readonly besides: readonly ResourceId[] }
  /** The collection has no restore point, made or coming, younger than the newest the plan knew; `null`: it knew of none. */
  | { readonly kind: 'no-newer-point'; readonly collectionId: ResourceId; readonly than: Instant | null }
  /** In this region of the step's subscription are no vaults but these and the plan's own. */
  | { readonly kind: 'no-other-vault'; readonly location: string; readonly besides: readonly ResourceId[] }
  /** The vault has no policy that says the same as the step's, but these. */
  | { readonly kind: 'no-like-policy'; readonly vaultId: ResourceId; readonly besides: readonly ResourceId[] };

/** A state of the world that a step brings about; it may lie beyond the operation's own end. */
export type Goal =
  /** The resource exists, provisioned, and was made for this plan step (its `holdfast-run` tag) or matches in the named properties. */
  | { readonly kind: 'exists'; readonly resourceId: ResourceId }
  | { readonly kind: 'snapshot-complete'; readonly resourceId: ResourceId; readonly sourceDiskId: ResourceId }
  /** Finished and with every one of the disks. A weaker consistency than wanted is said, and judged by the audit. */
  | {
      readonly kind: 'restore-point-complete';
      readonly resourceId: ResourceId;
      readonly machineId: ResourceId;
      readonly diskIds: readonly ResourceId[];
      readonly consistency: Consistency;
    }
  | { readonly kind: 'backup-configured'; readonly machineId: ResourceId; readonly itemId: ResourceId; readonly policyId: ResourceId }
  /** A recovery point newer than the moment exists, or a job that makes it was accepted and ended well. */
  | { readonly kind: 'backup-point-since'; readonly machineId: ResourceId; readonly itemId: ResourceId; readonly since: Instant };

export interface ResourceGroupInput {
  readonly location: string;
  readonly tags: Tags;
}

export interface SnapshotInput {
  readonly location: string;
  readonly sourceDiskId: ResourceId;
  readonly incremental: boolean;
  readonly sku: string;
  readonly networkAccess: 'allow-all' | 'allow-private' | 'deny-all';
  readonly publicNetworkAccess: boolean;
  readonly diskAccessId?: ResourceId;
  readonly encryption?: { readonly type: string; readonly encryptionSetId?: ResourceId };
  readonly hyperVGeneration?: 'V1' | 'V2';
  readonly securityType?: string;
  readonly architecture?: string;
  readonly tags: Tags;
}

export interface RestorePointCollectionInput {
  readonly machineId: ResourceId;
  /** The machine's own region: a collection elsewhere holds copies. */
  readonly location: string;
  readonly tags: Tags;
}

/** What Azure is asked for; what it makes of `application` depends on the guest (facts P-02). */
export type RestorePointMode = 'application' | 'crash';

/** Azure takes no tags on a restore point: its collection carries them. */
export interface RestorePointInput {
  readonly machineId: ResourceId;
  readonly location: string;
  readonly mode: RestorePointMode;
  readonly excludeDiskIds: readonly ResourceId[];
}

export interface VaultInput {
  readonly location: string;
  readonly redundancy: Redundancy;
  readonly crossRegionRestore: boolean;
  readonly softDeleteDays: number;
  readonly tags: Tags;
}

export interface BackupPolicyInput {
  readonly tier: 'standard' | 'enhanced';
  readonly schedule: {
    readonly frequency: 'hourly' | 'daily' | 'weekly';
    readonly intervalHours?: number;
    readonly windowHours?: number;
    /** `HH:MM` in `timeZone`. */
    readonly at: string;
  };
  readonly timeZone: string;
  readonly instantRestoreDays: number;
  readonly retain: { readonly dailyDays?: number; readonly weeklyWeeks?: number; readonly monthlyMonths?: number; readonly yearlyYears?: number };
}

export interface BackupEnableInput {
  readonly machineId: ResourceId;
  readonly policyId: ResourceId;
  /** LUNs left out (Azure: diskExclusionProperties), never part of a striped set. */
  readonly excludeLuns?: readonly number[];
}

export interface BackupTriggerInput {
  readonly machineId: ResourceId;
  /** How long the point is kept. */
  readonly expiresAt: Instant;
}

export type OutcomeKind = 'done' | 'already-done' | 'moved' | 'failed' | 'skipped' | 'in-doubt' | 'interrupted';

export interface StepOutcome {
  readonly id: string;
  readonly outcome: OutcomeKind;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly detail?: string;
}
