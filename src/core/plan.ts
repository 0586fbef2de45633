/**
 * A plan is a value: steps with order, reason, assumptions and goal. Protect, snapshot, prune, restore, failover and drill all
 * produce this one type, and apply reads nothing else.
 */
import type { MeterCost } from './cost/estimate.ts';
import type { OptionId, Reason } from './option.ts';
import type { ResourceId } from './ids.ts';
import type { Instant } from './time.ts';
import type { Scope } from './estate.ts';
import type { ValueOf } from './steps/definition.ts';
import type { assumptions, goals, stepKinds } from './steps/index.ts';

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
  readonly limits: {
    readonly maxChanges?: number;
    readonly maxDeletes?: { readonly count?: number; readonly percent?: number };
  };
  /** Of a prune: how many snapshots and restore points it looked at, and how many of them it marks to be deleted later. */
  readonly points?: { readonly inScope: number; readonly marked: number };
  readonly duration: { readonly expectedSeconds: number; readonly boundBy: string };
  readonly cost: PlanCost;
  readonly steps: readonly Step[];
  readonly refusals: readonly Refusal[];
  /** What the verification after apply judges by: the guidance in force when the plan was made, whole. */
  readonly guidance: unknown;
}

/** `unknown` as soon as one step's is; then `knownUsd` is what the known parts come to. */
export interface PlanCost {
  readonly monthlyUsd: number | 'unknown';
  /** With every disk full, where used sizes are not known. */
  readonly atMostUsd?: number | 'unknown';
  readonly knownUsd?: number;
  readonly unknownSteps?: number;
  readonly assumptions: readonly string[];
  readonly prices?: { readonly title: string; readonly asOf: string; readonly source: string };
}

export interface StepCost {
  readonly monthlyUsd: number | 'unknown';
  readonly atMostUsd?: number | 'unknown';
  readonly basis: string;
  readonly meters?: readonly MeterCost[];
}

/** A required option the plan does not carry out, and why. Never replaced by a weaker one in silence. */
export interface Refusal {
  readonly subject: ResourceId;
  readonly option: OptionId;
  readonly reasons: readonly Reason[];
}

export type StepKind = keyof typeof stepKinds;
export type StepInput<K extends StepKind> = ValueOf<(typeof stepKinds)[K]['input']>;

/** One write to Azure, so at most one long-running operation. */
export type Step = {
  readonly [K in StepKind]: StepBase & { readonly kind: K; readonly input: StepInput<K> };
}[StepKind];
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
  /** Steps that have to have come to an end before it, whichever: it neither needs their success nor is skipped with them. */
  readonly after?: readonly string[];
  /** `always`: runs whatever became of its dependencies (thaw, start again, clean up). */
  readonly runs: 'on-success' | 'always';
  /** The step, among those it depends on, whose effect it takes back: it does not run where that one wrote nothing. */
  readonly undoes?: string;
  /** At most `most` steps of one `of` are under way at a time, from write to goal: a limit of Azure's that is no request budget. */
  readonly atOnce?: { readonly of: string; readonly most: number };
  /** Irreversible or deleting: needs its own consent. */
  readonly destructive: boolean;
  readonly cost?: StepCost;
  /** Names of values later steps may refer to as `${step-id.output}` in string inputs. */
  readonly outputs?: readonly string[];
}

/** What a step takes for granted about the world, checked just before its write. */
export type Assumption = ValueOf<(typeof assumptions)[keyof typeof assumptions]>;

/** A state of the world that a step brings about; it may lie beyond the operation's own end. */
export type Goal = ValueOf<(typeof goals)[keyof typeof goals]>;

export type OutcomeKind = 'done' | 'already-done' | 'moved' | 'failed' | 'skipped' | 'in-doubt' | 'interrupted';

export interface StepOutcome {
  readonly id: string;
  readonly outcome: OutcomeKind;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly detail?: string;
  /** In doubt, without a trace, and not repeatable: it is sent again by `apply --resend` alone. */
  readonly resend?: 'only-when-asked';
  /** Done, by what shows of it; the login may not ask about the operation itself. */
  readonly unread?: true;
}
