import type { Answer, Call, Mutable, Route, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { ITEM_TYPE } from './backup-names.ts';
import { VAULT_PATH, canonicalSoftDelete, requireVault, vaultEtag } from './recovery-services-vault.ts';

/** Settings documents that lie under a vault: storage, security, encryption, Resource Guard, usages. */
export const vaultConfigRoutes: readonly Route[] = [
  route('GET', 'backupstorageconfig/vaultstorageconfig', (call) => ok(storageConfig(call, requireVault(call)))),
  route(
    'PUT',
    'backupstorageconfig/vaultstorageconfig',
    (call) => ok(storageConfig(call, changeStorage(call))),
    'BackupResourceConfigResource',
  ),
  route('PATCH', 'backupstorageconfig/vaultstorageconfig', patchStorage, 'BackupResourceConfigResource'),
  route('GET', 'backupconfig/vaultconfig', (call) => ok(securityConfig(requireVault(call)))),
  route(
    'PUT',
    'backupconfig/vaultconfig',
    (call) => ok(securityConfig(changeSecurity(call))),
    'BackupResourceVaultConfigResource',
  ),
  route(
    'PATCH',
    'backupconfig/vaultconfig',
    (call) => ok(securityConfig(changeSecurity(call))),
    'BackupResourceVaultConfigResource',
  ),
  route('GET', 'backupEncryptionConfigs/backupResourceEncryptionConfig', (call) =>
    ok(encryptionConfig(requireVault(call))),
  ),
  route('GET', 'backupResourceGuardProxies', (call) => (requireVault(call), ok({ value: [] }))),
  {
    ...route('GET', 'replicationVaultSettings/{vaultSettingName}', vaultSetting),
    apiVersions: apiVersions.siteRecovery,
  },
  {
    ...route('GET', 'usages', (call) => ok({ value: usages(call, requireVault(call)) })),
    apiVersions: apiVersions.vaults,
  },
  {
    ...route('GET', 'replicationUsages', (call) => ok({ value: [replicationUsage(call, requireVault(call))] })),
    apiVersions: apiVersions.vaults,
  },
];

function route(method: Route['method'], tail: string, handle: (call: Call) => Answer, request?: string): Route {
  return {
    method,
    path: `${VAULT_PATH}/${tail}`,
    apiVersions: apiVersions.backup,
    handle,
    ...(request === undefined ? {} : { request }),
  };
}

const ok = (body: Mutable): Answer => ({ status: 200, body });

function document(vault: Stored, type: string, name: string, properties: Mutable): Mutable {
  return { id: `${vault.id}/${type}/${name}`, name, type: `Microsoft.RecoveryServices/vaults/${type}`, properties };
}

function hasItems(call: Call, vault: Stored): boolean {
  return call.world.store.list(ITEM_TYPE, vault.id).length > 0;
}

function storageConfig(call: Call, vault: Stored): Mutable {
  const redundancy: Mutable = vault.body['properties']?.['redundancySettings'] ?? {};
  const kind: string = redundancy['standardTierStorageRedundancy'] ?? 'GeoRedundant';
  return document(vault, 'backupstorageconfig', 'vaultstorageconfig', {
    storageModelType: kind,
    storageType: kind,
    storageTypeState: hasItems(call, vault) ? 'Locked' : 'Unlocked',
    crossRegionRestoreFlag: redundancy['crossRegionRestore'] === 'Enabled',
  });
}

/**
 * Redundancy can change until the first item is protected:
 * https://learn.microsoft.com/azure/backup/backup-support-matrix
 */
function changeStorage(call: Call): Stored {
  const vault = requireVault(call);
  const sent: Mutable = call.body?.['properties'] ?? {};
  const now: Mutable = vault.body['properties']?.['redundancySettings'] ?? {};
  const kind: string =
    sent['storageModelType'] ?? sent['storageType'] ?? now['standardTierStorageRedundancy'] ?? 'GeoRedundant';
  if (kind !== now['standardTierStorageRedundancy'] && hasItems(call, vault)) {
    const text = 'The storage type of a vault that holds protected items is locked and cannot be changed.';
    throw new AzureError(400, 'BMSUserErrorStorageTypeLocked', text, { target: 'storageModelType' });
  }
  const crossRegion: boolean = sent['crossRegionRestoreFlag'] ?? now['crossRegionRestore'] === 'Enabled';
  return call.world.store.update(vault.id, (stored) => {
    stored.body['properties']['redundancySettings'] = {
      standardTierStorageRedundancy: kind,
      crossRegionRestore: crossRegion ? 'Enabled' : 'Disabled',
    };
    stored.body['etag'] = vaultEtag(call.world.clock.now());
  });
}

function patchStorage(call: Call): Answer {
  changeStorage(call);
  return { status: 204 };
}

function securityConfig(vault: Stored): Mutable {
  const settings: Mutable = vault.body['properties']?.['securitySettings']?.['softDeleteSettings'] ?? {};
  const state: string = settings['softDeleteState'] ?? 'Enabled';
  return document(vault, 'backupconfig', 'vaultconfig', {
    enhancedSecurityState: settings['enhancedSecurityState'] ?? 'Enabled',
    softDeleteFeatureState: state,
    softDeleteRetentionPeriodInDays: settings['softDeleteRetentionPeriodInDays'] || 14,
    isSoftDeleteFeatureStateEditable: state !== 'AlwaysON',
  });
}

function changeSecurity(call: Call): Stored {
  const vault = requireVault(call);
  const sent: Mutable = call.body?.['properties'] ?? {};
  const before: Mutable = vault.body['properties']?.['securitySettings']?.['softDeleteSettings'] ?? {};
  const state = canonicalSoftDelete(sent['softDeleteFeatureState'] ?? before['softDeleteState'] ?? 'Enabled');
  if (before['softDeleteState'] === 'AlwaysON' && state !== 'AlwaysON') {
    throw new AzureError(
      400,
      'BMSUserErrorSoftDeleteAlwaysOn',
      'Soft delete of this vault is always on and cannot be turned off.',
    );
  }
  const days: number = sent['softDeleteRetentionPeriodInDays'] ?? (before['softDeleteRetentionPeriodInDays'] || 14);
  if (state !== 'Disabled' && (days < 14 || days > 180)) {
    const text = `The soft delete retention period must be between 14 and 180 days; ${days} was sent.`;
    throw new AzureError(400, 'BMSUserErrorInvalidInput', text, { target: 'softDeleteRetentionPeriodInDays' });
  }
  return call.world.store.update(vault.id, (stored) => {
    const security: Mutable = (stored.body['properties']['securitySettings'] ??= {
      immutabilitySettings: null,
      multiUserAuthorization: 'Disabled',
    });
    security['softDeleteSettings'] = {
      // The vault itself answers 0 days while soft delete is off.
      softDeleteRetentionPeriodInDays: state === 'Disabled' ? 0 : days,
      softDeleteState: state,
      enhancedSecurityState: sent['enhancedSecurityState'] ?? before['enhancedSecurityState'] ?? 'Enabled',
    };
  });
}

function encryptionConfig(vault: Stored): Mutable {
  const encryption: Mutable = vault.body['properties']?.['encryption'] ?? {};
  const key: unknown = encryption['keyVaultProperties']?.['keyUri'];
  return document(vault, 'backupEncryptionConfigs', 'backupResourceEncryptionConfig', {
    useSystemAssignedIdentity: encryption['kekIdentity']?.['useSystemAssignedIdentity'] ?? true,
    encryptionAtRestType: key === undefined ? 'MicrosoftManaged' : 'CustomerManaged',
    ...(key === undefined ? {} : { keyUri: key }),
    lastUpdateStatus: key === undefined ? 'NotEnabled' : 'Succeeded',
    infrastructureEncryptionState: encryption['infrastructureEncryption'] ?? 'Disabled',
  });
}

function vaultSetting(call: Call): Answer {
  const vault = requireVault(call);
  return ok({
    id: `${vault.id}/replicationVaultSettings/default`,
    name: 'default',
    type: 'Microsoft.RecoveryServices/vaults/replicationVaultSettings',
    properties: { migrationSolutionId: null, vmwareToAzureProviderType: 'None' },
  });
}

function usages(call: Call, vault: Stored): Mutable[] {
  const items = call.world.store.list(ITEM_TYPE, vault.id).length;
  const count = (value: string, localizedValue: string, currentValue: number): Mutable => ({
    unit: 'Count',
    currentValue,
    limit: -1,
    name: { value, localizedValue },
  });
  return [
    count('MABContainersCount', 'Backup management servers', 0),
    count('ProtectedItemCount', 'Backup items', items),
    count('IaaSVMProtectedItemCount', 'Azure Virtual Machines', items),
  ];
}

function replicationUsage(call: Call, vault: Stored): Mutable {
  const replicated = call.world.store.list(
    'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems',
    vault.id,
  );
  return {
    monitoringSummary: {
      unHealthyVmCount: 0,
      unHealthyProviderCount: 0,
      eventsCount: 0,
      deprecatedProviderCount: 0,
      supportedProviderCount: 0,
      unsupportedProviderCount: 0,
    },
    jobsSummary: { failedJobs: 0, suspendedJobs: 0, inProgressJobs: 0 },
    protectedItemCount: replicated.length,
    registeredServersCount: 0,
    recoveryPlanCount: 0,
  };
}
