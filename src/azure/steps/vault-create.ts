/** PUT vaults, answered 201 with an operation. https://learn.microsoft.com/rest/api/recoveryservices/vaults/create-or-update */
import type { VaultInput } from '../../core/steps/backup.ts';
import { putRunner, type MakeRunner } from './runner.ts';

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
    securitySettings: { softDeleteSettings: { softDeleteState: 'Enabled', softDeleteRetentionPeriodInDays: input.softDeleteDays } },
  },
});

const redundancies = { 'locally-redundant': 'LocallyRedundant', 'zone-redundant': 'ZoneRedundant', 'geo-redundant': 'GeoRedundant' } as const;
