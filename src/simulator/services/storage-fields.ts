import type { FieldTable } from '../generate/field-table.ts';

/**
 * What requests of Microsoft.Storage may carry. Azure's document is not in the set that the other tables are made
 * from: these fields are those of `@azure/arm-storage`'s models that are simulated or kept; any other is refused.
 * https://learn.microsoft.com/rest/api/storagerp/storage-accounts/create
 */
export const storageFields: FieldTable = {
  bodies: ['StorageAccount', 'StorageAccountName', 'StorageAccountUpdate', 'BlobService'],
  open: [],
  enums: {
    AccountKind: ['Storage', 'StorageV2', 'BlobStorage', 'FileStorage', 'BlockBlobStorage'],
    AccountSku: [
      'Standard_LRS',
      'Standard_GRS',
      'Standard_RAGRS',
      'Standard_ZRS',
      'Standard_GZRS',
      'Standard_RAGZRS',
      'Premium_LRS',
      'Premium_ZRS',
    ],
    AccessTier: ['Hot', 'Cool', 'Cold', 'Premium'],
    Tls: ['TLS1_0', 'TLS1_1', 'TLS1_2', 'TLS1_3'],
    Switch: ['Enabled', 'Disabled', 'SecuredByPerimeter'],
    NetworkAction: ['Allow', 'Deny'],
  },
  definitions: {
    StorageAccountName: { fields: { name: '!s', type: '!s' } },
    StorageAccount: {
      fields: {
        id: '-s',
        name: '-s',
        type: '-s',
        location: 's',
        kind: '!#AccountKind',
        sku: '!@Sku',
        tags: '{s}',
        identity: '*',
        properties: '@StorageAccountProperties',
      },
    },
    StorageAccountUpdate: {
      fields: {
        kind: '#AccountKind',
        sku: '@Sku',
        tags: '{s}',
        identity: '*',
        properties: '@StorageAccountProperties',
      },
    },
    Sku: { fields: { name: '!#AccountSku', tier: '-s' } },
    StorageAccountProperties: {
      fields: {
        accessTier: '#AccessTier',
        allowBlobPublicAccess: 'b',
        allowSharedKeyAccess: 'b',
        allowCrossTenantReplication: 'b',
        defaultToOAuthAuthentication: 'b',
        minimumTlsVersion: '#Tls',
        networkAcls: '@NetworkAcls',
        publicNetworkAccess: '#Switch',
        supportsHttpsTrafficOnly: 'b',
        encryption: '*',
        isHnsEnabled: 'b',
        keyCreationTime: '-*',
        primaryEndpoints: '-*',
        primaryLocation: '-s',
        statusOfPrimary: '-s',
        creationTime: '-s',
        privateEndpointConnections: '-*',
        provisioningState: '-s',
      },
    },
    NetworkAcls: {
      fields: {
        bypass: 's',
        defaultAction: '!#NetworkAction',
        ipRules: '*',
        ipv6Rules: '*',
        virtualNetworkRules: '*',
        resourceAccessRules: '*',
      },
    },
    BlobService: {
      fields: { id: '-s', name: '-s', type: '-s', sku: '-*', properties: '@BlobServiceProperties' },
    },
    BlobServiceProperties: {
      fields: { deleteRetentionPolicy: '@Retention', containerDeleteRetentionPolicy: '@Retention', cors: '*' },
    },
    Retention: { fields: { enabled: 'b', days: 'i', allowPermanentDelete: 'b' } },
  },
};
