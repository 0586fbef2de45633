import type { Mutable, Stored, World } from '../service.ts';
import {
  CONTAINER_TYPE,
  ITEM_TYPE,
  MACHINE_ITEM,
  containerId,
  containerName,
  itemId,
  itemName,
  shortName,
  type MachineKey,
} from './backup-names.ts';
import { countItem } from './backup-policies.ts';
import { scheduleNext } from './backup-runs.ts';

const DAY_MS = 86_400_000;

/** Registers a machine with a vault: its container, and the item that waits for its first backup. */
export function createItem(
  world: World,
  vault: Stored,
  key: MachineKey,
  machine: Stored,
  policy: Stored,
  sent: Mutable,
): void {
  const friendlyName: string = machine.body['name'] ?? key.machine;
  world.store.put({
    id: containerId(vault.id, key),
    type: CONTAINER_TYPE,
    body: {
      name: containerName(key),
      properties: {
        virtualMachineId: machine.id,
        virtualMachineVersion: 'Compute',
        resourceGroup: key.resourceGroup,
        friendlyName,
        backupManagementType: 'AzureIaasVM',
        registrationStatus: 'Registered',
        healthStatus: 'Healthy',
        containerType: MACHINE_ITEM,
        protectableObjectType: MACHINE_ITEM,
      },
    },
  });
  const item = world.store.put({
    id: itemId(vault.id, key),
    type: ITEM_TYPE,
    hidden: { made: true },
    body: {
      name: itemName(key),
      properties: {
        friendlyName,
        virtualMachineId: machine.id,
        protectionStatus: 'Healthy',
        protectionState: 'IRPending',
        healthStatus: 'Passed',
        lastBackupStatus: '',
        lastBackupTime: '2001-01-01T00:00:00Z',
        protectedItemDataId:
          String(world.random.int(100_000_000, 999_999_999)) + String(world.random.int(100_000, 999_999)),
        ...(sent['extendedProperties'] === undefined ? {} : { extendedProperties: sent['extendedProperties'] }),
        sourceSideScanning: 0,
        protectedItemType: MACHINE_ITEM,
        backupManagementType: 'AzureIaasVM',
        workloadType: 'VM',
        containerName: shortName(key),
        sourceResourceId: machine.id,
        policyId: policy.id,
        policyName: policy.body['name'],
        vaultId: `https://management.azure.com${vault.id}`,
        isArchiveEnabled: false,
        softDeleteRetentionPeriod: 0,
      },
    },
  });
  countItem(world, policy.id, 1);
  world.store.update(vault.id, (stored) => {
    stored.body['properties']['backupStorageVersion'] = 'V2';
    const since = world.clock.now() - DAY_MS;
    stored.hidden['registeredAt'] = [
      ...((stored.hidden['registeredAt'] ?? []) as readonly number[]).filter((at) => at > since),
      world.clock.now(),
    ];
  });
  scheduleNext(world, item.id);
}
