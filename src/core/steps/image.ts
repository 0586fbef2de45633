/**
 * Images: managed images, and the versions of a Compute Gallery.
 * https://learn.microsoft.com/azure/virtual-machines/capture-image-resource and
 * https://learn.microsoft.com/azure/virtual-machines/image-version
 */
import { z } from 'zod';
import {
  computeOperation,
  count,
  galleryOperation,
  ofKind,
  optional,
  resourceId,
  stepKind,
  tags,
  type ValueOf,
} from './definition.ts';

const generation = z.enum(['V1', 'V2']);
const osType = z.enum(['linux', 'windows']);

/** Where the bytes of an image come from. */
const imageSource = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('machine'), id: resourceId }),
  z.strictObject({ kind: z.literal('disk'), id: resourceId }),
  z.strictObject({ kind: z.literal('snapshot'), id: resourceId }),
  /** A page blob; a gallery version also needs the storage account it lies in. */
  z.strictObject({
    kind: z.literal('vhd'),
    uri: z.string().regex(/^https:\/\/[^?#]+$/, 'must be a blob URL without a query'),
    storageAccountId: optional(resourceId),
  }),
]);
export type ImageSource = ValueOf<typeof imageSource>;

const imageInput = z.strictObject({
  location: z.string(),
  source: imageSource,
  osType,
  hyperVGeneration: generation,
  zoneResilient: z.boolean(),
  tags,
});
export type ImageInput = ValueOf<typeof imageInput>;

const galleryInput = z.strictObject({ location: z.string(), tags });
export type GalleryInput = ValueOf<typeof galleryInput>;

const definitionInput = z.strictObject({
  location: z.string(),
  osType,
  osState: z.enum(['generalized', 'specialized']),
  hyperVGeneration: generation,
  architecture: z.enum(['x64', 'arm64']),
  /** What machines made of it are: from api 2025-03-03 on Azure would choose Trusted Launch by itself (facts I-11). */
  securityType: z.enum(['standard', 'trusted-launch', 'confidential']),
  /** Both must be named for an NVMe source (facts I-12). */
  nvme: z.boolean(),
  identifier: z.strictObject({ publisher: z.string(), offer: z.string(), sku: z.string() }),
  tags,
});
export type ImageDefinitionInput = ValueOf<typeof definitionInput>;

const versionInput = z.strictObject({
  location: z.string(),
  source: imageSource,
  targetRegions: z.array(z.string()).min(1),
  replicaSku: z.enum(['Standard_LRS', 'Standard_ZRS', 'Premium_LRS']),
  /** Disks of 2 TB and more (facts I-10). */
  shallow: z.boolean(),
  tags,
});
export type ImageVersionInput = ValueOf<typeof versionInput>;

const sourceOf =
  (kind: 'machine' | 'disk' | 'snapshot') =>
  ({ source }: { readonly source: ImageSource }) =>
    source.kind === kind ? source.id : undefined;

const storageKeys = 'Microsoft.Storage/storageAccounts/listKeys/action';
// No command names an account: Azure reads the blob by itself.
const accountOf = ({ source }: { readonly source: ImageSource }) =>
  source.kind === 'vhd' ? source.storageAccountId : undefined;

export const imageSteps = {
  'image.create': stepKind({
    input: imageInput,
    seconds: 120,
    makes: 'resource',
    leased: true,
    permissions: [
      { action: 'Microsoft.Compute/images/write' },
      { action: 'Microsoft.Compute/virtualMachines/write', on: sourceOf('machine') },
      { action: 'Microsoft.Compute/disks/read', on: sourceOf('disk') },
      { action: 'Microsoft.Compute/snapshots/read', on: sourceOf('snapshot') },
      { action: storageKeys, on: accountOf, roles: [] },
    ],
    follows: [computeOperation],
    assumes: ['machine-is', 'machine-disks-are', 'power-is', 'disk-is'],
    roles: ['capture'],
  }),
  /** Galleries and definitions are shared by later captures: one that is there and fits serves. */
  'gallery.create': stepKind({
    input: galleryInput,
    seconds: 15,
    permissions: [{ action: 'Microsoft.Compute/galleries/write' }],
    follows: [galleryOperation],
    assumes: [],
    roles: ['capture'],
  }),
  'image-definition.create': stepKind({
    input: definitionInput,
    seconds: 15,
    permissions: [{ action: 'Microsoft.Compute/galleries/images/write' }],
    follows: [galleryOperation],
    assumes: [],
    roles: ['capture'],
  }),
  'image-version.create': stepKind({
    input: versionInput,
    seconds: 15 * 60,
    makes: 'child',
    // A version is taken from its source by writing to it, unlike a managed image of a disk.
    leased: true,
    permissions: [
      { action: 'Microsoft.Compute/galleries/images/versions/write' },
      { action: 'Microsoft.Compute/virtualMachines/write', on: sourceOf('machine') },
      { action: 'Microsoft.Compute/disks/write', on: sourceOf('disk') },
      { action: 'Microsoft.Compute/snapshots/write', on: sourceOf('snapshot') },
      { action: storageKeys, on: accountOf, roles: [] },
    ],
    follows: [galleryOperation],
    assumes: ['machine-is', 'machine-disks-are', 'power-is', 'disk-is'],
    roles: ['capture'],
  }),
};

export const imageGoals = {
  /** Provisioned, from that source, with that many data disks; `null` where the source is no machine. */
  'image-complete': ofKind('image-complete', { resourceId, sourceId: z.string(), dataDisks: count.nullable() }),
};
