import { isNode, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import type { OperationFate } from './operations.ts';
import type { Call, Random } from './service.ts';
import { lockedError } from './locks.ts';
import { requiredAction, scopeOf, unauthorized } from './permissions.ts';
import { AzureError } from './service.ts';
import { computeThrottle } from './throttling.ts';
import { placeIn, valueOf } from './yaml-value.ts';

/** Every trouble the simulator can make, by name. One line here, one in `effectOf`, one case in the tests. */
export const FAULTS = [
  'throttled',
  'throttled-long',
  'throttled-without-header',
  'throttled-by-compute',
  'token-expired',
  'forbidden',
  'busy',
  'locked',
  'quota-exceeded',
  'internal-error',
  'bad-gateway',
  'unavailable',
  'gateway-timeout',
  'reset-before',
  'reset-after',
  'truncated',
  'slow',
  'operation-never-ends',
  'operation-fails',
  'operation-vanishes',
  'copy-fails',
] as const;

export type FaultName = (typeof FAULTS)[number];

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'i') instanceof RegExp;
  } catch {
    return false; // the file's problem, told with its place
  }
}

const ruleShape = z.strictObject({
  fault: z.enum(FAULTS),
  /** HTTP method, any when absent. */
  method: z.enum(['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD']).optional(),
  /** Regular expression over the path, without regard to case. */
  path: z.string().refine(isPattern, 'is no regular expression').optional(),
  /** Lets this many matching requests pass first. */
  after: z.number().int().min(0).default(0),
  /** Strikes this many times at most. */
  times: z.number().int().min(1).default(1),
  /** Strikes with this chance, drawn from the seed. */
  chance: z.number().min(0).max(1).default(1),
  /** `Retry-After` of throttles and unavailability, seconds. */
  retryAfterSeconds: z.number().int().min(0).optional(),
  /** How long `slow` holds the answer back, ms of real time. */
  delayMs: z.number().int().min(0).default(2000),
});

export type FaultRule = z.input<typeof ruleShape>;
type Rule = z.output<typeof ruleShape>;

const fileShape = z.strictObject({ faults: z.array(ruleShape) });

/** What a struck request meets, beside or instead of its handler. */
export type Effect =
  | { readonly kind: 'refuse'; readonly error: AzureError }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'operation'; readonly fate: OperationFate };

/** Thrown out of `handle` where a socket would be reset; the HTTPS server destroys the connection. */
export class ConnectionReset extends Error {
  readonly code = 'ECONNRESET';
  constructor() {
    super('socket hang up');
    this.name = 'ConnectionReset';
  }
}

/** Faults in the order they are listed; the first that strikes decides. Same seed, same requests: same faults. */
export class Faults {
  readonly #random: Random;
  readonly #rules: { readonly rule: Rule; seen: number; struck: number }[];

  constructor(rules: readonly FaultRule[], random: Random) {
    this.#random = random;
    this.#rules = rules.map((rule) => ({ rule: ruleShape.parse(rule), seen: 0, struck: 0 }));
  }

  strike(call: Call): { name: FaultName; effect: Effect } | undefined {
    for (const entry of this.#rules) {
      const { rule } = entry;
      if (rule.method !== undefined && rule.method !== call.method) continue;
      if (rule.path !== undefined && !new RegExp(rule.path, 'i').test(call.path)) continue;
      entry.seen += 1;
      if (entry.seen <= rule.after || entry.struck >= rule.times) continue;
      if (rule.chance < 1 && this.#random.next() >= rule.chance) continue;
      entry.struck += 1;
      return { name: rule.fault, effect: effectOf(rule, call) };
    }
    return undefined;
  }
}

const HIGH_COST_READS = { name: 'HighCostGet3Min', size: 1 };

function effectOf(rule: Rule, call: Call): Effect {
  const refuse = (status: number, code: string, message: string, headers: Record<string, string> = {}): Effect => ({
    kind: 'refuse',
    error: new AzureError(status, code, message, { headers }),
  });
  const wait = (seconds: number): Record<string, string> => ({
    'Retry-After': String(rule.retryAfterSeconds ?? seconds),
  });
  const throttled =
    'The server rejected the request because too many requests have been received for this subscription.';
  switch (rule.fault) {
    case 'throttled':
      return refuse(429, 'SubscriptionRequestsThrottled', throttled, wait(2));
    case 'throttled-long':
      return refuse(429, 'SubscriptionRequestsThrottled', throttled, wait(1200));
    case 'throttled-without-header':
      return refuse(429, 'SubscriptionRequestsThrottled', throttled);
    case 'throttled-by-compute':
      return {
        kind: 'refuse',
        error: computeThrottle(call, HIGH_COST_READS, rule.retryAfterSeconds ?? 40, call.world.clock.now()),
      };
    case 'token-expired':
      return refuse(
        401,
        'ExpiredAuthenticationToken',
        `The access token expiry UTC time '${new Date(call.world.clock.now()).toISOString()}' is earlier than current UTC time.`,
      );
    case 'forbidden':
      return {
        kind: 'refuse',
        error: unauthorized(call.principal, requiredAction(call.method, call.path), scopeOf(call.method, call.path)),
      };
    case 'busy':
      return refuse(
        409,
        'AnotherOperationInProgress',
        'Another operation on this or dependent resource is in progress. Please retry after the operation has completed.',
      );
    case 'locked':
      return {
        kind: 'refuse',
        error: lockedError(call.path, call.method, [`${call.path}/providers/Microsoft.Authorization/locks/held`]),
      };
    case 'quota-exceeded':
      return refuse(
        409,
        'QuotaExceeded',
        'Operation could not be completed as it results in exceeding approved quota. Please submit a request for an increase.',
      );
    case 'internal-error':
      return refuse(500, 'InternalServerError', 'The server encountered an internal error. Please retry the request.');
    case 'bad-gateway':
      return refuse(502, 'InvalidGatewayHost', 'The gateway host is not valid.');
    case 'unavailable':
      return refuse(503, 'ServerUnavailable', 'The service is unavailable. Please try again later.', wait(5));
    case 'gateway-timeout':
      return refuse(504, 'GatewayTimeout', 'The gateway did not receive a response within the specified time period.');
    case 'reset-before':
      return { kind: 'reset', when: 'before' };
    case 'reset-after':
      return { kind: 'reset', when: 'after' };
    case 'truncated':
      return { kind: 'truncate' };
    case 'slow':
      return { kind: 'delay', delayMs: rule.delayMs };
    case 'operation-never-ends':
      return { kind: 'operation', fate: 'never-ends' };
    case 'operation-fails':
      return { kind: 'operation', fate: 'fails' };
    case 'operation-vanishes':
      return { kind: 'operation', fate: 'vanishes' };
    case 'copy-fails':
      return { kind: 'operation', fate: 'copy-fails' };
  }
}

/** Reads a `--faults` file; a mistake is told as `name:line:column`. */
export function parseFaults(
  text: string,
  name: string,
): { rules: readonly FaultRule[] } | { problems: readonly string[] } {
  const document = parseDocument(text, { prettyErrors: false });
  const place = (offset: number): string => {
    const { line, column } = placeIn(text, offset);
    return `${name}:${line}:${column}`;
  };
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => `${place(error.pos[0])}: ${error.message.split('\n')[0] ?? ''}`),
    };
  }
  const read = valueOf(document);
  if ('problem' in read) return { problems: [`${name}:1:1: ${read.problem}`] };
  const parsed = fileShape.safeParse(read.value);
  if (parsed.success) return { rules: parsed.data.faults };
  return {
    problems: parsed.error.issues.map(
      (issue) => `${place(offsetAt(document, issue.path))}: ${issue.path.join('.')}: ${issue.message}`,
    ),
  };
}

/** Where a value stands; a missing one stands where its nearest parent does. */
function offsetAt(document: Document, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
