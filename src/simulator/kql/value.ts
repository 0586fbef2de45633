import { parseDatetime, parseTimespan, spellDatetime, spellTimespan, writeDatetime } from './moment.ts';

/**
 * Kusto's static types. int, long and real are JavaScript numbers, datetime and timespan bigint ticks, dynamic is JSON.
 */
export type Type = 'string' | 'long' | 'int' | 'real' | 'bool' | 'datetime' | 'timespan' | 'dynamic';

/** A value of a known static type; `null` is Kusto's null, which strings do not have (their nothing is ''). */
export type Value = string | number | boolean | bigint | null | object;

export interface Column {
  readonly name: string;
  readonly type: Type;
}

export type Row = readonly Value[];

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export const isNumeric = (type: Type): boolean => type === 'long' || type === 'int' || type === 'real';

export const nothingOf = (type: Type): Value => (type === 'string' ? '' : null);

/** The type two branches agree on (iff, case, coalesce, union); `undefined` where they do not. */
export function commonType(a: Type, b: Type): Type | undefined {
  if (a === b) return a;
  if (isNumeric(a) && isNumeric(b)) return a === 'real' || b === 'real' ? 'real' : 'long';
  return a === 'dynamic' || b === 'dynamic' ? 'dynamic' : undefined;
}

/** As the answer's JSON carries it. */
export function toJson(value: Value | undefined, type: Type): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'datetime') return writeDatetime(value as bigint);
  if (type === 'timespan') return spellTimespan(value as bigint);
  return value;
}

export function toText(value: Value | undefined, type: Type): string {
  if (value === null || value === undefined) return '';
  if (type === 'datetime') return spellDatetime(value as bigint);
  if (type === 'timespan') return spellTimespan(value as bigint);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** tolong, toint: whole numbers only, decimal or hexadecimal, from text; reals are cut. */
export function toWhole(value: Value, type: Type): number | null {
  if (type === 'timespan' || type === 'datetime') return value === null ? null : Number(value as bigint);
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && /^\s*(?:[+-]?\d+|0x[0-9a-f]+)\s*$/i.test(value)) return Number(value);
  return null;
}

export function toReal(value: Value, type: Type): number | null {
  if (type === 'timespan' || type === 'datetime') return value === null ? null : Number(value as bigint);
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' && /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value)) return Number(value);
  return null;
}

export function toBool(value: Value): boolean | null {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') {
    if (/^\s*true\s*$/i.test(value)) return true;
    if (/^\s*false\s*$/i.test(value)) return false;
    const number = toWhole(value, 'string');
    return number === null ? null : number !== 0;
  }
  return null;
}

export function toDatetime(value: Value, type: Type): bigint | null {
  if (type === 'datetime') return value as bigint | null;
  return typeof value === 'string' ? parseDatetime(value) : null;
}

export function toTimespan(value: Value, type: Type): bigint | null {
  if (type === 'timespan') return value as bigint | null;
  return typeof value === 'string' ? parseTimespan(value) : null;
}

/** A value made to fit another type without an error: what does not convert becomes that type's nothing. */
export function convert(value: Value, from: Type, to: Type): Value {
  if (from === to) return value;
  switch (to) {
    case 'string':
      return toText(value, from);
    case 'long':
    case 'int':
      return toWhole(value, from);
    case 'real':
      return toReal(value, from);
    case 'bool':
      return toBool(value);
    case 'datetime':
      return toDatetime(value, from);
    case 'timespan':
      return toTimespan(value, from);
    default:
      return toJson(value, from) as Value;
  }
}

/** Ordinal order within one type; nulls are the caller's business. */
export function compare(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Equal keys for equal values: for grouping and joining. */
export function keyOf(values: readonly Value[]): string {
  return JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? `${value}t` : value));
}
