import type { Mutable, Stored, World } from '../service.ts';
import { computeTime, text, wire } from './arm-resource.ts';
import { copiedHidden } from './disk-source.ts';
import { disksOf } from './machine-disks.ts';

export const COLLECTION_TYPE = 'Microsoft.Compute/restorePointCollections';
export const POINT_TYPE = `${COLLECTION_TYPE}/restorePoints`;
export const DISK_POINT_TYPE = `${POINT_TYPE}/diskRestorePoints`;

/** A point's body has no type. */
export function pointBody(point: Stored): Mutable {
  const { type: _type, ...shown } = wire(point);
  return shown;
}

/** The machine as it was: what a restore rebuilds it from. */
export function sourceMetadata(vm: Stored, excluded: ReadonlySet<string>): Mutable {
  const properties: Mutable = vm.body['properties'];
  const disk = (one: Mutable): Mutable => ({
    ...(one['lun'] === undefined ? { osType: one['osType'] } : { lun: one['lun'] }),
    name: one['name'],
    diskSizeGB: one['diskSizeGB'],
    caching: one['caching'],
    ...(one['writeAcceleratorEnabled'] === undefined
      ? {}
      : { writeAcceleratorEnabled: one['writeAcceleratorEnabled'] }),
    managedDisk: structuredClone(one['managedDisk']),
  });
  const kept = disksOf(vm).filter((one) => !excluded.has(String(one['managedDisk']?.id ?? '').toLowerCase()));
  return {
    vmId: properties['vmId'],
    location: vm.body['location'],
    hardwareProfile: structuredClone(properties['hardwareProfile']),
    storageProfile: {
      osDisk: kept.filter((one) => one['lun'] === undefined).map(disk)[0],
      dataDisks: kept.filter((one) => one['lun'] !== undefined).map(disk),
    },
    ...(properties['osProfile'] === undefined ? {} : { osProfile: structuredClone(properties['osProfile']) }),
    ...(properties['securityProfile'] === undefined
      ? {}
      : { securityProfile: structuredClone(properties['securityProfile']) }),
    hyperVGeneration: vm.hidden['hyperVGeneration'] ?? 'V1',
  };
}

/** Every captured disk gets a restore point of its own, which a disk can be made from. */
export function withDiskPoints(world: World, point: string, metadata: Mutable): Mutable {
  const filled = structuredClone(metadata);
  const add = (disk: Mutable | undefined): void => {
    const diskId = text(disk?.['managedDisk']?.id);
    if (!disk || diskId === undefined) return;
    const source = world.store.get(diskId);
    const name = `${String(disk['name'])}_${world.random.uuid()}`;
    const id = `${point}/diskRestorePoints/${name}`;
    const from: Mutable = source?.body['properties'] ?? {};
    const encryption: unknown = from['encryption'] ?? { type: 'EncryptionAtRestWithPlatformKey' };
    world.store.put({
      id,
      type: DISK_POINT_TYPE,
      body: {
        name,
        properties: {
          timeCreated: computeTime(world.clock.now()),
          sourceResourceId: diskId,
          sourceUniqueId: from['uniqueId'],
          sourceResourceLocation: source?.body['location'],
          ...(from['osType'] === undefined
            ? {}
            : { osType: from['osType'], hyperVGeneration: from['hyperVGeneration'] }),
          familyId: world.random.uuid(),
          encryption,
          networkAccessPolicy: 'AllowAll',
          publicNetworkAccess: 'Enabled',
          completionPercent: 100,
        },
      },
      hidden: { ...copiedHidden(source), diskSizeGB: from['diskSizeGB'] },
    });
    disk['diskRestorePoint'] = { encryption, id };
  };
  add(filled['storageProfile'].osDisk);
  for (const disk of filled['storageProfile'].dataDisks) add(disk);
  return filled;
}
