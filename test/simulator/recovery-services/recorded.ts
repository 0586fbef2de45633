import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Mutable } from '../../../src/simulator/service.ts';

const real = resolve(import.meta.dirname, '../../../../shared/real');
export const recordingsPresent = existsSync(real);
if (!recordingsPresent) console.log(`skipped: comparison needs the recorded conversations under ${real}`);

export interface Recorded {
  readonly i: number;
  readonly date: string;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>> | null;
  readonly req: Mutable | null;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Mutable | null;
}

/** The Recovery Services part of one recorded conversation, in order. */
export function readFlow(name: string): Recorded[] {
  const lines = readFileSync(resolve(real, 'flows', `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  return lines
    .map((line) => JSON.parse(line) as Recorded)
    .filter((each) => /\/Microsoft\.RecoveryServices\//i.test(each.path));
}

/** Every path of a body down to its leaves; array elements are taken together, tags and property bags as one. */
export function shapeOf(value: unknown, path = ''): Set<string> {
  if (Array.isArray(value)) return new Set([`${path}[]`, ...value.flatMap((each) => [...shapeOf(each, `${path}[]`)])]);
  if (typeof value !== 'object' || value === null) return new Set([path]);
  if (/\.(tags|userAssignedIdentities)$/.test(path)) return new Set([path]);
  return new Set(Object.entries(value).flatMap(([key, inner]) => [...shapeOf(inner, `${path}.${key}`)]));
}

/** What one body has and the other lacks, both ways. */
export function shapeDifference(recorded: unknown, simulated: unknown): string[] {
  const [theirs, ours] = [shapeOf(recorded), shapeOf(simulated)];
  // An empty list of one has no elements to compare with the other's.
  const empty = (set: Set<string>, path: string): boolean => {
    const list = path.slice(0, path.lastIndexOf('[]') + 2);
    return list.length > 1 && set.has(list) && ![...set].some((each) => each.startsWith(list) && each !== list);
  };
  const missing = [...theirs].filter((path) => !ours.has(path) && !empty(ours, path)).map((path) => `lacks ${path}`);
  const extra = [...ours].filter((path) => !theirs.has(path) && !empty(theirs, path)).map((path) => `adds ${path}`);
  return [...missing, ...extra];
}
