import { typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { computeTime, text } from './arm-resource.ts';
import { performance, premiumTier } from './disks.ts';
import { guestOf, withMachineDefaults } from './machine-defaults.ts';
import { disksOf } from './machine-disks.ts';
import type { ChosenImage } from './machine-image.ts';

const DISK_TYPE = 'Microsoft.Compute/disks';
const GIB = 1024 ** 3;
const IMAGE_SIZE_GIB = 30;

/** The body a write answers at once, and the private facts of a new machine. */
export function shownMachine(
  call: Call,
  id: string,
  before: Stored | undefined,
  sent: Mutable,
  image?: ChosenImage,
): { body: Mutable; hidden: Mutable } {
  const { random, clock } = call.world;
  const { id: _id, type: _type, name: _name, etag: _etag, resources: _resources, ...envelope } = structuredClone(sent);
  const old: Mutable = before?.body['properties'] ?? {};
  const { instanceView: _view, ...asked } = (envelope['properties'] ?? {}) as Mutable;
  const location = String(envelope['location'] ?? before?.body['location'] ?? '');
  const properties = withMachineDefaults(asked, old, { location, now: clock.now() });
  const storageProfile = shownStorage(
    call,
    id,
    properties['storageProfile'] ?? old['storageProfile'] ?? {},
    old['storageProfile'] ?? {},
  );
  return {
    body: {
      ...before?.body,
      ...envelope,
      name: typeAndName(before?.id ?? id).name,
      properties: {
        ...old,
        ...properties,
        vmId: old['vmId'] ?? random.uuid(),
        storageProfile,
        timeCreated: old['timeCreated'] ?? computeTime(clock.now()),
      },
    },
    hidden: {
      power: 'running',
      agent: 'not-ready',
      hyperVGeneration: 'V1',
      ...guestOf(properties),
      ...hardwareOf(call, storageProfile, image),
      ...(image === undefined ? {} : { imageId: image.id, guest: image.contents.osState }),
    },
  };
}

/** A machine has the generation of the image or disk it starts from; a platform image tells it in its name. */
function hardwareOf(call: Call, storage: Mutable, image: ChosenImage | undefined): Mutable {
  if (image) return { hyperVGeneration: image.contents.generation, architecture: image.contents.architecture };
  const osDisk: Mutable = storage['osDisk'] ?? {};
  const from = call.world.store.get(String(osDisk['managedDisk']?.id ?? ''))?.body['properties'];
  if (osDisk['createOption'] === 'Attach' && from !== undefined) {
    const architecture: unknown = from['supportedCapabilities']?.architecture;
    return {
      hyperVGeneration: from['hyperVGeneration'] ?? 'V1',
      ...(architecture === undefined ? {} : { architecture }),
    };
  }
  const sku = String(storage['imageReference']?.sku ?? '');
  if (/arm64/i.test(sku)) return { hyperVGeneration: 'V2', architecture: 'Arm64' };
  return /gen2|[-_]g2\b/i.test(sku) ? { hyperVGeneration: 'V2' } : {};
}

/** Disks to be created get their names and ids; those to be attached must be there and free. */
function shownStorage(call: Call, machineId: string, sent: Mutable, old: Mutable): Mutable {
  const vm = typeAndName(machineId).name;
  const name = (disk: Mutable, suffix: string, previous: Mutable | undefined): Mutable => {
    if (disk['vhd'] !== undefined) return disk;
    const diskName: string =
      disk['name'] ?? previous?.['name'] ?? `${vm}_${suffix}_${call.world.random.uuid().replaceAll('-', '')}`;
    const group = machineId.slice(0, machineId.toLowerCase().indexOf('/providers/'));
    const diskId: string =
      disk['managedDisk']?.id ?? previous?.['managedDisk']?.id ?? `${group}/providers/${DISK_TYPE}/${diskName}`;
    const attached = disk['createOption'] === 'Attach' ? requireAttachable(call, diskId, machineId) : undefined;
    const sku =
      disk['managedDisk']?.storageAccountType ?? previous?.['managedDisk']?.storageAccountType ?? 'Premium_LRS';
    return {
      caching: 'None',
      deleteOption: 'Detach',
      ...(attached ? { diskSizeGB: attached.body['properties']?.diskSizeGB } : {}),
      ...(disk['lun'] === undefined ? {} : { toBeDetached: false }),
      ...disk,
      name: attached ? (diskId.split('/').at(-1) ?? diskName) : diskName,
      managedDisk: { storageAccountType: sku, ...disk['managedDisk'], id: diskId },
    };
  };
  const osDisk = sent['osDisk'] ?? old['osDisk'];
  const dataDisks: readonly Mutable[] = sent['dataDisks'] ?? old['dataDisks'] ?? [];
  return {
    // An update that leaves the image out keeps it.
    ...old,
    ...sent,
    ...(osDisk === undefined
      ? {}
      : { osDisk: { diskSizeGB: IMAGE_SIZE_GIB, ...name(osDisk, 'OsDisk_1', old['osDisk']) } }),
    dataDisks: dataDisks.map((disk) =>
      name(
        disk,
        `DataDisk_${String(disk['lun'])}`,
        (old['dataDisks'] ?? []).find((one: Mutable) => one['lun'] === disk['lun']),
      ),
    ),
  };
}

function requireAttachable(call: Call, diskId: string, machineId: string): Stored {
  const disk = call.world.store.get(diskId);
  const { name } = typeAndName(diskId);
  if (!disk) throw new AzureError(404, 'NotFound', `Disk ${name} is not found.`);
  const owner = text(disk.body['managedBy']);
  const shared = Number(disk.body['properties']?.maxShares ?? 1) > 1;
  if (owner === undefined || shared || owner.toLowerCase() === machineId.toLowerCase()) return disk;
  throw new AzureError(
    409,
    'AttachDiskWhileBeingDetached',
    `Cannot attach disk '${name}' to VM '${typeAndName(machineId).name}' because it is attached to VM '${owner}'.`,
  );
}

/** When the write is done: disks to be created exist, attached ones belong to the machine, left-out ones are free. */
export function settleMachine(world: World, before: Stored | undefined, vm: Stored): void {
  const now = disksOf(vm);
  for (const disk of now) {
    const id = text(disk['managedDisk']?.id);
    if (id === undefined || disk['diffDiskSettings']?.option === 'Local') continue;
    if (!world.store.get(id)) createDisk(world, vm, disk, id);
    world.store.update(id, (edited) => {
      edited.body['managedBy'] = vm.id;
      edited.body['properties'].diskState = vm.hidden['power'] === 'deallocated' ? 'Reserved' : 'Attached';
    });
  }
  const kept = new Set(now.map((disk) => String(disk['managedDisk']?.id ?? '').toLowerCase()));
  for (const disk of before ? disksOf(before) : []) {
    const id = String(disk['managedDisk']?.id ?? '');
    if (kept.has(id.toLowerCase()) || !world.store.get(id)) continue;
    world.store.update(id, (edited) => {
      delete edited.body['managedBy'];
      edited.body['properties'].diskState = 'Unattached';
    });
  }
}

function createDisk(world: World, vm: Stored, disk: Mutable, id: string): void {
  const sku = String(disk['managedDisk']?.storageAccountType ?? 'Premium_LRS');
  const size = Number(disk['diskSizeGB'] ?? IMAGE_SIZE_GIB);
  const isOs = disk['osType'] !== undefined || disk['lun'] === undefined;
  world.store.put({
    id,
    type: DISK_TYPE,
    body: {
      name: typeAndName(id).name,
      location: vm.body['location'],
      sku: { name: sku, tier: sku.split('_')[0] },
      properties: {
        ...(isOs ? osProperties(vm, disk) : {}),
        creationData:
          disk['createOption'] === 'FromImage'
            ? { createOption: 'FromImage', ...imageReferenceOf(vm, disk) }
            : { createOption: 'Empty' },
        diskSizeGB: size,
        ...performance(sku, size),
        encryption: { type: 'EncryptionAtRestWithPlatformKey' },
        networkAccessPolicy: 'AllowAll',
        publicNetworkAccess: 'Enabled',
        timeCreated: computeTime(world.clock.now()),
        provisioningState: 'Succeeded',
        diskState: 'Attached',
        diskSizeBytes: size * GIB,
        uniqueId: world.random.uuid(),
        ...(sku.startsWith('Premium_') ? { tier: premiumTier(size) } : {}),
      },
    },
    // A new machine's guest gets an identity of its own; a specialized image's has one.
    hidden: isOs ? { deprovisioned: false } : {},
  });
}

function osProperties(vm: Stored, disk: Mutable): Mutable {
  const security = text(vm.body['properties']?.securityProfile?.securityType);
  const architecture = text(vm.hidden['architecture']);
  return {
    osType: disk['osType'] ?? 'Linux',
    hyperVGeneration: vm.hidden['hyperVGeneration'] ?? 'V1',
    ...(architecture === undefined ? {} : { supportedCapabilities: { architecture } }),
    ...(security === 'TrustedLaunch' ? { securityProfile: { securityType: security } } : {}),
  };
}

const PLATFORM_IMAGE =
  '/Subscriptions/simulated/Providers/Microsoft.Compute/Locations/simulated/Publishers/Simulated' +
  '/ArtifactTypes/VMImage/Offers/Linux/Skus/1/Versions/1.0.0';

/** A disk tells the image it came from; one from a gallery in a field of its own. */
function imageReferenceOf(vm: Stored, disk: Mutable): Mutable {
  const id = text(vm.hidden['imageId']) ?? text(vm.body['properties']?.storageProfile?.imageReference?.id);
  const lun = disk['lun'] === undefined ? {} : { lun: disk['lun'] };
  if (id !== undefined && /\/galleries\//i.test(id)) return { galleryImageReference: { id, ...lun } };
  return { imageReference: { id: id ?? PLATFORM_IMAGE, ...lun } };
}
