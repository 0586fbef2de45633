import { isKnownRoute, listingOf } from './deviations.ts';
import type { Issue, ObservedExchange, Validator } from './openapi.ts';

/** What a suite's exchanges came to. Conforming means that `problems` is empty. */
export interface ConformanceReport {
  readonly judged: number;
  readonly valid: number;
  /** Exchanges whose every deviation is listed with its reason. */
  readonly listed: number;
  /** Exchanges whose route no document has, by route. */
  readonly unvalidated: Readonly<Record<string, number>>;
  readonly notJudged: readonly string[];
  /** Unlisted deviations and routes, each once with the number of times it was seen. */
  readonly problems: readonly string[];
}

/** A line of the simulator's exchange log. */
export interface LoggedExchange {
  readonly method: string;
  readonly url: string;
  readonly apiVersion: string | null;
  readonly request: unknown;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: unknown;
  readonly fault?: string;
}

/** Log lines as exchanges; login, metadata, the price list and answers that a fault made or cut are not Azure Resource Manager's. */
export function exchangesOf(lines: readonly LoggedExchange[]): readonly ObservedExchange[] {
  return lines
    .filter((line) => line.apiVersion !== null && line.fault === undefined && line.status !== 0)
    .filter((line) => !/^\/(?:metadata|api\/retail)\//.test(new URL(line.url).pathname))
    .map((line) => ({
      method: line.method,
      url: line.url,
      requestBody: line.request,
      status: line.status,
      responseHeaders: line.headers,
      responseBody: line.response,
    }));
}

/** Holds every exchange against the documents; with `answersOnly`, requests that somebody else wrote are not judged. */
export async function report(
  exchanges: readonly ObservedExchange[],
  validator: Validator,
  { answersOnly = false }: { readonly answersOnly?: boolean } = {},
): Promise<ConformanceReport> {
  const problems = new Map<string, number>();
  const unvalidated: Record<string, number> = {};
  const notJudged: string[] = [];
  let valid = 0;
  let listed = 0;
  const add = (problem: string): void => void problems.set(problem, (problems.get(problem) ?? 0) + 1);
  for (const exchange of exchanges) {
    const judgement = await validator.validate(exchange);
    if (judgement.kind === 'valid') valid += 1;
    else if (judgement.kind === 'not-judged') notJudged.push(judgement.reason);
    else if (judgement.kind === 'unvalidated') {
      unvalidated[judgement.route] = (unvalidated[judgement.route] ?? 0) + 1;
      if (!isKnownRoute(judgement.route)) add(`no document and not listed: ${judgement.route}`);
    } else {
      const unlisted = judgement.issues.filter(
        (issue) => !listingOf(judgement.operation, issue) && !(answersOnly && issue.side === 'request'),
      );
      if (unlisted.length === 0) listed += 1;
      for (const issue of unlisted) add(sentence(judgement.operation, exchange, issue));
    }
  }
  for (const reason of new Set(notJudged)) add(`not judged: ${reason}`);
  return {
    judged: exchanges.length,
    valid,
    listed,
    unvalidated,
    notJudged,
    problems: [...problems].map(([problem, times]) => `${problem} (×${times})`),
  };
}

function sentence(operation: string, { method, status }: ObservedExchange, issue: Issue): string {
  const where = issue.path || 'as a whole';
  return `${operation} (${method} ${status}) ${issue.side} ${where}: ${issue.code} ${issue.message}`;
}
