import type { Compiled } from './compiled.ts';
import { semanticFailure } from './kql-error.ts';
import type { Type, Value } from './value.ts';
import { compare, convert, isNumeric, toText } from './value.ts';

/** `and`, `or` in three values: null where the other side does not decide. */
export function logical(operator: 'and' | 'or', left: Compiled, right: Compiled): Compiled {
  for (const side of [left, right]) {
    if (side.type !== 'bool' && side.type !== 'dynamic') throw mismatch(operator, left.type, right.type);
  }
  const decisive = operator === 'or';
  return {
    type: 'bool',
    name: undefined,
    eval: (row) => {
      const a = left.eval(row);
      if (a === decisive) return decisive;
      const b = right.eval(row);
      if (b === decisive) return decisive;
      return typeof a === 'boolean' && typeof b === 'boolean' ? !decisive : null;
    },
  };
}

/** `==`, `!=`, `<` … and the string operators; each is a bool, null where Kusto says null. */
export function comparison(operator: string, left: Compiled, right: Compiled): Compiled {
  const text = textOperator(operator, right);
  if (text) {
    for (const side of [left, right]) {
      if (side.type !== 'string' && side.type !== 'dynamic') throw mismatch(operator, left.type, right.type);
    }
    return {
      type: 'bool',
      name: undefined,
      eval: (row) => text(toText(left.eval(row), left.type), toText(right.eval(row), right.type)),
    };
  }
  const common = comparableType(left.type, right.type);
  if (common === undefined) throw mismatch(operator, left.type, right.type);
  const test = orderTests[operator]!;
  return {
    type: 'bool',
    name: undefined,
    eval: (row) => {
      const a = convertFor(left.eval(row), left.type, common);
      const b = convertFor(right.eval(row), right.type, common);
      // https://learn.microsoft.com/kusto/query/scalar-data-types/null-values: null is unequal to a value, and null to
      // null.
      if (a === null || b === null)
        return a === null && b === null ? null : operator === '!=' ? true : operator === '==' ? false : null;
      return test(common === 'dynamic' ? compareDynamic(a, b) : compare(a, b));
    },
  };
}

/** `x in (…)`: case-sensitive; `in~` is not. A dynamic array among the items stands for its elements. */
export function membership(operator: string, left: Compiled, items: readonly Compiled[]): Compiled {
  if (operator.startsWith('has_')) {
    if (left.type !== 'string' && left.type !== 'dynamic') throw mismatch(operator, left.type, 'string');
    const all = operator === 'has_all';
    return {
      type: 'bool',
      name: undefined,
      eval: (row) => {
        const text = toText(left.eval(row), left.type).toLowerCase();
        const terms = items
          .flatMap((item) => elements(item.eval(row), item.type))
          .map((term) => toText(term, 'dynamic').toLowerCase());
        return all ? terms.every((term) => hasTerm(text, term)) : terms.some((term) => hasTerm(text, term));
      },
    };
  }
  const folded = operator.endsWith('~');
  const negated = operator.startsWith('!');
  for (const item of items)
    if (comparableType(left.type, item.type) === undefined) throw mismatch(operator, left.type, item.type);
  const spell = (value: Value, type: Type): string => {
    const text = toText(value, type);
    return folded ? text.toLowerCase() : text;
  };
  return {
    type: 'bool',
    name: undefined,
    eval: (row) => {
      const value = left.eval(row);
      if (value === null && left.type !== 'dynamic') return negated;
      const wanted = spell(value, left.type);
      const found = items.some((item) =>
        elements(item.eval(row), item.type).some((each) => spell(each, item.type) === wanted),
      );
      return found !== negated;
    },
  };
}

/** Both ends belong to the range; with a timespan as upper end it is added to the lower. */
export function between(negated: boolean, value: Compiled, low: Compiled, high: Compiled): Compiled {
  const upper: Compiled =
    low.type === 'datetime' && high.type === 'timespan'
      ? { type: 'datetime', name: undefined, eval: (row) => sumOrNull(low.eval(row), high.eval(row)) }
      : high;
  if (value.type === 'string' || value.type === 'bool') throw mismatch('between', value.type, low.type);
  const above = comparison('>=', value, low);
  const below = comparison('<=', value, upper);
  const inside = logical('and', above, below);
  return {
    type: 'bool',
    name: undefined,
    eval: (row) => {
      const answer = inside.eval(row);
      return answer === null ? null : answer !== negated;
    },
  };
}

function sumOrNull(a: Value, b: Value): Value {
  return typeof a === 'bigint' && typeof b === 'bigint' ? a + b : null;
}

/**
 * A term is a run of letters and digits; `has` finds whole ones: https://learn.microsoft.com/kusto/query/has-operator
 */
export function hasTerm(text: string, term: string): boolean {
  if (term === '') return true;
  const alphanumeric = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}]/u.test(char);
  for (let at = text.indexOf(term); at !== -1; at = text.indexOf(term, at + 1)) {
    const startsTerm = !alphanumeric(term[0]) || !alphanumeric(text[at - 1]);
    const endsTerm = !alphanumeric(term.at(-1)) || !alphanumeric(text[at + term.length]);
    if (startsTerm && endsTerm) return true;
  }
  return false;
}

function hasEdge(text: string, term: string, edge: 'start' | 'end'): boolean {
  for (let at = text.indexOf(term); at !== -1; at = text.indexOf(term, at + 1)) {
    const beside = edge === 'start' ? text[at - 1] : text[at + term.length];
    if (beside === undefined || !/[\p{L}\p{N}]/u.test(beside)) return true;
    if (term === '') return true;
  }
  return false;
}

type TextTest = (text: string, other: string) => boolean;
const folding =
  (test: TextTest): TextTest =>
  (text, other) =>
    test(text.toLowerCase(), other.toLowerCase());
const textTests: Readonly<Record<string, TextTest>> = {
  '=~': folding((text, other) => text === other),
  has: folding(hasTerm),
  has_cs: hasTerm,
  contains: folding((text, other) => text.includes(other)),
  contains_cs: (text, other) => text.includes(other),
  startswith: folding((text, other) => text.startsWith(other)),
  startswith_cs: (text, other) => text.startsWith(other),
  endswith: folding((text, other) => text.endsWith(other)),
  endswith_cs: (text, other) => text.endsWith(other),
  hasprefix: folding((text, other) => hasEdge(text, other, 'start')),
  hassuffix: folding((text, other) => hasEdge(text, other, 'end')),
};

function textOperator(operator: string, right: Compiled): TextTest | undefined {
  if (operator === 'matches regex') {
    const compiled = typeof right.constant === 'string' ? regexOf(right.constant) : undefined;
    if (compiled === null)
      throw semanticFailure(
        'InvalidRegex',
        `The regular expression '${toText(right.constant, 'string')}' is not valid.`,
      );
    return (text, other) => (compiled ?? regexOf(other))?.test(text) ?? false;
  }
  if (operator === '!~') return (text, other) => !textTests['=~']!(text, other);
  const negated = operator.startsWith('!') ? textTests[operator.slice(1)] : undefined;
  if (negated) return (text, other) => !negated(text, other);
  return textTests[operator];
}

/**
 * RE2, Kusto's dialect, differs from JavaScript's in what it lacks; `(?i)` in front is the one spelling that needs
 * help.
 */
export function regexOf(pattern: string): RegExp | null {
  const folded = /^\(\?i\)/.exec(pattern);
  try {
    return new RegExp(folded ? pattern.slice(4) : pattern, folded ? 'i' : '');
  } catch {
    return null;
  }
}

const orderTests: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
};

function comparableType(a: Type, b: Type): Type | undefined {
  if (a === b) return a;
  if (isNumeric(a) && isNumeric(b)) return 'real';
  if (a === 'dynamic') return isNumeric(b) ? 'real' : b;
  if (b === 'dynamic') return isNumeric(a) ? 'real' : a;
  return undefined;
}

/** A dynamic beside a typed value is read as that type, but text inside it is not taken for a number. */
function convertFor(value: Value, from: Type, to: Type): Value {
  if (from === to) return value;
  if (from === 'dynamic' && (to === 'real' || to === 'bool') && typeof value === 'string') return null;
  return convert(value, from, to);
}

function compareDynamic(a: Exclude<Value, null>, b: Exclude<Value, null>): number {
  if (typeof a === typeof b && typeof a !== 'object') return compare(a, b);
  return compare(JSON.stringify(a), JSON.stringify(b));
}

function elements(value: Value, type: Type): readonly Value[] {
  return type === 'dynamic' && Array.isArray(value) ? (value as Value[]) : [value];
}

function mismatch(operator: string, left: Type, right: Type): Error {
  return semanticFailure(
    'InvalidOperandTypes',
    `Cannot apply '${operator}' to values of types ${left} and ${right}. Try adding explicit casts.`,
  );
}
