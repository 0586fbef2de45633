/** Answers the questions between audit and plan. A question Azure does not answer stays unknown; nothing is assumed. */
import { known, mapFact, unknown, type Fact } from '../core/fact.ts';
import { bareId, keyOf, parseId, resourceGroupId, type ResourceId } from '../core/ids.ts';
import {
  permissionKey,
  type BackupOwner,
  type OwnerQuestion,
  type PreflightFacts,
  type PreflightQuestions,
} from '../core/preflight.ts';
import type { Clock } from '../engine/ports.ts';
import type { Failure } from './failure.ts';
import { readBackupChecks } from './backup-checks.ts';
import { defaultReadPatienceMs, gapAfter, makeInquiry, type Inquiry, type OnWait } from './inquiry.ts';
import { apiVersions } from './kinds.ts';
import { allows, makePermissions, type Permissions } from './permissions.ts';
import { textAt } from './raw.ts';
import { readRegions } from './read-regions.ts';
import { readReplication } from './read-replication.ts';
import { addressOf } from './resource.ts';
import type { Transport } from './transport.ts';

export interface PreflightPorts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly concurrency: number;
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
  readonly onWait?: OnWait;
}

export const answerPreflight = async (
  questions: PreflightQuestions,
  ports: PreflightPorts,
): Promise<PreflightFacts> => {
  const inquiry = makeInquiry(ports.transport, ports.clock, {
    concurrency: ports.concurrency,
    patienceMs: ports.patienceMs ?? defaultReadPatienceMs,
    ...(ports.signal ? { signal: ports.signal } : {}),
    ...(ports.onWait ? { onWait: ports.onWait } : {}),
  });
  const permissions = makePermissions(inquiry);
  const [owners, granted, taken, backupChecks, regions, replication] = await Promise.all([
    Promise.all(questions.owners.map(async (q) => [keyOf(q.machineId), await ownerOf(inquiry, q)] as const)),
    Promise.all(
      questions.permissions.map(
        async (q) => [permissionKey(q.action, q.scope), await mayAt(permissions, q.action, q.scope)] as const,
      ),
    ),
    Promise.all(questions.taken.map(async (id) => [keyOf(id), await exists(inquiry, id)] as const)),
    readBackupChecks(inquiry, questions.backupChecks ?? []),
    readRegions(inquiry, questions.regions ?? []),
    readReplication(inquiry, questions.replication),
  ]);
  return {
    owners: new Map(owners),
    permissions: new Map(granted),
    taken: new Map(taken),
    backupChecks,
    regions,
    replication,
  };
};

export const ownerAction = 'Microsoft.RecoveryServices/locations/backupStatus/action';

/**
 * https://learn.microsoft.com/rest/api/backup/backup-status/get: which vault of the region holds the machine, whoever
 * may read that vault.
 */
const ownerOf = async (
  inquiry: Inquiry,
  { machineId, subscriptionId, location }: OwnerQuestion,
): Promise<Fact<BackupOwner>> => {
  const answer = await inquiry.one({
    provider: 'backup',
    method: 'POST',
    path: `/subscriptions/${subscriptionId}/providers/Microsoft.RecoveryServices/locations/${location}/backupStatus`,
    apiVersion: apiVersions.backup,
    body: { resourceType: 'VM', resourceId: machineId },
  });
  // Without Recovery Services in the subscription no vault of it can protect the machine.
  if (!answer.ok)
    return answer.failure.kind === 'not-registered'
      ? known({ protected: false })
      : unanswered(answer.failure, machineId, ownerAction);
  const { body } = answer.response;
  const status = textAt(body, 'protectionStatus')?.toLowerCase();
  const vaultId = textAt(body, 'vaultId');
  const policyName = textAt(body, 'policyName');
  if (status === 'notprotected' && vaultId === undefined) return known({ protected: false });
  if (vaultId === undefined)
    return unknown('unintelligible', `Azure says the backup status is "${status ?? 'nothing'}" and names no vault.`);
  return known({ protected: true, vaultId: bareId(vaultId), ...(policyName === undefined ? {} : { policyName }) });
};

/** The resource may not exist yet, nor its group: the nearest scope above that exists decides. */
const mayAt = async (permissions: Permissions, action: string, scope: ResourceId): Promise<Fact<boolean>> =>
  mapFact(await permissions.atNearest(scopesAbove(scope)), (grants) => allows(grants, action));

/**
 * Top-level resource, resource group, subscription: where roles are assigned. Deeper children take their parents'
 * word.
 */
const scopesAbove = (scope: ResourceId): readonly string[] => {
  const id = bareId(scope);
  const subscription = /^\/subscriptions\/[^/]+/i.exec(id)?.[0];
  const topLevel = /^.*?\/providers\/[^/]+\/[^/]+\/[^/]+/i.exec(id)?.[0];
  const group = resourceGroupId(id);
  return [
    ...(topLevel === undefined ? [] : [topLevel]),
    ...(group === '' ? [] : [group]),
    ...(subscription === undefined ? [] : [subscription]),
  ];
};

const exists = async (inquiry: Inquiry, id: ResourceId): Promise<Fact<boolean>> => {
  const answer = await inquiry.one({ ...addressOf(id), method: 'GET', path: id });
  if (answer.ok) return known(true);
  // Not registered: nothing of the kind can be there.
  if (answer.failure.kind === 'not-found' || answer.failure.kind === 'not-registered') return known(false);
  return unanswered(
    answer.failure,
    id,
    `${parseId(id)?.type ?? 'Microsoft.Resources/subscriptions/resourceGroups'}/read`,
  );
};

const unanswered = (failure: Failure, scope: string, action: string): Fact<never> => {
  const missed = gapAfter(failure, scope, action);
  return unknown(missed?.reason ?? 'not-answered', missed?.detail ?? failure.problem.summary, { action, scope });
};
