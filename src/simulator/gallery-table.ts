import type { Definition, FieldTable } from './generate/field-table.ts';

const resource = { id: '-s', name: '-s', type: '-s', systemData: '-*', location: '!s', tags: '{s}' } as const;
const changes = { id: '-s', name: '-s', type: '-s', location: 's', tags: '{s}' } as const;

const definitions: Readonly<Record<string, Definition>> = {
  Gallery: { fields: { ...resource, identity: '*', properties: '@GalleryProperties' } },
  GalleryUpdate: { fields: { ...changes, identity: '*', properties: '@GalleryProperties' } },
  GalleryProperties: {
    fields: {
      description: 's',
      identifier: '*',
      provisioningState: '-s',
      sharingProfile: '*',
      sharingStatus: '-*',
      softDeletePolicy: '@SoftDeletePolicy',
    },
  },
  SoftDeletePolicy: { fields: { isSoftDeleteEnabled: 'b' } },
  GalleryImage: { fields: { ...resource, properties: '!@GalleryImageProperties' } },
  GalleryImageProperties: {
    fields: {
      allowUpdateImage: 'b',
      architecture: '#Architecture',
      description: 's',
      disallowed: '@Disallowed',
      endOfLifeDate: 's',
      eula: 's',
      features: '[@GalleryImageFeature]',
      hyperVGeneration: '#GalleryHyperVGeneration',
      identifier: '!@GalleryImageIdentifier',
      osState: '!#GalleryOsState',
      osType: '!#GalleryOsType',
      privacyStatementUri: 's',
      provisioningState: '-s',
      purchasePlan: '*',
      recommended: '*',
      releaseNoteUri: 's',
    },
  },
  Disallowed: { fields: { diskTypes: '[s]' } },
  GalleryImageFeature: { fields: { name: 's', startsAtVersion: 's', value: 's' } },
  GalleryImageIdentifier: { fields: { offer: '!s', publisher: '!s', sku: '!s' } },
  GalleryImageVersion: { fields: { ...resource, properties: '!@GalleryImageVersionProperties' } },
  GalleryImageVersionProperties: {
    fields: {
      provisioningState: '-s',
      publishingProfile: '@GalleryPublishingProfile',
      replicationStatus: '-*',
      restore: 'b',
      safetyProfile: '@GallerySafetyProfile',
      securityProfile: '*',
      storageProfile: '!@GalleryStorageProfile',
      validationsProfile: '-*',
    },
  },
  GalleryPublishingProfile: {
    fields: {
      endOfLifeDate: 's',
      excludeFromLatest: 'b',
      publishedDate: '-s',
      replicaCount: 'i',
      replicationMode: '#GalleryReplicationMode',
      storageAccountStrategy: 's',
      storageAccountType: '#GalleryStorageAccountType',
      targetExtendedLocations: '*',
      targetRegions: '[@GalleryTargetRegion]',
    },
  },
  GalleryTargetRegion: {
    fields: {
      additionalReplicaSets: '*',
      encryption: '*',
      excludeFromLatest: 'b',
      name: '!s',
      regionalReplicaCount: 'i',
      storageAccountType: '#GalleryStorageAccountType',
    },
  },
  GallerySafetyProfile: {
    fields: {
      allowDeletionOfReplicatedLocations: 'b',
      blockDeletionBeforeEndOfLife: 'b',
      policyViolations: '-*',
      reportedForPolicyViolation: '-b',
    },
  },
  GalleryStorageProfile: {
    fields: {
      dataDiskImages: '[@GalleryDataDiskImage]',
      osDiskImage: '@GalleryOSDiskImage',
      source: '@GalleryVersionSource',
    },
  },
  GalleryVersionSource: { fields: { communityGalleryImageId: 's', id: 's', virtualMachineId: 's' } },
  GalleryOSDiskImage: { fields: { hostCaching: '#GalleryHostCaching', sizeInGB: '-i', source: '@GalleryDiskSource' } },
  GalleryDataDiskImage: {
    fields: { hostCaching: '#GalleryHostCaching', lun: '!i', sizeInGB: '-i', source: '@GalleryDiskSource' },
  },
  GalleryDiskSource: { fields: { id: 's', storageAccountId: 's', uri: 's' } },
};

/**
 * Galleries, by hand from the models of Azure's JavaScript client (`models/computeGallery`), since their OpenAPI
 * document is not among those that the other tables are made of.
 * https://learn.microsoft.com/javascript/api/@azure/arm-compute/galleryimageversion
 */
export const galleryTable: FieldTable = {
  bodies: ['Gallery', 'GalleryUpdate', 'GalleryImage', 'GalleryImageVersion'],
  definitions,
  enums: {
    Architecture: ['x64', 'Arm64'],
    GalleryHostCaching: ['None', 'ReadOnly', 'ReadWrite'],
    GalleryHyperVGeneration: ['V1', 'V2'],
    GalleryOsState: ['Generalized', 'Specialized'],
    GalleryOsType: ['Windows', 'Linux'],
    GalleryReplicationMode: ['Full', 'Shallow'],
    GalleryStorageAccountType: ['Standard_LRS', 'Standard_ZRS', 'Premium_LRS', 'PremiumV2_LRS'],
  },
  open: [],
};
