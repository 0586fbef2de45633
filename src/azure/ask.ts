/** One question to Azure as the engine's port wants its answer: failures are data, and headroom headers are passed on. */
import { subscriptionOf } from '../core/ids.ts';
import type { Problem } from '../core/problem.ts';
import type { RequestKind } from '../core/request-budgets.ts';
import type { Began, Headroom, Refused, Throttled, Uncertain } from '../engine/ports.ts';
import { failureOf, type Failure } from './failure.ts';
import { textAt } from './raw.ts';
import { failureOfThrown } from './thrown.ts';
import type { ArmRequest, ArmResponse, Transport } from './transport.ts';

export type Answer = { readonly kind: 'answer'; readonly response: ArmResponse } | Failure;

export interface Arm {
  ask(request: ArmRequest): Promise<Answer>;
}

export const makeArm = (transport: Transport, hear: (headroom: Headroom) => void): Arm => ({
  async ask(request) {
    let response: ArmResponse;
    try {
      response = await transport.send(request);
    } catch (error) {
      return failureOfThrown(error, request.path ?? request.url ?? '');
    }
    for (const headroom of headroomOf(request, response)) hear(headroom);
    return failureOf(response) ?? { kind: 'answer', response };
  },
});

/** Answers to the same question are remembered; refusals and lost answers are not. */
export const onceEach = (arm: Arm): Arm => {
  const known = new Map<string, Answer>();
  return {
    async ask(request) {
      const { method, path, url, query } = request;
      const key = JSON.stringify([method, path, url, query]);
      const found = known.get(key);
      if (found) return found;
      const answer = await arm.ask(request);
      if (answer.kind === 'answer' && method === 'GET') known.set(key, answer);
      return answer;
    },
  };
};

/** What a failed question means; a 404 is the caller's to judge before. */
export const unanswered = (failure: Failure): Refused | Throttled | Uncertain => {
  switch (failure.kind) {
    case 'throttled':
      return { kind: 'throttled', retryAfterMs: failure.retryAfterMs, bucket: failure.bucket };
    case 'busy':
    case 'uncertain':
      return uncertain(failure.problem, failure.retryAfterMs);
    default:
      return { kind: 'refused', problem: failure.problem };
  }
};

/** How long to leave a busy resource alone where Azure does not say. */
const busyForMs = 15_000;

/** What a failed write means. Only `uncertain` leaves open whether Azure took it. */
export const unwritten = (failure: Failure): Began => {
  switch (failure.kind) {
    case 'throttled':
      return { kind: 'throttled', retryAfterMs: failure.retryAfterMs, bucket: failure.bucket };
    case 'busy':
      return { kind: 'not-yet', phase: failure.problem.summary, retryAfterMs: failure.retryAfterMs ?? busyForMs };
    case 'uncertain':
      return { ...uncertain(failure.problem, failure.retryAfterMs), ...(failure.unsent ? { unsent: true } : {}) };
    default:
      return { kind: 'settled', ok: false, problem: failure.problem };
  }
};

const uncertain = (problem: Problem, retryAfterMs: number | undefined): Uncertain => ({
  kind: 'uncertain',
  problem,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

/**
 * ARM counts down `x-ms-ratelimit-remaining-subscription-writes` and its like; Compute sends a comma list of `bucket;count`.
 * https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
 * https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshooting-throttling-errors
 */
export const headroomOf = (request: ArmRequest, { headers, subject, body }: ArmResponse): readonly Headroom[] => {
  const subscriptionId = subscriptionOf(subject) || subscriptionOf(request.path ?? '');
  const kind = kindOf(request);
  const found: Headroom[] = [];
  const region = /\/locations\/([^/]+)/i.exec(subject)?.[1] ?? textAt(body, 'location');
  const about = {
    ...(region === undefined ? {} : { region: region.toLowerCase().replaceAll(' ', '') }),
    resource: decodeURIComponent(subject).toLowerCase(),
  };
  const add = (bucket: string, count: string | undefined, of: RequestKind = kind): void => {
    const remaining = Number.parseInt(count ?? '', 10);
    if (remaining >= 0) found.push({ subscriptionId, kind: of, bucket, remaining, ...about });
  };
  add('subscription-reads', headers['x-ms-ratelimit-remaining-subscription-reads'], 'read');
  add('subscription-writes', headers['x-ms-ratelimit-remaining-subscription-writes'], 'write');
  add('subscription-deletes', headers['x-ms-ratelimit-remaining-subscription-deletes'], 'delete');
  add('subscription-resource-requests', headers['x-ms-ratelimit-remaining-subscription-resource-requests']);
  add(
    'subscription-resource-entities-read',
    headers['x-ms-ratelimit-remaining-subscription-resource-entities-read'],
    'read',
  );
  for (const part of (headers['x-ms-ratelimit-remaining-resource'] ?? '').split(',')) {
    const [bucket, count] = part.split(';');
    if (bucket) add(bucket.trim(), count);
  }
  return found;
};

const kindOf = ({ method }: ArmRequest): RequestKind =>
  method === 'GET' || method === 'HEAD' ? 'read' : method === 'DELETE' ? 'delete' : 'write';
