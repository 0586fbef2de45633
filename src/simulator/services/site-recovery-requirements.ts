import { typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import type { MachineView } from './backup-machine.ts';
import { normalLocation } from './recovery-services-vault.ts';
import { blockersOf } from './site-recovery-blockers.ts';
import type { ReplicatedDisk } from './site-recovery-item-body.ts';
import { MAPPING_TYPE } from './site-recovery-operations.ts';
import { STORAGE_TYPE } from './storage-account-body.ts';

const GROUP_TYPE = 'Microsoft.Resources/subscriptions/resourceGroups';

export const badInput = (message: string, target: string): AzureError =>
  new AzureError(400, 'InvalidParameter', message, { target });

/** A policy holds for a container once a mapping has associated the two with the target. */
export function requireAssociation(call: Call, source: Stored, target: Stored, policy: Stored): void {
  const mappings = call.world.store.list(MAPPING_TYPE, source.id).map(({ body }): Mutable => body['properties']);
  const same = (one: unknown, other: string): boolean => String(one).toLowerCase() === other.toLowerCase();
  const paired = mappings.filter((each) => same(each['targetProtectionContainerId'], target.id));
  const [from, to] = [source, target].map(({ body }) => String(body['name']));
  if (paired.length === 0)
    throw badInput(`The protection container '${from}' is not mapped to '${to}'.`, 'recoveryContainerId');
  if (paired.some((each) => same(each['policyId'], policy.id))) return;
  const name = String(policy.body['name']);
  throw badInput(`The policy '${name}' is not associated with the protection container '${from}'.`, 'policyId');
}

/** What the operation finds out when it looks at the machine, its disks and what they are replicated through. */
export function requireReplicable(
  world: World,
  view: MachineView,
  disks: readonly ReplicatedDisk[],
  input: Mutable,
): void {
  const chosen = new Set(disks.map(({ id }) => id.toLowerCase()));
  const blocker = blockersOf(world, view).find(
    ({ diskId }) => diskId === undefined || chosen.has(diskId.toLowerCase()),
  );
  if (blocker !== undefined) throw new AzureError(400, blocker.code, blocker.message);
  if (disks.length === 0 || !disks.some((disk) => disk.view.lun === undefined))
    throw new AzureError(400, 'A2AOsDiskNotIncluded', 'The operating system disk must be replicated.');
  requireGroup(world, input['recoveryResourceGroupId'], 'recoveryResourceGroupId');
  for (const { input: disk, view: each } of disks) {
    requireGroup(world, disk['recoveryResourceGroupId'], 'recoveryResourceGroupId');
    requireCache(world, disk['primaryStagingAzureStorageAccountId'], view.location, each.sku);
  }
}

function requireGroup(world: World, id: unknown, target: string): void {
  if (typeof id !== 'string' || world.store.get(id)?.type === GROUP_TYPE) return;
  throw new AzureError(404, 'ResourceGroupNotFound', `Resource group '${id}' could not be found.`, { target });
}

/**
 * The cache lies in the machine's region, is General Purpose v2 or premium block blobs, and lets account keys be used.
 * https://learn.microsoft.com/azure/site-recovery/azure-to-azure-support-matrix#cache-storage
 */
function requireCache(world: World, id: unknown, location: string, sku: string): void {
  const account = world.store.get(String(id));
  const name = typeAndName(String(id)).name;
  const refuse = (problem: string): AzureError =>
    new AzureError(400, 'A2ACacheStorageAccountNotSupported', `The cache storage account '${name}' ${problem}.`);
  if (account?.type !== STORAGE_TYPE) throw refuse('was not found');
  const { kind, properties, sku: accountSku } = account.body as Mutable;
  if (normalLocation(String(account.body['location'])) !== location)
    throw refuse('is not in the region of the virtual machine');
  const isBlock = kind === 'BlockBlobStorage';
  if (!isBlock && !(kind === 'StorageV2' && String(accountSku?.name).startsWith('Standard_')) && kind !== 'Storage')
    throw refuse('is neither General Purpose v2 nor premium block blobs');
  if (properties?.allowSharedKeyAccess === false) throw refuse('does not allow access by its keys');
  if (account.hidden['blobService']?.deleteRetentionPolicy?.enabled === true) throw refuse('keeps deleted blobs');
  // https://learn.microsoft.com/azure/site-recovery/azure-to-azure-common-questions
  if (!isBlock && sku.startsWith('PremiumV2_')) throw refuse('is not of premium block blobs, as Premium SSD v2 needs');
}
