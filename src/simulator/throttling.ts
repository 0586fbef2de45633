import { subscriptionOf } from './router.ts';
import type { Call, Route, SimClock } from './service.ts';
import { AzureError } from './service.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/** Refill per second and size. */
interface Rate {
  readonly size: number;
  readonly perSecond: number;
}

/**
 * Resource Manager's own buckets, per subscription (or tenant) and principal, and the cap over all principals, 15 times
 * as large.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 */
const MANAGER_RATES: Readonly<Record<Kind, Rate>> = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
};
const ALL_PRINCIPALS = 15;

type Kind = 'reads' | 'writes' | 'deletes';

interface Policy {
  /** As the `x-ms-ratelimit-remaining-resource` header names it, without `Microsoft.Compute/`. */
  readonly name: string;
  readonly per: 'resource' | 'subscription';
  readonly size: number;
  readonly perSecond: number;
}

const perMinute = (name: string, per: Policy['per'], refill: number, size: number): Policy => ({
  name,
  per,
  size,
  perSecond: refill / 60,
});
const perWindow = (name: string, size3: number, size30: number): Policy[] => [
  { name: `${name}3Min`, per: 'subscription', size: size3, perSecond: size3 / 180 },
  { name: `${name}30Min`, per: 'subscription', size: size30, perSecond: size30 / 1800 },
];

/**
 * Compute's buckets, per resource or per subscription and region. Virtual machines:
 * https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits;
 * restore points: https://learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points;
 * disks, snapshots and images are not in those tables: names and sizes are those that the answers' headers show.
 */
const FAMILIES: Readonly<Record<string, readonly Policy[]>> = {
  'vm-put': [
    perMinute('PutVMSubscriptionMaximum', 'subscription', 500, 1500),
    perMinute('PutVMResource', 'resource', 4, 12),
  ],
  'vm-update': [
    perMinute('UpdateVMSubscriptionMaximum', 'subscription', 500, 1500),
    perMinute('UpdateVMResource', 'resource', 4, 12),
  ],
  'vm-delete': [
    perMinute('DeleteVMSubscriptionMaximum', 'subscription', 500, 1500),
    perMinute('DeleteVMResource', 'resource', 4, 12),
  ],
  'vm-get': [
    perMinute('LowCostGetSubscriptionMaximum', 'subscription', 8000, 24_000),
    perMinute('LowCostGetResource', 'resource', 12, 36),
  ],
  'vm-list': [perMinute('HighCostGetSubscriptionMaximum', 'subscription', 300, 900)],
  operation: [
    perMinute('GetOperationSubscriptionMaximum', 'subscription', 5000, 15_000),
    perMinute('GetOperationResource', 'resource', 15, 45),
  ],
  'disk-operation': perWindow('GetOperation', 50_000, 400_000),
  'disk-get': perWindow('LowCostGet', 15_000, 120_000),
  'disk-write': perWindow('CreateUpdateDisks', 3000, 25_000),
  'disk-delete': perWindow('DeleteDisks', 3000, 24_000),
  'disk-access': perWindow('HighCostDiskHydrate', 1000, 8000),
  'snapshot-write': perWindow('HighCostSnapshotCreateHydrate', 1000, 8000),
  'image-write': [perMinute('CreateImagesSubscriptionMaximum', 'subscription', 20, 60)],
  'image-get': [perMinute('GetImagesSubscriptionMaximum', 'subscription', 120, 360)],
  'restore-collection-write': [
    perMinute('PutRestorePointCollectionResource', 'resource', 5, 15),
    perMinute('PutRestorePointCollectionSubscriptionMaximum', 'subscription', 50, 150),
  ],
  'restore-point-write': [
    perMinute('PutRestorePointResource', 'resource', 2, 6),
    perMinute('PutRestorePointSubscriptionMaximum', 'subscription', 50, 150),
  ],
  'restore-point-get': [perMinute('LowCostGetRestorePointSubscriptionMaximum', 'subscription', 200, 600)],
  'restore-point-list': [perMinute('HighCostGetRestorePointSubscriptionMaximum', 'subscription', 50, 150)],
  'restore-point-delete': [perMinute('DeleteRestorePointSubscriptionMaximum', 'subscription', 120, 360)],
};

/**
 * Token buckets on the simulator's clock. `admit` takes one token of each that applies and answers the headroom
 * headers.
 */
export class Throttling {
  readonly #clock: SimClock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  admit(call: Call, route: Route): Record<string, string> {
    const headers = this.#admitManager(call);
    return { ...headers, ...this.#admitProvider(call, route) };
  }

  #admitManager(call: Call): Record<string, string> {
    const kind: Kind =
      call.method === 'GET' || call.method === 'HEAD' ? 'reads' : call.method === 'DELETE' ? 'deletes' : 'writes';
    const rate = MANAGER_RATES[kind];
    const subscription = subscriptionOf(call.path)?.toLowerCase();
    const scope = subscription === undefined ? 'tenant' : 'subscription';
    const own = this.#take(`${scope}|${subscription ?? ''}|${call.principal.objectId}|${kind}`, rate);
    const all = this.#take(`${scope}|${subscription ?? ''}|*|${kind}`, {
      size: rate.size * ALL_PRINCIPALS,
      perSecond: rate.perSecond * ALL_PRINCIPALS,
    });
    if (own.waitSeconds > 0 || all.waitSeconds > 0)
      throw managerThrottle(call, scope, Math.max(own.waitSeconds, all.waitSeconds));
    return {
      [`x-ms-ratelimit-remaining-${scope}-${kind}`]: String(own.left),
      [`x-ms-ratelimit-remaining-${scope}-global-${kind}`]: String(all.left),
    };
  }

  #admitProvider(call: Call, route: Route): Record<string, string> {
    const policies = route.bucket === undefined ? undefined : FAMILIES[route.bucket];
    if (!policies) return {};
    const subscription = `${subscriptionOf(call.path)?.toLowerCase() ?? ''}|${regionOf(call)}`;
    const keyOf = (policy: Policy): string =>
      `${policy.name}|${policy.per === 'resource' ? call.path.toLowerCase() : subscription}`;
    // A request that one of them refuses is counted by none.
    for (const policy of policies) {
      const { waitSeconds } = this.#look(keyOf(policy), policy);
      if (waitSeconds > 0) throw computeThrottle(call, policy, waitSeconds, this.#clock.now());
    }
    const left = policies.map((policy) => `Microsoft.Compute/${policy.name};${this.#take(keyOf(policy), policy).left}`);
    return { 'x-ms-ratelimit-remaining-resource': left.join(',') };
  }

  #take(key: string, rate: Rate): { left: number; waitSeconds: number } {
    const { bucket, waitSeconds } = this.#look(key, rate);
    if (waitSeconds > 0) return { left: 0, waitSeconds };
    bucket.tokens -= 1;
    return { left: Math.floor(bucket.tokens), waitSeconds: 0 };
  }

  #look(key: string, rate: Rate): { readonly bucket: Bucket; readonly waitSeconds: number } {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: rate.size, at: now };
    bucket.tokens = Math.min(rate.size, bucket.tokens + ((now - bucket.at) / 1000) * rate.perSecond);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    const lacking = 1 - bucket.tokens;
    return { bucket, waitSeconds: lacking > 0 ? Math.max(1, Math.ceil(lacking / rate.perSecond)) : 0 };
  }
}

/** Compute counts a subscription's requests in each region apart; a list of the whole subscription has none. */
function regionOf({ params, body, path, world }: Call): string {
  const resource = path.split('/').slice(0, 9).join('/');
  const told: unknown = params['location'] ?? world.store.get(resource)?.body['location'] ?? body?.['location'];
  return typeof told === 'string' ? told.toLowerCase().replaceAll(' ', '') : '';
}

function managerThrottle(call: Call, scope: 'subscription' | 'tenant', waitSeconds: number): AzureError {
  const operation = `${call.method}${call.path.replaceAll(/\/[^/]*[^/a-z.][^/]*(?=\/|$)/gi, '')}`.toUpperCase();
  const code = scope === 'subscription' ? 'SubscriptionRequestsThrottled' : 'TenantRequestsThrottled';
  const text =
    `Number of requests for ${scope} '${subscriptionOf(call.path) ?? call.principal.objectId}' and ` +
    `operation '${operation}' exceeded the backend storage limit. Please try again after '${waitSeconds}' seconds.`;
  return new AzureError(429, code, text, {
    headers: { 'Retry-After': String(waitSeconds), 'x-ms-failure-cause': 'gateway' },
  });
}

/**
 * Compute's 429: the top-level code is the one quota errors use too; what it is stands in the nested detail, whose
 * message is JSON in a string.
 * https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshooting-throttling-errors
 */
export function computeThrottle(
  call: Call,
  policy: Pick<Policy, 'name' | 'size'>,
  waitSeconds: number,
  now: number,
): AzureError {
  const measured = {
    operationGroup: policy.name,
    startTime: new Date(now - 60_000).toISOString(),
    endTime: new Date(now).toISOString(),
    allowedRequestCount: policy.size,
    measuredRequestCount: policy.size + 1,
  };
  return new AzureError(
    429,
    'OperationNotAllowed',
    'The server rejected the request because too many requests have been received for this subscription.',
    {
      details: [{ code: 'TooManyRequests', target: policy.name, message: JSON.stringify(measured) }],
      headers: {
        'Retry-After': String(waitSeconds),
        'x-ms-ratelimit-remaining-resource': `Microsoft.Compute/${policy.name};0`,
        'x-ms-request-charge': '1',
      },
    },
  );
}
