import type { Mutable, Stored, World } from '../service.ts';
import { computeTime } from './arm-resource.ts';
import { guidFrom } from '../random.ts';

const DISK_TYPE = 'Microsoft.Compute/disks';

/**
 * The disks that Site Recovery writes to in the recovery group: there from the moment replication is enabled, gone when
 * it ends. Their names are recorded (asr-a2a-e2e); what else they show is [K], and no tag of theirs is known.
 * https://learn.microsoft.com/azure/site-recovery/azure-to-azure-architecture
 */
export function makeReplicas(world: World, item: Stored): void {
  const details: Mutable = item.body['properties'].providerSpecificDetails;
  for (const disk of (details['protectedManagedDisks'] ?? []) as readonly Mutable[]) {
    const id = String(disk['recoveryReplicaDiskId']);
    if (world.store.get(id) === undefined)
      world.store.put({ id, type: DISK_TYPE, body: replicaOf(world, disk, details) });
  }
}

function replicaOf(world: World, disk: Mutable, details: Mutable): Mutable {
  const id = String(disk['recoveryReplicaDiskId']);
  const source = world.store.get(String(disk['diskId']));
  const sku = String(disk['recoveryReplicaDiskAccountType']);
  const { diskSizeGB, diskSizeBytes, osType, hyperVGeneration, diskIOPSReadWrite, diskMBpsReadWrite } =
    source?.body['properties'] ?? {};
  const set: unknown = disk['recoveryDiskEncryptionSetId'];
  const zone: unknown = details['recoveryAvailabilityZone'];
  return {
    name: id.split('/').at(-1),
    location: details['recoveryFabricLocation'],
    sku: { name: sku, tier: sku.split('_')[0] },
    tags: {},
    ...(typeof zone === 'string' ? { zones: [zone] } : {}),
    properties: {
      ...(osType === undefined ? {} : { osType }),
      ...(hyperVGeneration === undefined ? {} : { hyperVGeneration }),
      creationData: { createOption: 'Empty' },
      diskSizeGB: diskSizeGB ?? Math.floor(Number(disk['diskCapacityInBytes']) / 1024 ** 3),
      diskSizeBytes: diskSizeBytes ?? disk['diskCapacityInBytes'],
      diskIOPSReadWrite: diskIOPSReadWrite ?? 500,
      diskMBpsReadWrite: diskMBpsReadWrite ?? 60,
      encryption:
        typeof set === 'string'
          ? { type: 'EncryptionAtRestWithCustomerKey', diskEncryptionSetId: set }
          : { type: 'EncryptionAtRestWithPlatformKey' },
      networkAccessPolicy: 'AllowAll',
      publicNetworkAccess: 'Enabled',
      timeCreated: computeTime(world.clock.now()),
      provisioningState: 'Succeeded',
      // Site Recovery writes through a signed address all the while.
      diskState: 'ActiveSAS',
      uniqueId: guidFrom(`${id}#${world.clock.now()}`),
    },
  };
}

export function removeReplicas(world: World, item: Stored): void {
  const details: Mutable = item.body['properties'].providerSpecificDetails ?? {};
  for (const disk of (details['protectedManagedDisks'] ?? []) as readonly Mutable[]) {
    const replica = world.store.get(String(disk['recoveryReplicaDiskId']));
    if (replica?.body['properties']?.diskState === 'ActiveSAS') world.store.delete(replica.id);
  }
}
