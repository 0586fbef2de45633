import type { Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { ITEM_TYPE } from './backup-names.ts';

const DAY_MS = 86_400_000;

/** https://learn.microsoft.com/azure/backup/backup-support-matrix */
const MAX_MACHINES_PER_VAULT = 1_000;
const MAX_REGISTRATIONS_PER_DAY = 250;

export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Why a vault takes no further machine today. */
export function vaultFull(world: World, vault: Stored): Refusal | undefined {
  if (world.store.list(ITEM_TYPE, vault.id).length >= MAX_MACHINES_PER_VAULT) {
    return {
      code: 'BMSUserErrorVaultItemLimitReached',
      message: `A vault protects at most ${MAX_MACHINES_PER_VAULT} virtual machines.`,
    };
  }
  const since = world.clock.now() - DAY_MS;
  const recent = ((vault.hidden['registeredAt'] ?? []) as readonly number[]).filter((at) => at > since);
  if (recent.length < MAX_REGISTRATIONS_PER_DAY) return undefined;
  return {
    code: 'BMSUserErrorRegistrationLimitReached',
    message: `A vault registers at most ${MAX_REGISTRATIONS_PER_DAY} virtual machines a day.`,
  };
}

/**
 * Immutability protects points whether it is locked or not; only an unlocked one can be turned off first.
 * https://learn.microsoft.com/azure/backup/backup-azure-immutable-vault-concept
 */
export function isImmutable(vault: Stored): boolean {
  const state: unknown = vault.body['properties']['securitySettings']?.['immutabilitySettings']?.['state'];
  return state === 'Locked' || state === 'Unlocked';
}

/** @throws 400 where a policy would keep an immutable vault's points for less time */
export function refuseShorter(vault: Stored, beforeMs: number, afterMs: number): void {
  if (!isImmutable(vault) || afterMs >= beforeMs) return;
  const text = 'The retention of backups in an immutable vault cannot be reduced.';
  throw new AzureError(400, 'UserErrorImmutableVaultRetentionReduction', text);
}
