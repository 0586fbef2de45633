import type { Mapping } from './mapping.ts';
import type { Json } from './recording.ts';
import { isObject } from './recording.ts';

export interface Answered {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What a comparison needs to know beside the two answers. */
export interface Comparison {
  readonly mapping: Mapping;
  /** The recording kept Retry-After headers. */
  readonly retryAfter: boolean;
  /** Every key that a request of the flow sent: a tag beyond these came from somebody else's policy. */
  readonly sentKeys: ReadonlySet<string>;
}

/** Headers whose presence is part of the contract of a long-running operation. */
const operationHeaders = ['azure-asyncoperation', 'location'];

/**
 * A recorded list less the rows of strangers: resources that the flow neither makes nor names, which were in the
 * subscription of the recording and cannot be in the simulator.
 */
export function withoutStrangers(body: unknown, known: ReadonlySet<string>): unknown {
  if (!isObject(body) || !Array.isArray(body['value'])) return body;
  const rows = body['value'].filter(
    (row) => !isObject(row) || topLevelIdsOf(row).every((id) => known.has(id.toLowerCase())),
  );
  if (rows.length === body['value'].length) return body;
  // With strangers gone the rest may fit on fewer pages.
  const { nextLink: _, ...rest } = body;
  return { ...rest, value: rows };
}

/** Ids of resources straight under a group that a row is or speaks for. */
function topLevelIdsOf(row: Json): readonly string[] {
  const properties = isObject(row['properties']) ? row['properties'] : {};
  const ids = [row['id'], properties['virtualMachineId'], properties['sourceResourceId']];
  return ids.filter(
    (id): id is string =>
      typeof id === 'string' &&
      /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+\/[^/]+\/[^/]+$/i.test(id),
  );
}

/** What differs between a recorded answer and the simulator's, in words; empty where they match. */
export function compareAnswers(recorded: Answered, simulated: Answered, comparison: Comparison): readonly string[] {
  const found: string[] = [];
  if (recorded.status !== simulated.status) {
    return [`status: recorded ${recorded.status}, simulator ${simulated.status}${errorOf(simulated.body)}`];
  }
  for (const name of [...operationHeaders, ...(comparison.retryAfter ? ['retry-after'] : [])]) {
    const [there, here] = [name in recorded.headers, name in simulated.headers];
    if (there && !here) found.push(`header missing: ${name}`);
    if (!there && here) found.push(`header extra: ${name}`);
  }
  found.push(...compareBodies(recorded.body, simulated.body, '', comparison));
  return [...new Set(found)];
}

function errorOf(body: unknown): string {
  const error = isObject(body) && isObject(body['error']) ? body['error'] : undefined;
  return error ? ` ${String(error['code'])}: ${String(error['message']).slice(0, 160)}` : '';
}

/** Keys, types and enum values, recursively; arrays row by row. Nulls fit any type. */
export function compareBodies(
  recorded: unknown,
  simulated: unknown,
  path: string,
  comparison: Comparison,
): readonly string[] {
  const at = path === '' ? 'body' : path;
  if (recorded === undefined && simulated === undefined) return [];
  if (recorded === undefined || (recorded === '' && path === ''))
    return simulated === undefined ? [] : [`${at}: recorded nothing, simulator ${kindOf(simulated)}`];
  if (simulated === undefined) return [`${at}: recorded ${kindOf(recorded)}, simulator nothing`];
  if (recorded === null || simulated === null) return [];
  if (kindOf(recorded) !== kindOf(simulated))
    return [`${at}: recorded ${kindOf(recorded)}, simulator ${kindOf(simulated)}`];
  if (Array.isArray(recorded) && Array.isArray(simulated)) return compareRows(recorded, simulated, at, comparison);
  if (isObject(recorded) && isObject(simulated)) {
    const prefix = path === '' ? '' : `${path}.`;
    const found: string[] = [];
    for (const key of Object.keys(recorded)) {
      if (/(?:^|\.)tags$/.test(path) && !comparison.sentKeys.has(key)) continue;
      if (!(key in simulated)) found.push(`key missing: ${prefix}${key}${recorded[key] === null ? ' (null)' : ''}`);
      else found.push(...compareBodies(recorded[key], simulated[key], prefix + key, comparison));
    }
    for (const key of Object.keys(simulated)) if (!(key in recorded)) found.push(`key extra: ${prefix}${key}`);
    return found;
  }
  if (
    typeof recorded === 'string' &&
    typeof simulated === 'string' &&
    isEnumValue(path, recorded) &&
    recorded !== simulated
  ) {
    return [`${at}: recorded '${recorded}', simulator '${simulated.slice(0, 60)}'`];
  }
  return [];
}

function compareRows(
  recorded: readonly unknown[],
  simulated: readonly unknown[],
  at: string,
  comparison: Comparison,
): readonly string[] {
  const found: string[] = [];
  if (recorded.length !== simulated.length)
    found.push(`${at}[]: recorded ${recorded.length} rows, simulator ${simulated.length}`);
  for (const [a, b] of comparison.mapping.pairs(recorded, simulated))
    found.push(...compareBodies(a, b, `${at}[]`, comparison));
  return found;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

/** Fields whose words are a person's or a server's own, not members of an enum. */
const freeText =
  /(?:^|\.)(?:\w*name|tags\..*|location|description|message|recommendation|etag|version|publisher|offer|sku\.tier|\w*version|source\w*|target\w*|parameters\..*|propertyBag\..*|dynamicErrorMessage|\w*id)$/i;

/** One word in capitals style, as Azure writes enum members. */
function isEnumValue(path: string, value: string): boolean {
  return /^[A-Z][A-Za-z]*(?:_[A-Z0-9]+)?$/.test(value) && value.length < 60 && !freeText.test(path);
}
