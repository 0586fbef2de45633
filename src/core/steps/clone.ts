/**
 * Machines made from images and disks, and what they stand on.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update
 */
import { z } from 'zod';
import { allowed, count, optional, resourceId, stepKind, tags, type ValueOf } from './definition.ts';

const interfaceInput = z.strictObject({ location: z.string(), subnetId: resourceId, tags });
export type NetworkInterfaceInput = ValueOf<typeof interfaceInput>;

const diskInput = z.strictObject({
  location: z.string(),
  zones: z.array(z.string()),
  snapshotId: resourceId,
  sku: z.string(),
  tags,
});
export type DiskInput = ValueOf<typeof diskInput>;

/** What the new machine's disks are: made of an image, or taken as they are. */
const storage = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('image'),
    imageId: resourceId,
    /** A specialized image brings its own accounts and name. */
    login: z
      .strictObject({ adminUsername: z.string(), sshPublicKey: z.string(), computerName: z.string() })
      .nullable(),
  }),
  z.strictObject({
    kind: z.literal('disks'),
    osType: z.enum(['linux', 'windows']),
    osDiskId: resourceId,
    dataDisks: z.array(z.strictObject({ lun: count, diskId: resourceId })),
  }),
]);

const machineInput = z.strictObject({
  location: z.string(),
  zones: z.array(z.string()),
  size: z.string(),
  interfaceId: resourceId,
  storage,
  securityType: optional(z.enum(['trusted-launch', 'confidential'])),
  tags,
});
export type MachineInput = ValueOf<typeof machineInput>;

export const cloneSteps = {
  'network-interface.create': stepKind({
    input: interfaceInput,
    seconds: 5,
    makes: 'resource',
    permissions: ({ resourceId: id, input }) => [
      allowed('Microsoft.Network/networkInterfaces/write', id),
      allowed('Microsoft.Network/virtualNetworks/subnets/join/action', input.subnetId),
    ],
  }),
  'disk.create': stepKind({
    input: diskInput,
    seconds: 15,
    makes: 'resource',
    permissions: ({ resourceId: id, input }) => [
      allowed('Microsoft.Compute/disks/write', id),
      allowed('Microsoft.Compute/snapshots/read', input.snapshotId),
      allowed('Microsoft.Compute/snapshots/beginGetAccess/action', input.snapshotId),
    ],
  }),
  'machine.create': stepKind({
    input: machineInput,
    seconds: 90,
    makes: 'resource',
    permissions: ({ resourceId: id, input }) => [
      allowed('Microsoft.Compute/virtualMachines/write', id),
      allowed('Microsoft.Compute/disks/write', id),
      allowed('Microsoft.Network/networkInterfaces/join/action', input.interfaceId),
      ...(input.storage.kind === 'image' ? [allowed(imageRead(input.storage.imageId), input.storage.imageId)] : []),
    ],
  }),
};

const imageRead = (imageId: string): string =>
  /\/galleries\//i.test(imageId) ? 'Microsoft.Compute/galleries/images/versions/read' : 'Microsoft.Compute/images/read';
