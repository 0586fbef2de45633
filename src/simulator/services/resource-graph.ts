import { apiVersions } from '../generated/api-versions.ts';
import { evaluate, type KqlResult } from '../kql/evaluate.ts';
import { KqlError, type KqlErrorDetail } from '../kql/kql-error.ts';
import type { Type } from '../kql/value.ts';
import type { Answer, Call, Mutable, Service, World } from '../service.ts';
import { GraphView, graphIndex, type GraphIndex } from './resource-graph-tables.ts';

/** https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results */
const maxPageRows = 1000;
const maxResponseBytes = 16_777_216;
const maxSubscriptions = 10_000;
/** https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests */
const queriesPerWindow = 15;
const windowMs = 5000;

/**
 * Resource Graph over what the other services store and choose to show.
 * https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
 */
export function resourceGraph(services: readonly Service[]): Service {
  const index = graphIndex(services);
  const quotas = new WeakMap<World['store'], Map<string, QuotaWindow>>();
  return {
    provider: 'Microsoft.ResourceGraph',
    routes: [
      {
        method: 'POST',
        path: '/providers/Microsoft.ResourceGraph/resources',
        apiVersions: apiVersions.resourceGraph,
        request: 'QueryRequest',
        // Anyone may ask; what the caller may not read is left out of the answer.
        action: null,
        handle: (call) => {
          const quota = takeQuota(quotas, call);
          const answer = quota.exhausted ? rateLimited(call) : query(call, index);
          return { ...answer, headers: { ...quota.headers, ...answer.headers } };
        },
      },
      {
        method: 'GET',
        path: '/providers/Microsoft.ResourceGraph/operations',
        apiVersions: apiVersions.resourceGraph,
        action: null,
        handle: () => ({ status: 200, body: { value: operations } }),
      },
    ],
  };
}

const operations = [
  {
    name: 'Microsoft.ResourceGraph/resources/read',
    display: { provider: 'Microsoft Resource Graph', resource: 'Resources', operation: 'Query resources' },
  },
];

interface QuotaWindow {
  startedAt: number;
  used: number;
}

/** Fifteen queries in five seconds for one user, a page counting as a query; the headers say what is left of it. */
function takeQuota(
  quotas: WeakMap<World['store'], Map<string, QuotaWindow>>,
  call: Call,
): { exhausted: boolean; headers: Record<string, string> } {
  const perUser = quotas.get(call.world.store) ?? new Map<string, QuotaWindow>();
  quotas.set(call.world.store, perUser);
  const now = call.world.clock.now();
  let window = perUser.get(call.principal.objectId);
  if (!window || now >= window.startedAt + windowMs) {
    window = { startedAt: now, used: 0 };
    perUser.set(call.principal.objectId, window);
  }
  const exhausted = window.used >= queriesPerWindow;
  if (!exhausted) window.used += 1;
  const left = String(queriesPerWindow - window.used);
  const seconds = Math.max(1, Math.ceil((window.startedAt + windowMs - now) / 1000));
  return {
    exhausted,
    headers: {
      'x-ms-user-quota-remaining': left,
      'x-ms-user-quota-resets-after': `00:00:${String(seconds).padStart(2, '0')}`,
      'x-ms-ratelimit-remaining-tenant-resource-requests': left,
    },
  };
}

function query(call: Call, index: GraphIndex): Answer {
  const body = call.body ?? {};
  const options = pageOptions(body['options']);
  if (!options) return refused(call, [{ code: 'InvalidOptions', message: 'The options of the query are not valid.' }]);
  if (Array.isArray(body['facets']) && body['facets'].length > 0) {
    return refused(call, [{ code: 'FacetsNotSimulated', message: 'This simulator computes no facets.' }]);
  }
  const view = new GraphView(call, index);
  const scope = scopeOf(call, view, body);
  if (scope.subscriptions.length === 0) return accessDenied(call);
  const subscriptions = new Set(scope.subscriptions.map((id) => id.toLowerCase()));
  let result: KqlResult;
  try {
    const text: unknown = body['query'];
    result = evaluate(typeof text === 'string' ? text : '', (name, type) => view.table(name, subscriptions, type), {
      now: call.world.clock.now(),
    });
  } catch (error) {
    if (!(error instanceof KqlError)) throw error;
    return refused(call, [invalidQuery, error.detail]);
  }
  return respond(call, result, options, scope.limitHit);
}

interface Scope {
  readonly subscriptions: readonly string[];
  readonly limitHit: boolean;
}

/** Unreadable subscriptions fall away; the query is denied when none is left. */
function scopeOf(call: Call, view: GraphView, body: Mutable): Scope {
  const asked = stringsOf(body['subscriptions']);
  const groups = stringsOf(body['managementGroups']);
  // Of management groups only the tenant's root is simulated.
  const isRoot = (name: string): boolean =>
    call.world.store.list('Microsoft.Resources/subscriptions').some(({ hidden }) => hidden['tenantId'] === name);
  if (groups !== undefined && !groups.some(isRoot)) return { subscriptions: [], limitHit: false };
  const readable = view.readable(asked?.slice(0, maxSubscriptions));
  return {
    subscriptions: readable.slice(0, maxSubscriptions),
    limitHit: (asked ?? readable).length > maxSubscriptions,
  };
}

function stringsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value.map(String) : undefined;
}

interface PageOptions {
  readonly top: number | undefined;
  readonly skip: number;
  readonly asTable: boolean;
}

/** `$top` and `$skip` override what the skip token carries; `undefined` where an option is not valid. */
function pageOptions(sent: unknown): PageOptions | undefined {
  const options = (sent ?? {}) as Mutable;
  const token = options['$skipToken'] === undefined ? undefined : readSkipToken(options['$skipToken']);
  if (token === null) return undefined;
  const top: unknown = options['$top'] ?? token?.maxRows;
  const skip: unknown = options['$skip'] ?? token?.rowsToSkip ?? 0;
  const validTop =
    top === undefined || (Number.isInteger(top) && (top as number) >= 1 && (top as number) <= maxPageRows);
  if (!validTop || !Number.isInteger(skip) || (skip as number) < 0) return undefined;
  return { top: top as number | undefined, skip: skip as number, asTable: options['resultFormat'] === 'table' };
}

/** The recorded tokens are base64 of JSON that names the page size and the rows to pass over. */
function readSkipToken(token: unknown): { maxRows: number; rowsToSkip: number } | null {
  try {
    const parsed = JSON.parse(Buffer.from(String(token), 'base64').toString('utf8')) as Mutable;
    const [maxRows, rowsToSkip]: unknown[] = [parsed['MaxRows'], parsed['RowsToSkip']];
    return typeof maxRows === 'number' && typeof rowsToSkip === 'number' ? { maxRows, rowsToSkip } : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

function writeSkipToken(maxRows: number, rowsToSkip: number): string {
  const body = {
    $id: '1',
    MaxRows: maxRows,
    RowsToSkip: rowsToSkip,
    KustoClusterUrl: 'https://simulated.arg.core.windows.net',
  };
  return Buffer.from(JSON.stringify(body, null, 2)).toString('base64');
}

function respond(call: Call, result: KqlResult, options: PageOptions, limitHit: boolean): Answer {
  const rows = inPageOrder(result);
  const pageRows = Math.min(options.top ?? maxPageRows, maxPageRows, call.world.options.graphPageSize);
  const page = rows.slice(options.skip, options.skip + pageRows);
  const more = options.skip + page.length < rows.length;
  // No token where the query cuts its own rows or no column could put them in order; the answer then says it is cut
  // short.
  const pageable = !result.cut && result.columns.some(({ type }) => type !== 'dynamic');
  const body = {
    totalRecords: rows.length,
    count: page.length,
    data: options.asTable ? tableOf(result, page) : page.map((row) => objectOf(result, row)),
    facets: [],
    resultTruncated: more && !pageable ? 'true' : 'false',
    ...(more && pageable ? { $skipToken: writeSkipToken(pageRows, options.skip + page.length) } : {}),
  };
  const bytes = Buffer.byteLength(JSON.stringify(body));
  if (bytes > maxResponseBytes) {
    const message =
      `Response payload size is ${bytes}, and has exceeded the limit of ${maxResponseBytes}. Please ` +
      'consider querying less data at a time and make paginated call if needed.';
    return refused(call, [{ code: 'ResponsePayloadTooLarge', message }]);
  }
  return { status: 200, headers: limitHit ? { 'x-ms-tenant-subscription-limit-hit': 'true' } : {}, body };
}

/** Rows that the query leaves unordered come by id where they have one, as recorded pages do. */
function inPageOrder({ rows, columns, ordered }: KqlResult): KqlResult['rows'] {
  const id = columns.findIndex(({ name, type }) => name === 'id' && type === 'string');
  if (ordered || id === -1) return rows;
  const key = (row: readonly unknown[]): string => String(row[id]).toLowerCase();
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

const tableTypes: Readonly<Record<Type, string>> = {
  string: 'string',
  long: 'integer',
  int: 'integer',
  real: 'number',
  bool: 'boolean',
  datetime: 'datetime',
  timespan: 'string',
  dynamic: 'object',
};

function tableOf({ columns }: KqlResult, rows: KqlResult['rows']): Mutable {
  return { columns: columns.map(({ name, type }) => ({ name, type: tableTypes[type] })), rows };
}

function objectOf({ columns }: KqlResult, row: readonly unknown[]): Mutable {
  return Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]));
}

const invalidQuery: KqlErrorDetail = {
  code: 'InvalidQuery',
  message:
    'Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying.',
};

/** The envelope recorded for every refusal: the reason stands in the details alone. */
function failure(call: Call, status: number, code: string, details: readonly KqlErrorDetail[]): Answer {
  const timestamp = new Date(call.world.clock.now()).toISOString().replace('Z', '0000Z');
  const message =
    `Please provide below info when asking for support: timestamp = ${timestamp}, correlationId = ` +
    `${call.world.random.uuid()}.`;
  return { status, body: { error: { code, message, details } } };
}

function refused(call: Call, details: readonly KqlErrorDetail[]): Answer {
  return failure(call, 400, 'BadRequest', details);
}

/**
 * "If the customer doesn't have read permission to all the provided subscriptions, the request is denied"; one readable
 * subscription is enough. https://learn.microsoft.com/azure/governance/resource-graph/troubleshoot/general
 */
function accessDenied(call: Call): Answer {
  const message = 'Access is denied to the requested resource. The user might not have enough permission.';
  return failure(call, 403, 'AccessDenied', [{ code: 'AccessDenied', message }]);
}

/** The quota headers tell when to come back; there is no Retry-After in the answers that users have published. */
function rateLimited(call: Call): Answer {
  const message =
    'Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.';
  return failure(call, 429, 'RateLimiting', [{ code: 'RateLimiting', message }]);
}
