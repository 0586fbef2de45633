import { readFileSync } from 'node:fs';

export type Json = { [key: string]: unknown };

/** One recorded exchange: a line of a flow file. */
export interface Recorded {
  readonly i: number;
  /** The answer's Date header; `undefined` where the recorder kept none. */
  readonly at: number | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly request: unknown;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export class UnreadableFlow extends Error {}

/** Reads a flow. Throws UnreadableFlow, naming file and line, for anything that is not an exchange a line. */
export function readFlow(file: string): readonly Recorded[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UnreadableFlow(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const lines = text.split('\n').map((line, index) => ({ line, number: index + 1 }));
  const flow = lines
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => exchangeOf(line, `${file}:${number}`));
  if (flow.length === 0) throw new UnreadableFlow(`${file}: no exchange in it`);
  return flow;
}

function exchangeOf(line: string, place: string): Recorded {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new UnreadableFlow(`${place}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { i, date, method, path, query, req, status, headers, body } = (parsed ?? {}) as Json;
  if (typeof method !== 'string' || typeof path !== 'string' || typeof status !== 'number') {
    throw new UnreadableFlow(`${place}: an exchange needs method, path and status`);
  }
  const at = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return {
    i: typeof i === 'number' ? i : 0,
    at: Number.isNaN(at) ? undefined : at,
    method,
    path,
    query: Object.fromEntries(Object.entries((query ?? {}) as Json).map(([name, value]) => [name, String(value)])),
    request: req ?? undefined,
    status,
    headers: Object.fromEntries(
      Object.entries((headers ?? {}) as Json).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: body ?? undefined,
  };
}

/** A resource id in a path: up to the last name of a type. Actions and collections end before. */
export function resourceIdOf(path: string): string | undefined {
  const match = /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)(?:\/providers\/([^/]+)((?:\/[^/]+\/[^/]+)+))?/i.exec(
    path,
  );
  if (!match) return undefined;
  return match[2] === undefined ? match[1] : `${match[1]}/providers/${match[2]}${match[3]}`;
}

/** `Microsoft.Compute/disks` of a resource id, in the id's own spelling. */
export function typeOfId(id: string): string {
  const tail = id.split(/\/providers\//i).at(-1) ?? '';
  if (!/\/providers\//i.test(id)) return 'Microsoft.Resources/subscriptions/resourceGroups';
  const [namespace = '', ...rest] = tail.split('/');
  return [namespace, ...rest.filter((_, i) => i % 2 === 0)].join('/');
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Calls back for every object in a body, outermost first. */
export function eachObject(value: unknown, visit: (object: Json) => void): void {
  if (Array.isArray(value)) for (const each of value) eachObject(each, visit);
  else if (isObject(value)) {
    visit(value);
    for (const each of Object.values(value)) eachObject(each, visit);
  }
}
