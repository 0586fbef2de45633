import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { parseFilter, wants } from './backup-filter.ts';
import { CONTAINER_TYPE, ITEM_TYPE, isSoftDeleted } from './backup-names.ts';
import { requireVault } from './recovery-services-vault.ts';

const renderContainer = (container: Stored): Mutable => ({ id: container.id, type: CONTAINER_TYPE, ...container.body });

export function getContainer(call: Call): Answer {
  const vault = requireVault(call);
  const container = call.world.store.get(
    `${vault.id}/backupFabrics/${call.params['fabricName']}/protectionContainers/${call.params['containerName']}`,
  );
  if (container === undefined)
    throw new AzureError(
      404,
      'BMSUserErrorContainerObjectNotFound',
      `The container '${call.params['containerName']}' was not found.`,
    );
  return { status: 200, body: renderContainer(container) };
}

/** A container is listed while its item lives; `status eq 'Registered'` leaves out only deleted ones. */
export function listContainers(call: Call): Answer {
  return containerPage(call, (container) => !itemsIn(call.world, container).some(isSoftDeleted));
}

export function listDeletedContainers(call: Call): Answer {
  return containerPage(call, (container) => itemsIn(call.world, container).some(isSoftDeleted));
}

function containerPage(call: Call, shows: (container: Stored) => boolean): Answer {
  const vault = requireVault(call);
  const filter = parseFilter(call, ['backupManagementType', 'friendlyName', 'status', 'containerType']);
  const containers = call.world.store
    .listed(CONTAINER_TYPE, call.world.options.listLagMs, vault.id)
    .filter((container) => {
      const { properties } = container.body;
      return (
        shows(container) &&
        wants(filter, 'backupManagementType', properties['backupManagementType']) &&
        wants(filter, 'friendlyName', properties['friendlyName'])
      );
    });
  return page(call, containers, (container) => container.id, renderContainer);
}

const itemsIn = (world: World, container: Stored): readonly Stored[] => world.store.list(ITEM_TYPE, container.id);

/** A bundle has items but not their containers. */
export function containerOf(world: World, item: Stored): void {
  const at = item.id.toLowerCase().lastIndexOf('/protecteditems/');
  const id = item.id.slice(0, at);
  if (world.store.get(id) !== undefined) return;
  const { properties } = item.body;
  const [, , resourceGroup = ''] = id.slice(id.lastIndexOf('/') + 1).split(';');
  world.store.put({
    id,
    type: CONTAINER_TYPE,
    body: {
      name: id.slice(id.lastIndexOf('/') + 1),
      properties: {
        virtualMachineId: properties['virtualMachineId'] ?? properties['sourceResourceId'],
        virtualMachineVersion: 'Compute',
        resourceGroup,
        friendlyName: properties['friendlyName'],
        backupManagementType: 'AzureIaasVM',
        registrationStatus: isSoftDeleted(item) ? 'SoftDeleted' : 'Registered',
        healthStatus: 'Healthy',
        containerType: 'Microsoft.Compute/virtualMachines',
        protectableObjectType: 'Microsoft.Compute/virtualMachines',
      },
    },
  });
}
