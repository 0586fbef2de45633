/** Azure Backup: vaults, policies, protected items. https://learn.microsoft.com/azure/backup/backup-azure-arm-userestapi-backupazurevms */
import { z } from 'zod';
import { weekdays } from '../time.ts';
import {
  count,
  days,
  moment,
  ofKind,
  optional,
  resourceId,
  stepKind,
  tags,
  vaultOperation,
  type ValueOf,
} from './definition.ts';

const vaultInput = z.strictObject({
  location: z.string(),
  redundancy: z.enum(['locally-redundant', 'zone-redundant', 'geo-redundant']),
  crossRegionRestore: z.boolean(),
  softDeleteDays: days,
  /** `always-on` can never be turned off again. Absent: enabled. */
  softDelete: optional(z.enum(['enabled', 'always-on'])),
  /** Azure locks only what is unlocked first: a step of its own. Absent: disabled. */
  immutability: optional(z.enum(['disabled', 'unlocked'])),
  tags,
});
export type VaultInput = ValueOf<typeof vaultInput>;

const vaultLockInput = z.strictObject({ location: z.string() });

const backupPolicyInput = z.strictObject({
  tier: z.enum(['standard', 'enhanced']),
  schedule: z.strictObject({
    frequency: z.enum(['hourly', 'daily', 'weekly']),
    intervalHours: optional(z.int().positive()),
    windowHours: optional(z.int().positive()),
    /** Of a weekly schedule; absent: Sunday. */
    days: optional(z.array(z.enum(weekdays)).min(1)),
    /** In `timeZone`. */
    at: z.string().regex(/^\d\d:\d\d$/, 'must be HH:MM'),
  }),
  timeZone: z.string(),
  instantRestoreDays: days,
  retain: z.strictObject({
    dailyDays: optional(days),
    weeklyWeeks: optional(days),
    monthlyMonths: optional(days),
    yearlyYears: optional(days),
  }),
});
export type BackupPolicyInput = ValueOf<typeof backupPolicyInput>;

const backupEnableInput = z.strictObject({
  machineId: resourceId,
  policyId: resourceId,
  /** LUNs left out (Azure: diskExclusionProperties), never part of a striped set. */
  excludeLuns: optional(z.array(count)),
});
export type BackupEnableInput = ValueOf<typeof backupEnableInput>;

/** Another policy, other disks, or resuming: Azure forgets whatever is not said again, left-out disks included (facts B-55, B-59). */
const backupReconfigureInput = z.strictObject({
  machineId: resourceId,
  policyId: resourceId,
  excludeLuns: optional(z.array(count)),
});
export type BackupReconfigureInput = ValueOf<typeof backupReconfigureInput>;

const backupItemInput = z.strictObject({ machineId: resourceId });
export type BackupItemInput = ValueOf<typeof backupItemInput>;

const backupTriggerInput = z.strictObject({
  machineId: resourceId,
  /** How long the point is kept. */
  expiresAt: moment,
});

const itemAction = 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems';

const jobs = 'Microsoft.RecoveryServices/vaults/backupJobs/read';
/** The operation of an item, and the job it hands over to. */
const itemOperation = [`${itemAction}/operationsStatus/read`, jobs];

/** Azure Backup protects only machines that it has found: its list of them, and being sent to look again. */
const discovery = [
  'Microsoft.RecoveryServices/vaults/backupProtectableItems/read',
  'Microsoft.RecoveryServices/vaults/backupFabrics/refreshContainers/action',
  'Microsoft.RecoveryServices/vaults/backupFabrics/operationResults/read',
];

export const backupSteps = {
  'vault.create': stepKind({
    input: vaultInput,
    seconds: 60,
    makes: 'resource',
    permissions: [{ action: 'Microsoft.RecoveryServices/vaults/write' }],
    follows: [vaultOperation],
    assumes: ['no-other-vault'],
    roles: ['protect', 'replicate'],
  }),
  /** Irreversible: nobody, Microsoft included, unlocks it (facts B-95). */
  'vault.lock': stepKind({
    input: vaultLockInput,
    seconds: 20,
    cannotBeUndone: true,
    permissions: [{ action: 'Microsoft.RecoveryServices/vaults/write' }],
    follows: [vaultOperation],
    assumes: [],
    roles: ['protect'],
  }),
  'backup-policy.create': stepKind({
    input: backupPolicyInput,
    seconds: 15,
    makes: 'child',
    permissions: [{ action: 'Microsoft.RecoveryServices/vaults/backupPolicies/write' }],
    follows: ['Microsoft.RecoveryServices/vaults/backupPolicies/operations/read'],
    assumes: ['no-like-policy'],
    roles: ['protect'],
  }),
  'backup.enable': stepKind({
    input: backupEnableInput,
    seconds: 120,
    permissions: [
      { action: `${itemAction}/write` },
      { action: 'Microsoft.Compute/virtualMachines/write', on: ({ machineId }) => machineId },
      { action: 'Microsoft.RecoveryServices/vaults/backupPolicies/read', on: ({ policyId }) => policyId },
    ],
    follows: [...itemOperation, ...discovery],
    assumes: ['machine-is', 'machine-disks-are', 'protected-by'],
    roles: ['protect'],
  }),
  'backup.reconfigure': stepKind({
    input: backupReconfigureInput,
    seconds: 10,
    permissions: [
      { action: `${itemAction}/write` },
      { action: 'Microsoft.Compute/virtualMachines/write', on: ({ machineId }) => machineId },
      { action: 'Microsoft.RecoveryServices/vaults/backupPolicies/read', on: ({ policyId }) => policyId },
    ],
    follows: [...itemOperation],
    assumes: ['machine-is', 'machine-disks-are', 'backup-item-is'],
    roles: ['protect'],
  }),
  /** Points stay, none are made. */
  'backup.stop': stepKind({
    input: backupItemInput,
    seconds: 10,
    permissions: [{ action: `${itemAction}/write` }],
    follows: [...itemOperation],
    assumes: ['machine-is', 'machine-disks-are', 'backup-item-is'],
    roles: ['protect'],
  }),
  /** Stops, and deletes every point: into soft delete, for as long as the vault keeps what is deleted. */
  'backup.delete': stepKind({
    input: backupItemInput,
    seconds: 30,
    cannotBeUndone: true,
    permissions: [{ action: `${itemAction}/delete` }],
    follows: ['Microsoft.RecoveryServices/vaults/backupOperations/read', jobs],
    assumes: ['machine-is', 'machine-disks-are', 'backup-item-is'],
    roles: ['remove'],
  }),
  /** Out of soft delete; protection stays stopped. */
  'backup.undelete': stepKind({
    input: backupItemInput,
    seconds: 30,
    permissions: [{ action: `${itemAction}/write` }],
    follows: [...itemOperation],
    assumes: ['machine-is', 'machine-disks-are', 'backup-item-is'],
    roles: ['protect'],
  }),
  // A small machine's first backup took 41 minutes in the recordings.
  'backup.trigger': stepKind({
    input: backupTriggerInput,
    seconds: 41 * 60,
    // Jobs are also how a lost answer is found again, and the point tells what was truly obtained.
    leased: true,
    permissions: [{ action: `${itemAction}/backup/action` }],
    follows: [...itemOperation, `${itemAction}/recoveryPoints/read`],
    assumes: ['machine-is', 'machine-disks-are', 'protected-by', 'backup-item-is'],
    roles: ['protect'],
  }),
};

export const backupGoals = {
  'backup-configured': ofKind('backup-configured', {
    machineId: resourceId,
    itemId: resourceId,
    policyId: resourceId,
    /** Just these LUNs are left out; absent: which are was not asked. */
    excludeLuns: optional(z.array(count)),
  }),
  /** Points are kept and none are made. */
  'backup-stopped': ofKind('backup-stopped', { machineId: resourceId, itemId: resourceId }),
  /** Soft-deleted, or gone. */
  'backup-deleted': ofKind('backup-deleted', { machineId: resourceId, itemId: resourceId }),
  /** There, and not about to go. */
  'backup-undeleted': ofKind('backup-undeleted', { machineId: resourceId, itemId: resourceId }),
  'vault-locked': ofKind('vault-locked', { vaultId: resourceId }),
  /** A recovery point newer than the moment exists, or a job that makes it was accepted and ended well. */
  'backup-point-since': ofKind('backup-point-since', { machineId: resourceId, itemId: resourceId, since: moment }),
};

export const backupAssumptions = {
  /** No vault protects the machine, or only this one does. */
  'protected-by': ofKind('protected-by', {
    machineId: resourceId,
    location: z.string(),
    vaultId: resourceId.nullable(),
  }),
  /** The item is as the plan saw it: in force, stopped or soft-deleted, and under that policy where one is named. */
  'backup-item-is': ofKind('backup-item-is', {
    machineId: resourceId,
    itemId: resourceId,
    state: z.enum(['active', 'stopped', 'suspended', 'soft-deleted']),
    policyId: optional(resourceId),
  }),
  /** In this region of the step's subscription are no vaults but these and the plan's own. */
  'no-other-vault': ofKind('no-other-vault', { location: z.string(), besides: z.array(resourceId) }),
  /** The vault has no policy that says the same as the step's, but these. */
  'no-like-policy': ofKind('no-like-policy', { vaultId: resourceId, besides: z.array(resourceId) }),
};
