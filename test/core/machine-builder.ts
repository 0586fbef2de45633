/** A running Windows machine with one readable premium disk, from which a case changes one thing. */
import { known, unknown } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import type { AttachedDisk, Disk, Machine } from '../../src/core/estate.ts';
import type { Placed } from './place-builder.ts';
import { location, machineId, placed } from './place-builder.ts';

export const aDisk = (over: Placed<Disk> = {}): Disk => {
  const at = placed<Disk>('Microsoft.Compute/disks', 'web01-os', over);
  return {
    ...at,
    location,
    zones: [],
    tags: {},
    uniqueId: `unique-${at.name}`,
    sku: 'Premium_LRS',
    sizeGiB: 128,
    createdAt: '2026-01-10T08:00:00Z',
    maxShares: 1,
    entraDataAccess: false,
    networkAccess: 'allow-all',
    publicNetworkAccess: true,
    encryption: 'platform-key',
    azureDiskEncryption: false,
    securityType: 'standard',
    hyperVGeneration: 'V2',
    architecture: 'x64',
    performancePlus: false,
    attachedTo: [],
    ...over,
  };
};

/** A managed disk as its machine declares it, with the disk itself known. */
export const anAttachedDisk = (over: Partial<AttachedDisk> = {}, disk: Placed<Disk> = {}): AttachedDisk => {
  const role = over.role ?? 'os';
  const name = over.name ?? disk.name ?? (role === 'os' ? 'web01-os' : `web01-data-${over.lun ?? 0}`);
  const built = aDisk({ name, attachedTo: [keyOf(machineId())], ...disk });
  return {
    role,
    ...(role === 'data' ? { lun: 0 } : {}),
    name: built.name,
    kind: 'managed',
    id: built.id,
    key: built.key,
    caching: role === 'os' ? 'read-write' : 'read-only',
    writeAccelerator: false,
    ...(built.sizeGiB === undefined ? {} : { declaredSizeGiB: built.sizeGiB }),
    ...(built.sku === undefined ? {} : { declaredSku: built.sku }),
    disk: known(built),
    ...over,
  };
};

export const anOsDisk = (over: Partial<AttachedDisk> = {}, disk: Placed<Disk> = {}): AttachedDisk =>
  anAttachedDisk({ role: 'os', ...over }, { os: 'windows', ...disk });

export const aDataDisk = (lun = 0, over: Partial<AttachedDisk> = {}, disk: Placed<Disk> = {}): AttachedDisk =>
  anAttachedDisk({ role: 'data', lun, name: `web01-data-${lun}`, ...over }, { sizeGiB: 256, ...disk });

/** One operating system disk and `count` data disks, alike, on consecutive LUNs, named after the machine. */
export const disksOf = (
  count: number,
  over: Partial<AttachedDisk> = {},
  disk: Placed<Disk> = {},
  machine = 'web01',
): readonly AttachedDisk[] => {
  const attachedTo = [keyOf(machineId(machine))];
  return [
    anOsDisk({ name: `${machine}-os` }, { attachedTo }),
    ...Array.from({ length: count }, (_, lun) =>
      aDataDisk(lun, { name: `${machine}-data-${lun}`, ...over }, { attachedTo, ...disk }),
    ),
  ];
};

export const aMachine = (over: Placed<Machine> & { readonly dataDisks?: number } = {}): Machine => {
  const { dataDisks, ...rest } = over;
  const at = placed<Machine>('Microsoft.Compute/virtualMachines', 'web01', over);
  return {
    ...at,
    location,
    zones: [],
    vmId: known('22222222-2222-2222-2222-222222222222'),
    tags: {},
    os: known('windows'),
    image: { publisher: 'MicrosoftWindowsServer', offer: 'WindowsServer', sku: '2022-datacenter-g2' },
    hasPlan: false,
    size: known('Standard_D4s_v5'),
    power: known('running'),
    generalized: known(false),
    agent: known('ready'),
    securityType: 'standard',
    encryptionAtHost: false,
    diskController: known('scsi'),
    hyperVGeneration: known('V2'),
    architecture: known('x64'),
    dedicatedHost: false,
    spot: false,
    extensions: known([]),
    createdAt: '2026-01-10T08:00:00Z',
    disks: disksOf(dataDisks ?? 0, {}, {}, at.name),
    ...rest,
  };
};

const noManagedDisk = (role: 'os' | 'data', kind: 'unmanaged' | 'ephemeral', lun?: number): AttachedDisk => ({
  role,
  ...(lun === undefined ? {} : { lun }),
  name: lun === undefined ? 'web01-os' : `web01-data-${lun}`,
  kind,
  caching: 'none',
  writeAccelerator: false,
  disk: unknown('not-answered', `it is ${kind}: there is no managed disk to read`),
});

/** A VHD in a storage account: the operating system's, or the data disk of a LUN. */
export const anUnmanagedDisk = (lun?: number): AttachedDisk => ({
  ...noManagedDisk(lun === undefined ? 'os' : 'data', 'unmanaged', lun),
  vhdUri: `https://vhds.blob.core.windows.net/vhds/${lun ?? 'os'}.vhd`,
});

export const anEphemeralOsDisk = (): AttachedDisk => noManagedDisk('os', 'ephemeral');
