import { nameOf, sameResource, subscriptionOf } from '../../core/ids.ts';
import { unanswered } from '../ask.ts';
import { apiVersions } from '../kinds.ts';
import { noLikePolicy, noOtherVault } from '../made-since.ts';
import { textAt } from '../raw.ts';
import { holds, moved, type Checker } from './checker.ts';

type Kinds = 'protected-by' | 'no-other-vault' | 'no-like-policy';

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
    if (vaultId === null) return found === undefined ? holds : moved(`${nameOf(machineId)} is protected by vault ${nameOf(found)} now`);
    if (found === undefined) return moved(`${nameOf(machineId)} is not protected any more`);
    return sameResource(found, vaultId) ? holds : moved(`${nameOf(machineId)} is protected by vault ${nameOf(found)}, not ${nameOf(vaultId)}`);
  },

  'no-other-vault': (_arm, assumption, signal, step, lists) => noOtherVault(lists, assumption, step, signal),
  'no-like-policy': (_arm, assumption, signal, step, lists) => noLikePolicy(lists, assumption, step, signal),
};
