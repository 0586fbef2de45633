import type { ScalarFunction } from './scalar-function.ts';
import type { Value } from './value.ts';
import { toJson, toText } from './value.ts';

const many = Number.POSITIVE_INFINITY;

const pack: ScalarFunction = {
  arity: [2, many],
  type: 'dynamic',
  apply: (args, { types }) => {
    const bag: Record<string, unknown> = {};
    for (let i = 0; i + 1 < args.length; i += 2) bag[toText(args[i], types[i]!)] = toJson(args[i + 1], types[i + 1]!);
    return bag;
  },
};

/** Functions over arrays and property bags. */
export const dynamicFunctions: Readonly<Record<string, ScalarFunction>> = {
  array_length: {
    arity: [1, 1],
    params: ['dynamic'],
    type: 'long',
    apply: ([value]) => (Array.isArray(value) ? value.length : null),
  },
  bag_keys: {
    arity: [1, 1],
    params: ['dynamic'],
    type: 'dynamic',
    apply: ([value]) => (isBag(value) ? Object.keys(value) : null),
  },
  bag_has_key: {
    arity: [2, 2],
    params: ['dynamic', 'string'],
    type: 'bool',
    apply: ([bag, key]) => isBag(bag) && Object.hasOwn(bag, key as string),
  },
  bag_merge: {
    arity: [2, many],
    params: ['dynamic'],
    type: 'dynamic',
    apply: (bags) => Object.assign({}, ...bags.filter(isBag).toReversed()) as Value,
  },
  pack,
  bag_pack: pack,
  pack_array: {
    arity: [1, many],
    type: 'dynamic',
    apply: (args, { types }) => args.map((arg, i) => toJson(arg, types[i]!)),
  },
  array_concat: {
    arity: [1, many],
    params: ['dynamic'],
    type: 'dynamic',
    apply: (args) => args.flatMap((arg) => (Array.isArray(arg) ? (arg as Value[]) : [])),
  },
  set_has_element: {
    arity: [2, 2],
    params: ['dynamic', 'any'],
    type: 'bool',
    apply: ([set, value]) => Array.isArray(set) && (set as Value[]).includes(value!),
  },
};

function isBag(value: Value | undefined): value is Record<string, Value> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
