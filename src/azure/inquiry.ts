/**
 * Reading at length: questions that change nothing, asked again while that is of use, a few at a time, page by page.
 */
import pLimit from 'p-limit';
import { gap, type Gap } from '../core/fact.ts';
import type { Clock } from '../engine/ports.ts';
import { failureOf, type Failure } from './failure.ts';
import { at, textAt } from './raw.ts';
import { failureOfThrown } from './thrown.ts';
import type { ArmRequest, ArmResponse, Transport } from './transport.ts';

export type Answer =
  { readonly ok: true; readonly response: ArmResponse } | { readonly ok: false; readonly failure: Failure };

/** Whether a question may go out now; `go` takes a place in the quota, and `note` is owed for it. */
export type Turn =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait'; readonly waitMs: number }
  /** Another answer will tell: ask for a turn again then. */
  | { readonly kind: 'until-told'; readonly told: Promise<void> };

/** A quota that several questions share, asked when one is about to go out and told of whatever came of it. */
export interface Quota {
  take(): Turn;
  note(response: ArmResponse | undefined, failure: Failure | undefined): void;
}

export interface Inquiry {
  /** One question. Only for requests that may be repeated (GET, and POSTs that are queries). */
  one(request: ArmRequest, quota?: Quota): Promise<Answer>;
  /** Every page of a list, each row as it arrives; the failure that cut it short, or `undefined` when it was whole. */
  list(request: ArmRequest, onRow: (raw: unknown) => void): Promise<Failure | undefined>;
}

/** Told before each wait, with the failure that it is for. */
export type OnWait = (waitMs: number, failure: Failure) => void;

export interface InquiryOptions {
  readonly concurrency: number;
  /** How long one question may wait in all before it is given up, ms. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
  readonly onWait?: OnWait;
}

export const defaultReadPatienceMs = 10 * 60_000;

/** Unclear answers (5xx, lost connections) are tried this often in all. */
const attempts = 4;
const firstBackoffMs = 1000;

export const makeInquiry = (transport: Transport, clock: Clock, options: InquiryOptions): Inquiry => {
  const limit = pLimit(options.concurrency);
  const send = async (request: ArmRequest, quota?: Quota): Promise<Answer> => {
    let response: ArmResponse | undefined;
    let failure: Failure | undefined;
    try {
      response = await transport.send(options.signal ? { ...request, signal: options.signal } : request);
      failure = failureOf(response);
      return failure === undefined ? { ok: true, response } : { ok: false, failure };
    } catch (error) {
      failure = failureOfThrown(error, request.path ?? request.url ?? '');
      return { ok: false, failure };
    } finally {
      quota?.note(response, failure);
    }
  };
  /** In turn. Whoever waits for a quota of its own holds no place: questions to others go on. */
  const sendInTurn = async (request: ArmRequest, quota: Quota): Promise<Answer> => {
    for (let waited = 0; ;) {
      const got = await limit(async () => {
        const turn = quota.take();
        return turn.kind === 'go' ? await send(request, quota) : turn;
      });
      if ('ok' in got) return got;
      if (got.kind === 'until-told') await got.told;
      if (got.kind !== 'wait') continue;
      waited += got.waitMs;
      if (waited > options.patienceMs) return { ok: false, failure: outOfQuota(request, got.waitMs) };
      options.onWait?.(got.waitMs, outOfQuota(request, got.waitMs));
      await clock.sleep(got.waitMs, options.signal);
    }
  };
  const patiently = async (request: ArmRequest, ask: (request: ArmRequest) => Promise<Answer>): Promise<Answer> => {
    let waited = 0;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(request);
      if (answer.ok) return answer;
      const waitMs = worthwhileWaitMs(answer.failure, attempt);
      if (waitMs === undefined || waited + waitMs > options.patienceMs) return answer;
      waited += waitMs;
      options.onWait?.(waitMs, answer.failure);
      // A waiting question holds its place: the others would only be turned away too.
      await clock.sleep(waitMs, options.signal);
    }
  };
  const one = (request: ArmRequest, quota?: Quota): Promise<Answer> =>
    quota === undefined ? limit(() => patiently(request, send)) : patiently(request, (next) => sendInTurn(next, quota));
  return {
    one,
    async list(request, onRow) {
      const seen = new Set<string>();
      for (let next: ArmRequest | undefined = request; next !== undefined;) {
        const answer: Answer = await one(next);
        if (!answer.ok) return answer.failure;
        const { body, subject } = answer.response;
        const rows = at(body, 'value');
        if (!Array.isArray(rows)) return oddAnswer(subject, 'The answer to a list holds no "value".');
        for (const row of rows) onRow(row);
        const url = textAt(body, 'nextLink');
        if (url !== undefined && seen.has(url)) return oddAnswer(subject, 'The pages of a list go round in a circle.');
        if (url !== undefined) seen.add(url);
        next = url === undefined ? undefined : { provider: request.provider, method: 'GET', url };
      }
      return undefined;
    },
  };
};

/** How long to wait before asking again; `undefined` when asking again is no use. */
const worthwhileWaitMs = (failure: Failure, attempt: number): number | undefined => {
  if (failure.kind === 'throttled') return Math.max(failure.retryAfterMs, firstBackoffMs);
  if (failure.kind !== 'uncertain' && failure.kind !== 'busy') return undefined;
  return attempt >= attempts ? undefined : (failure.retryAfterMs ?? firstBackoffMs * 2 ** (attempt - 1));
};

const outOfQuota = (request: ArmRequest, waitMs: number): Failure => ({
  kind: 'throttled',
  retryAfterMs: waitMs,
  bucket: 'queries',
  problem: {
    code: 'azure-throttled',
    severity: 'medium',
    subject: request.path ?? request.provider,
    summary: 'The quota of queries is used up until it is renewed',
  },
});

const oddAnswer = (subject: string, summary: string): Failure => ({
  kind: 'failed',
  status: 200,
  azureCode: 'UnexpectedAnswer',
  problem: { code: 'azure-unexpected', severity: 'high', subject, summary },
});

/**
 * What a failed question leaves unknown at a scope. `undefined` where the failure itself is an answer: without its
 * resource
 * provider registered a subscription holds no resource of it (a provider in use cannot be unregistered):
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-providers-and-types
 */
export const gapAfter = (failure: Failure, scope: string, action: string): Gap | undefined => {
  const detail = failure.problem.detail ?? failure.problem.summary;
  switch (failure.kind) {
    case 'not-registered':
      return undefined;
    case 'forbidden':
      return gap(scope, 'no-permission', detail, failure.action ?? action);
    case 'throttled':
      return gap(scope, 'throttled', detail, action);
    default:
      return gap(scope, 'not-answered', detail, action);
  }
};
