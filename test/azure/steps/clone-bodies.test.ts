/** What is sent for copies and clones of machines: closed, by key alone, with every disk and the security the source has. */
import { describe, expect, it } from 'vitest';
import { diskBody, interfaceBody, machineBody } from '../../../src/azure/steps/clone.ts';
import { definitionBody } from '../../../src/azure/steps/gallery-body.ts';
import { runCommandBody } from '../../../src/azure/steps/guest.ts';
import { madeFor } from '../../../src/azure/steps/made-for.ts';
import type { MachineInput } from '../../../src/core/steps/clone.ts';
import type { ImageDefinitionInput } from '../../../src/core/steps/image.ts';
import type { StepOf } from '../../../src/core/plan.ts';
import { snapshotStep } from '../../engine/plan-builder.ts';

const tags = { 'holdfast-run': 'run' };
const group = '/subscriptions/S/resourceGroups/RG/providers';
const interfaceId = `${group}/Microsoft.Network/networkInterfaces/n`;
const diskId = (name: string) => `${group}/Microsoft.Compute/disks/${name}`;
const machine: MachineInput = {
  location: 'westeurope',
  zones: [],
  size: 'Standard_D2s_v5',
  interfaceId,
  tags,
  securityType: 'trusted-launch',
  storage: {
    kind: 'disks',
    osType: 'linux',
    osDiskId: diskId('os'),
    dataDisks: [
      { lun: 3, diskId: diskId('a') },
      { lun: 7, diskId: diskId('b') },
    ],
  },
};

describe('a temporary copy', () => {
  it('stands on disks that nobody can download', () => {
    expect(diskBody({ location: 'westeurope', zones: ['1'], snapshotId: 's', sku: 'Premium_LRS', tags })).toEqual({
      location: 'westeurope',
      tags,
      zones: ['1'],
      sku: { name: 'Premium_LRS' },
      properties: {
        creationData: { createOption: 'Copy', sourceResourceId: 's' },
        networkAccessPolicy: 'DenyAll',
        publicNetworkAccess: 'Disabled',
      },
    });
  });

  it('has an address of its subnet and no public one', () => {
    expect(interfaceBody({ location: 'westeurope', subnetId: 'sub', tags }).properties).toEqual({
      ipConfigurations: [
        { name: 'ipconfig1', properties: { subnet: { id: 'sub' }, privateIPAllocationMethod: 'Dynamic' } },
      ],
    });
  });

  it('has every disk at its LUN, its security type, and leaves all it stands on to the plan to delete', () => {
    const managed = (name: string) => ({
      createOption: 'Attach',
      managedDisk: { id: diskId(name) },
      deleteOption: 'Detach',
    });
    expect(machineBody(machine).properties).toEqual({
      hardwareProfile: { vmSize: 'Standard_D2s_v5' },
      securityProfile: { securityType: 'TrustedLaunch' },
      networkProfile: {
        networkInterfaces: [{ id: interfaceId, properties: { primary: true, deleteOption: 'Detach' } }],
      },
      storageProfile: {
        osDisk: { ...managed('os'), osType: 'Linux' },
        dataDisks: [
          { ...managed('a'), lun: 3 },
          { ...managed('b'), lun: 7 },
        ],
      },
    });
  });

  it('runs its script to the end, and a script that fails fails the step', () => {
    expect(
      runCommandBody({ machineId: 'm', location: 'westeurope', script: 'x', timeoutSeconds: 60 }).properties,
    ).toEqual({
      source: { script: 'x' },
      asyncExecution: false,
      timeoutInSeconds: 60,
      treatFailureAsDeploymentFailure: true,
    });
  });
});

describe('a clone', () => {
  it('takes no password', () => {
    const login = { adminUsername: 'ops', sshPublicKey: 'ssh-ed25519 AAAA', computerName: 'web-1' };
    const body = machineBody({ ...machine, storage: { kind: 'image', imageId: 'i', login } });
    expect(body.properties).toMatchObject({
      osProfile: { linuxConfiguration: { disablePasswordAuthentication: true } },
    });
    expect(JSON.stringify(body)).not.toMatch(/adminPassword/i);
    expect(
      machineBody({ ...machine, storage: { kind: 'image', imageId: 'i', login: null } }).properties,
    ).not.toHaveProperty('osProfile');
  });
});

describe('an image definition', () => {
  const input: ImageDefinitionInput = {
    location: 'westeurope',
    osType: 'linux',
    osState: 'specialized',
    hyperVGeneration: 'V2',
    architecture: 'x64',
    securityType: 'trusted-launch',
    nvme: false,
    identifier: { publisher: 'holdfast', offer: 'web', sku: 's' },
    tags,
  };
  const resourceId = `${group}/Microsoft.Compute/galleries/g/images/d`;
  const step: StepOf<'image-definition.create'> = {
    ...snapshotStep('a'),
    kind: 'image-definition.create',
    resourceId,
    goal: { kind: 'exists', resourceId },
    input,
  };

  it('says state and security of what its versions are made of', () => {
    expect(definitionBody(input).properties).toMatchObject({
      osState: 'Specialized',
      features: [{ name: 'SecurityType', value: 'TrustedLaunch' }],
    });
  });

  it('serves where it says all of that, and nowhere else', () => {
    const { properties } = definitionBody(input);
    expect(madeFor(step, { properties })).toBe(true);
    for (const other of [
      { osState: 'Generalized' },
      { osType: 'Windows' },
      { hyperVGeneration: 'V1' },
      { architecture: 'Arm64' },
      { features: [{ name: 'SecurityType', value: 'Standard' }] },
    ]) {
      expect(madeFor(step, { properties: { ...properties, ...other } })).toBe(false);
    }
  });
});
