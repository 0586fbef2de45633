import { dynamicFunctions } from './dynamic-functions.ts';
import type { Compiled } from './compiled.ts';
import { momentFunctions } from './moment-functions.ts';
import type { ScalarFunction } from './scalar-function.ts';
import { textFunctions } from './text-functions.ts';
import type { Type, Value } from './value.ts';
import { commonType, convert, toBool, toDatetime, toReal, toText, toTimespan, toWhole } from './value.ts';

/** The type all branches share. */
const sharedBy = (args: readonly Compiled[]): Type | undefined =>
  args
    .slice(1)
    .reduce<Type | undefined>(
      (type, arg) => (type === undefined ? undefined : commonType(type, arg.type)),
      args[0]?.type,
    );

const conversion = (type: Type, to: (value: Value, from: Type) => Value): ScalarFunction => ({
  arity: [1, 1],
  type,
  namedAfterArgument: true,
  apply: ([value], { types }) => to(value ?? null, types[0]!),
});

const choose = (condition: Value): boolean => condition === true;

const iff: ScalarFunction = {
  arity: [3, 3],
  params: ['bool', 'any'],
  type: (args) => sharedBy(args.slice(1)),
  apply: ([condition, yes, no], { types, result }) =>
    choose(condition!) ? convert(yes!, types[1]!, result) : convert(no!, types[2]!, result),
};

function parseJson(value: Value): Value {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as Value;
  } catch {
    // Kusto keeps text that is no JSON as a dynamic string.
    return value;
  }
}

/** 52 bits of FNV-1a, signed: it spreads as Kusto's xxhash64 does, and gives other numbers. */
function hash(text: string): number {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text))
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  return Number(BigInt.asIntN(53, value >> 11n));
}

const conversions: Readonly<Record<string, ScalarFunction>> = {
  tostring: conversion('string', toText),
  toint: conversion('int', toWhole),
  tolong: conversion('long', toWhole),
  toreal: conversion('real', toReal),
  todouble: conversion('real', toReal),
  tobool: conversion('bool', toBool),
  toboolean: conversion('bool', toBool),
  todatetime: conversion('datetime', toDatetime),
  totimespan: conversion('timespan', toTimespan),
  todynamic: conversion('dynamic', parseJson),
  parse_json: conversion('dynamic', parseJson),
};

const logic: Readonly<Record<string, ScalarFunction>> = {
  iff,
  iif: iff,
  not: { arity: [1, 1], params: ['bool'], type: 'bool', apply: ([value]) => (value === null ? null : value !== true) },
  isnull: { arity: [1, 1], type: 'bool', apply: ([value], { types }) => types[0] !== 'string' && value === null },
  isnotnull: { arity: [1, 1], type: 'bool', apply: ([value], { types }) => types[0] === 'string' || value !== null },
  coalesce: {
    arity: [2, 64],
    type: sharedBy,
    // For strings, the first that is not empty: https://learn.microsoft.com/kusto/query/coalesce-function
    apply: (args, { types, result }) => {
      const index = args.findIndex((arg, i) => (types[i] === 'string' ? arg !== '' : arg !== null));
      return index === -1 ? (result === 'string' ? '' : null) : convert(args[index]!, types[index]!, result);
    },
  },
  case: {
    arity: [3, 65],
    type: (args) =>
      args.length % 2 === 0 ? undefined : sharedBy(args.filter((_, i) => i % 2 === 1 || i === args.length - 1)),
    apply: (args, { types, result }) => {
      for (let i = 0; i + 1 < args.length; i += 2)
        if (choose(args[i]!)) return convert(args[i + 1]!, types[i + 1]!, result);
      return convert(args.at(-1)!, types.at(-1)!, result);
    },
  },
  hash: {
    arity: [1, 2],
    params: ['any', 'long'],
    type: 'long',
    apply: ([value, modulo], { types }) => {
      const number = hash(toText(value, types[0]!));
      return typeof modulo !== 'number' ? number : modulo === 0 ? null : Math.abs(number) % Math.abs(modulo);
    },
  },
  gettype: {
    arity: [1, 1],
    type: 'string',
    apply: ([value], { types }) => (types[0] === 'dynamic' ? kindOf(value!) : types[0]!),
  },
};

function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'double';
  return typeof value === 'object' ? 'dictionary' : typeof value === 'boolean' ? 'bool' : typeof value;
}

const numbers: Readonly<Record<string, ScalarFunction>> = {
  abs: {
    arity: [1, 1],
    params: ['number'],
    type: ([arg]) => arg!.type,
    apply: ([value]) => (value === null ? null : Math.abs(value as number)),
  },
  round: {
    arity: [1, 2],
    params: ['number', 'long'],
    type: 'real',
    apply: ([value, digits]) => {
      const scale = 10 ** Math.min(15, Math.max(0, (digits as number | undefined) ?? 0));
      return value === null ? null : Math.round((value as number) * scale) / scale;
    },
  },
  floor: {
    arity: [1, 1],
    params: ['number'],
    type: 'real',
    apply: ([value]) => (value === null ? null : Math.floor(value as number)),
  },
  ceiling: {
    arity: [1, 1],
    params: ['number'],
    type: 'real',
    apply: ([value]) => (value === null ? null : Math.ceil(value as number)),
  },
  min_of: { arity: [2, 64], type: sharedBy, apply: (args) => extreme(args, -1) },
  max_of: { arity: [2, 64], type: sharedBy, apply: (args) => extreme(args, 1) },
};

function extreme(values: readonly Value[], sign: number): Value {
  return values.reduce((best, value) => {
    if (best === null || value === null) return best ?? value;
    return (value > best ? 1 : -1) === sign ? value : best;
  }, null);
}

/** Every scalar function the simulator knows; any other name is refused. */
export const scalarFunctions: Readonly<Record<string, ScalarFunction>> = {
  ...textFunctions,
  ...conversions,
  ...dynamicFunctions,
  ...logic,
  ...numbers,
  ...momentFunctions,
};
