/**
 * The questions between audit and plan: who owns a machine's backup now, is the write allowed, is a name free. A stage with
 * Azure at hand answers them (`azure/preflight.ts`), so that planners stay pure.
 */
import type { Fact, Unknown } from './fact.ts';
import type { ResourceId, ResourceKey } from './ids.ts';
import type { OfferedRegions, RegionQuestion } from './regions.ts';
import { noReplicationFacts, type ReplicationFacts, type ReplicationQuestions } from './replication.ts';

/** Azure's own answer to "which vault protects this machine" (backupStatus, facts B-04). */
export type BackupOwner =
  | { readonly protected: false }
  | { readonly protected: true; readonly vaultId: ResourceId; readonly policyName?: string };

/** What Azure says beforehand of enabling backup (facts B-113), in its own words. */
export type BackupCheck =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string; readonly recommendation?: string };

export interface BackupCheckQuestion {
  readonly machineId: ResourceId;
  readonly subscriptionId: string;
  readonly location: string;
  /** Absent: it is yet to be made. */
  readonly vaultId?: ResourceId;
  /** Of the machine, where it is known. */
  readonly size?: string;
  /** Whether any of its disks is a premium one. */
  readonly premium: boolean;
}

export interface PreflightFacts {
  /** By machine key. A machine without an entry was not asked about: unknown. */
  readonly owners: ReadonlyMap<ResourceKey, Fact<BackupOwner>>;
  /** By `permissionKey(action, scope)`. */
  readonly permissions: ReadonlyMap<string, Fact<boolean>>;
  /** Whether a resource of that id exists already. */
  readonly taken: ReadonlyMap<ResourceKey, Fact<boolean>>;
  /** Azure's own check of enabling backup, by machine key. */
  readonly backupChecks?: ReadonlyMap<ResourceKey, Fact<BackupCheck>>;
  readonly regions?: OfferedRegions;
  readonly replication: ReplicationFacts;
}

export interface PreflightQuestions {
  readonly owners: readonly OwnerQuestion[];
  readonly permissions: readonly PermissionQuestion[];
  readonly taken: readonly ResourceId[];
  readonly backupChecks?: readonly BackupCheckQuestion[];
  readonly regions?: readonly RegionQuestion[];
  readonly replication: ReplicationQuestions;
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

/** What Azure would have told, had the login been allowed to ask. */
export const forbiddenQuestions = (facts: PreflightFacts): readonly Unknown[] => {
  const { setups, networks, accounts, eligibility, softDelete } = facts.replication;
  const answers: readonly ReadonlyMap<string, Fact<unknown>>[] = [
    facts.owners,
    facts.permissions,
    facts.taken,
    facts.backupChecks ?? new Map(),
    facts.regions ?? new Map(),
    setups,
    networks,
    accounts,
    eligibility,
    softDelete,
  ];
  const unknowns = answers
    .flatMap((map) => [...map.values()])
    .flatMap((fact) => (!fact.known && fact.reason === 'no-permission' ? [fact] : []));
  return [...new Map(unknowns.map((one) => [`${one.action}|${one.scope}`, one])).values()];
};

/** What a run without Azure has (an offline bundle): nothing was asked, so nothing is known. */
export const noPreflight: PreflightFacts = {
  owners: new Map(),
  permissions: new Map(),
  taken: new Map(),
  replication: noReplicationFacts,
};
