/**
 * Azure Resource Graph: pages of 1,000 rows ordered by id, at most 300 subscriptions a query, its own quota obeyed
 * (facts L-14 to L-19).
 */
import type { Clock } from '../engine/ports.ts';
import type { Inquiry } from './inquiry.ts';
import type { Failure } from './failure.ts';
import { makeGraphQuota } from './graph-quota.ts';
import { apiVersions } from './kinds.ts';
import { at, flagAt, listAt, numberAt, textAt } from './raw.ts';
import type { ArmRequest } from './transport.ts';

/**
 * Anybody may ask, and is answered what they may read:
 * https://learn.microsoft.com/azure/governance/resource-graph/overview#permissions-in-azure-resource-graph
 */
export const graphAction = 'Microsoft.ResourceGraph/resources/read';

export type GraphEnd =
  | { readonly kind: 'whole' }
  | { readonly kind: 'truncated'; readonly detail: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Graph {
  /**
   * Runs a query that projects `id` and orders by it; every row as it arrives. Subscriptions are split into groups by
   * the caller.
   */
  query(kql: string, subscriptions: readonly string[], onRow: (raw: unknown) => void): Promise<GraphEnd>;
  /** The same over a management group. */
  queryGroup(kql: string, managementGroup: string, onRow: (raw: unknown) => void): Promise<GraphEnd>;
}

/** https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests */
export const subscriptionsPerQuery = 300;

/** Answers are capped at 16 MB: smaller pages are tried when one is too large (facts L-16). */
const pageSizes = [1000, 250, 60, 15] as const;

export const makeGraph = (inquiry: Inquiry, clock: Clock): Graph => {
  const quota = makeGraphQuota(clock);

  const page = async (body: object, sizes: readonly number[], skipToken: string | undefined) => {
    for (const [index, top] of sizes.entries()) {
      const request: ArmRequest = {
        provider: 'resource-graph',
        method: 'POST',
        path: '/providers/Microsoft.ResourceGraph/resources',
        apiVersion: apiVersions.resourceGraph,
        body: {
          ...body,
          options: {
            $top: top,
            resultFormat: 'objectArray',
            ...(skipToken === undefined ? {} : { $skipToken: skipToken }),
          },
        },
      };
      const answer = await inquiry.one(request, quota);
      if (answer.ok || !isTooLarge(answer.failure)) return { answer, sizes: sizes.slice(index) };
    }
    return { answer: undefined, sizes: [] };
  };

  const run = async (body: object, onRow: (raw: unknown) => void): Promise<GraphEnd> => {
    let sizes: readonly number[] = pageSizes;
    let skipToken: string | undefined;
    const ids = new Set<string>();
    let fewest = Number.POSITIVE_INFINITY;
    do {
      const got = await page(body, sizes, skipToken);
      if (got.answer === undefined)
        return { kind: 'truncated', detail: 'Resource Graph refuses even small pages as too large.' };
      if (!got.answer.ok) return { kind: 'failed', failure: got.answer.failure };
      sizes = got.sizes;
      const { body: answer, headers, subject } = got.answer.response;
      const rows = rowsOf(answer);
      if (rows === undefined) return { kind: 'failed', failure: notRows(subject) };
      for (const row of rows) {
        ids.add((textAt(row, 'id') ?? '').toLowerCase());
        onRow(row);
      }
      fewest = Math.min(fewest, numberAt(answer, 'totalRecords') ?? Number.POSITIVE_INFINITY);
      const next = textAt(answer, '$skipToken');
      if (headers['x-ms-tenant-subscription-limit-hit']?.toLowerCase() === 'true') {
        return { kind: 'truncated', detail: 'Resource Graph left out subscriptions beyond its limit of 10,000.' };
      }
      // `resultTruncated` is a string. With a token it only means that there is another page (observed: paged queries).
      if (flagAt(answer, 'resultTruncated') === true && next === undefined) {
        return { kind: 'truncated', detail: 'Resource Graph cut the answer short.' };
      }
      if (next !== undefined && next === skipToken)
        return { kind: 'truncated', detail: 'Resource Graph answered the same page twice.' };
      skipToken = next;
    } while (skipToken !== undefined);
    // Pages shift when resources change meanwhile (facts L-17): fewer rows than even the smallest count means some
    // were missed.
    if (Number.isFinite(fewest) && ids.size < fewest) {
      return { kind: 'truncated', detail: `Resource Graph counts ${fewest} rows and sent ${ids.size}.` };
    }
    return { kind: 'whole' };
  };

  return {
    query: (query, subscriptions, onRow) => run({ subscriptions, query }, onRow),
    queryGroup: (query, managementGroup, onRow) => run({ managementGroups: [managementGroup], query }, onRow),
  };
};

/** `objectArray`, although the document says object (observed: Resource Graph); old servers answer a table. */
const rowsOf = (body: unknown): readonly unknown[] | undefined => {
  const data = at(body, 'data');
  if (Array.isArray(data)) return data;
  const columns = listAt(data, 'columns').map((c) => textAt(c, 'name') ?? '');
  if (columns.length === 0) return undefined;
  return listAt(data, 'rows').map((row) =>
    Array.isArray(row) ? Object.fromEntries(columns.map((name, i) => [name, row[i]])) : row,
  );
};

const notRows = (subject: string): Failure => ({
  kind: 'failed',
  status: 200,
  azureCode: 'UnexpectedAnswer',
  problem: { code: 'azure-unexpected', severity: 'high', subject, summary: 'Resource Graph answered without rows' },
});

/** [K]: the code is not documented; the words "payload" and "too large" are seen in it. */
const isTooLarge = (failure: Failure): boolean =>
  failure.kind === 'failed' &&
  (failure.status === 413 ||
    /payload.?too.?large|response.*(too large|size.*limit)/i.test(failure.problem.detail ?? ''));
