import { VirtualClock } from './clock.ts';
import { errorBody } from './envelope.ts';
import { ExchangeLog, type ExchangeLine } from './exchange-log.ts';
import { ConnectionReset, Faults, type FaultRule } from './faults.ts';
import { emptyFleet, seedStore, withRole, type CustomRole } from './fleet.ts';
import { Identity } from './identity.ts';
import { loginService } from './login.ts';
import { ClockedOperations } from './operations.ts';
import { PIPELINE, type Exchange, type Kernel } from './pipeline.ts';
import { seededRandom } from './random.ts';
import { retailPrices } from './retail-prices.ts';
import { Router } from './router.ts';
import type { Answer, Fleet, Service, SimulatorOptions, Stored, World } from './service.ts';
import { AzureError } from './service.ts';
import { SERVICES } from './services/index.ts';
import { registrationService } from './services/subscriptions.ts';
import { VersionedStore } from './store.ts';
import { Throttling } from './throttling.ts';

export interface CreateOptions extends Partial<SimulatorOptions> {
  readonly fleet?: Fleet;
  /** How much faster than life the clock runs once served; in process it stands still until advanced. */
  readonly speed?: number;
  /** Real time every answer is held back, ms. */
  readonly latencyMs?: number;
  readonly faults?: readonly FaultRule[];
  /** Gives every principal exactly this role at every scope it has any access to. */
  readonly role?: CustomRole;
  /** Where the clock starts; the fleet's `asOf` when absent, else 2026-11-02T08:00Z. */
  readonly startsAt?: number;
  readonly tokenLifetimeSeconds?: number;
  /** Also write every exchange to this file. */
  readonly logFile?: string;
  /** Told of every exchange, before its answer goes out. */
  readonly onExchange?: (line: ExchangeLine) => void;
  readonly services?: readonly Service[];
}

export interface Simulator {
  /** One exchange. Rejects with `ConnectionReset` where a fault cuts the connection. */
  handle(request: Request): Promise<Response>;
  readonly clock: VirtualClock;
  readonly identity: Identity;
  readonly world: World;
  readonly speed: number;
  readonly fleet: Fleet;
  /** What exists now, hidden facts included; for tests and the control port. */
  state(): { readonly now: string; readonly resources: readonly Stored[]; readonly operations: readonly unknown[] };
  log(): readonly ExchangeLine[];
  /** From now on writes every exchange to this file too, one JSON line each. */
  logTo(file: string): void;
  /** A valid bearer token for in-process requests; the first principal's when no client is named. */
  token(clientId?: string): string;
}

const DEFAULTS: SimulatorOptions = {
  pageSize: 10,
  graphPageSize: 25,
  graphLagMs: 30_000,
  listLagMs: 0,
  retryAfterSeconds: 2,
  seed: 1,
};
const DEFAULT_START = Date.UTC(2026, 10, 2, 8);

/** A simulated Azure Resource Manager: state lives in the instance, nothing is shared between two. */
export function createSimulator(options: CreateOptions = {}): Simulator {
  const settings: SimulatorOptions = {
    pageSize: options.pageSize ?? DEFAULTS.pageSize,
    graphPageSize: options.graphPageSize ?? DEFAULTS.graphPageSize,
    graphLagMs: options.graphLagMs ?? DEFAULTS.graphLagMs,
    listLagMs: options.listLagMs ?? DEFAULTS.listLagMs,
    retryAfterSeconds: Math.max(1, options.retryAfterSeconds ?? DEFAULTS.retryAfterSeconds),
    seed: options.seed ?? DEFAULTS.seed,
    ...(options.coreQuota === undefined ? {} : { coreQuota: options.coreQuota }),
    ...(options.hungOperationEndsMs === undefined ? {} : { hungOperationEndsMs: options.hungOperationEndsMs }),
  };
  const speed = options.speed ?? 1;
  const plainFleet = options.fleet ?? emptyFleet();
  const fleet = options.role ? withRole(plainFleet, options.role) : plainFleet;
  const clock = new VirtualClock(
    options.startsAt ?? (fleet.asOf === undefined ? DEFAULT_START : Date.parse(fleet.asOf)),
  );
  const random = seededRandom(settings.seed);
  const store = new VersionedStore(clock);
  const operations = new ClockedOperations(clock, random, settings.hungOperationEndsMs);
  const identity = new Identity({
    tenantId: fleet.tenantId,
    principals: fleet.principals,
    clock,
    lifetimeSeconds: options.tokenLifetimeSeconds ?? 3600 * speed,
  });
  const world: World = { store, clock, operations, random, options: settings, origin: () => 'https://localhost' };
  const services = options.services ?? SERVICES;
  const provided = [...services, loginService(identity, speed), retailPrices];
  const all = [...provided, registrationService(new Router(provided))];
  const log = new ExchangeLog(options.onExchange);
  if (options.logFile !== undefined) log.writeTo(options.logFile);
  const kernel: Kernel = {
    world,
    identity,
    router: new Router(all),
    throttling: new Throttling(clock),
    faults: new Faults(options.faults ?? [], seededRandom(settings.seed + 1)),
    operations,
    latencyMs: options.latencyMs ?? 0,
  };
  seedStore(store, fleet, kernel.router);
  for (const service of all) service.seed?.(world, fleet);
  store.settle();
  return {
    handle: (request) => handle(kernel, log, request),
    clock,
    identity,
    world,
    speed,
    fleet,
    state: () => ({ now: new Date(clock.now()).toISOString(), resources: store.all(), operations: operations.list() }),
    log: () => log.lines(),
    logTo: (file) => log.writeTo(file),
    token: (clientId) =>
      identity.issue(
        clientId ?? fleet.principals[0]?.clientId ?? '',
        'https://management.azure.com/',
        'https://localhost/',
        true,
      ).accessToken,
  };
}

async function handle(kernel: Kernel, log: ExchangeLog, request: Request): Promise<Response> {
  const exchange: Exchange = {
    request,
    at: kernel.world.clock.now(),
    headers: {},
    fault: undefined,
    effect: undefined,
  };
  try {
    for (const step of PIPELINE) await step(kernel, exchange);
  } catch (error) {
    if (!(error instanceof AzureError)) {
      // A bug in the simulator must not look like Azure's trouble.
      if (!(error instanceof ConnectionReset)) throw error;
      log.add(logLine(exchange, undefined));
      throw error;
    }
    exchange.answer = { status: error.status, headers: error.headers, body: errorBody(error) };
  }
  const response = respond(kernel, exchange);
  log.add(logLine(exchange, response));
  const { effect } = exchange;
  if (effect?.kind === 'reset') throw new ConnectionReset();
  return effect?.kind === 'truncate' ? truncated(response, exchange.answer) : response;
}

/** Headers that Resource Manager puts on every answer. */
function respond(kernel: Kernel, exchange: Exchange): Response {
  const answer = exchange.answer ?? { status: 500 };
  const { random } = kernel.world;
  const correlation = exchange.request.headers.get('x-ms-correlation-request-id') ?? random.uuid();
  const asked = exchange.request.headers.get('x-ms-client-request-id');
  const echo = asked !== null && exchange.request.headers.get('x-ms-return-client-request-id') === 'true';
  const date = new Date(exchange.at);
  const headers = new Headers({
    'Cache-Control': 'no-cache',
    Pragma: 'no-cache',
    Expires: '-1',
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    'X-Content-Type-Options': 'nosniff',
    Date: date.toUTCString(),
    'x-ms-request-id': random.uuid(),
    'x-ms-correlation-request-id': correlation,
    'x-ms-routing-request-id': `SIMULATED:${date.toISOString().replaceAll(/[-:]|\.\d+/g, '')}:${correlation}`,
    ...(echo ? { 'x-ms-client-request-id': asked } : {}),
    ...exchange.headers,
    ...answer.headers,
  });
  if (answer.body === undefined) return new Response(null, { status: answer.status, headers });
  headers.set('Content-Type', 'application/json; charset=utf-8');
  return new Response(JSON.stringify(answer.body), { status: answer.status, headers });
}

function truncated(response: Response, answer: Answer | undefined): Response {
  const whole = JSON.stringify(answer?.body ?? null);
  return new Response(whole.slice(0, Math.max(1, Math.floor(whole.length * 0.6))), {
    status: response.status,
    headers: response.headers,
  });
}

function logLine(exchange: Exchange, response: Response | undefined): Omit<ExchangeLine, 'seq'> {
  const { request, call, answer, effect } = exchange;
  const cut = response === undefined || effect?.kind === 'reset';
  const operation = answer?.headers?.['Azure-AsyncOperation'] ?? answer?.headers?.['Location'];
  const isLogin = call !== undefined && exchange.service?.provider === '';
  return {
    at: new Date(exchange.at).toISOString(),
    principal: call && !isLogin ? call.principal.name : null,
    method: request.method,
    url: request.url,
    apiVersion: call?.apiVersion === undefined || call.apiVersion === '' ? null : call.apiVersion,
    // Login requests carry the secret, and their answers a token.
    request: isLogin ? null : (call?.body ?? null),
    status: cut ? 0 : response.status,
    headers: response && !cut ? Object.fromEntries(response.headers) : {},
    response: isLogin || cut ? null : (answer?.body ?? null),
    accepted:
      exchange.handled === true &&
      request.method !== 'GET' &&
      request.method !== 'HEAD' &&
      (answer?.status ?? 500) < 300,
    operationId: operation === undefined ? null : (/\/([^/?]+)(?:\?|$)/.exec(operation)?.[1] ?? null),
    ...(exchange.fault === undefined ? {} : { fault: exchange.fault }),
  };
}
