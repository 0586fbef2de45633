import { ageMs, type Disk, type Machine } from './fleet-shape.ts';
import type { Mutable, Random } from './service.ts';

/** Where an expansion stands: its moment, its chance, and the names of subscriptions. */
export interface Place {
  readonly asOf: number;
  readonly random: Random;
  readonly subscriptionId: (key: string | undefined) => string;
  readonly defaults: { readonly resourceGroup: string; readonly location: string };
}

export interface ExpandedDisk {
  readonly lun: number | undefined;
  readonly id: string | undefined;
  readonly body: Mutable | undefined;
}

export interface ExpandedMachine {
  readonly id: string;
  readonly group: string;
  readonly location: string;
  readonly vm: Mutable;
  readonly disks: readonly ExpandedDisk[];
  readonly resources: readonly Mutable[];
}

const GIB = 1024 ** 3;
const BASELINE: Readonly<Record<string, readonly [iops: number, mbps: number]>> = {
  Standard_LRS: [500, 60],
  StandardSSD_LRS: [500, 60],
  StandardSSD_ZRS: [500, 60],
  PremiumV2_LRS: [3000, 125],
  UltraSSD_LRS: [2048, 25],
};

/** A machine described in short, as the bodies its GET and its disks' GETs answer. */
export function expandMachine(machine: Machine, place: Place): ExpandedMachine {
  const subscription = place.subscriptionId(machine.subscription);
  const group = `/subscriptions/${subscription}/resourceGroups/${machine.resourceGroup ?? place.defaults.resourceGroup}`;
  const location = machine.location ?? place.defaults.location;
  const id = `${group}/providers/Microsoft.Compute/virtualMachines/${machine.name}`;
  const createdAt = place.asOf - ageMs(machine.age);
  const owner = { machine, id, group, location, createdAt, place };
  const os = expandDisk(
    owner,
    { caching: 'ReadWrite', ...machine.osDisk },
    undefined,
    `${machine.name}_OsDisk_1_${place.random.uuid().replaceAll('-', '')}`,
  );
  const data: (ExpandedDisk & { readonly profile: Mutable })[] = [];
  for (const disk of machine.dataDisks) {
    for (let copy = 1; copy <= disk.count; copy += 1) {
      const stem = disk.name ?? `${machine.name}-data`;
      data.push(
        expandDisk(
          owner,
          disk,
          data.length,
          disk.count === 1 && disk.name !== undefined ? stem : `${stem}-${String(data.length + 1).padStart(2, '0')}`,
        ),
      );
    }
  }
  const vm = machineBody(
    owner,
    os.profile,
    data.map(({ profile }) => profile),
  );
  const disks = [os, ...data];
  return { id, group, location, vm, disks, resources: [vm, ...disks.flatMap(({ body }) => body ?? [])] };
}

interface Owner {
  readonly machine: Machine;
  readonly id: string;
  readonly group: string;
  readonly location: string;
  readonly createdAt: number;
  readonly place: Place;
}

function machineBody(owner: Owner, osDisk: Mutable, dataDisks: readonly Mutable[]): Mutable {
  const { machine, id, group, location, createdAt, place } = owner;
  const windows = machine.os === 'windows';
  const image =
    machine.image ??
    (windows
      ? { publisher: 'MicrosoftWindowsServer', offer: 'WindowsServer', sku: '2022-datacenter-g2' }
      : { publisher: 'Canonical', offer: 'ubuntu-24_04-lts', sku: 'server' });
  const [osName, osVersion] =
    machine.osVersion ?? (windows ? ['Windows Server 2022 Datacenter', '10.0.20348.2700'] : ['ubuntu', '24.04']);
  const security = machine.security !== undefined && machine.security !== 'Standard';
  return {
    id,
    type: 'Microsoft.Compute/virtualMachines',
    name: machine.name,
    location,
    tags: machine.tags,
    ...(machine.zone === undefined ? {} : { zones: [machine.zone] }),
    etag: '"1"',
    properties: {
      hardwareProfile: { vmSize: machine.size },
      provisioningState: 'Succeeded',
      vmId: place.random.uuid(),
      ...(machine.spot === true
        ? { priority: 'Spot', evictionPolicy: 'Deallocate', billingProfile: { maxPrice: -1 } }
        : {}),
      storageProfile: {
        imageReference: { ...image, version: 'latest', exactVersion: '1.0.0' },
        osDisk,
        dataDisks,
        ...(machine.controller === undefined ? {} : { diskControllerType: machine.controller }),
      },
      osProfile: {
        computerName: machine.name.slice(0, 15),
        adminUsername: 'azureuser',
        ...(windows
          ? { windowsConfiguration: { provisionVMAgent: true, enableAutomaticUpdates: true } }
          : { linuxConfiguration: { disablePasswordAuthentication: true, provisionVMAgent: true } }),
        secrets: [],
        allowExtensionOperations: true,
        requireGuestProvisionSignal: true,
      },
      ...(security || machine.encryptionAtHost !== undefined
        ? {
            securityProfile: {
              ...(machine.encryptionAtHost === undefined ? {} : { encryptionAtHost: machine.encryptionAtHost }),
              ...(security
                ? { uefiSettings: { secureBootEnabled: true, vTpmEnabled: true }, securityType: machine.security }
                : {}),
            },
          }
        : {}),
      networkProfile: {
        networkInterfaces: [{ id: `${group}/providers/Microsoft.Network/networkInterfaces/${machine.name}-nic` }],
      },
      timeCreated: time(createdAt),
    },
    ...(machine.extensions.length === 0
      ? {}
      : { resources: machine.extensions.map((type) => extensionBody(id, location, type)) }),
    hidden: {
      power: machine.power,
      generalized: machine.generalized,
      agent: machine.agent,
      osName,
      osVersion,
      hyperVGeneration: machine.generation,
      architecture: machine.architecture,
    },
  };
}

function extensionBody(machineId: string, location: string, type: string): Mutable {
  return {
    name: type,
    id: `${machineId}/extensions/${type}`,
    type: 'Microsoft.Compute/virtualMachines/extensions',
    location,
    properties: {
      autoUpgradeMinorVersion: true,
      provisioningState: 'Succeeded',
      publisher: type === 'SqlIaasAgent' ? 'Microsoft.SqlServer.Management' : 'Simulated',
      type,
      typeHandlerVersion: '2.0',
      settings: {},
    },
  };
}

function expandDisk(
  owner: Owner,
  disk: Disk,
  lun: number | undefined,
  name: string,
): ExpandedDisk & { readonly profile: Mutable } {
  const { machine, group, id } = owner;
  const position = lun === undefined ? { osType: machine.os === 'windows' ? 'Windows' : 'Linux' } : { lun };
  const shared = {
    ...position,
    name,
    createOption: lun === undefined ? 'FromImage' : 'Attach',
    caching: disk.caching ?? 'None',
    ...(disk.writeAccelerator === undefined ? {} : { writeAcceleratorEnabled: disk.writeAccelerator }),
    deleteOption: 'Detach',
    diskSizeGB: disk.sizeGiB,
  };
  if (machine.unmanaged) {
    return {
      lun,
      id: undefined,
      body: undefined,
      profile: { ...shared, vhd: { uri: `https://simulatedvhds.blob.core.windows.net/vhds/${name}.vhd` } },
    };
  }
  if (disk.shares !== undefined) {
    const [otherGroup = '', other = ''] = disk.shares.split('/');
    const sharedId = `${group.slice(0, group.lastIndexOf('/'))}/${otherGroup}/providers/Microsoft.Compute/disks/${other}`;
    return {
      lun,
      id: sharedId,
      body: undefined,
      profile: { ...shared, name: other, managedDisk: { storageAccountType: disk.sku, id: sharedId } },
    };
  }
  const diskId = `${group}/providers/Microsoft.Compute/disks/${name}`;
  const managedDisk = { storageAccountType: disk.sku, id: diskId };
  if (disk.ephemeral === true) {
    return {
      lun,
      id: undefined,
      body: undefined,
      profile: {
        ...shared,
        diffDiskSettings: { option: 'Local', placement: 'ResourceDisk' },
        managedDisk: { storageAccountType: 'Standard_LRS', id: diskId },
      },
    };
  }
  return { lun, id: diskId, body: diskBody(owner, disk, lun, name, diskId, id), profile: { ...shared, managedDisk } };
}

function diskBody(
  owner: Owner,
  disk: Disk,
  lun: number | undefined,
  name: string,
  id: string,
  managedBy: string,
): Mutable {
  const { machine, location, createdAt, place } = owner;
  const [iops, mbps] = BASELINE[disk.sku] ?? [500, 100];
  const security = machine.security !== undefined && machine.security !== 'Standard' && lun === undefined;
  return {
    id,
    type: 'Microsoft.Compute/disks',
    name,
    location,
    tags: machine.tags,
    managedBy,
    ...(disk.maxShares === undefined ? {} : { managedByExtended: [managedBy] }),
    ...(machine.zone === undefined || disk.sku.endsWith('_ZRS') ? {} : { zones: [machine.zone] }),
    sku: { name: disk.sku, tier: disk.sku.split('_')[0] },
    properties: {
      ...(lun === undefined
        ? {
            osType: machine.os === 'windows' ? 'Windows' : 'Linux',
            hyperVGeneration: machine.generation,
            supportedCapabilities: { architecture: machine.architecture, acceleratedNetwork: true },
          }
        : {}),
      creationData:
        lun === undefined
          ? {
              createOption: 'FromImage',
              imageReference: {
                id: `/Subscriptions/${id.split('/')[2] ?? ''}/Providers/Microsoft.Compute/Locations/${location}/Publishers/Simulated/ArtifactTypes/VMImage/Offers/Os/Skus/1/Versions/1.0.0`,
              },
            }
          : { createOption: 'Empty' },
      diskSizeGB: disk.sizeGiB,
      diskIOPSReadWrite: iops,
      diskMBpsReadWrite: mbps,
      encryption: {
        type: `EncryptionAtRestWith${disk.encryption ?? (disk.encryptionSet === undefined ? 'PlatformKey' : 'CustomerKey')}`,
        ...(disk.encryptionSet === undefined ? {} : { diskEncryptionSetId: disk.encryptionSet }),
      },
      ...(disk.guestEncrypted === true
        ? { encryptionSettingsCollection: { enabled: true, encryptionSettingsVersion: '1.1' } }
        : {}),
      networkAccessPolicy: disk.network ?? 'AllowAll',
      publicNetworkAccess: disk.network === 'DenyAll' ? 'Disabled' : 'Enabled',
      ...(disk.maxShares === undefined ? {} : { maxShares: disk.maxShares }),
      ...(disk.entraAccess === true ? { dataAccessAuthMode: 'AzureActiveDirectory' } : {}),
      ...(security
        ? {
            securityProfile: {
              securityType:
                machine.security === 'ConfidentialVM' ? 'ConfidentialVM_DiskEncryptedWithPlatformKey' : 'TrustedLaunch',
            },
          }
        : {}),
      timeCreated: time(disk.age === undefined ? createdAt : place.asOf - ageMs(disk.age)),
      provisioningState: 'Succeeded',
      diskState: machine.power === 'deallocated' ? 'Reserved' : 'Attached',
      diskSizeBytes: disk.sizeGiB * GIB,
      uniqueId: place.random.uuid(),
    },
  };
}

/** A moment as Compute writes it. */
export function time(ms: number): string {
  return new Date(ms).toISOString().replace(/\.(\d{3})Z$/, '.$10000+00:00');
}
