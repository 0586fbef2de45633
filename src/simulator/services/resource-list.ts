import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored } from '../service.ts';
import { firstOf, resourceFilter } from './resource-filter.ts';

/**
 * Top-level resources of a subscription or group, without their properties.
 * https://learn.microsoft.com/rest/api/resources/resources/list
 */
export const resourceList: Service = {
  provider: 'Microsoft.Resources',
  routes: [
    '/subscriptions/{subscriptionId}/resources',
    '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/resources',
  ].map((path): Route => ({
    method: 'GET',
    path,
    apiVersions: apiVersions.resources,
    action: 'Microsoft.Resources/subscriptions/resources/read',
    handle: list,
  })),
};

const TOP_LEVEL = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+\/[^/]+\/[^/]+$/i;

function list(call: Call): Answer {
  const { store, options } = call.world;
  const scope = `${call.path.replace(/\/resources$/i, '').toLowerCase()}/`;
  const filter = resourceFilter(call.query.get('$filter'), 'resources');
  const expanded = new Set((call.query.get('$expand') ?? '').split(',').map((word) => word.trim().toLowerCase()));
  const rows = store
    .asOf(options.listLagMs)
    .filter(
      (stored) =>
        `${stored.id.toLowerCase()}/`.startsWith(scope) &&
        TOP_LEVEL.test(stored.id) &&
        call.principal.can(`${stored.type}/read`, stored.id) &&
        filter.accepts(stored),
    );
  return page(
    call,
    firstOf(call, rows),
    (row) => row.id,
    (row) => rowBody(row, expanded, filter.byTag),
  );
}

function rowBody(row: Stored, expanded: ReadonlySet<string>, withoutTags: boolean): Mutable {
  const { location, tags, sku, kind, identity, zones, managedBy, properties } = structuredClone(row.body);
  const shown: Mutable = {
    id: row.id,
    name: row.id.split('/').at(-1),
    type: row.type,
    location,
    tags: withoutTags ? undefined : tags,
    sku,
    kind,
    identity,
    zones,
    managedBy,
    createdTime: expanded.has('createdtime') ? moment(row.createdAt) : undefined,
    changedTime: expanded.has('changedtime') ? moment(row.updatedAt) : undefined,
    provisioningState: expanded.has('provisioningstate') ? properties?.provisioningState : undefined,
  };
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}

/** Seven decimals and `Z`, as Resource Manager writes it. */
const moment = (ms: number): string => new Date(ms).toISOString().replace('Z', '0000Z');
