import { setTimeout as sleep } from 'node:timers/promises';
import { bodyError, checkBody as bodyProblems } from './body-check.ts';
import {
  invalidRequestContent,
  missingApiVersion,
  resourceGroupBeingDeleted,
  resourceGroupNotFound,
  subscriptionNotFound,
  typeAndName,
  unsupportedApiVersion,
} from './envelope.ts';
import { ConnectionReset, type Effect, type FaultName, type Faults } from './faults.ts';
import type { Identity } from './identity.ts';
import { requireLocation } from './locations.ts';
import { checkLocks } from './locks.ts';
import type { ClockedOperations } from './operations.ts';
import { checkOperationSignature } from './operations.ts';
import { authorize } from './permissions.ts';
import { resourceGroupOf, subscriptionOf, type Router } from './router.ts';
import type { Answer, Call, Mutable, Principal, Route, Service, World } from './service.ts';
import { AzureError } from './service.ts';
import type { Throttling } from './throttling.ts';

export interface Kernel {
  readonly world: World;
  readonly identity: Identity;
  readonly router: Router;
  readonly throttling: Throttling;
  readonly faults: Faults;
  readonly operations: ClockedOperations;
  readonly latencyMs: number;
}

/** One request on its way: steps fill it in. */
export interface Exchange {
  readonly request: Request;
  /** When it arrived, on the simulator's clock. */
  readonly at: number;
  /** Headers gathered on the way, sent whatever the answer is. */
  headers: Record<string, string>;
  call?: Call;
  route?: Route;
  service?: Service;
  /** Why no route serves the path: told only to who has logged in. */
  unknown?: AzureError;
  fault: FaultName | undefined;
  effect: Effect | undefined;
  answer?: Answer;
  /** The handler ran to its end. */
  handled?: boolean;
}

type Step = (kernel: Kernel, exchange: Exchange) => void | Promise<void>;

const NOBODY: Principal = { objectId: '', name: '', can: () => false, permissionsAt: () => [] };

/** The life of a request, in order. A step refuses by throwing AzureError. */
export const PIPELINE: readonly Step[] = [
  delay,
  parse,
  findRoute,
  authenticate,
  refuseUnknownRoute,
  checkApiVersion,
  checkBody,
  findSubscription,
  checkPermissions,
  findResourceGroup,
  refuseUnknownLocation,
  refuseLocked,
  throttle,
  strikeFault,
  runHandler,
];

async function delay(kernel: Kernel): Promise<void> {
  if (kernel.latencyMs > 0) await sleep(kernel.latencyMs);
}

async function parse(kernel: Kernel, exchange: Exchange): Promise<void> {
  const { request } = exchange;
  const url = new URL(request.url);
  const path = pathOf(url);
  const query = new URLSearchParams(url.search);
  const sent = [...query].find(([name]) => name.toLowerCase() === 'api-version')?.[1] ?? '';
  exchange.call = {
    method: request.method,
    path,
    url,
    params: {},
    query,
    apiVersion: sent,
    headers: request.headers,
    body: undefined,
    principal: NOBODY,
    // Absolute URLs in answers start with the host the client used.
    world: { ...kernel.world, origin: () => url.origin },
  };
  const body = await readBody(request);
  exchange.call = { ...exchange.call, body };
}

/** Decoded, double and trailing slashes folded: clients send `//` and `/` where Azure shrugs. */
function pathOf(url: URL): string {
  let text: string;
  try {
    text = decodeURIComponent(url.pathname);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new AzureError(400, 'InvalidUri', 'The request URI is not valid.');
  }
  return `/${text
    .split('/')
    .filter((segment) => segment !== '')
    .join('/')}`;
}

async function readBody(request: Request): Promise<Mutable | undefined> {
  const text = await request.text();
  if (text.trim() === '') return undefined;
  if (request.headers.get('content-type')?.includes('application/x-www-form-urlencoded') === true) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalidRequestContent(error.message);
  }
  throw invalidRequestContent('The request body must be a JSON object.');
}

function findRoute(kernel: Kernel, exchange: Exchange): void {
  const call = known(exchange.call);
  try {
    const { route, service, params } = kernel.router.match(call.method, call.path, call.apiVersion);
    exchange.route = route;
    exchange.service = service;
    exchange.call = { ...call, params };
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    exchange.unknown = error;
  }
}

function authenticate(kernel: Kernel, exchange: Exchange): void {
  // Login and metadata are asked before there is a token.
  if (exchange.service?.provider === '') return;
  const principal = kernel.identity.authenticate(exchange.request.headers.get('authorization'));
  exchange.call = { ...known(exchange.call), principal };
}

function refuseUnknownRoute(_: Kernel, exchange: Exchange): void {
  if (exchange.unknown) throw exchange.unknown;
}

function checkApiVersion(_: Kernel, exchange: Exchange): void {
  const { apiVersions, path } = known(exchange.route);
  const call = known(exchange.call);
  checkOperationSignature(call.url);
  if (apiVersions.length === 0) return;
  if (call.apiVersion === '') throw missingApiVersion();
  if (apiVersions.some((version) => version.toLowerCase() === call.apiVersion.toLowerCase())) return;
  const location: unknown = call.body?.['location'];
  const type = path.toLowerCase().includes('/providers/')
    ? typeAndName(path).type
    : 'Microsoft.Resources/subscriptions';
  throw unsupportedApiVersion(type, call.apiVersion, apiVersions, typeof location === 'string' ? location : undefined);
}

function checkBody(_: Kernel, exchange: Exchange): void {
  const { request } = known(exchange.route);
  const { body } = known(exchange.call);
  if (request === undefined || body === undefined) return;
  const problems = bodyProblems(request, body);
  if (problems.length > 0) throw bodyError(request, problems);
}

function findSubscription(kernel: Kernel, exchange: Exchange): void {
  const id = subscriptionOf(known(exchange.call).path);
  if (id !== undefined && !kernel.world.store.get(`/subscriptions/${id}`)) throw subscriptionNotFound(id);
}

function checkPermissions(_: Kernel, exchange: Exchange): void {
  authorize(known(exchange.call), known(exchange.route));
}

function refuseUnknownLocation(_: Kernel, exchange: Exchange): void {
  requireLocation(known(exchange.call));
}

function refuseLocked(_: Kernel, exchange: Exchange): void {
  checkLocks(known(exchange.call));
}

function findResourceGroup(kernel: Kernel, exchange: Exchange): void {
  const { method, path, params } = known(exchange.call);
  const group = resourceGroupOf(path);
  const itself = path.split('/').length <= 5;
  if (group === undefined || itself) return;
  const id = `/subscriptions/${subscriptionOf(path) ?? params['subscriptionId'] ?? ''}/resourceGroups/${group}`;
  const stored = kernel.world.store.get(id);
  if (!stored) throw resourceGroupNotFound(group);
  if (method === 'PUT' && stored.body['properties']?.['provisioningState'] === 'Deleting')
    throw resourceGroupBeingDeleted(group);
}

function throttle(kernel: Kernel, exchange: Exchange): void {
  if (exchange.service?.provider === '') return;
  Object.assign(exchange.headers, kernel.throttling.admit(known(exchange.call), known(exchange.route)));
}

async function strikeFault(kernel: Kernel, exchange: Exchange): Promise<void> {
  const struck = kernel.faults.strike(known(exchange.call));
  if (!struck) return;
  exchange.fault = struck.name;
  exchange.effect = struck.effect;
  if (struck.effect.kind === 'refuse') throw struck.effect.error;
  if (struck.effect.kind === 'reset' && struck.effect.when === 'before') throw new ConnectionReset();
  if (struck.effect.kind === 'delay') await sleep(struck.effect.delayMs);
}

async function runHandler(kernel: Kernel, exchange: Exchange): Promise<void> {
  const route = known(exchange.route);
  const call = known(exchange.call);
  const fate = exchange.effect?.kind === 'operation' ? exchange.effect.fate : undefined;
  exchange.answer = await kernel.operations.during(fate, () => route.handle(call));
  exchange.handled = true;
}

/** The order of PIPELINE guarantees what a step needs; a gap there is a bug of the simulator. */
function known<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a pipeline step ran before the one that fills in what it needs');
  return value;
}
