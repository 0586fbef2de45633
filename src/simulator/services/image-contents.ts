import { typeAndName } from '../envelope.ts';
import type { Mutable, Store, Stored } from '../service.ts';
import { text } from './arm-resource.ts';
import { machineState } from './instance-view.ts';
import { disksOf } from './machine-disks.ts';
import { guestOfMachine, guestOn } from './machine-guest.ts';

/** One disk of an image; the OS disk has no `lun`. */
export interface ImageDisk {
  readonly lun: number | undefined;
  readonly sizeGiB: number;
  readonly caching: string | undefined;
  readonly sku: string | undefined;
}

/** What an image holds, whatever it was made of. */
export interface ImageContents {
  readonly osType: 'Windows' | 'Linux';
  readonly osState: 'Generalized' | 'Specialized';
  readonly generation: string;
  readonly architecture: string;
  /** `TrustedLaunch`, `ConfidentialVM`; `undefined`: standard. */
  readonly security: string | undefined;
  readonly controller: string | undefined;
  readonly disks: readonly ImageDisk[];
  /** What is known of the guest: see `guestOn`. */
  readonly deprovisioned: boolean | undefined;
}

/** What `osType` and size a disk has where nothing tells: bytes are not simulated. */
const UNKNOWN_SIZE_GIB = 30;

export function contentsOfMachine(store: Store, vm: Stored): ImageContents {
  const properties: Mutable = vm.body['properties'] ?? {};
  const profile: Mutable = properties['storageProfile'] ?? {};
  return {
    osType: profile['osDisk']?.osType === 'Windows' ? 'Windows' : 'Linux',
    osState: machineState(vm).generalized ? 'Generalized' : 'Specialized',
    generation: String(vm.hidden['hyperVGeneration'] ?? 'V1'),
    architecture: String(vm.hidden['architecture'] ?? 'x64'),
    security: securityOf(properties['securityProfile']?.securityType),
    controller: text(profile['diskControllerType']),
    deprovisioned: guestOfMachine(store, vm),
    disks: disksOf(vm).map((disk) => {
      const stored = store.get(String(disk['managedDisk']?.id ?? ''));
      return {
        lun: disk['lun'],
        sizeGiB: Number(stored?.body['properties']?.diskSizeGB ?? disk['diskSizeGB'] ?? UNKNOWN_SIZE_GIB),
        caching: disk['caching'],
        sku: text(stored?.body['sku']?.name) ?? disk['managedDisk']?.storageAccountType,
      };
    }),
  };
}

/** Of one disk or snapshot taken as an OS disk. */
export function contentsOfDisk(disk: Stored): Omit<ImageContents, 'osState'> {
  const properties: Mutable = disk.body['properties'] ?? {};
  return {
    osType: properties['osType'] === 'Windows' ? 'Windows' : 'Linux',
    generation: String(properties['hyperVGeneration'] ?? 'V1'),
    architecture: String(properties['supportedCapabilities']?.architecture ?? 'x64'),
    security: securityOf(properties['securityProfile']?.securityType),
    controller: undefined,
    deprovisioned: guestOn(disk),
    disks: [{ lun: undefined, sizeGiB: sizeOf(disk), caching: undefined, sku: text(disk.body['sku']?.name) }],
  };
}

export function sizeOf(disk: Stored | undefined): number {
  return Number(disk?.body['properties']?.diskSizeGB ?? UNKNOWN_SIZE_GIB);
}

export function contentsOfManagedImage(image: Stored): ImageContents {
  const properties: Mutable = image.body['properties'] ?? {};
  const profile: Mutable = properties['storageProfile'] ?? {};
  const disk = (one: Mutable): ImageDisk => ({
    lun: one['lun'],
    sizeGiB: Number(one['diskSizeGB'] ?? UNKNOWN_SIZE_GIB),
    caching: one['caching'],
    sku: one['storageAccountType'],
  });
  return {
    osType: profile['osDisk']?.osType === 'Windows' ? 'Windows' : 'Linux',
    osState: profile['osDisk']?.osState === 'Specialized' ? 'Specialized' : 'Generalized',
    generation: String(properties['hyperVGeneration'] ?? 'V1'),
    architecture: 'x64',
    security: undefined,
    controller: undefined,
    disks: [profile['osDisk'] ?? {}, ...(profile['dataDisks'] ?? [])].map(disk),
    deprovisioned: guestOn(image),
  };
}

/** A version made here keeps what it was made of; one that a fleet brought is told from its own body. */
export function contentsOfVersion(store: Store, version: Stored): ImageContents {
  const kept: ImageContents | undefined = version.hidden['contents'];
  if (kept !== undefined) return kept;
  const definition: Mutable = store.get(parentOf(version.id))?.body['properties'] ?? {};
  const profile: Mutable = version.body['properties']?.storageProfile ?? {};
  const disk = (one: Mutable): ImageDisk => ({
    lun: one['lun'],
    sizeGiB: Number(one['sizeInGB'] ?? UNKNOWN_SIZE_GIB),
    caching: one['hostCaching'],
    sku: undefined,
  });
  return {
    osType: definition['osType'] === 'Windows' ? 'Windows' : 'Linux',
    osState: definition['osState'] === 'Specialized' ? 'Specialized' : 'Generalized',
    generation: String(definition['hyperVGeneration'] ?? 'V1'),
    architecture: String(definition['architecture'] ?? 'x64'),
    security: undefined,
    controller: undefined,
    disks: [profile['osDiskImage'] ?? {}, ...(profile['dataDiskImages'] ?? [])].map(disk),
    deprovisioned: undefined,
  };
}

/** The id one level up: of a version its definition, of a definition its gallery. */
export function parentOf(id: string): string {
  return id.split('/').slice(0, -2).join('/');
}

/** The type in Azure's spelling whatever the caller's, for the few that an image can be. */
export function imageKindOf(id: string): 'image' | 'definition' | 'version' | undefined {
  const type = typeAndName(id).type.toLowerCase();
  if (type === 'microsoft.compute/images') return 'image';
  if (type === 'microsoft.compute/galleries/images') return 'definition';
  return type === 'microsoft.compute/galleries/images/versions' ? 'version' : undefined;
}

function securityOf(told: unknown): string | undefined {
  if (typeof told !== 'string' || told === 'Standard') return undefined;
  return told.startsWith('ConfidentialVM') ? 'ConfidentialVM' : told;
}
