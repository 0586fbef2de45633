/** Bodies of galleries, definitions and versions. https://learn.microsoft.com/rest/api/compute/gallery-images/create-or-update */
import type { GalleryInput, ImageDefinitionInput, ImageSource, ImageVersionInput } from '../../core/steps/image.ts';
import { given } from '../raw.ts';
import { osTypes } from './image-body.ts';

export const galleryBody = ({ location, tags }: GalleryInput) => ({ location, tags, properties: {} });

export const definitionBody = (input: ImageDefinitionInput) => ({
  location: input.location,
  tags: input.tags,
  properties: {
    osType: osTypes[input.osType],
    osState: input.osState === 'generalized' ? 'Generalized' : 'Specialized',
    hyperVGeneration: input.hyperVGeneration,
    architecture: input.architecture === 'arm64' ? 'Arm64' : 'x64',
    identifier: input.identifier,
    features: [
      { name: 'SecurityType', value: securityTypes[input.securityType] },
      ...(input.nvme ? [{ name: 'DiskControllerTypes', value: 'SCSI, NVMe' }] : []),
    ],
  },
});

const securityTypes = {
  standard: 'Standard',
  'trusted-launch': 'TrustedLaunch',
  confidential: 'ConfidentialVM',
} as const;

export const versionBody = ({ location, tags, source, targetRegions, replicaSku, shallow }: ImageVersionInput) => ({
  location,
  tags,
  properties: {
    publishingProfile: {
      targetRegions: targetRegions.map((name) => ({ name, regionalReplicaCount: 1, storageAccountType: replicaSku })),
      ...given('replicationMode', shallow ? 'Shallow' : undefined),
    },
    storageProfile: storageOf(source),
  },
});

const storageOf = (source: ImageSource) => {
  switch (source.kind) {
    case 'machine':
      return { source: { virtualMachineId: source.id } };
    case 'vhd':
      return { osDiskImage: { source: { uri: source.uri, ...given('storageAccountId', source.storageAccountId) } } };
    default:
      return { osDiskImage: { source: { id: source.id } } };
  }
};
