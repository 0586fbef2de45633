import type { SourceTable } from '../kql/evaluate.ts';
import type { Column } from '../kql/value.ts';
import type { Call, Mutable, Service, Stored, World } from '../service.ts';

type GraphEntry = NonNullable<Service['graph']>[number];

/** Columns every table has: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language */
const columns: readonly Column[] = [
  { name: 'id', type: 'string' },
  { name: 'name', type: 'string' },
  { name: 'type', type: 'string' },
  { name: 'tenantId', type: 'string' },
  { name: 'kind', type: 'string' },
  { name: 'location', type: 'string' },
  { name: 'resourceGroup', type: 'string' },
  { name: 'subscriptionId', type: 'string' },
  { name: 'managedBy', type: 'string' },
  { name: 'sku', type: 'dynamic' },
  { name: 'plan', type: 'dynamic' },
  { name: 'properties', type: 'dynamic' },
  { name: 'tags', type: 'dynamic' },
  { name: 'identity', type: 'dynamic' },
  { name: 'zones', type: 'dynamic' },
  { name: 'extendedLocation', type: 'dynamic' },
];

/** Tables that exist in Azure; those without rows here answer empty, any other name is refused. */
const knownTables = new Set([
  'resources',
  'resourcecontainers',
  'recoveryservicesresources',
  'authorizationresources',
  'computeresources',
  'maintenanceresources',
  'policyresources',
  'securityresources',
  'healthresources',
]);

/** Which stored types show in which table, from what the services say of themselves. */
export type GraphIndex = ReadonlyMap<string, GraphEntry>;

export function graphIndex(services: readonly Service[]): GraphIndex {
  return new Map(services.flatMap(({ graph }) => graph ?? []).map((entry) => [entry.type.toLowerCase(), entry]));
}

/**
 * Rows as the graph saw them `graphLagMs` ago, less those the caller may not read: these are left out without a word.
 */
export class GraphView {
  readonly #call: Call;
  readonly #index: GraphIndex;
  readonly #tables = new Map<string, SourceTable>();

  constructor(call: Call, index: GraphIndex) {
    this.#call = call;
    this.#index = index;
  }

  #stored(type?: string): readonly Stored[] {
    const { store, options } = this.#call.world;
    return store.asOf(options.graphLagMs, type);
  }

  /** The subscriptions of a list (all of the tenant's when there is none) in which the caller may read anything. */
  readable(asked: readonly string[] | undefined): readonly string[] {
    const wanted = asked === undefined ? undefined : new Set(asked.map((id) => id.toLowerCase()));
    const ids = this.#stored('Microsoft.Resources/subscriptions')
      .map(({ id }) => subscriptionIdOf(id))
      .filter((id) => wanted?.has(id.toLowerCase()) ?? true);
    return ids.filter(
      (id) => this.#call.principal.permissionsAt(`/subscriptions/${id}`).length > 0 || this.#readsInside(id),
    );
  }

  #readsInside(subscriptionId: string): boolean {
    const prefix = `/subscriptions/${subscriptionId.toLowerCase()}/`;
    return this.#stored().some((stored) => stored.id.toLowerCase().startsWith(prefix) && this.#mayRead(stored));
  }

  #mayRead(stored: Stored): boolean {
    return this.#call.principal.can(`${stored.type}/read`, stored.id);
  }

  /** A table over these subscriptions, or its rows of one type; `undefined` for a name Resource Graph does not have. */
  table(name: string, subscriptions: ReadonlySet<string>, type?: string): SourceTable | undefined {
    const wanted = name.toLowerCase();
    const key = `${wanted}|${type ?? ''}`;
    const known = this.#tables.get(key);
    if (known) return known;
    const entries = [...this.#index.values()].filter((entry) => entry.table.toLowerCase() === wanted);
    if (entries.length === 0 && !knownTables.has(wanted)) return undefined;
    const fitting = entries.filter((entry) => type === undefined || entry.type.toLowerCase() === type);
    const rows = fitting.flatMap((entry) =>
      this.#stored(entry.type).flatMap((stored) => {
        if (!subscriptions.has(subscriptionIdOf(stored.id).toLowerCase()) || !this.#mayRead(stored)) return [];
        return rowOf(stored, entry, this.#call.world) ?? [];
      }),
    );
    const table = { columns, rows };
    this.#tables.set(key, table);
    return table;
  }
}

/** Rows that follow from the resource alone. A version of a resource never changes, so neither does its row. */
const plainRows = new WeakMap<Stored, Mutable>();

/**
 * The row of a resource: what a GET answers, type and resource group in lower case. A service may say more or differ.
 */
function rowOf(stored: Stored, entry: GraphEntry, world: World): Mutable | undefined {
  if (entry.row) {
    const own = entry.row(stored, world);
    return own === undefined ? undefined : rowWith(own, stored, world);
  }
  const known = plainRows.get(stored) ?? rowWith({}, stored, world);
  plainRows.set(stored, known);
  return known;
}

function rowWith(own: Mutable, stored: Stored, world: World): Mutable {
  const { body } = stored;
  const segments = stored.id.split('/');
  const group = segments.findIndex((segment) => segment.toLowerCase() === 'resourcegroups');
  const subscriptionId = subscriptionIdOf(stored.id);
  const row: Mutable = {
    id: stored.id,
    name: body['name'] ?? body['displayName'] ?? segments.at(-1) ?? '',
    tenantId: world.store.get(`/subscriptions/${subscriptionId}`)?.hidden['tenantId'] ?? '',
    kind: body['kind'] ?? '',
    location: body['location'] ?? '',
    resourceGroup: group === -1 ? '' : (segments[group + 1] ?? '').toLowerCase(),
    subscriptionId,
    managedBy: body['managedBy'] ?? '',
    sku: body['sku'] ?? null,
    plan: body['plan'] ?? null,
    properties: body['properties'] ?? {},
    tags: body['tags'] ?? null,
    identity: body['identity'] ?? null,
    zones: body['zones'] ?? null,
    extendedLocation: body['extendedLocation'] ?? null,
    ...own,
  };
  return { ...row, type: stored.type.toLowerCase() };
}

function subscriptionIdOf(id: string): string {
  const begin = id.indexOf('/', 1) + 1;
  const end = id.indexOf('/', begin);
  return begin === 0 ? '' : id.slice(begin, end === -1 ? undefined : end);
}
