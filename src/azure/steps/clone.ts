/**
 * New machines and what they stand on. https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update,
 * https://learn.microsoft.com/rest/api/virtualnetwork/network-interfaces/create-or-update
 */
import type { DiskInput, MachineInput, NetworkInterfaceInput } from '../../core/steps/clone.ts';
import { given } from '../raw.ts';
import { osTypes } from './image-body.ts';
import { putRunner, type MakeRunner } from './runner.ts';

export const networkInterfaceCreate: MakeRunner<'network-interface.create'> = (step, tools) =>
  putRunner(step, tools, interfaceBody(step.input));
export const diskCreate: MakeRunner<'disk.create'> = (step, tools) => putRunner(step, tools, diskBody(step.input));
export const machineCreate: MakeRunner<'machine.create'> = (step, tools) =>
  putRunner(step, tools, machineBody(step.input));

export const interfaceBody = ({ location, tags, subnetId }: NetworkInterfaceInput) => ({
  location,
  tags,
  properties: {
    ipConfigurations: [
      { name: 'ipconfig1', properties: { subnet: { id: subnetId }, privateIPAllocationMethod: 'Dynamic' } },
    ],
  },
});

/** A copy is for nobody to download: no export at all. */
export const diskBody = ({ location, tags, zones, snapshotId, sku }: DiskInput) => ({
  location,
  tags,
  ...given('zones', zones.length === 0 ? undefined : zones),
  sku: { name: sku },
  properties: {
    creationData: { createOption: 'Copy', sourceResourceId: snapshotId },
    networkAccessPolicy: 'DenyAll',
    publicNetworkAccess: 'Disabled',
  },
});

export const machineBody = (input: MachineInput) => ({
  location: input.location,
  tags: input.tags,
  ...given('zones', input.zones.length === 0 ? undefined : input.zones),
  properties: {
    hardwareProfile: { vmSize: input.size },
    ...given('securityProfile', input.securityType && { securityType: securityTypes[input.securityType] }),
    networkProfile: {
      networkInterfaces: [{ id: input.interfaceId, properties: { primary: true, deleteOption: 'Detach' } }],
    },
    ...storageOf(input.storage),
  },
});

const securityTypes = { 'trusted-launch': 'TrustedLaunch', confidential: 'ConfidentialVM' } as const;

const storageOf = (storage: MachineInput['storage']) => {
  if (storage.kind === 'disks') {
    return {
      storageProfile: {
        osDisk: {
          createOption: 'Attach',
          osType: osTypes[storage.osType],
          managedDisk: { id: storage.osDiskId },
          deleteOption: 'Detach',
        },
        dataDisks: storage.dataDisks.map(({ lun, diskId }) => ({
          lun,
          createOption: 'Attach',
          managedDisk: { id: diskId },
          deleteOption: 'Detach',
        })),
      },
    };
  }
  const { imageId, login } = storage;
  return {
    storageProfile: { imageReference: { id: imageId }, osDisk: { createOption: 'FromImage' } },
    ...given('osProfile', login === null ? undefined : osProfile(login)),
  };
};

/** Keys only: a password would have to stand in the plan. */
const osProfile = ({
  adminUsername,
  sshPublicKey,
  computerName,
}: NonNullable<Extract<MachineInput['storage'], { kind: 'image' }>['login']>) => ({
  computerName,
  adminUsername,
  linuxConfiguration: {
    disablePasswordAuthentication: true,
    ssh: { publicKeys: [{ path: `/home/${adminUsername}/.ssh/authorized_keys`, keyData: sshPublicKey }] },
  },
});
