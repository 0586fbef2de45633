/**
 * One door to Azure Resource Manager. Requests go through the pipelines of the named SDK clients (login, TLS, proxy,
 * user
 * agent), but raw: typed methods hide headers, drop fields they do not know and retry unseen. Nothing here waits or
 * retries.
 */
import type * as RestPipeline from '@azure/core-rest-pipeline';
import type { HttpClient, HttpMethods, Pipeline, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { withoutSecrets } from '../core/secrets.ts';
import { textAt } from './raw.ts';

export type Provider =
  | 'compute'
  | 'recovery-services'
  | 'backup'
  | 'site-recovery'
  | 'resource-graph'
  | 'resources'
  | 'subscriptions'
  /** The public price list: no Resource Manager and no login; a transport of its own. */
  | 'retail-prices';

export interface ArmRequest {
  readonly provider: Provider;
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD';
  /** From the root of the resource manager, unencoded names allowed: `/subscriptions/…`. Give this or `url`. */
  readonly path?: string;
  /** A nextLink or operation URL, followed verbatim; refused when it leaves the resource manager's origin. */
  readonly url?: string;
  /** Added as a query parameter to `path`; a `url` carries its own. */
  readonly apiVersion?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ArmResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; `undefined` when the body is empty or not JSON. */
  readonly body: unknown;
  readonly text: string;
  /** What was asked, without the query: safe to show (operation URLs are signed). */
  readonly subject: string;
}

export interface Transport {
  send(request: ArmRequest): Promise<ArmResponse>;
  /** Requests sent so far, by provider. */
  readonly counts: ReadonlyMap<Provider, number>;
  /** Azure's clock as last heard in a `Date` header, whole ms; `undefined` before the first answer. */
  readonly azureNow: () => number | undefined;
}

/** An absolute URL that would carry the login's token to somebody else. */
export class ForeignOriginError extends Error {
  constructor(origin: string, expected: string) {
    super(
      `Azure's answer points to ${origin}, which is not the resource manager ${expected}; the request was not sent.`,
    );
    this.name = 'ForeignOriginError';
  }
}

export interface TransportParts {
  /** Origin and path of the resource manager, e.g. `https://management.azure.com`. */
  readonly resourceManager: string;
  /** The pipeline of the SDK client for a provider, made on first use. */
  readonly pipeline: (provider: Provider) => Promise<Pipeline>;
  /** Loaded by whoever loads the SDKs, so that no two loads overlap. */
  readonly rest: () => Promise<typeof RestPipeline>;
  /** Milliseconds of this machine's monotonic clock, to carry Azure's Date forward. */
  readonly elapsedMs: () => number;
  /** Has the next `pipeline` log in anew, whatever its caches hold. `used`: the pipeline whose token was turned away. */
  readonly renewLogin?: (used: Pipeline) => void;
  /**
   * A GUID in every request, as `x-ms-correlation-request-id`, by which the activity log's events of one run can be found. No page
   * says that Resource Manager keeps a client's [K]; Terraform's azurerm has sent one since 2019:
   * https://github.com/hashicorp/terraform-provider-azurerm/pull/3253
   */
  readonly correlationId?: string;
  /** How long an answer may take, ms of this machine's time; afterwards the request's fate is uncertain. */
  readonly answerWithinMs?: number;
  /** Told of every exchange, for --debug: no query, no body, no token. */
  readonly onAnswer?: (exchange: Exchange) => void;
}

/**
 * No source gives a limit of Azure's own. Its front door ends requests that its providers leave open (504); this only
 * has to be longer, so that a connection gone dead does not hold a step for ever.
 */
const defaultAnswerWithinMs = 120_000;

/** Later moments have no RFC 3339 form of four digits a year: such a Date is a mistake. */
const lastDate = Date.UTC(9000, 0, 1);

export interface Exchange {
  readonly method: string;
  readonly subject: string;
  readonly status: number;
  readonly elapsedMs: number;
  readonly requestId?: string;
  /** Ours, as sent. */
  readonly clientRequestId?: string;
}

export const makeTransport = (parts: TransportParts): Transport => {
  const counts = new Map<Provider, number>();
  let heard: Heard | undefined;
  let httpClient: HttpClient | undefined;
  const answerWithinMs = parts.answerWithinMs ?? defaultAnswerWithinMs;

  const exchange = async (request: ArmRequest, url: URL, pipeline: Pipeline): Promise<ArmResponse> => {
    const rest = await parts.rest();
    httpClient ??= rest.createDefaultHttpClient();
    const sentAt = parts.elapsedMs();
    counts.set(request.provider, (counts.get(request.provider) ?? 0) + 1);
    const wire = wireOf(rest, request, url, answerWithinMs);
    if (parts.correlationId !== undefined) wire.headers.set('x-ms-correlation-request-id', parts.correlationId);
    const asking = pipeline.sendRequest(httpClient, wire);
    const response = await answered(rest, request, answerWithinMs, asking);
    const headers = response.headers.toJSON();
    const date = Date.parse(headers['date'] ?? '');
    if (date > 0 && date < lastDate) heard = listen(heard, date, parts.elapsedMs());
    // Nothing of Azure's that is kept, shown or exported may open a door; what must be followed verbatim stands in headers.
    const text = withoutSecrets(response.bodyAsText ?? '');
    const requestId = headers['x-ms-request-id'];
    parts.onAnswer?.({
      method: request.method,
      subject: url.pathname,
      status: response.status,
      elapsedMs: parts.elapsedMs() - sentAt,
      ...(requestId === undefined ? {} : { requestId }),
      clientRequestId: wire.requestId,
    });
    return { status: response.status, headers, body: parseJson(text), text, subject: url.pathname };
  };

  return {
    counts,
    azureNow: () => (heard ? Math.round(heard.azureMs + (parts.elapsedMs() - heard.atMs)) : undefined),
    async send(request) {
      const url = urlOf(parts.resourceManager, request);
      const pipeline = await parts.pipeline(request.provider);
      const first = await exchange(request, url, pipeline);
      if (!parts.renewLogin || !isTokenExpired(first)) return first;
      parts.renewLogin(pipeline);
      return exchange(request, url, await parts.pipeline(request.provider));
    },
  };
};

/**
 * The token's time is over by Azure's clock, while the SDK, which goes by this machine's, holds it for good. Azure did
 * nothing with such a request, a POST included.
 */
const isTokenExpired = ({ status, body }: ArmResponse): boolean =>
  status === 401 && textAt(body, 'error', 'code')?.toLowerCase() === 'expiredauthenticationtoken';

const wireOf = (rest: typeof RestPipeline, request: ArmRequest, url: URL, timeout: number): PipelineRequest =>
  rest.createPipelineRequest({
    url: url.href,
    method: request.method satisfies HttpMethods,
    headers: rest.createHttpHeaders({
      accept: 'application/json',
      'x-ms-return-client-request-id': 'true',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
    }),
    timeout,
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    ...(request.signal ? { abortSignal: request.signal } : {}),
  });

/** The SDK's time limit looks like the caller's own abort; it is a connection that failed. */
const answered = async (
  rest: typeof RestPipeline,
  { method, signal }: ArmRequest,
  withinMs: number,
  answer: Promise<PipelineResponse>,
): Promise<PipelineResponse> => {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError' || signal?.aborted) throw error;
    throw new rest.RestError(`no answer to ${method} within ${withinMs / 1000} s`, { code: 'ETIMEDOUT' });
  }
};

interface Reading {
  readonly azureMs: number;
  readonly atMs: number;
}

interface Heard extends Reading {
  /** A Date that was plainly off: believed when the next answer agrees with it. */
  readonly doubted?: Reading;
}

const offMs = 5_000;
/** Two answers that took unequally long on their way may still agree. */
const agreeMs = 60_000;

/**
 * Azure's Date has whole seconds: taking each one would make time jump back and forth, so the first is carried forward. It is
 * replaced when two answers in a row say that it is plainly off (a machine that slept: its monotonic clock stood still). One
 * alone may be a proxy's.
 */
const listen = (heard: Heard | undefined, azureMs: number, atMs: number): Heard => {
  const now: Reading = { azureMs, atMs };
  if (!heard) return now;
  if (apart(heard, now) <= offMs) return { azureMs: heard.azureMs, atMs: heard.atMs };
  return heard.doubted && apart(heard.doubted, now) <= agreeMs ? now : { ...heard, doubted: now };
};

const apart = (then: Reading, now: Reading): number => Math.abs(then.azureMs + (now.atMs - then.atMs) - now.azureMs);

const parseJson = (text: string): unknown => {
  if (text === '') return undefined;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    // A proxy's HTML page: the caller sees `text` with an `undefined` body and judges by status.
    return undefined;
  }
};

const urlOf = (resourceManager: string, request: ArmRequest): URL => {
  const base = new URL(resourceManager);
  if (request.url !== undefined) {
    const url = URL.parse(request.url, base.href);
    if (url?.origin !== base.origin) throw new ForeignOriginError(url?.origin ?? 'what is no URL', base.origin);
    return url;
  }
  const path = request.path ?? '/';
  const url = new URL(base.href.replace(/\/+$/, '') + encodePath(path.startsWith('/') ? path : `/${path}`));
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  if (request.apiVersion !== undefined) url.searchParams.set('api-version', request.apiVersion);
  // ARM wants %20 in filters, not the form encoding's plus.
  url.search = url.search.replaceAll('+', '%20');
  return url;
};

/** Encodes what a path may not hold (`#`, `?`, spaces, `%` that is no escape); leaves `;` and `%3B` as they are. */
const encodePath = (path: string): string =>
  path
    .split('/')
    .map((part) => part.replace(/%(?![0-9a-f]{2})/gi, '%25').replace(/[^\w\-.~!$&'()*+,;=:@%]/gu, encodeURIComponent))
    .join('/');
