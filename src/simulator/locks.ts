import { subscriptionOf } from './router.ts';
import { AzureError } from './service.ts';
import type { Call } from './service.ts';

export const LOCK_TYPE = 'Microsoft.Authorization/locks';

/** The scope a lock binds: its id up to `/providers/Microsoft.Authorization/locks`. */
export function lockedScope(lockId: string): string {
  return lockId.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, '').toLowerCase();
}

/**
 * Management locks bind everyone: CanNotDelete refuses deletes, ReadOnly every write and the POST actions too.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
 */
export function checkLocks(call: Call): void {
  const { method } = call;
  if (method === 'GET' || method === 'HEAD' || subscriptionOf(call.path) === undefined) return;
  const target = call.path.toLowerCase();
  // Locks themselves stay removable, and location-wide questions (backupStatus) change nothing.
  if (target.includes('/providers/microsoft.authorization/locks/') || target.includes('/locations/')) return;
  const binding = call.world.store.list(LOCK_TYPE).filter((lock) => {
    if (lock.body['properties']?.level !== 'ReadOnly' && method !== 'DELETE') return false;
    const scope = lockedScope(lock.id);
    // A lock further down holds the deletion of everything above it.
    return `${target}/`.startsWith(`${scope}/`) || (method === 'DELETE' && scope.startsWith(`${target}/`));
  });
  if (binding.length === 0) return;
  throw lockedError(
    call.path,
    method,
    binding.map(({ id }) => id),
  );
}

export function lockedError(path: string, method: string, locks: readonly string[]): AzureError {
  const verb = method === 'DELETE' ? 'delete' : 'write';
  const scopes = locks.map((id) => `'${id}'`).join(',');
  const text =
    `The scope '${path}' cannot perform ${verb} operation because following scope(s) are locked: ` +
    `${scopes}. Please remove the lock and try again.`;
  return new AzureError(409, 'ScopeLocked', text);
}
