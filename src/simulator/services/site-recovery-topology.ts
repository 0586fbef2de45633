import type { Answer, Call, Mutable, Route, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { requireVault } from './recovery-services-vault.ts';
import { buildContainer, buildFabric, buildMapping, buildNetworkMapping, buildPolicy } from './site-recovery-build.ts';
import {
  CONTAINER_TYPE,
  FABRIC_TYPE,
  MAPPING_TYPE,
  NETWORK_MAPPING_TYPE,
  POLICY_TYPE,
  REPLICATED_TYPE,
  renderReplication,
  replicationId,
  replicationPage,
  replicationResult,
  replicationRoute,
  requireReplication,
  startReplication,
  tailOf,
} from './site-recovery-operations.ts';

const FABRIC = 'replicationFabrics/{fabricName}';
const CONTAINER = `${FABRIC}/replicationProtectionContainers/{containerName}`;
const MAPPING = `${CONTAINER}/replicationProtectionContainerMappings/{mappingName}`;
const NETWORK_MAPPING = `${FABRIC}/replicationNetworks/{networkName}/replicationNetworkMappings/{networkMappingName}`;
const POLICY = 'replicationPolicies/{policyName}';

interface Kind {
  readonly path: string;
  readonly type: string;
  readonly noun: string;
  readonly request: string;
  readonly createMs: number;
  readonly build: (call: Call, sent: Mutable) => Mutable;
  /** What stands in the way of removing it. */
  readonly holds?: readonly string[];
  readonly removeByPost?: boolean;
}

/** What replication is built from, in the order it is made; durations as recorded. */
const kinds: readonly Kind[] = [
  {
    path: FABRIC,
    type: FABRIC_TYPE,
    noun: 'Fabric',
    request: 'FabricCreationInput',
    createMs: 85_000,
    build: buildFabric,
    holds: [CONTAINER_TYPE],
    removeByPost: true,
  },
  {
    path: CONTAINER,
    type: CONTAINER_TYPE,
    noun: 'ProtectionContainer',
    request: 'CreateProtectionContainerInput',
    createMs: 1_000,
    build: buildContainer,
    holds: [REPLICATED_TYPE, MAPPING_TYPE],
    removeByPost: true,
  },
  {
    path: MAPPING,
    type: MAPPING_TYPE,
    noun: 'ProtectionContainerMapping',
    request: 'CreateProtectionContainerMappingInput',
    createMs: 150_000,
    build: buildMapping,
    removeByPost: true,
  },
  {
    path: NETWORK_MAPPING,
    type: NETWORK_MAPPING_TYPE,
    noun: 'NetworkMapping',
    request: 'CreateNetworkMappingInput',
    createMs: 3_000,
    build: buildNetworkMapping,
  },
  {
    path: POLICY,
    type: POLICY_TYPE,
    noun: 'ProtectionProfile',
    request: 'CreatePolicyInput',
    createMs: 1_000,
    build: buildPolicy,
  },
];

export const topologyRoutes: readonly Route[] = kinds.flatMap((kind) => [
  replicationRoute('GET', kind.path, (call) => ({
    status: 200,
    body: renderOne(call, kind),
  })),
  replicationRoute('GET', kind.path.slice(0, kind.path.lastIndexOf('/')), (call) => list(call, kind)),
  replicationRoute('PUT', kind.path, (call) => create(call, kind), kind.request),
  replicationRoute('DELETE', kind.path, (call) => remove(call, kind, tailOf(call))),
  ...(kind.removeByPost === true
    ? [
        replicationRoute('POST', `${kind.path}/remove`, (call) =>
          remove(call, kind, tailOf(call).replace(/\/remove$/i, '')),
        ),
      ]
    : []),
  replicationRoute('GET', `${kind.path}/operationresults/{operationId}`, replicationResult),
]);

function list(call: Call, kind: Kind): Answer {
  const { store, options } = call.world;
  const scope = `${requireVault(call).id}/${parentOf(tailOf(call))}`;
  const inside = store.listed(kind.type, options.listLagMs, scope);
  // A container's mappings are those from it and those to it.
  const incoming =
    kind.type === MAPPING_TYPE
      ? store.listed(kind.type, options.listLagMs, requireVault(call).id).filter((row) => leadsTo(row, scope))
      : [];
  const rows = [...inside, ...incoming];
  return replicationPage(call, rows, (row) => (kind.type === FABRIC_TYPE ? listedFabric(row) : renderReplication(row)));
}

function leadsTo(mapping: Stored, containerId: string): boolean {
  return (
    String(mapping.body['properties']?.['targetProtectionContainerId']).toLowerCase() === containerId.toLowerCase()
  );
}

/** A fabric names an inner container once it has part in a replication. */
function renderOne(call: Call, kind: Kind): Mutable {
  const stored = requireReplication(call, tailOf(call));
  const body: Mutable = structuredClone(renderReplication(stored));
  const inner: string | undefined = stored.hidden['innerContainer'];
  if (kind.type !== FABRIC_TYPE || inner === undefined) return body;
  const items = call.world.store.list(REPLICATED_TYPE, requireVault(call).id);
  const id = stored.id.toLowerCase();
  const used = items.some(
    (item) =>
      item.id.toLowerCase().startsWith(`${id}/`) ||
      String(item.body['properties']?.['recoveryFabricId']).toLowerCase() === id,
  );
  if (used)
    body['properties']['customDetails']['containerIds'] = [`${stored.id}/replicationProtectionContainers/${inner}`];
  return body;
}

/** The collection's own name is not part of its rows' scope. */
function parentOf(tail: string): string {
  return tail.includes('/') ? tail.slice(0, tail.lastIndexOf('/')) : '';
}

/** A list does not look into a fabric. */
function listedFabric(fabric: Stored): Mutable {
  const body: Mutable = structuredClone(renderReplication(fabric));
  const details: Mutable | undefined = body['properties']?.['customDetails'];
  if (details?.['instanceType'] === 'Azure') {
    details['containerIds'] = null;
    delete details['zones'];
  }
  return body;
}

function create(call: Call, kind: Kind): Answer {
  const tail = tailOf(call);
  const parent = tail.split('/').slice(0, -2);
  if (parent.length >= 2 && kind.type !== NETWORK_MAPPING_TYPE) requireReplication(call, parent.join('/'));
  const properties = kind.build(call, call.body?.['properties'] ?? {});
  const name = tail.slice(tail.lastIndexOf('/') + 1);
  const id = replicationId(call, tail);
  return startReplication(call, {
    scenario: `Create${kind.noun}`,
    target: name,
    durationMs: call.world.store.get(id) === undefined ? kind.createMs : Math.min(kind.createMs, 30_000),
    finish: () => {
      const hidden = kind.type === FABRIC_TYPE ? { innerContainer: call.world.random.uuid() } : {};
      call.world.store.put({ id, type: kind.type, body: { name, properties }, hidden });
    },
  });
}

function remove(call: Call, kind: Kind, tail: string): Answer {
  const stored = requireReplication(call, tail);
  const inside = (kind.holds ?? []).flatMap((type) => call.world.store.list(type, stored.id));
  const name: string = stored.body['name'];
  inside.push(...usersOf(call, kind, stored));
  if (inside.length > 0) {
    throw new AzureError(
      400,
      'BadRequest',
      `'${name}' cannot be removed: '${inside[0]!.body['name']}' still needs it.`,
    );
  }
  return startReplication(call, {
    scenario: `Delete${kind.noun}`,
    target: name,
    durationMs: 20_000,
    finish: () => {
      call.world.store.delete(stored.id);
    },
  });
}

/** A mapping is needed by the items of its container that go where it leads, a policy by mappings and items [K]. */
function usersOf(call: Call, kind: Kind, stored: Stored): readonly Stored[] {
  const vault = requireVault(call).id;
  const items = call.world.store.list(REPLICATED_TYPE, vault);
  const same = (one: unknown, other: unknown): boolean => String(one).toLowerCase() === String(other).toLowerCase();
  const { properties } = stored.body as Mutable;
  if (kind.type === MAPPING_TYPE) {
    const container = stored.id.replace(/\/replicationProtectionContainerMappings\/.*$/i, '/');
    return items.filter(
      (item) =>
        item.id.toLowerCase().startsWith(container.toLowerCase()) &&
        same(item.body['properties']?.policyId, properties['policyId']) &&
        same(item.body['properties']?.recoveryContainerId, properties['targetProtectionContainerId']),
    );
  }
  if (kind.type !== POLICY_TYPE) return [];
  const mappings = call.world.store.list(MAPPING_TYPE, vault);
  return [...mappings, ...items].filter((one) => same(one.body['properties']?.policyId, stored.id));
}
