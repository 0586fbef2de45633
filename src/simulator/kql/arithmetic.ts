import type { Compiled } from './compiled.ts';
import { semanticFailure } from './kql-error.ts';
import { withinDatetime } from './moment.ts';
import type { Type, Value } from './value.ts';
import { isNumeric } from './value.ts';

type Operation = (a: never, b: never) => Value;

/**
 * `+ - * / %` over numbers, datetimes and timespans; a null on either side makes null. Throws KqlError for other types.
 */
export function arithmetic(operator: string, left: Compiled, right: Compiled): Compiled {
  const found = operationFor(operator, left.type, right.type);
  if (!found) {
    throw semanticFailure(
      'InvalidOperandTypes',
      `Cannot apply '${operator}' to values of types ${left.type} and ${right.type}. Try adding explicit casts.`,
    );
  }
  const [type, operation] = found;
  return {
    type,
    name: undefined,
    eval: (row) => {
      const a = left.eval(row);
      const b = right.eval(row);
      return a === null || b === null ? null : operation(a as never, b as never);
    },
  };
}

export function negate(operator: '-' | '+', operand: Compiled): Compiled {
  if (!isNumeric(operand.type) && operand.type !== 'timespan') {
    throw semanticFailure('InvalidOperandTypes', `Cannot apply '${operator}' to a value of type ${operand.type}.`);
  }
  if (operator === '+') return operand;
  return {
    type: operand.type,
    name: undefined,
    eval: (row) => {
      const value = operand.eval(row);
      return value === null ? null : -(value as number | bigint);
    },
  };
}

function operationFor(operator: string, left: Type, right: Type): readonly [Type, Operation] | undefined {
  if (isNumeric(left) && isNumeric(right)) {
    const real = left === 'real' || right === 'real';
    return [real ? 'real' : left === 'int' && right === 'int' ? 'int' : 'long', numeric(operator, real)];
  }
  const shape = `${left} ${operator} ${right}`;
  const spans: Readonly<Record<string, readonly [Type, (a: bigint, b: bigint) => Value]>> = {
    'datetime - datetime': ['timespan', (a, b) => a - b],
    'datetime + timespan': ['datetime', (a, b) => withinDatetime(a + b)],
    'timespan + datetime': ['datetime', (a, b) => withinDatetime(a + b)],
    'datetime - timespan': ['datetime', (a, b) => withinDatetime(a - b)],
    'timespan + timespan': ['timespan', (a, b) => a + b],
    'timespan - timespan': ['timespan', (a, b) => a - b],
    'timespan / timespan': ['real', (a, b) => Number(a) / Number(b)],
    'timespan % timespan': [
      'timespan',
      (a, b) => (b === 0n ? null : ((a % b) + (b < 0n ? -b : b)) % (b < 0n ? -b : b)),
    ],
  };
  if (spans[shape]) return spans[shape] as readonly [Type, Operation];
  const scaled = (ticks: bigint, by: number): Value => {
    const product = Math.round(Number(ticks) * by);
    return Number.isFinite(product) ? BigInt(product) : null;
  };
  if (left === 'timespan' && isNumeric(right)) {
    if (operator === '*') return ['timespan', (a: bigint, b: number) => scaled(a, b)] as const;
    if (operator === '/') return ['timespan', (a: bigint, b: number) => scaled(a, 1 / b)] as const;
  }
  if (isNumeric(left) && right === 'timespan' && operator === '*')
    return ['timespan', (a: number, b: bigint) => scaled(b, a)] as const;
  return undefined;
}

/**
 * Whole numbers divide to whole numbers, by zero to null; a remainder is never negative, as documented for Kusto's `%`.
 */
function numeric(operator: string, real: boolean): (a: number, b: number) => Value {
  switch (operator) {
    case '+':
      return (a, b) => a + b;
    case '-':
      return (a, b) => a - b;
    case '*':
      return (a, b) => a * b;
    case '/':
      return real ? (a, b) => a / b : (a, b) => (b === 0 ? null : Math.trunc(a / b));
    default:
      return (a, b) => (b === 0 ? null : ((a % b) + Math.abs(b)) % Math.abs(b));
  }
}
