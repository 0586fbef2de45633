import type { Expression } from './ast.ts';
import { comparison, logical, membership, between as betweenOf } from './comparison.ts';
import { arithmetic, negate } from './arithmetic.ts';
import { scalarFunctions } from './functions.ts';
import type { Compiled, Scope } from './compiled.ts';
import { parserFailure, semanticFailure } from './kql-error.ts';
import type { Row, Type, Value } from './value.ts';
import { convert } from './value.ts';

/**
 * Binds an expression to its scope. Throws KqlError for unknown columns and functions, and types that do not go
 * together.
 */
export function compile(expression: Expression, scope: Scope): Compiled {
  switch (expression.kind) {
    case 'literal': {
      const value = expression.value as Value;
      return { type: expression.type, name: undefined, constant: value, eval: () => value };
    }
    case 'name':
      return column(expression.name, scope);
    case 'member':
      return member(expression, scope);
    case 'call':
      return call(expression, scope);
    case 'unary':
      return negate(expression.operator, compile(expression.operand, scope));
    case 'binary':
      return binary(expression.operator, compile(expression.left, scope), compile(expression.right, scope));
    case 'list':
      return membership(
        expression.operator,
        compile(expression.left, scope),
        expression.items.map((item) => compile(item, scope)),
      );
    case 'between':
      return betweenOf(
        expression.negated,
        compile(expression.left, scope),
        compile(expression.low, scope),
        compile(expression.high, scope),
      );
    default:
      throw parserFailure({ line: expression.at.line, column: expression.at.column, text: '*' }, 'an expression');
  }
}

function column(name: string, scope: Scope): Compiled {
  const index = scope.columns.findIndex((each) => each.name === name);
  if (index === -1) throw semanticFailure('InvalidColumnNames', `Invalid column names: [${name}].`);
  const type = scope.columns[index]!.type;
  return { type, name, eval: (row) => row[index] ?? (type === 'string' ? '' : null) };
}

function member(expression: Extract<Expression, { kind: 'member' }>, scope: Scope): Compiled {
  const of = compile(expression.of, scope);
  if (of.type !== 'dynamic')
    throw semanticFailure('InvalidPropertyAccess', `A value of type ${of.type} has no properties.`);
  const { key } = expression;
  if (typeof key === 'object') {
    const inner = compile(key, scope);
    return { type: 'dynamic', name: of.name, eval: (row) => propertyOf(of.eval(row), inner.eval(row)) };
  }
  const derived = typeof key === 'number' ? String(key) : key;
  return {
    type: 'dynamic',
    name: of.name === undefined ? derived : `${of.name}_${derived}`,
    eval: (row) => propertyOf(of.eval(row), key),
  };
}

/**
 * A property of an object by its exact name, an element of an array by place (negative from the end); null where
 * absent.
 */
function propertyOf(value: Value, key: Value): Value {
  if (typeof value !== 'object' || value === null) return null;
  if (Array.isArray(value)) return typeof key === 'number' ? ((value.at(key) as Value | undefined) ?? null) : null;
  return typeof key === 'string' && Object.hasOwn(value, key) ? ((value as Record<string, Value>)[key] ?? null) : null;
}

function binary(operator: string, left: Compiled, right: Compiled): Compiled {
  if (operator === 'and' || operator === 'or') return logical(operator, left, right);
  if (/^[-+*/%]$/.test(operator)) return arithmetic(operator, left, right);
  return comparison(operator, left, right);
}

function call(expression: Extract<Expression, { kind: 'call' }>, scope: Scope): Compiled {
  const slot = scope.aggregate?.(expression);
  if (slot) return slot;
  const definition = scalarFunctions[expression.name];
  if (definition === undefined || !Object.hasOwn(scalarFunctions, expression.name)) {
    throw semanticFailure('UnknownFunction', `Unknown function: '${expression.name}'.`);
  }
  const args = expression.args.map((arg) => compile(arg, scope));
  const [least, most] = definition.arity;
  if (args.length < least || args.length > most) {
    throw semanticFailure(
      'InvalidArgumentCount',
      `${expression.name}(): function expects ${least === most ? least : `${least} to ${most}`} argument(s).`,
    );
  }
  const coerced = args.map((arg, index) =>
    coerce(arg, definition.params?.[Math.min(index, definition.params.length - 1)], expression.name, index),
  );
  const type = typeof definition.type === 'function' ? definition.type(coerced) : definition.type;
  if (type === undefined)
    throw semanticFailure('InvalidArgumentTypes', `${expression.name}(): the arguments do not share a type.`);
  const types = coerced.map((arg) => arg.type);
  const name = definition.namedAfterArgument === true ? args[0]?.name : undefined;
  const { apply } = definition;
  return {
    type,
    name,
    eval: (row) =>
      apply(
        coerced.map((arg) => arg.eval(row)),
        { types, now: scope.now, result: type },
      ),
  };
}

/** A dynamic goes where a scalar is wanted, converted; other types must match (whole numbers widen to real). */
function coerce(arg: Compiled, wanted: Type | 'any' | 'number' | undefined, name: string, index: number): Compiled {
  if (wanted === undefined || wanted === 'any' || arg.type === wanted) return arg;
  const numeric = arg.type === 'long' || arg.type === 'int' || arg.type === 'real';
  if (wanted === 'number') {
    if (numeric) return arg;
    if (arg.type === 'dynamic')
      return { ...arg, type: 'real', eval: (row) => convert(arg.eval(row), 'dynamic', 'real') };
  } else if (arg.type === 'dynamic' || (numeric && (wanted === 'real' || wanted === 'long' || wanted === 'int'))) {
    return { ...arg, type: wanted, eval: (row) => convert(arg.eval(row), arg.type, wanted) };
  } else if (wanted === 'dynamic' && arg.type === 'string') {
    return { ...arg, type: 'dynamic' };
  }
  throw semanticFailure(
    'InvalidArgumentTypes',
    `${name}(): argument #${index + 1} expected to be a ${wanted} expression.`,
  );
}

/** An expression that must be a condition: a bool, or a dynamic that may hold one. */
export function compilePredicate(expression: Expression, scope: Scope): (row: Row) => boolean {
  const compiled = compile(expression, scope);
  if (compiled.type !== 'bool' && compiled.type !== 'dynamic') {
    throw semanticFailure('InvalidPredicate', `The condition is of type ${compiled.type}; a bool is expected.`);
  }
  return (row) => compiled.eval(row) === true;
}
