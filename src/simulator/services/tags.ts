import { resourceNotFound } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { SCOPES } from './scopes.ts';

const MOST_TAGS = 50;

/** Tags of any resource, and the list of a subscription's resources. https://learn.microsoft.com/rest/api/resources/tags */
export const tags: Service = {
  provider: 'Microsoft.Resources',
  routes: [
    ...SCOPES.flatMap((scope): Route[] => {
      const path = `${scope}/providers/Microsoft.Resources/tags/default`;
      return [
        {
          method: 'GET',
          path,
          apiVersions: apiVersions.resources,
          action: 'Microsoft.Resources/tags/read',
          handle: (call) => answer(subject(call)),
        },
        {
          method: 'PUT',
          path,
          apiVersions: apiVersions.resources,
          action: 'Microsoft.Resources/tags/write',
          request: 'TagsResource',
          handle: (call) => answer(change(call, () => sentTags(call))),
        },
        {
          method: 'PATCH',
          path,
          apiVersions: apiVersions.resources,
          action: 'Microsoft.Resources/tags/write',
          request: 'TagsPatchResource',
          handle: (call) => answer(change(call, (old) => patched(call, old))),
        },
        {
          method: 'DELETE',
          path,
          apiVersions: apiVersions.resources,
          action: 'Microsoft.Resources/tags/delete',
          handle: (call) => {
            change(call, () => ({}));
            return { status: 200 };
          },
        },
      ];
    }),
    ...[
      '/subscriptions/{subscriptionId}/resources',
      '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/resources',
    ].map((path): Route => ({
      method: 'GET',
      path,
      apiVersions: apiVersions.resources,
      action: 'Microsoft.Resources/subscriptions/resources/read',
      handle: listResources,
    })),
  ],
};

function subject(call: Call): Stored {
  const id = call.path.replace(/\/providers\/Microsoft\.Resources\/tags\/default$/i, '');
  const stored = call.world.store.get(id);
  if (!stored) throw resourceNotFound(id);
  return stored;
}

function sentTags(call: Call): Mutable {
  return { ...call.body?.['properties']?.tags };
}

/** Tag names are compared without regard to case: a merge keeps the spelling that is there. */
function patched(call: Call, old: Mutable): Mutable {
  const sent = sentTags(call);
  const operation = String(call.body?.['operation'] ?? 'Merge').toLowerCase();
  if (operation === 'replace') return sent;
  const merged = { ...old };
  for (const [name, value] of Object.entries(sent)) {
    const known = Object.keys(merged).find((key) => key.toLowerCase() === name.toLowerCase());
    if (operation === 'delete') {
      if (known !== undefined && merged[known] === value) delete merged[known];
    } else merged[known ?? name] = value;
  }
  return merged;
}

function change(call: Call, next: (old: Mutable) => Mutable): Stored {
  return call.world.store.update(subject(call).id, (edited) => {
    const changed = next({ ...edited.body['tags'] });
    if (Object.keys(changed).length > MOST_TAGS)
      throw new AzureError(400, 'TooManyTags', `The maximum number of tags is ${MOST_TAGS}.`);
    edited.body['tags'] = changed;
  });
}

function answer(stored: Stored): Answer {
  return {
    status: 200,
    body: {
      id: `${stored.id}/providers/Microsoft.Resources/tags/default`,
      name: 'default',
      type: 'Microsoft.Resources/tags',
      properties: { tags: stored.body['tags'] ?? {} },
    },
  };
}

/** Top-level resources, without their properties. Filters: `resourceType eq '…'`, `name eq '…'`, joined with and. */
function listResources(call: Call): Answer {
  const scope = call.path.replace(/\/resources$/i, '');
  const wanted = filterOf(call.query.get('$filter'));
  const rows = call.world.store.all().filter((stored) => {
    if (!`${stored.id.toLowerCase()}/`.startsWith(`${scope.toLowerCase()}/`)) return false;
    const topLevel = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+\/[^/]+\/[^/]+$/i.test(stored.id);
    if (!topLevel || !call.principal.can(`${stored.type}/read`, stored.id)) return false;
    return (
      (wanted.type === undefined || stored.type.toLowerCase() === wanted.type) &&
      (wanted.name === undefined || String(stored.id.split('/').at(-1)).toLowerCase() === wanted.name)
    );
  });
  return page(
    call,
    rows,
    (row) => row.id,
    (row) => {
      const { location, tags: own, sku, kind, identity, zones, managedBy } = structuredClone(row.body);
      const shown: Mutable = {
        id: row.id,
        name: row.id.split('/').at(-1),
        type: row.type,
        location,
        tags: own,
        sku,
        kind,
        identity,
        zones,
        managedBy,
      };
      return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
    },
  );
}

function filterOf(filter: string | null): { type?: string; name?: string } {
  const wanted: { type?: string; name?: string } = {};
  if (filter === null || filter.trim() === '') return wanted;
  for (const clause of filter.split(/\s+and\s+/i)) {
    const match = /^(resourceType|name)\s+eq\s+'([^']*)'$/i.exec(clause.trim());
    if (!match)
      throw new AzureError(
        400,
        'InvalidFilterInQueryString',
        `Invalid $filter '${filter}' specified in the query string.`,
      );
    wanted[match[1]?.toLowerCase() === 'name' ? 'name' : 'type'] = (match[2] ?? '').toLowerCase();
  }
  return wanted;
}
