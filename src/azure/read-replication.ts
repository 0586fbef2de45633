/** Answers what replication asks before a plan: what vaults have of it, networks, cache accounts, and Azure's own verdict. */
import { known, unknown, type Fact } from '../core/fact.ts';
import { bareId, keyOf, type ResourceId } from '../core/ids.ts';
import type {
  Networks,
  ReplicationFacts,
  ReplicationQuestions,
  ReplicationSetup,
  StorageAccount,
} from '../core/replication.ts';
import type { Failure } from './failure.ts';
import { gapAfter, type Inquiry } from './inquiry.ts';
import { apiVersions } from './kinds.ts';
import { normaliseInterface, normaliseNetwork, normaliseStorageAccount } from './normalise-replication-place.ts';
import {
  normaliseContainer,
  normaliseContainerMapping,
  normaliseFabric,
  normaliseNetworkMapping,
  normaliseReplicationPolicy,
} from './normalise-replication-setup.ts';
import { flagAt, listAt, textAt } from './raw.ts';
import type { Provider } from './transport.ts';

export const readReplication = async (
  inquiry: Inquiry,
  { vaults, subscriptions, machines, accounts }: ReplicationQuestions,
): Promise<ReplicationFacts> => {
  const [setups, networks, storage, eligibility] = await Promise.all([
    Promise.all(vaults.map(async (id) => [keyOf(id), await setupOf(inquiry, id)] as const)),
    Promise.all(subscriptions.map(async (id) => [id.toLowerCase(), await networksOf(inquiry, id)] as const)),
    Promise.all(subscriptions.map(async (id) => [id.toLowerCase(), await accountsOf(inquiry, id)] as const)),
    Promise.all(machines.map(async (id) => [keyOf(id), await eligibilityOf(inquiry, id)] as const)),
  ]);
  const used = new Set(accounts);
  const candidates = storage.flatMap(([, read]) =>
    read.known ? read.value.filter(({ own, key }) => own || used.has(key)) : [],
  );
  const softDelete = await Promise.all(
    candidates.map(async ({ id, key }) => [key, await softDeleteOf(inquiry, id)] as const),
  );
  return {
    setups: new Map(setups),
    networks: new Map(networks),
    accounts: new Map(storage),
    eligibility: new Map(eligibility),
    softDelete: new Map(softDelete),
  };
};

interface Listing {
  readonly provider: Provider;
  readonly path: string;
  readonly apiVersion: string;
  readonly action: string;
}

/** All rows that can be read, or why the list could not be had whole. A provider that is not registered has none. */
const listOf = async <T>(
  inquiry: Inquiry,
  { action, ...request }: Listing,
  normal: (raw: unknown) => T | undefined,
): Promise<Fact<readonly T[]>> => {
  const rows: T[] = [];
  const failure = await inquiry.list({ method: 'GET', ...request }, (raw) => {
    const row = normal(raw);
    if (row !== undefined) rows.push(row);
  });
  return failure === undefined || failure.kind === 'not-registered'
    ? known(rows)
    : unanswered(failure, request.path, action);
};

const unanswered = (failure: Failure, scope: string, action: string): Fact<never> => {
  const missed = gapAfter(failure, scope, action);
  return unknown(missed?.reason ?? 'not-answered', missed?.detail ?? failure.problem.summary, { action, scope });
};

const setupKinds = [
  'replicationFabrics',
  'replicationProtectionContainers',
  'replicationPolicies',
  'replicationProtectionContainerMappings',
  'replicationNetworkMappings',
] as const;

/** A list over the whole vault has a type of its own. */
const setupAction = (kind: (typeof setupKinds)[number]): string => `Microsoft.RecoveryServices/vaults/${kind}/read`;

const networkActions = {
  virtualNetworks: 'Microsoft.Network/virtualNetworks/read',
  networkInterfaces: 'Microsoft.Network/networkInterfaces/read',
} as const;
const accountsAction = 'Microsoft.Storage/storageAccounts/read';
const blobServicesAction = 'Microsoft.Storage/storageAccounts/blobServices/read';
const eligibilityAction = 'Microsoft.RecoveryServices/replicationEligibilityResults/read';

/** All that is asked here. */
export const replicationActions: readonly string[] = [
  ...setupKinds.map(setupAction),
  ...Object.values(networkActions),
  accountsAction,
  blobServicesAction,
  eligibilityAction,
];

/** https://learn.microsoft.com/rest/api/site-recovery: each kind has a list over the whole vault. */
const setupOf = async (inquiry: Inquiry, vaultId: ResourceId): Promise<Fact<ReplicationSetup>> => {
  const list = <T>(kind: (typeof setupKinds)[number], normal: (raw: unknown) => T | undefined) =>
    listOf(
      inquiry,
      {
        provider: 'site-recovery',
        path: `${vaultId}/${kind}`,
        apiVersion: apiVersions.siteRecovery,
        action: setupAction(kind),
      },
      normal,
    );
  const [f, c, p, m, n] = await Promise.all([
    list('replicationFabrics', normaliseFabric),
    list('replicationProtectionContainers', normaliseContainer),
    list('replicationPolicies', normaliseReplicationPolicy),
    list('replicationProtectionContainerMappings', normaliseContainerMapping),
    list('replicationNetworkMappings', normaliseNetworkMapping),
  ]);
  if (!f.known) return f;
  if (!c.known) return c;
  if (!p.known) return p;
  if (!m.known) return m;
  if (!n.known) return n;
  return known({
    fabrics: f.value,
    containers: c.value,
    policies: p.value,
    mappings: m.value,
    networkMappings: n.value,
  });
};

const networksOf = async (inquiry: Inquiry, subscription: string): Promise<Fact<Networks>> => {
  const list = <T>(type: keyof typeof networkActions, normal: (raw: unknown) => T | undefined) =>
    listOf(
      inquiry,
      {
        provider: 'resources',
        path: `/subscriptions/${subscription}/providers/Microsoft.Network/${type}`,
        apiVersion: apiVersions.network,
        action: networkActions[type],
      },
      normal,
    );
  const [networks, interfaces] = await Promise.all([
    list('virtualNetworks', normaliseNetwork),
    list('networkInterfaces', normaliseInterface),
  ]);
  if (!networks.known) return networks;
  return interfaces.known ? known({ networks: networks.value, interfaces: interfaces.value }) : interfaces;
};

const accountsOf = (inquiry: Inquiry, subscription: string): Promise<Fact<readonly StorageAccount[]>> =>
  listOf(
    inquiry,
    {
      provider: 'resources',
      path: `/subscriptions/${subscription}/providers/Microsoft.Storage/storageAccounts`,
      apiVersion: apiVersions.storage,
      action: accountsAction,
    },
    normaliseStorageAccount,
  );

/** https://learn.microsoft.com/rest/api/storagerp/blob-services/get-service-properties */
const softDeleteOf = async (inquiry: Inquiry, id: ResourceId): Promise<Fact<boolean>> => {
  const path = `${bareId(id)}/blobServices/default`;
  const answer = await inquiry.one({ provider: 'resources', method: 'GET', path, apiVersion: apiVersions.storage });
  if (!answer.ok) return unanswered(answer.failure, path, blobServicesAction);
  return known(flagAt(answer.response.body, 'properties', 'deleteRetentionPolicy', 'enabled') === true);
};

/** https://learn.microsoft.com/rest/api/site-recovery/replication-eligibility-results/get */
const eligibilityOf = async (inquiry: Inquiry, machineId: ResourceId): Promise<Fact<readonly string[]>> => {
  const path = `${bareId(machineId)}/providers/Microsoft.RecoveryServices/replicationEligibilityResults/default`;
  const answer = await inquiry.one({
    provider: 'site-recovery',
    method: 'GET',
    path,
    apiVersion: apiVersions.siteRecovery,
  });
  if (!answer.ok) return unanswered(answer.failure, path, eligibilityAction);
  return known(listAt(answer.response.body, 'properties', 'errors').flatMap(complaintOf));
};

/** Notices stand in the same list as what forbids replication. A warning about a disk counts: no disk is left out. */
const complaintOf = (error: unknown): readonly string[] => {
  const status = textAt(error, 'status') ?? 'Error';
  const code = textAt(error, 'code') ?? '';
  if (!/^error$/i.test(status) && !(/^warning$/i.test(status) && /disk/i.test(code))) return [];
  const said = [textAt(error, 'message') ?? textAt(error, 'code'), textAt(error, 'recommendedAction')].filter(
    (part) => part !== undefined && part !== '',
  );
  return [said.join(' ')];
};
