/**
 * The only reader of Azure's errors: every envelope a provider answers with becomes one of a few kinds. Envelopes seen:
 * ARM `{error: {code, message, details, innererror}}`, a bare `{code, message}`, and Recovery Services'
 * `{ErrorCode, Message: {Value}}`. What the SDK throws instead of an answer is thrown.ts's.
 */
import type { Problem, Severity } from '../core/problem.ts';
import { withoutSecrets } from '../core/secrets.ts';
import type { ArmResponse } from './transport.ts';

export type Failure =
  /** Turned away before anything was done; come again after `retryAfterMs`. `bucket` names the limit that was hit. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number; readonly bucket: string; readonly problem: Problem }
  /** Refused for now because of something else in flight (also some 429s); nothing was done. */
  | { readonly kind: 'busy'; readonly retryAfterMs?: number; readonly azureCode: string; readonly problem: Problem }
  | {
      readonly kind: 'forbidden';
      readonly action?: string;
      readonly scope?: string;
      readonly azureCode: string;
      readonly problem: Problem;
    }
  | { readonly kind: 'not-found'; readonly azureCode: string; readonly problem: Problem }
  /** The subscription never registered the resource provider. */
  | { readonly kind: 'not-registered'; readonly azureCode: string; readonly problem: Problem }
  /** Whether Azure did it cannot be told: connection lost, 5xx, an answer that is not JSON. */
  | { readonly kind: 'uncertain'; readonly retryAfterMs?: number; readonly problem: Problem; readonly unsent?: true }
  | { readonly kind: 'failed'; readonly status: number; readonly azureCode: string; readonly problem: Problem };

/** Azure's error, out of whichever envelope. */
export interface AzureErrorBody {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details: readonly AzureErrorBody[];
}

/** What went wrong, or `undefined` for an answer in the 200s that can be read to its end. */
export const failureOf = (response: ArmResponse): Failure | undefined => {
  const { status } = response;
  if (status >= 200 && status < 300) return isBroken(response) ? unreadable(response) : undefined;
  const error = errorBody(response.body) ?? { code: '', message: '', details: [] };
  const codes = new Set([error.code, ...error.details.map((d) => d.code)].map((c) => c.toLowerCase()));
  const azureCode = error.code || `HTTP ${status}`;
  const problem = (code: string, severity: Severity, summary: string, remedy?: string): Problem =>
    describe(response.subject, code, severity, summary, error, response, remedy);

  if (status === 429 || codes.has('toomanyrequests')) {
    if ([...codes].some((c) => c.startsWith('retryableerror') || c === 'anotheroperationinprogress')) {
      return {
        kind: 'busy',
        azureCode,
        ...retryAfter(response, error),
        problem: problem('azure-busy', 'medium', 'Azure is busy with another operation on this resource'),
      };
    }
    return {
      kind: 'throttled',
      retryAfterMs: retryAfter(response, error).retryAfterMs ?? defaultThrottleMs,
      bucket: bucketOf(error, response),
      problem: problem('azure-throttled', 'medium', 'Azure turned the request away: too many requests'),
    };
  }
  if (codes.has('missingsubscriptionregistration') || codes.has('subscriptionnotregistered')) {
    return {
      kind: 'not-registered',
      azureCode,
      problem: problem(
        'azure-not-registered',
        'medium',
        'The resource provider is not registered in this subscription',
      ),
    };
  }
  if (status === 401) {
    return {
      kind: 'failed',
      status,
      azureCode,
      problem: problem(
        'azure-login',
        'high',
        'Azure did not accept the login',
        'Log in again (for example `az login`) and check the tenant.',
      ),
    };
  }
  if (status === 403) {
    return {
      kind: 'forbidden',
      azureCode,
      ...deniedAction(error),
      problem: problem('azure-forbidden', 'high', 'The login may not do this'),
    };
  }
  if (status === 404 || status === 410)
    return {
      kind: 'not-found',
      azureCode,
      problem: problem('azure-not-found', 'medium', 'Azure has no such resource'),
    };
  if (status === 409 && ([...codes].some((c) => busyCodes.has(c)) || isConcurrentPoint(error))) {
    return {
      kind: 'busy',
      azureCode,
      ...retryAfter(response, error),
      problem: problem('azure-busy', 'medium', 'Azure is busy with another operation on this resource'),
    };
  }
  if (status >= 500 || status === 408 || response.body === undefined) {
    return {
      kind: 'uncertain',
      ...retryAfter(response, error),
      problem: problem('azure-uncertain', 'high', `Azure answered ${status} without a clear result`),
    };
  }
  return {
    kind: 'failed',
    status,
    azureCode,
    problem: problem('azure-refused', 'high', `Azure refused: ${error.code || status}`),
  };
};

/** Cut short, or a page of somebody in between: what it does not say must not count as what is not there. */
const isBroken = ({ body, text }: ArmResponse): boolean => body === undefined && text.trim() !== '';

const unreadable = (response: ArmResponse): Failure => ({
  kind: 'uncertain',
  problem: {
    code: 'azure-uncertain',
    severity: 'high',
    subject: response.subject,
    summary: `Azure answered ${response.status}, and the answer is no JSON or ends in the middle`,
  },
});

/**
 * 409s that pass by themselves (facts O-13, R-58):
 * https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
 */
const busyCodes = new Set([
  'anotheroperationinprogress',
  'retryableerror',
  'retryableerrorduetoanotheroperation',
  'operationinprogress',
  'conflictinguseroperation',
  'usererrorconflictingoperation',
]);

/**
 * One restore point of a machine is made at a time (facts P-12); the code alone says nothing:
 * https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/restore-point-troubleshooting
 */
const isConcurrentPoint = ({ code, message }: AzureErrorBody): boolean =>
  code.toLowerCase() === 'vmrestorepointclienterror' && /\bconcurrent\b/i.test(message);

/** A 429 that says nothing of when: Azure's buckets are refilled by the second (facts L-01, L-04), so this is ample. */
export const defaultThrottleMs = 15_000;

/** Reads an error out of any envelope, also the `error` of an operation's status or of a job. */
export const errorBody = (body: unknown): AzureErrorBody | undefined => {
  if (!isRecord(body)) return undefined;
  const outer = isRecord(body['error']) ? body['error'] : isRecord(body['Error']) ? body['Error'] : body;
  const code = text(outer['code']) ?? text(outer['Code']) ?? text(outer['errorCode']) ?? text(outer['ErrorCode']);
  const said = outer['message'] ?? outer['Message'] ?? outer['errorMessage'] ?? outer['errorString'];
  const message = text(said) ?? (isRecord(said) ? (text(said['value']) ?? text(said['Value'])) : undefined);
  if (code === undefined && message === undefined) return undefined;
  const nested = message === undefined ? undefined : nestedError(message);
  const listed = Array.isArray(outer['details']) ? outer['details'].flatMap((d) => errorBody(d) ?? []) : [];
  const target = text(outer['target']);
  return {
    code: code ?? '',
    message: redactQueries(message ?? ''),
    ...(target === undefined ? {} : { target }),
    details: nested ? [...listed, nested] : listed,
  };
};

/** Some gateways put a whole error as a JSON string into `message`. */
const nestedError = (message: string): AzureErrorBody | undefined => {
  if (!message.trimStart().startsWith('{')) return undefined;
  try {
    return errorBody(JSON.parse(message));
  } catch {
    return undefined; // a sentence that merely starts with a brace
  }
};

/**
 * `Retry-After` in seconds or as an HTTP date (relative to the answer's own Date), Azure's millisecond spellings, the reset of
 * Resource Graph's quota, or the "try again after '324' seconds" of the message.
 */
const retryAfter = (response: ArmResponse, error: AzureErrorBody): { retryAfterMs?: number } => {
  const { headers } = response;
  const ms = Number.parseInt(headers['retry-after-ms'] ?? headers['x-ms-retry-after-ms'] ?? '', 10);
  if (ms >= 0) return { retryAfterMs: Math.min(ms, longestWaitMs) };
  const header = retryAfterMsOf(headers);
  if (header !== undefined) return { retryAfterMs: header };
  const renewed = resetsAfterMsOf(headers);
  if (renewed !== undefined) return { retryAfterMs: renewed };
  const said = /try again after '?(\d+)'? seconds/i.exec(
    [error.message, ...error.details.map((d) => d.message)].join(' '),
  );
  return said ? { retryAfterMs: Math.min(Number(said[1]) * 1000, longestWaitMs) } : {};
};

/** Nobody is asked to stay away for longer; a larger number is a mistake, and no clock could be set by some of them. */
const longestWaitMs = 24 * 60 * 60_000;

/** The wait an answer of any status asks for, ms; pollers use it too. */
export const retryAfterMsOf = (headers: Readonly<Record<string, string>>): number | undefined => {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.min(Number(value) * 1000, longestWaitMs);
  const until = Date.parse(value);
  const now = Date.parse(headers['date'] ?? '');
  return Number.isNaN(until) || Number.isNaN(now) ? undefined : Math.min(Math.max(0, until - now), longestWaitMs);
};

/** Until when Resource Graph's quota is renewed (`hh:mm:ss`), ms; it sends that with a 429 as well. */
export const resetsAfterMsOf = (headers: Readonly<Record<string, string>>): number | undefined => {
  const match = /^(\d+):(\d\d):(\d\d)/.exec(headers['x-ms-user-quota-resets-after'] ?? '');
  return match
    ? Math.min(((Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3])) * 1000, longestWaitMs)
    : undefined;
};

const bucketOf = (error: AzureErrorBody, response: ArmResponse): string => {
  const inner = error.details.find((d) => d.code.toLowerCase() === 'toomanyrequests');
  const named = inner?.target ?? /action '([^']+)'/.exec(error.message)?.[1] ?? error.target;
  if (named) return named;
  const empty = (response.headers['x-ms-ratelimit-remaining-resource'] ?? '')
    .split(',')
    .find((part) => /;0\s*$/.test(part));
  return empty?.split(';')[0]?.trim() ?? (error.code || 'requests');
};

/**
 * "does not have authorization to perform action 'A' over scope 'S'": the only place where ARM names the missing
 * permission.
 */
const deniedAction = (error: AzureErrorBody): { action?: string; scope?: string } => {
  const all = [error.message, ...error.details.map((d) => d.message)].join(' ');
  const action = /action(?:\(s\))? '([^']+)'/i.exec(all)?.[1];
  const scope = /(?:over )?scope(?:\(s\))? '([^']+)'/i.exec(all)?.[1];
  return { ...(action ? { action } : {}), ...(scope ? { scope } : {}) };
};

const describe = (
  subject: string,
  code: string,
  severity: Severity,
  summary: string,
  error: AzureErrorBody,
  response: ArmResponse,
  remedy?: string,
): Problem => {
  const said = [error, ...error.details].map((e) => [e.code, e.message].filter(Boolean).join(': ')).filter(Boolean);
  const id = response.headers['x-ms-request-id'] ?? response.headers['x-ms-correlation-request-id'];
  const detail = [said.length ? said.join('; ') : firstLines(response.text), ...(id ? [`(request ${id})`] : [])]
    .filter(Boolean)
    .join(' ');
  return { code, severity, subject, summary, ...(detail ? { detail } : {}), ...(remedy ? { remedy } : {}) };
};

export const firstLines = (text: string): string => redactQueries(text).split('\n').slice(0, 4).join(' ').slice(0, 600);

/** Signed URLs and tokens live in queries: none is ever shown. */
const redactQueries = (text: string): string => withoutSecrets(text).replace(/(https?:\/\/[^\s?"']+)\?[^\s"']*/g, '$1');

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
