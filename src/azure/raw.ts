/**
 * Reading JSON of unknown shape without ever throwing. Property names are looked up as documented first and then
 * without
 * regard to case: api-versions and Resource Graph disagree on spelling.
 */
import { instantMs, toInstant, type Instant } from '../core/time.ts';

export type RawRecord = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is RawRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path of property names; `undefined` where anything on the way is missing. */
export const at = (raw: unknown, ...path: readonly string[]): unknown => {
  let value = raw;
  for (const name of path) {
    if (!isRecord(value)) return undefined;
    value = property(value, name);
  }
  return value ?? undefined;
};

const property = (record: RawRecord, name: string): unknown => {
  if (Object.hasOwn(record, name)) return record[name];
  const folded = name.toLowerCase();
  const spelled = Object.keys(record).find((key) => key.toLowerCase() === folded);
  return spelled === undefined ? undefined : record[spelled];
};

/** A non-empty string. */
export const textAt = (raw: unknown, ...path: readonly string[]): string | undefined => {
  const value = at(raw, ...path);
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** A finite number; Azure sends some of them as strings. */
export const numberAt = (raw: unknown, ...path: readonly string[]): number | undefined => {
  const value = at(raw, ...path);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
};

export const flagAt = (raw: unknown, ...path: readonly string[]): boolean | undefined => {
  const value = at(raw, ...path);
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const folded = value.toLowerCase();
  return folded === 'true' ? true : folded === 'false' ? false : undefined;
};

export const listAt = (raw: unknown, ...path: readonly string[]): readonly unknown[] => {
  const value = at(raw, ...path);
  return Array.isArray(value) ? value : [];
};

/** A moment, or `undefined` when absent or one of Azure's ways of saying never. */
export const instantAt = (raw: unknown, ...path: readonly string[]): Instant | undefined => {
  const ms = instantMs(textAt(raw, ...path));
  return ms === undefined ? undefined : toInstant(ms);
};

/** The folded word's meaning in a vocabulary keyed by lower-case words; old api-versions send some enums as numbers. */
export const wordAt = <T>(
  vocabulary: Readonly<Record<string, T>>,
  raw: unknown,
  ...path: readonly string[]
): T | undefined => {
  const word = (textAt(raw, ...path) ?? numberAt(raw, ...path)?.toString())?.toLowerCase();
  return word !== undefined && Object.hasOwn(vocabulary, word) ? vocabulary[word] : undefined;
};

/** `{[name]: value}` when the value is there, else `{}`: keeps optional properties absent rather than undefined. */
export const given = <K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [P in K]?: V };
