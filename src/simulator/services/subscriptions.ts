import { subscriptionNotFound } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { LOCATIONS, locationsOf } from '../locations.ts';
import { page } from '../paging.ts';
import type { Router } from '../router.ts';
import type { Call, Mutable, Route, Service, Stored } from '../service.ts';

const TYPE = 'Microsoft.Resources/subscriptions';

/** Subscriptions and tenants. https://learn.microsoft.com/rest/api/resources/subscriptions */
export const subscriptions: Service = {
  provider: 'Microsoft.Resources',
  graph: [{ type: TYPE, table: 'resourcecontainers' }],
  routes: [
    {
      method: 'GET',
      path: '/tenants',
      apiVersions: apiVersions.resources,
      action: null,
      handle: (call) => {
        const tenant = call.world.store.list(TYPE)[0]?.hidden['tenantId'];
        return {
          status: 200,
          body: {
            value: [{ id: `/tenants/${tenant}`, tenantId: tenant, tenantCategory: 'Home', displayName: 'Simulated' }],
          },
        };
      },
    },
    {
      method: 'GET',
      path: '/subscriptions',
      apiVersions: apiVersions.resources,
      // Whoever may log in may ask; those it holds no role in are left out.
      action: null,
      handle: (call) => page(call, readable(call), (row) => row.id, subscriptionBody),
    },
    {
      method: 'GET',
      path: '/subscriptions/{subscriptionId}',
      apiVersions: apiVersions.resources,
      handle: (call) => {
        const id = `/subscriptions/${call.params['subscriptionId'] ?? ''}`;
        const stored = call.world.store.get(id);
        if (!stored) throw subscriptionNotFound(id);
        return { status: 200, body: subscriptionBody(stored) };
      },
    },
    {
      method: 'GET',
      path: '/subscriptions/{subscriptionId}/locations',
      apiVersions: apiVersions.resources,
      handle: (call) => ({
        status: 200,
        body: {
          value: locationsOf(call.params['subscriptionId'] ?? ''),
        },
      }),
    },
  ],
};

function readable(call: Call): readonly Stored[] {
  return call.world.store.list(TYPE).filter((stored) => call.principal.permissionsAt(stored.id).length > 0);
}

function subscriptionBody(stored: Stored): Mutable {
  const subscriptionId = stored.id.split('/')[2] ?? '';
  return {
    id: stored.id,
    authorizationSource: 'RoleBased',
    managedByTenants: [],
    subscriptionId,
    tenantId: stored.hidden['tenantId'],
    displayName: stored.body['displayName'],
    state: stored.body['state'],
    subscriptionPolicies: {
      locationPlacementId: 'Public_2014-09-01',
      quotaId: 'PayAsYouGo_2014-09-01',
      spendingLimit: 'Off',
    },
  };
}

/** Provider registrations, told from the routes that exist. https://learn.microsoft.com/rest/api/resources/providers */
export function registrationService(router: Router): Service {
  const body = (call: Call, namespace: string): Mutable => ({
    id: `/subscriptions/${call.params['subscriptionId'] ?? ''}/providers/${namespace}`,
    namespace,
    resourceTypes: router.typesOf(namespace).map(({ resourceType, apiVersions: versions }) => ({
      resourceType,
      locations: LOCATIONS.map(({ displayName }) => displayName),
      apiVersions: versions,
      capabilities: 'SupportsTags, SupportsLocation',
    })),
    registrationState: 'Registered',
    registrationPolicy: 'RegistrationRequired',
  });
  const base = '/subscriptions/{subscriptionId}/providers';
  const action = 'Microsoft.Resources/subscriptions/providers/read';
  const found = (call: Call): string | undefined =>
    router.namespaces().find((namespace) => namespace.toLowerCase() === call.params['namespace']?.toLowerCase());
  const routes: readonly Route[] = [
    {
      method: 'GET',
      path: base,
      apiVersions: apiVersions.resources,
      action,
      handle: (call) =>
        page(
          call,
          router.namespaces(),
          (namespace) => namespace,
          (namespace) => body(call, namespace),
        ),
    },
    {
      method: 'GET',
      path: `${base}/{namespace}`,
      apiVersions: apiVersions.resources,
      action,
      handle: (call) => {
        const namespace = found(call);
        return {
          status: 200,
          body:
            namespace === undefined
              ? { ...body(call, call.params['namespace'] ?? ''), registrationState: 'NotRegistered' }
              : body(call, namespace),
        };
      },
    },
    {
      method: 'POST',
      path: `${base}/{namespace}/register`,
      apiVersions: apiVersions.resources,
      action: 'Microsoft.Resources/subscriptions/providers/register/action',
      handle: (call) => ({ status: 200, body: body(call, found(call) ?? call.params['namespace'] ?? '') }),
    },
  ];
  return { provider: 'Microsoft.Resources', routes };
}
