import { resourceNotFound } from '../envelope.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';

export const VAULT_TYPE = 'Microsoft.RecoveryServices/vaults';
export const VAULT_PATH =
  '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.RecoveryServices/vaults/{vaultName}';

export function vaultIdOf(call: Call): string {
  const { subscriptionId, resourceGroupName, vaultName } = call.params;
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}/providers/${VAULT_TYPE}/${vaultName}`;
}

/** @throws the gateway's 404, as for every path under a vault that is not there */
export function requireVault(call: Call): Stored {
  const id = vaultIdOf(call);
  const vault = call.world.store.get(id);
  if (vault === undefined) throw resourceNotFound(id, VAULT_TYPE);
  return vault;
}

/** Seven digits after the second, as Azure's .NET services write moments. */
export function azureTime(ms: number): string {
  const ticks = String((Math.abs(Math.trunc(ms)) * 7919) % 10_000).padStart(4, '0');
  return new Date(ms).toISOString().replace('Z', `${ticks}Z`);
}

/** `W/"datetime'2024-04-28T07%3A31%3A24.3926026Z'"`. */
export function vaultEtag(ms: number): string {
  return `W/"datetime'${azureTime(ms).replaceAll(':', '%3A')}'"`;
}

/** What a vault answers that has only what its creator sent; the rest appears when provisioning has ended. */
export function newVault(name: string, request: Mutable, now: number): Mutable {
  const sent: Mutable = request['properties'] ?? {};
  const security: Mutable | undefined = sent['securitySettings'];
  return {
    location: normalLocation(String(request['location'])),
    name,
    etag: vaultEtag(now),
    ...(request['tags'] === undefined ? {} : { tags: request['tags'] }),
    ...(request['identity'] === undefined ? {} : { identity: request['identity'] }),
    properties: {
      provisioningState: 'Provisioning',
      privateEndpointStateForBackup: 'None',
      privateEndpointStateForSiteRecovery: 'None',
      ...(sent['encryption'] === undefined ? {} : { encryption: sent['encryption'] }),
      ...(sent['monitoringSettings'] === undefined ? {} : { monitoringSettings: sent['monitoringSettings'] }),
      ...(security === undefined
        ? {}
        : {
            securitySettings: {
              immutabilitySettings: security['immutabilitySettings'] ?? null,
              softDeleteSettings: security['softDeleteSettings'] ?? null,
              multiUserAuthorization: 'Invalid',
            },
          }),
      redundancySettings: {
        standardTierStorageRedundancy: 'GeoRedundant',
        crossRegionRestore: 'Disabled',
        ...sent['redundancySettings'],
      },
      // Reckoned only when provisioning has ended.
      ...scores(undefined),
      publicNetworkAccess: sent['publicNetworkAccess'] ?? 'Enabled',
      restoreSettings: {
        crossSubscriptionRestoreSettings: {
          crossSubscriptionRestoreState:
            sent['restoreSettings']?.['crossSubscriptionRestoreSettings']?.['crossSubscriptionRestoreState'] ??
            'Enabled',
        },
      },
    },
    sku: request['sku'],
  };
}

/** Ends provisioning: the vault is there, and can be used. */
export function provisionVault(body: Mutable, now: number): void {
  body['properties']['provisioningState'] = 'Succeeded';
  body['etag'] = vaultEtag(now);
}

/** Ends an update: the state, the etag, and the settings that Azure fills in, of a new vault some seconds later. */
export function settleVault(body: Mutable, now: number): void {
  const properties: Mutable = body['properties'];
  const security: Mutable = properties['securitySettings'] ?? {};
  const softDelete: Mutable = security['softDeleteSettings'] ?? {};
  properties['provisioningState'] = 'Succeeded';
  properties['backupStorageVersion'] ??= 'Unassigned';
  properties['securitySettings'] = {
    immutabilitySettings: security['immutabilitySettings'] ?? null,
    softDeleteSettings: {
      softDeleteRetentionPeriodInDays: softDelete['softDeleteRetentionPeriodInDays'] ?? 14,
      softDeleteState: canonicalSoftDelete(softDelete['softDeleteState'] ?? 'Enabled'),
      enhancedSecurityState: softDelete['enhancedSecurityState'] ?? 'Enabled',
    },
    multiUserAuthorization: 'Disabled',
  };
  Object.assign(properties, scores(properties['securitySettings']['immutabilitySettings']?.['state']));
  body['etag'] = vaultEtag(now);
}

/** Clients write `AlwaysOn`; the service answers `AlwaysON`. */
export function canonicalSoftDelete(state: string): string {
  return ['Enabled', 'Disabled', 'AlwaysON'].find((each) => each.toLowerCase() === state.toLowerCase()) ?? state;
}

function scores(immutability: unknown): Mutable {
  const immutable = immutability === 'Unlocked' || immutability === 'Locked';
  return { secureScore: immutable ? 'Minimum' : 'None', bcdrSecurityLevel: immutable ? 'Fair' : 'Poor' };
}

/** Properties that older api-versions did not answer: name → first version that did. */
const SINCE: Readonly<Record<string, string>> = {
  backupStorageVersion: '2022-01-01',
  publicNetworkAccess: '2022-09-10',
  restoreSettings: '2022-09-10',
  securitySettings: '2023-04-01',
  redundancySettings: '2023-08-01',
  secureScore: '2023-08-01',
  bcdrSecurityLevel: '2023-08-01',
};

export function renderVault(stored: Stored, apiVersion: string): Mutable {
  const properties: Mutable = structuredClone(stored.body['properties'] ?? {});
  const { redundancySettings, backupStorageVersion } = properties;
  for (const [name, since] of Object.entries(SINCE)) if (apiVersion < since) delete properties[name];
  // Before the setting could be sent it was told all the same, once the first item had fixed it.
  const isFixed = backupStorageVersion !== undefined && backupStorageVersion !== 'Unassigned';
  if (isFixed && redundancySettings !== undefined) properties['redundancySettings'] = redundancySettings;
  // Nor was what nothing had fixed yet (recording asr-a2a-e2e, at 2023-02-01).
  if (!isFixed && apiVersion >= '2022-09-10' && apiVersion < '2023-08-01') delete properties['backupStorageVersion'];
  if (apiVersion >= '2022-01-01' && apiVersion < '2022-09-10') properties['encryption'] ??= null;
  if (apiVersion < '2023-08-01')
    delete properties['securitySettings']?.['softDeleteSettings']?.['enhancedSecurityState'];
  return { ...stored.body, properties, id: stored.id, type: stored.type };
}

/**
 * A list shows less of each vault than its own GET: no security, redundancy or storage settings, and no score (as
 * recorded).
 */
export function renderListedVault(stored: Stored, apiVersion: string): Mutable {
  const vault = renderVault(stored, apiVersion);
  for (const name of ['securitySettings', 'redundancySettings', 'backupStorageVersion'])
    delete vault['properties'][name];
  if (vault['properties']['secureScore'] !== undefined) Object.assign(vault['properties'], scores(undefined));
  return vault;
}

// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftrecoveryservices
export function checkVaultName(name: string): void {
  if (/^[A-Za-z][A-Za-z0-9-]{1,49}$/.test(name)) return;
  const rule = 'It must start with a letter, have 2 to 50 characters, and contain only letters, numbers and hyphens.';
  throw new AzureError(400, 'InvalidResourceName', `The vault name '${name}' is not valid. ${rule}`, {
    target: 'name',
  });
}

/** @throws 400 where a required part is missing, or a setting is one that Azure does not take together with another */
export function checkVaultRequest(request: Mutable): void {
  if (typeof request['location'] !== 'string' || request['location'].trim() === '') {
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.', {
      target: 'location',
    });
  }
  if (request['sku']?.['name'] === undefined) {
    throw new AzureError(400, 'InvalidRequestContent', "The required property 'sku' is missing.", { target: 'sku' });
  }
  checkVaultSettings(request['properties'] ?? {});
}

// Range of soft delete: https://learn.microsoft.com/azure/backup/secure-by-default
export function checkVaultSettings(properties: Mutable): void {
  const days: unknown = properties['securitySettings']?.['softDeleteSettings']?.['softDeleteRetentionPeriodInDays'];
  if (typeof days === 'number' && days !== 0 && (days < 14 || days > 180)) {
    const text = `The soft delete retention period must be between 14 and 180 days; ${days} was sent.`;
    throw new AzureError(400, 'UserErrorInvalidSoftDeleteRetentionPeriod', text, {
      target: 'softDeleteRetentionPeriodInDays',
    });
  }
  const redundancy: Mutable = properties['redundancySettings'] ?? {};
  const kind: unknown = redundancy['standardTierStorageRedundancy'];
  if (redundancy['crossRegionRestore'] === 'Enabled' && kind !== undefined && kind !== 'GeoRedundant') {
    const text = 'Cross region restore can be enabled only for a vault with geo-redundant storage.';
    throw new AzureError(400, 'UserErrorCrossRegionRestoreNotSupported', text, { target: 'crossRegionRestore' });
  }
}

/** What may never be taken back, and what is fixed once there are items. */
export function checkVaultChange(vault: Stored, change: Mutable, hasItems: boolean): void {
  const now: Mutable = vault.body['properties'];
  const next: Mutable = change['properties'] ?? {};
  const immutability: unknown = next['securitySettings']?.['immutabilitySettings']?.['state'];
  if (
    now['securitySettings']?.['immutabilitySettings']?.['state'] === 'Locked' &&
    immutability !== undefined &&
    immutability !== 'Locked'
  ) {
    throw new AzureError(
      400,
      'UserErrorImmutabilityLocked',
      'The immutability of this vault is locked and cannot be changed.',
    );
  }
  const softDelete: unknown = next['securitySettings']?.['softDeleteSettings']?.['softDeleteState'];
  if (
    now['securitySettings']?.['softDeleteSettings']?.['softDeleteState'] === 'AlwaysON' &&
    typeof softDelete === 'string' &&
    canonicalSoftDelete(softDelete) !== 'AlwaysON'
  ) {
    throw new AzureError(
      400,
      'UserErrorSoftDeleteAlwaysOn',
      'Soft delete of this vault is always on and cannot be turned off.',
    );
  }
  const redundancy: unknown = next['redundancySettings']?.['standardTierStorageRedundancy'];
  if (
    hasItems &&
    redundancy !== undefined &&
    redundancy !== now['redundancySettings']?.['standardTierStorageRedundancy']
  ) {
    throw new AzureError(
      400,
      'UserErrorStorageTypeLocked',
      'The storage redundancy of a vault that holds protected items cannot be changed.',
    );
  }
}

export function normalLocation(location: string): string {
  return location.toLowerCase().replaceAll(' ', '');
}
