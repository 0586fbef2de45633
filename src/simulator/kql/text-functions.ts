import { regexOf } from './comparison.ts';
import type { ScalarFunction } from './scalar-function.ts';
import type { Type, Value } from './value.ts';
import { toText } from './value.ts';

const ofText = (type: Type, apply: (text: string) => Value): ScalarFunction => ({
  arity: [1, 1],
  params: ['string'],
  type,
  apply: ([text]) => apply((text ?? '') as string),
});

const isEmpty = (value: Value, type: Type): boolean => toText(value, type) === '';

/** Functions over text. */
export const textFunctions: Readonly<Record<string, ScalarFunction>> = {
  tolower: ofText('string', (text) => text.toLowerCase()),
  toupper: ofText('string', (text) => text.toUpperCase()),
  strlen: ofText('long', (text) => Array.from(text).length),
  strcat: {
    arity: [1, 64],
    type: 'string',
    apply: (args, { types }) => args.map((arg, i) => toText(arg, types[i]!)).join(''),
  },
  strcat_delim: {
    arity: [2, 64],
    type: 'string',
    apply: ([delimiter, ...rest], { types }) =>
      rest.map((arg, i) => toText(arg, types[i + 1]!)).join(toText(delimiter, types[0]!)),
  },
  split: {
    arity: [2, 3],
    params: ['string', 'string', 'long'],
    type: 'dynamic',
    apply: ([text, by, only]) => {
      const parts = (text as string).split(by as string);
      if (only === undefined) return parts;
      const part = parts[only as number];
      return part === undefined ? [] : [part];
    },
  },
  substring: {
    arity: [2, 3],
    params: ['string', 'long'],
    type: 'string',
    apply: ([text, start, length]) => {
      if (typeof start !== 'number') return '';
      const from = start < 0 ? Math.max(0, (text as string).length + start) : start;
      return (text as string).slice(from, typeof length === 'number' ? from + Math.max(0, length) : undefined);
    },
  },
  indexof: {
    arity: [2, 2],
    params: ['string'],
    type: 'long',
    apply: ([text, part]) => (text as string).indexOf(part as string),
  },
  trim: {
    arity: [2, 2],
    params: ['string'],
    type: 'string',
    apply: ([pattern, text]) => trimmed(pattern as string, text as string, true, true),
  },
  trim_start: {
    arity: [2, 2],
    params: ['string'],
    type: 'string',
    apply: ([pattern, text]) => trimmed(pattern as string, text as string, true, false),
  },
  trim_end: {
    arity: [2, 2],
    params: ['string'],
    type: 'string',
    apply: ([pattern, text]) => trimmed(pattern as string, text as string, false, true),
  },
  replace_string: {
    arity: [3, 3],
    params: ['string'],
    type: 'string',
    apply: ([text, old, by]) => (old === '' ? text! : (text as string).replaceAll(old as string, () => by as string)),
  },
  replace_regex: {
    arity: [3, 3],
    params: ['string'],
    type: 'string',
    apply: ([text, pattern, by]) => replaced(text as string, pattern as string, by as string),
  },
  /** The older spelling: the pattern comes first. */
  replace: {
    arity: [3, 3],
    params: ['string'],
    type: 'string',
    apply: ([pattern, by, text]) => replaced(text as string, pattern as string, by as string),
  },
  extract: {
    arity: [3, 3],
    params: ['string', 'long', 'string'],
    type: 'string',
    apply: ([pattern, group, text]) => regexOf(pattern as string)?.exec(text as string)?.[group as number] ?? '',
  },
  isempty: { arity: [1, 1], type: 'bool', apply: ([value], { types }) => isEmpty(value!, types[0]!) },
  isnotempty: { arity: [1, 1], type: 'bool', apply: ([value], { types }) => !isEmpty(value!, types[0]!) },
};
function trimmed(pattern: string, text: string, start: boolean, end: boolean): string {
  const head = start ? regexOf(`^(?:${pattern})`) : null;
  const tail = end ? regexOf(`(?:${pattern})$`) : null;
  const without = head ? text.replace(head, '') : text;
  return tail ? without.replace(tail, '') : without;
}

function replaced(text: string, pattern: string, by: string): string {
  const regex = regexOf(pattern);
  return regex ? text.replace(new RegExp(regex.source, `${regex.flags}g`), by.replace(/\\(\d)/g, '$$$1')) : text;
}
