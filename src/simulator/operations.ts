import { createHmac } from 'node:crypto';
import type { Call, Operation, Operations, Random, SimClock } from './service.ts';
import { AzureError } from './service.ts';

/** What a fault makes of an operation started while it is set. */
export type OperationFate = 'never-ends' | 'fails' | 'vanishes' | 'copy-fails';

/** Long-running work on the virtual clock: a service starts it, the clock ends it, the poll routes read it. */
export class ClockedOperations implements Operations {
  readonly #clock: SimClock;
  readonly #random: Random;
  readonly #hungEndsMs: number | undefined;
  readonly #byId = new Map<string, Operation>();
  #fate: OperationFate | undefined;

  constructor(clock: SimClock, random: Random, hungEndsMs?: number) {
    this.#clock = clock;
    this.#random = random;
    this.#hungEndsMs = hungEndsMs;
  }

  start(spec: Parameters<Operations['start']>[0]): Operation {
    const startedAt = this.#clock.now();
    const operation: Operation = {
      id: this.#random.uuid(),
      kind: spec.kind,
      scope: spec.scope,
      startedAt,
      endsAt: startedAt + spec.durationMs,
      data: { ...spec.data, ...(this.#fate === 'copy-fails' ? { copyFails: true } : {}) },
      status: 'InProgress',
    };
    this.#byId.set(operation.id, operation);
    const fate = this.#fate;
    if (fate !== 'never-ends') this.#clock.at(operation.endsAt, () => this.#end(operation, spec, fate));
    else if (this.#hungEndsMs !== undefined)
      this.#clock.at(startedAt + this.#hungEndsMs, () => this.#end(operation, spec, 'fails'));
    return operation;
  }

  get(id: string): Operation | undefined {
    // Polling is what makes a following clock run.
    this.#clock.now();
    return this.#byId.get(id.toLowerCase()) ?? this.#byId.get(id);
  }

  list(): readonly Operation[] {
    return [...this.#byId.values()];
  }

  /** Runs `act`; operations it starts (before its first await) meet the given fate. */
  during<Result>(fate: OperationFate | undefined, act: () => Result): Result {
    this.#fate = fate;
    try {
      return act();
    } finally {
      this.#fate = undefined;
    }
  }

  #end(operation: Operation, spec: Parameters<Operations['start']>[0], fate: OperationFate | undefined): void {
    operation.endedAt = this.#clock.now();
    try {
      // A snapshot's copy goes on after its operation; a restore point's ends with it.
      if (fate === 'fails' || (fate === 'copy-fails' && operation.kind === 'restore-point-copy'))
        throw new AzureError(
          500,
          'InternalExecutionError',
          'An internal execution error occurred. Please retry later.',
        );
      operation.result = spec.finish();
      operation.status = 'Succeeded';
    } catch (error) {
      if (!(error instanceof AzureError)) throw error;
      operation.status = 'Failed';
      operation.error = { code: error.code, message: error.message };
      spec.fail?.();
    }
    // The work was done, but nobody can ask about it any more.
    if (fate === 'vanishes') this.#byId.delete(operation.id);
  }
}

const SIGNING_KEY = 'simulated';

/**
 * An operation URL as Azure signs them since 2023: `t`, `c`, `s` and `h` follow the api-version, up to 3.5 KB in all.
 * `path` starts at `/subscriptions`; `query` precedes the api-version (`{p: …, monitor: 'true'}`).
 */
export function operationUrl(call: Call, path: string, query: Readonly<Record<string, string>> = {}): string {
  const plain = new URLSearchParams({ ...query, 'api-version': call.apiVersion });
  const time = String(call.world.clock.now() * 10_000 + 621_355_968_000_000_000);
  const unsigned = `${path}?${plain.toString()}`;
  plain.set('t', time);
  plain.set('c', certificateText(unsigned));
  plain.set('s', signature(path, time));
  plain.set('h', createHmac('sha256', SIGNING_KEY).update(unsigned).digest('base64url'));
  return `${call.world.origin()}${path}?${plain.toString()}`;
}

/**
 * Refuses a signed operation URL that was changed on its way; an unsigned one that a client built itself is let
 * through, as Azure does.
 */
export function checkOperationSignature(url: URL): void {
  const sent = url.searchParams.get('s');
  if (sent === null || !url.searchParams.has('t')) return;
  if (sent === signature(url.pathname, url.searchParams.get('t') ?? '')) return;
  throw new AzureError(
    403,
    'AuthorizationFailed',
    'The signature of the asynchronous operation URL is not valid. Follow the URL as it was answered.',
  );
}

/**
 * `Retry-After` in whole seconds, never below 1: a client that reads 0 sleeps its own default (30 s for the Azure CLI).
 */
export function retryAfter(call: Call): { 'Retry-After': string } {
  return { 'Retry-After': String(Math.max(1, Math.ceil(call.world.options.retryAfterSeconds))) };
}

function signature(path: string, time: string): string {
  return createHmac('sha512', SIGNING_KEY).update(`${path.toLowerCase()}|${time}`).digest('base64url').repeat(4);
}

function certificateText(seed: string): string {
  let text = 'MII';
  for (let block = 0; text.length < 1600; block += 1)
    text += createHmac('sha512', SIGNING_KEY).update(`${block}${seed}`).digest('base64url');
  return text;
}
