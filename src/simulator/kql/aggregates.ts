import type { Compiled } from './compiled.ts';
import type { Row, Type, Value } from './value.ts';
import { isNumeric, keyOf, toJson } from './value.ts';

export interface Aggregate {
  readonly arity: readonly [least: number, most: number];
  /** `undefined` where the arguments do not fit. */
  type(args: readonly Compiled[]): Type | undefined;
  /** The column's own name: count_, sum_x, list_x. */
  column(argument: string | undefined): string;
  compute(rows: readonly Row[], args: readonly Compiled[]): Value;
}

const prefixed =
  (prefix: string) =>
  (argument: string | undefined): string =>
    `${prefix}_${argument ?? ''}`;

/** The values of an expression over a group, nulls left out as every aggregate does. */
function present(rows: readonly Row[], argument: Compiled | undefined): readonly Exclude<Value, null>[] {
  if (!argument) return [];
  return rows.map((row) => argument.eval(row)).filter((value): value is Exclude<Value, null> => value !== null);
}

const when = (rows: readonly Row[], predicate: Compiled | undefined): readonly Row[] =>
  rows.filter((row) => predicate?.eval(row) === true);

const numericOrSpan = ([arg]: readonly Compiled[]): Type | undefined =>
  arg && (isNumeric(arg.type) || arg.type === 'timespan') ? (arg.type === 'int' ? 'long' : arg.type) : undefined;

const orderable = ([arg]: readonly Compiled[]): Type | undefined =>
  arg && arg.type !== 'dynamic' ? arg.type : undefined;

const isBool = (arg: Compiled | undefined): boolean => arg?.type === 'bool';

function sum(values: readonly Value[]): Value {
  if (values.some((value) => typeof value === 'bigint'))
    return values.reduce<bigint>((total, value) => total + (value as bigint), 0n);
  return values.reduce<number>((total, value) => total + (value as number), 0);
}

function average(values: readonly Value[]): Value {
  if (values.length === 0) return null;
  const total = sum(values);
  return typeof total === 'bigint' ? total / BigInt(values.length) : (total as number) / values.length;
}

function extreme(values: readonly Exclude<Value, null>[], sign: number): Value {
  let best: Value = null;
  for (const value of values) if (best === null || (value > best ? 1 : value < best ? -1 : 0) === sign) best = value;
  return best;
}

const mostElements = 1_048_576;

const collecting = (prefix: string, distinct: boolean): Aggregate => ({
  arity: [1, 2],
  type: () => 'dynamic',
  column: prefixed(prefix),
  compute: (rows, [argument, most]) => {
    const limit = typeof most?.constant === 'number' ? most.constant : mostElements;
    const all = present(rows, argument).map((value) => toJson(value, argument!.type) as Value);
    const kept = distinct ? [...new Map(all.map((value) => [keyOf([value]), value])).values()] : all;
    return kept.slice(0, limit);
  },
});

const distinctCount = (values: readonly Value[]): number => new Set(values.map((value) => keyOf([value]))).size;

/** The aggregates of one value; arg_max, arg_min and any, which give several columns, live with summarize. */
export const aggregates: Readonly<Record<string, Aggregate>> = {
  count: { arity: [0, 0], type: () => 'long', column: () => 'count_', compute: (rows) => rows.length },
  countif: {
    arity: [1, 1],
    type: ([arg]) => (isBool(arg) ? 'long' : undefined),
    column: () => 'countif_',
    compute: (rows, [predicate]) => when(rows, predicate).length,
  },
  sum: {
    arity: [1, 1],
    type: numericOrSpan,
    column: prefixed('sum'),
    compute: (rows, [arg]) => sum(present(rows, arg)),
  },
  sumif: {
    arity: [2, 2],
    type: (args) => (isBool(args[1]) ? numericOrSpan(args) : undefined),
    column: prefixed('sumif'),
    compute: (rows, [arg, predicate]) => sum(present(when(rows, predicate), arg)),
  },
  avg: {
    arity: [1, 1],
    type: (args) => {
      const type = numericOrSpan(args);
      return type === 'long' ? 'real' : type;
    },
    column: prefixed('avg'),
    compute: (rows, [arg]) => average(present(rows, arg)),
  },
  min: {
    arity: [1, 1],
    type: orderable,
    column: prefixed('min'),
    compute: (rows, [arg]) => extreme(present(rows, arg), -1),
  },
  max: {
    arity: [1, 1],
    type: orderable,
    column: prefixed('max'),
    compute: (rows, [arg]) => extreme(present(rows, arg), 1),
  },
  dcount: {
    arity: [1, 2],
    type: (args) => (orderable(args) ? 'long' : undefined),
    column: prefixed('dcount'),
    compute: (rows, [arg]) => distinctCount(present(rows, arg)),
  },
  dcountif: {
    arity: [2, 3],
    type: (args) => (orderable(args) && isBool(args[1]) ? 'long' : undefined),
    column: prefixed('dcountif'),
    compute: (rows, [arg, predicate]) => distinctCount(present(when(rows, predicate), arg)),
  },
  make_list: collecting('list', false),
  make_set: collecting('set', true),
  makelist: collecting('list', false),
  makeset: collecting('set', true),
};
