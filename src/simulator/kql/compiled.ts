import type { Expression } from './ast.ts';
import type { Column, Row, Type, Value } from './value.ts';

/** An expression bound to columns: its static type is settled before the first row is read. */
export interface Compiled {
  readonly type: Type;
  /** The column name Kusto derives: `a_b` for `a.b`; `undefined` where it would say Column1. */
  readonly name: string | undefined;
  /** Set for literals. */
  readonly constant?: Value;
  eval(row: Row): Value;
}

export interface Scope {
  readonly columns: readonly Column[];
  /** What now() answers, in ticks. */
  readonly now: bigint;
  /** In summarize: turns a call of an aggregate into a slot of the group's row. `undefined`: no such aggregate. */
  readonly aggregate?: (call: Extract<Expression, { kind: 'call' }>) => Compiled | undefined;
}
