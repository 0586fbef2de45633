import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BodyTypes } from './body-types.ts';
import type { LiveValidator } from 'oav/dist/lib/liveValidation/liveValidator.js';

/** One request with its answer, as a client saw them. */
export interface ObservedExchange {
  readonly method: string;
  readonly url: string;
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly requestBody?: unknown;
  readonly status: number;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly responseBody?: unknown;
}

export interface Issue {
  readonly side: 'request' | 'answer';
  /** oav's code: INVALID_TYPE, OBJECT_ADDITIONAL_PROPERTIES, … */
  readonly code: string;
  /** JSON pointer with every index as N; empty for the body as a whole. */
  readonly path: string;
  readonly message: string;
}

/** What the documents say of an exchange. Only `valid` is a pass. */
export type Judgement =
  | { readonly kind: 'valid'; readonly operation: string }
  | { readonly kind: 'deviation'; readonly operation: string; readonly issues: readonly Issue[] }
  /** No document has the route: its template, names as `{}`. */
  | { readonly kind: 'unvalidated'; readonly route: string }
  | { readonly kind: 'not-judged'; readonly reason: string };

export interface Validator {
  validate(exchange: ObservedExchange): Promise<Judgement>;
}

/** Azure's OpenAPI documents beside the repository. */
export const specsFolder = resolve(import.meta.dirname, '../../../shared/real/specs');

/** Loads the documents (some seconds, once); `undefined` with a printed reason where they are absent. */
export async function createValidator(folder: string = specsFolder): Promise<Validator | undefined> {
  if (!existsSync(join(folder, 'specification'))) {
    console.log(`skipped: Azure's OpenAPI documents are not at ${folder}`);
    return undefined;
  }
  // Loaded here and not at the top: it takes a second, which suites without the documents need not spend.
  const { LiveValidator: Live } = await import('oav/dist/lib/liveValidation/liveValidator.js');
  const live = new Live(
    {
      directory: folder,
      swaggerPaths: documentsUnder(join(folder, 'specification')),
      git: { shouldClone: false },
      isArmCall: true,
      loadValidatorInBackground: false,
      loadValidatorInInitialize: false,
    },
    () => undefined,
  );
  await live.initialize();
  const bodyTypes = BodyTypes.load();
  return { validate: (exchange) => judge(live, bodyTypes, exchange) };
}

function documentsUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) =>
        path.endsWith('.json') && /\/(?:stable|preview)\//.test(path) && !/\/(?:examples|common-types)\//.test(path),
    )
    .map((path) => join(folder, path));
}

async function judge(
  live: LiveValidator,
  bodyTypes: BodyTypes | undefined,
  exchange: ObservedExchange,
): Promise<Judgement> {
  const found = nearestDocument(live, exchange);
  if (!found) return { kind: 'unvalidated', route: `${exchange.method} ${routeOf(exchange.url)}` };
  const { url, operation } = found;
  const result = await live.validateLiveRequestResponse({
    liveRequest: {
      method: exchange.method,
      url: url.href,
      query: Object.fromEntries(url.searchParams),
      headers: { 'content-type': 'application/json', ...exchange.requestHeaders },
      ...(absent(exchange.requestBody)
        ? {}
        : { body: structuredClone(exchange.requestBody) as Record<string, unknown> }),
    },
    liveResponse: {
      statusCode: String(exchange.status),
      headers: { ...exchange.responseHeaders },
      ...(absent(exchange.responseBody)
        ? {}
        : { body: structuredClone(exchange.responseBody) as Record<string, unknown> }),
    },
  });
  const { requestValidationResult: request, responseValidationResult: answer } = result;
  const broken = result.runtimeException ?? request.runtimeException ?? answer.runtimeException;
  if (broken) return { kind: 'not-judged', reason: `${operation}: ${broken.code} ${broken.message}` };
  // A refused request is there to be wrong: only its answer is held against the document.
  const documented = [
    ...(exchange.status >= 400 ? [] : request.errors.map((error) => issueOf('request', error))),
    ...answer.errors.map((error) => issueOf('answer', error)),
  ].filter((issue) => !isUndocumentedRefusal(issue, exchange));
  // Of bodies newer than the documents their own descriptions know better which fields and words there are.
  const described = bodyTypes?.check(exchange);
  const issues = described
    ? [...documented.filter(({ code }) => !aboutVocabulary.has(code)), ...described]
    : documented;
  return issues.length === 0 ? { kind: 'valid', operation } : { kind: 'deviation', operation, issues };
}

const aboutVocabulary = new Set(['OBJECT_ADDITIONAL_PROPERTIES', 'ENUM_MISMATCH', 'ENUM_CASE_MISMATCH']);

function absent(body: unknown): boolean {
  return body === undefined || body === null || body === '';
}

/** Documents that list no error answers at all say nothing about the errors that ARM's gateway gives. */
function isUndocumentedRefusal(issue: Issue, { status }: ObservedExchange): boolean {
  return issue.code === 'INVALID_RESPONSE_CODE' && status >= 400;
}

function issueOf(side: Issue['side'], error: { code: string; message: string; pathsInPayload: string[] }): Issue {
  const path = (error.pathsInPayload[0] ?? '').replaceAll(/\/\d+(?=\/|$)/g, '/N');
  return { side, code: error.code, path, message: error.message };
}

/** The exchange's URL at the api-version nearest to its own that documents the route. */
function nearestDocument(
  live: LiveValidator,
  { method, url: sent }: ObservedExchange,
): { url: URL; operation: string } | undefined {
  const url = new URL(sent);
  const asked = [...url.searchParams].find(([name]) => name.toLowerCase() === 'api-version');
  if (!asked) return undefined;
  url.pathname = url.pathname
    .split('/')
    .filter((part, i) => i === 0 || part !== '')
    .join('/');
  url.searchParams.delete(asked[0]);
  const own = Date.parse(asked[1].slice(0, 10));
  const versions = [
    ...new Set([...live.operationSearcher.cache.values()].flatMap((byVersion) => [...byVersion.keys()])),
  ];
  const nearest = versions.sort((a, b) => Math.abs(Date.parse(a) - own) - Math.abs(Date.parse(b) - own));
  for (const version of nearest) {
    url.searchParams.set('api-version', version);
    const { info, error } = live.getOperationInfo({ url: url.href, method });
    // `/{resourceId}` of Microsoft.Resources matches any path and describes none.
    const isCatchAll = /^Resources_\w+ById$/.test(info.operationId);
    if (error === undefined && info.operationMatch && !isCatchAll) return { url, operation: info.operationId };
  }
  return undefined;
}

/** The path with every name as `{}`: pairs after subscriptions, resourceGroups and providers are type and name. */
export function routeOf(url: string): string {
  const parts = new URL(url).pathname.split('/').filter((part) => part !== '');
  const out: string[] = [];
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i]!;
    out.push(part);
    if (part.toLowerCase() === 'providers') {
      // A namespace with nothing behind it is the name of a registration.
      if (i + 2 < parts.length) out.push(parts[(i += 1)]!);
      else if (i + 1 < parts.length) {
        i += 1;
        out.push('{}');
      }
    } else if (i + 1 < parts.length) {
      i += 1;
      out.push('{}');
    }
  }
  return `/${out.join('/')}`;
}
