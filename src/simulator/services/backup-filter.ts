import type { Call } from '../service.ts';
import { invalidInput } from './backup-names.ts';

/**
 * `$filter` of the backup lists: equalities joined by `and`. Keys come out lower-cased.
 * @throws 400 for anything else, and for a key that the list does not know
 */
export function parseFilter(call: Call, known: readonly string[]): ReadonlyMap<string, string> {
  const text = call.query.get('$filter')?.trim() ?? '';
  const found = new Map<string, string>();
  if (text === '') return found;
  const names = new Set(known.map((each) => each.toLowerCase()));
  for (const part of text.split(/\s+and\s+/i)) {
    const match = /^\(?\s*(\w+)\s+eq\s+'?([^']*)'?\s*\)?$/i.exec(part);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || !names.has(name))
      throw invalidInput(`The filter '${part}' is not supported.`, '$filter');
    found.set(name, match[2] ?? '');
  }
  return found;
}

/** Whether the wanted value, if there is one, is this one; letters' case does not matter. */
export function wants(filter: ReadonlyMap<string, string>, name: string, value: unknown): boolean {
  const wanted = filter.get(name.toLowerCase());
  return wanted === undefined || wanted.toLowerCase() === text(value);
}

const text = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');
