/** PUT vaults, answered 201 with an operation. https://learn.microsoft.com/rest/api/recoveryservices/vaults/create-or-update */
import type { VaultInput } from '../../core/steps/backup.ts';
import { idempotentRunner, putRunner, type MakeRunner } from './runner.ts';

export const vaultCreate: MakeRunner<'vault.create'> = (step, tools) => putRunner(step, tools, vaultBody(step.input));

/** Redundancy is set with the vault: it cannot be changed any more once something is protected (facts B-98). */
export const vaultBody = (input: VaultInput) => ({
  location: input.location,
  tags: input.tags,
  sku: { name: 'RS0', tier: 'Standard' },
  properties: {
    publicNetworkAccess: 'Enabled',
    redundancySettings: {
      standardTierStorageRedundancy: redundancies[input.redundancy],
      crossRegionRestore: input.crossRegionRestore ? 'Enabled' : 'Disabled',
    },
    securitySettings: {
      softDeleteSettings: {
        softDeleteState: input.softDelete === 'always-on' ? 'AlwaysON' : 'Enabled',
        softDeleteRetentionPeriodInDays: input.softDeleteDays,
      },
      ...(input.immutability === undefined
        ? {}
        : { immutabilitySettings: { state: immutabilities[input.immutability] } }),
    },
  },
});

const immutabilities = { disabled: 'Disabled', unlocked: 'Unlocked' } as const;

const redundancies = {
  'locally-redundant': 'LocallyRedundant',
  'zone-redundant': 'ZoneRedundant',
  'geo-redundant': 'GeoRedundant',
} as const;

/** PATCH vaults, answered 202. https://learn.microsoft.com/azure/backup/backup-azure-immutable-vault-how-to-manage */
export const vaultLock: MakeRunner<'vault.lock'> = (step, tools) => idempotentRunner(step, tools, vaultLockBody());

export const vaultLockBody = () => ({
  properties: { securitySettings: { immutabilitySettings: { state: 'Locked' } } },
});
