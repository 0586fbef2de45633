import type { Mutable } from '../service.ts';
import { AzureError } from '../service.ts';
import { azureTime } from './recovery-services-vault.ts';

export const STORAGE_TYPE = 'Microsoft.Storage/storageAccounts';

/** https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name */
export function requireAccountName(name: string): void {
  if (/^[a-z0-9]{3,24}$/.test(name)) return;
  const message =
    `${name} is not a valid storage account name. Storage account name must be between 3 and 24 ` +
    'characters in length and use numbers and lower-case letters only.';
  throw new AzureError(400, 'AccountNameInvalid', message);
}

/** https://learn.microsoft.com/azure/storage/common/storage-account-overview#types-of-storage-accounts */
const SKUS_OF_KIND: Readonly<Record<string, RegExp>> = {
  storagev2: /^(?:Standard_|Premium_LRS$)/i,
  storage: /^(?:Standard_(?:LRS|GRS|RAGRS)|Premium_LRS)$/i,
  blobstorage: /^Standard_(?:LRS|GRS|RAGRS)$/i,
  blockblobstorage: /^Premium_/i,
  filestorage: /^Premium_/i,
};

export function requireKind(kind: string, sku: string): void {
  if (SKUS_OF_KIND[kind.toLowerCase()]?.test(sku) !== false) return;
  const message = `Values for request parameters are invalid: kind, sku. ${kind} accounts are not offered as ${sku}.`;
  throw new AzureError(400, 'InvalidValuesForRequestParameters', message);
}

/** What Azure fills in became stricter with api-versions of 2023 (recordings asr-a2a-e2e and vm-states). */
export function newAccount(name: string, sent: Mutable, at: { now: number; apiVersion: string }): Mutable {
  const now = azureTime(at.now);
  const strict = at.apiVersion >= '2023-01-01';
  const kind = String(sent['kind']);
  const location = String(sent['location']).toLowerCase().replaceAll(' ', '');
  const asked: Mutable = sent['properties'] ?? {};
  const service = { keyType: 'Account', enabled: true, lastEnabledTime: now };
  const isPremium = /^Premium_/i.test(String(sent['sku'].name));
  return {
    name,
    sku: { name: sent['sku'].name, tier: isPremium ? 'Premium' : 'Standard' },
    kind,
    location,
    tags: sent['tags'] ?? {},
    ...(sent['identity'] === undefined ? {} : { identity: sent['identity'] }),
    properties: {
      keyCreationTime: { key1: now, key2: now },
      ...(strict ? { allowCrossTenantReplication: false } : {}),
      privateEndpointConnections: [],
      minimumTlsVersion: 'TLS1_0',
      allowBlobPublicAccess: !strict,
      supportsHttpsTrafficOnly: true,
      ...(kind === 'Storage' ? {} : { accessTier: isPremium ? 'Premium' : 'Hot' }),
      ...asked,
      networkAcls: {
        ...(strict ? { ipv6Rules: [] } : {}),
        bypass: 'AzureServices',
        virtualNetworkRules: [],
        ipRules: [],
        defaultAction: 'Allow',
        ...asked['networkAcls'],
      },
      encryption: { services: { file: service, blob: service }, keySource: 'Microsoft.Storage' },
      provisioningState: 'Creating',
      creationTime: now,
      primaryEndpoints: endpoints(name, kind, isPremium),
      primaryLocation: location,
      statusOfPrimary: 'available',
    },
  };
}

function endpoints(name: string, kind: string, isPremium: boolean): Mutable {
  const at = (service: string): string => `https://${name}.${service}.core.windows.net/`;
  if (kind === 'FileStorage') return { file: at('file') };
  if (kind === 'BlockBlobStorage') return { dfs: at('dfs'), web: at('z6.web'), blob: at('blob') };
  if (isPremium || kind === 'BlobStorage') return { blob: at('blob') };
  return {
    dfs: at('dfs'),
    web: at('z6.web'),
    blob: at('blob'),
    queue: at('queue'),
    table: at('table'),
    file: at('file'),
  };
}
