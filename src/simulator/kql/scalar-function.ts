import type { Compiled } from './compiled.ts';
import type { Type, Value } from './value.ts';

export interface CallContext {
  readonly types: readonly Type[];
  readonly now: bigint;
  readonly result: Type;
}

export interface ScalarFunction {
  readonly arity: readonly [least: number, most: number];
  /** Wanted type per argument; the last one repeats. */
  readonly params?: readonly (Type | 'any' | 'number')[];
  readonly type: Type | ((args: readonly Compiled[]) => Type | undefined);
  /** The result column is named after the first argument: tostring(a.b) is a_b. */
  readonly namedAfterArgument?: boolean;
  readonly apply: (args: readonly Value[], context: CallContext) => Value;
}
