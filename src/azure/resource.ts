/** Strongly consistent reads of one resource by its id. Never Resource Graph: it lags writes, and leaves out what one may not see. */
import { parseId, type ResourceId } from '../core/ids.ts';
import type { Refused, Throttled, Uncertain } from '../engine/ports.ts';
import { unanswered, type Arm } from './ask.ts';
import { apiVersions } from './kinds.ts';
import { textAt } from './raw.ts';
import type { Provider } from './transport.ts';

export type Read =
  { readonly kind: 'body'; readonly body: unknown } | { readonly kind: 'none' } | Refused | Throttled | Uncertain;

export const readResource = async (
  arm: Arm,
  id: ResourceId,
  signal: AbortSignal,
  query: Readonly<Record<string, string>> = {},
): Promise<Read> => {
  const answer = await arm.ask({ ...addressOf(id), method: 'GET', path: id, query, signal });
  if (answer.kind === 'answer') return { kind: 'body', body: answer.response.body };
  return answer.kind === 'not-found' ? { kind: 'none' } : unanswered(answer);
};

/** Which client and api-version speak for a resource. */
export const addressOf = (id: ResourceId): { readonly provider: Provider; readonly apiVersion: string } => {
  const type = (parseId(id)?.type ?? 'microsoft.resources/resourcegroups').toLowerCase();
  const found = addresses.find(([prefix]) => type === prefix || type.startsWith(`${prefix}/`));
  if (!found) throw new TypeError(`no client speaks for ${type}`);
  return { provider: found[1], apiVersion: found[2] };
};

/** The first prefix that fits; api-versions and their reasons stand in kinds.ts. */
const addresses: readonly (readonly [string, Provider, string])[] = [
  ['microsoft.resources/resourcegroups', 'resources', apiVersions.resources],
  ['microsoft.compute/snapshots', 'compute', apiVersions.snapshot],
  ['microsoft.compute/disks', 'compute', apiVersions.disk],
  ['microsoft.compute/galleries', 'compute', apiVersions.gallery],
  ['microsoft.compute', 'compute', apiVersions.compute],
  ['microsoft.network', 'resources', apiVersions.network],
  ['microsoft.storage', 'resources', apiVersions.storage],
  ['microsoft.recoveryservices/vaults/backupfabrics', 'backup', apiVersions.backup],
  ['microsoft.recoveryservices/vaults/backuppolicies', 'backup', apiVersions.backup],
  ['microsoft.recoveryservices/vaults/backupjobs', 'backup', apiVersions.backup],
  ['microsoft.recoveryservices/vaults/replicationfabrics', 'site-recovery', apiVersions.siteRecovery],
  ['microsoft.recoveryservices/vaults/replicationpolicies', 'site-recovery', apiVersions.siteRecovery],
  ['microsoft.recoveryservices/vaults/replicationjobs', 'site-recovery', apiVersions.siteRecovery],
  ['microsoft.recoveryservices/vaults', 'recovery-services', apiVersions.vault],
];

export type Provisioning = 'ready' | 'coming' | 'failed';

/** A resource without a provisioning state is ready (facts O-01). */
export const provisioningOf = (body: unknown): Provisioning => {
  const state = (textAt(body, 'properties', 'provisioningState') ?? 'Succeeded').toLowerCase();
  if (state === 'succeeded') return 'ready';
  return state === 'failed' || state === 'canceled' ? 'failed' : 'coming';
};
