import type { BackupState } from '../../core/estate.ts';
import { keyOf, nameOf, sameResource, subscriptionOf } from '../../core/ids.ts';
import { unanswered } from '../ask.ts';
import { apiVersions } from '../kinds.ts';
import { noLikePolicy, noOtherVault } from '../made-since.ts';
import { normaliseBackupItem } from '../normalise-backup.ts';
import { textAt } from '../raw.ts';
import { holds, judge, moved, type Checker } from './checker.ts';

type Kinds = 'protected-by' | 'backup-item-is' | 'no-other-vault' | 'no-like-policy';

export const backupCheckers: { readonly [K in Kinds]: Checker<K> } = {
  /** Azure's own answer across all vaults: https://learn.microsoft.com/rest/api/backup/backup-status/get */
  'protected-by': async (arm, { machineId, location, vaultId }, signal) => {
    const answer = await arm.ask({
      provider: 'backup',
      method: 'POST',
      path: `/subscriptions/${subscriptionOf(machineId)}/providers/Microsoft.RecoveryServices/locations/${location}/backupStatus`,
      apiVersion: apiVersions.backup,
      body: { resourceType: 'VM', resourceId: machineId },
      signal,
    });
    if (answer.kind !== 'answer') return unanswered(answer);
    const found = textAt(answer.response.body, 'vaultId');
    if (vaultId === null)
      return found === undefined ? holds : moved(`${nameOf(machineId)} is protected by vault ${nameOf(found)} now`);
    if (found === undefined) return moved(`${nameOf(machineId)} is not protected any more`);
    return sameResource(found, vaultId)
      ? holds
      : moved(`${nameOf(machineId)} is protected by vault ${nameOf(found)}, not ${nameOf(vaultId)}`);
  },

  'backup-item-is': (arm, { machineId, itemId, state, policyId }, signal) =>
    judge(arm, itemId, signal, (body) => {
      const read = normaliseBackupItem(body);
      if (read.kind !== 'item') return moved(`the backup item of ${nameOf(machineId)} cannot be understood any more`);
      const { item } = read;
      if (item.machineKey !== keyOf(machineId))
        return moved(`the backup item of ${nameOf(machineId)} is of another machine now`);
      const is = inForce.has(item.state) ? 'active' : item.state;
      if (is !== state) return moved(`the backup of ${nameOf(machineId)} is ${is} now, not ${state}`);
      const moot = policyId === undefined || item.policyKey === keyOf(policyId);
      return moot
        ? holds
        : moved(`${nameOf(machineId)} follows another policy now, ${item.policyName ?? item.policyKey ?? 'none'}`);
    }),
  'no-other-vault': (_arm, assumption, signal, step, lists) => noOtherVault(lists, assumption, step, signal),
  'no-like-policy': (_arm, assumption, signal, step, lists) => noLikePolicy(lists, assumption, step, signal),
};

/** Whatever ails it. */
const inForce: ReadonlySet<BackupState> = new Set<BackupState>(['pending', 'protected', 'error']);
