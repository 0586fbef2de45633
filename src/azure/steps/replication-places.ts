/** The network machines are recovered into, and the storage account that changes pass through. */
import type { CacheAccountInput, VirtualNetworkInput } from '../../core/steps/site-recovery.ts';
import { putRunner, type MakeRunner } from './runner.ts';

export const virtualNetworkCreate: MakeRunner<'virtual-network.create'> = (step, tools) =>
  putRunner(step, tools, networkBody(step.input));

/** https://learn.microsoft.com/rest/api/virtualnetwork/virtual-networks/create-or-update */
export const networkBody = ({ location, addressPrefixes, subnets, tags }: VirtualNetworkInput) => ({
  location,
  tags,
  properties: {
    addressSpace: { addressPrefixes },
    subnets: subnets.map(({ name, addressPrefixes: [first, ...others] }) => ({
      name,
      properties: others.length === 0 ? { addressPrefix: first } : { addressPrefixes: [first, ...others] },
    })),
  },
});

export const cacheAccountCreate: MakeRunner<'cache-account.create'> = (step, tools) =>
  putRunner(step, tools, accountBody(step.input));

/**
 * https://learn.microsoft.com/rest/api/storagerp/storage-accounts/create: 202 with Location alone. Site Recovery writes with
 * the account's keys (facts R-30), so they have to be allowed; nothing in it is public. Blobs are not kept after deletion
 * unless somebody turns that on.
 */
export const accountBody = ({ location, tier, tags }: CacheAccountInput) => ({
  location,
  tags,
  ...(tier === 'premium'
    ? { kind: 'BlockBlobStorage', sku: { name: 'Premium_LRS' } }
    : { kind: 'StorageV2', sku: { name: 'Standard_LRS' } }),
  properties: {
    ...(tier === 'premium' ? {} : { accessTier: 'Hot' }),
    allowSharedKeyAccess: true,
    allowBlobPublicAccess: false,
    minimumTlsVersion: 'TLS1_2',
    supportsHttpsTrafficOnly: true,
  },
});
