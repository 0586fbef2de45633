/**
 * Machines made from images and disks, and what they stand on.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update
 */
import { z } from 'zod';
import {
  computeOperation,
  count,
  diskOperation,
  networkOperation,
  optional,
  resourceId,
  stepKind,
  tags,
  type ValueOf,
} from './definition.ts';

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
    login: z.strictObject({ adminUsername: z.string(), sshPublicKey: z.string(), computerName: z.string() }).nullable(),
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

/** Attaching a disk writes to it. */
const disksTaken = ({ storage }: MachineInput) =>
  storage.kind === 'disks' ? [storage.osDiskId, ...storage.dataDisks.map(({ diskId }) => diskId)] : undefined;

const imageOf = ({ storage }: MachineInput) => (storage.kind === 'image' ? storage.imageId : '');

export const cloneSteps = {
  'network-interface.create': stepKind({
    input: interfaceInput,
    seconds: 5,
    makes: 'resource',
    permissions: [
      { action: 'Microsoft.Network/networkInterfaces/write' },
      { action: 'Microsoft.Network/virtualNetworks/subnets/join/action', on: ({ subnetId }) => subnetId },
    ],
    follows: [networkOperation],
    assumes: [],
    roles: ['capture'],
  }),
  'disk.create': stepKind({
    input: diskInput,
    seconds: 15,
    makes: 'resource',
    permissions: [
      { action: 'Microsoft.Compute/disks/write' },
      { action: 'Microsoft.Compute/snapshots/read', on: ({ snapshotId }) => snapshotId },
      { action: 'Microsoft.Compute/snapshots/beginGetAccess/action', on: ({ snapshotId }) => snapshotId },
    ],
    follows: [diskOperation],
    assumes: [],
    roles: ['capture'],
  }),
  'machine.create': stepKind({
    input: machineInput,
    seconds: 90,
    makes: 'resource',
    permissions: [
      { action: 'Microsoft.Compute/virtualMachines/write' },
      // Of an image its disks are made in the machine's own group.
      { action: 'Microsoft.Compute/disks/write' },
      { action: 'Microsoft.Compute/disks/write', on: disksTaken },
      { action: 'Microsoft.Network/networkInterfaces/join/action', on: ({ interfaceId }) => interfaceId },
      {
        action: 'Microsoft.Compute/images/read',
        when: (input) => /\/compute\/images\//i.test(imageOf(input)),
        on: imageOf,
      },
      {
        action: 'Microsoft.Compute/galleries/images/versions/read',
        when: (input) => /\/galleries\//i.test(imageOf(input)),
        on: imageOf,
      },
    ],
    follows: [computeOperation],
    assumes: [],
    roles: ['capture'],
  }),
};
