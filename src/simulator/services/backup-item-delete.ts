import type { Answer, Call, Mutable, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { begin, type Target } from './backup-item-start.ts';
import { isImmutable } from './backup-limits.ts';
import { invalidInput, isSoftDeleted, itemId, keyOfCall, parseMachineId } from './backup-names.ts';
import { pointsOf } from './backup-points.ts';
import { countItem } from './backup-policies.ts';
import { azureTime, requireVault } from './recovery-services-vault.ts';

const SOFT_DELETE_MS = 10_895;
const HARD_DELETE_MS = 111_096;
const DAY_MS = 86_400_000;
/**
 * From this api-version on a deletion is soft whatever the vault says:
 * https://learn.microsoft.com/azure/backup/secure-by-default
 */
const ALWAYS_SOFT = '2024-09-30-preview';

/** Stops protection and deletes its data: softly, unless vault and api-version allow to do it at once. */
export function deleteItem(call: Call): Answer {
  const vault = requireVault(call);
  const key = keyOfCall(call);
  const { world } = call;
  const item = world.store.get(itemId(vault.id, key));
  if (item === undefined) return { status: 204 };
  const machine = parseMachineId(item.body['properties']['sourceResourceId']);
  if (machine === undefined) throw invalidInput('Only items of virtual machines are simulated.');
  if (isSoftDeleted(item)) throw invalidInput('The protected item is already in soft deleted state.');
  if (isImmutable(vault)) {
    throw new AzureError(400, 'UserErrorImmutableVault', 'Backup data of an immutable vault cannot be deleted.');
  }
  const settings: Mutable = vault.body['properties']['securitySettings']?.['softDeleteSettings'] ?? {};
  const soft = call.apiVersion >= ALWAYS_SOFT || settings['softDeleteState'] !== 'Disabled';
  const days: number = settings['softDeleteRetentionPeriodInDays'] || 14;
  const points = pointsOf(world, item).length;
  const target: Target = { call, vault, key, machine, sent: {}, item };
  return begin(target, {
    operation: 'DeleteBackupData',
    durationMs: soft ? SOFT_DELETE_MS : HARD_DELETE_MS,
    bag: { 'Number of Recovery Points': String(points) },
    place: 'vault',
    finish: (operation) => {
      countItem(world, world.store.get(item.id)?.body['properties']['policyId'], -1);
      if (soft) softDelete(world, item.id, operation.startedAt, days);
      else purge(world, item.id);
    },
  });
}

function softDelete(world: World, id: string, deletedAt: number, days: number): void {
  const purgesAt = deletedAt + days * DAY_MS;
  world.store.update(id, ({ body: { properties }, hidden }) => {
    properties['protectionState'] = 'ProtectionStopped';
    properties['policyId'] = '';
    properties['policyName'] = '';
    // Not when it goes, but when it was deleted.
    properties['deferredDeleteTimeInUTC'] = azureTime(deletedAt);
    properties['isScheduledForDeferredDelete'] = true;
    properties['softDeleteRetentionPeriod'] = days;
    hidden['purgesAt'] = purgesAt;
  });
  markContainer(world, id, 'SoftDeleted');
  purgeLater(world, id, purgesAt);
}

export function purgeLater(world: World, id: string, at: number): void {
  world.clock.at(at, () => {
    const item = world.store.get(id);
    if (item !== undefined && isSoftDeleted(item) && (item.hidden['purgesAt'] ?? at) === at) purge(world, id);
  });
}

function markContainer(world: World, id: string, registrationStatus: string): void {
  const container = world.store.get(id.slice(0, id.toLowerCase().lastIndexOf('/protecteditems/')));
  if (container === undefined) return;
  world.store.update(container.id, (stored) => {
    stored.body['properties']['registrationStatus'] = registrationStatus;
  });
}

function purge(world: World, id: string): void {
  const item = world.store.get(id);
  for (const point of item === undefined ? [] : pointsOf(world, item)) world.store.delete(point.id);
  world.store.delete(id);
  world.store.delete(id.slice(0, id.toLowerCase().lastIndexOf('/protecteditems/')));
}
