/**
 * The questions between audit and plan: who owns a machine's backup now, is the write allowed, is a name free. A stage with
 * Azure at hand answers them (`azure/preflight.ts`), so that planners stay pure.
 */
import type { Fact } from './fact.ts';
import type { ResourceId, ResourceKey } from './ids.ts';

/** Azure's own answer to "which vault protects this machine" (backupStatus, facts B-04). */
export type BackupOwner =
  | { readonly protected: false }
  | { readonly protected: true; readonly vaultId: ResourceId; readonly policyName?: string };

export interface PreflightFacts {
  /** By machine key. A machine without an entry was not asked about: unknown. */
  readonly owners: ReadonlyMap<ResourceKey, Fact<BackupOwner>>;
  /** By `permissionKey(action, scope)`. */
  readonly permissions: ReadonlyMap<string, Fact<boolean>>;
  /** Whether a resource of that id exists already. */
  readonly taken: ReadonlyMap<ResourceKey, Fact<boolean>>;
}

export interface PreflightQuestions {
  readonly owners: readonly OwnerQuestion[];
  readonly permissions: readonly PermissionQuestion[];
  readonly taken: readonly ResourceId[];
}

export interface OwnerQuestion {
  readonly machineId: ResourceId;
  readonly subscriptionId: string;
  readonly location: string;
}

export interface PermissionQuestion {
  /** `Microsoft.Compute/snapshots/write`. */
  readonly action: string;
  readonly scope: ResourceId;
}

/** Actions and scopes are compared without regard to case. */
export const permissionKey = (action: string, scope: ResourceId): string =>
  `${action}|${scope}`.replace(/\/+$/, '').toLowerCase();

/** What a run without Azure has (an offline bundle): nothing was asked, so nothing is known. */
export const noPreflight: PreflightFacts = { owners: new Map(), permissions: new Map(), taken: new Map() };
