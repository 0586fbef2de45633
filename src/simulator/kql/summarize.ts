import type { Assignment, Expression } from './ast.ts';
import { aggregates } from './aggregates.ts';
import type { Compiled, Scope } from './compiled.ts';
import { compile } from './expression.ts';
import { parserFailure, semanticFailure } from './kql-error.ts';
import type { Row, Table, Type, Value } from './value.ts';
import { keyOf } from './value.ts';
import { nameColumns, refuseDynamicKey } from './columns.ts';

/** One aggregate call: its value per group lands in a slot of the group's row. */
interface Slot {
  readonly type: Type;
  compute(rows: readonly Row[]): Value;
}

/** `summarize a = count(), … by k, …`. Without `by` there is one row, also for no input; with it one row per group. */
export function summarize(
  table: Table,
  spec: { aggregates: readonly Assignment[]; by: readonly Assignment[] },
  now: bigint,
): Table {
  const scope: Scope = { columns: table.columns, now };
  const keys = spec.by.map(({ name, expression }) => ({ name, compiled: compile(expression, scope) }));
  for (const { compiled } of keys) refuseDynamicKey('Summarize group', compiled);
  const { slots, outputs } = bindAggregates(
    spec.aggregates,
    keys.map(({ compiled }) => compiled),
    scope,
  );

  const groups = new Map<string, { key: Row; rows: Row[] }>();
  if (keys.length === 0) groups.set('', { key: [], rows: [...table.rows] });
  else {
    for (const row of table.rows) {
      const key = keys.map(({ compiled }) => compiled.eval(row));
      const text = keyOf(key);
      const group = groups.get(text);
      if (group) group.rows.push(row);
      else groups.set(text, { key, rows: [row] });
    }
  }

  const columns = nameColumns([
    ...keys.map(({ name, compiled }) => ({ given: name, derived: compiled.name, type: compiled.type })),
    ...outputs.map(({ given, derived, value }) => ({ given, derived, type: value.type })),
  ]);
  const rows = [...groups.values()].map(({ key, rows: members }) => {
    const settled = slots.map((slot) => slot.compute(members));
    return [...key, ...outputs.map(({ value }) => value.eval(settled))];
  });
  return { columns, rows };
}

interface Output {
  readonly given: string | undefined;
  readonly derived: string | undefined;
  /** Evaluated over the row of slots. */
  readonly value: Compiled;
}

function bindAggregates(
  assignments: readonly Assignment[],
  keys: readonly Compiled[],
  scope: Scope,
): { slots: Slot[]; outputs: Output[] } {
  const slots: Slot[] = [];
  const outputs: Output[] = [];
  for (const { name, expression } of assignments) {
    if (expression.kind === 'call' && /^(?:arg_max|arg_min|any|take_any)$/.test(expression.name)) {
      const wide = wideAggregate(expression, scope, slots, keys);
      outputs.push(
        ...wide.map((output, index) => (index === 0 && name !== undefined ? { ...output, given: name } : output)),
      );
      continue;
    }
    let derived: string | undefined;
    const aggregate = (call: Extract<Expression, { kind: 'call' }>): Compiled | undefined => {
      const definition = Object.hasOwn(aggregates, call.name) ? aggregates[call.name] : undefined;
      if (!definition) return undefined;
      const args = call.args.filter((arg) => arg.kind !== 'star').map((arg) => compile(arg, scope));
      const [least, most] = definition.arity;
      if (args.length < least || args.length > most) {
        throw semanticFailure(
          'InvalidArgumentCount',
          `${call.name}(): function expects ${least} to ${most} argument(s).`,
        );
      }
      const type = definition.type(args);
      if (type === undefined)
        throw semanticFailure('InvalidArgumentTypes', `${call.name}(): the arguments have no fitting type.`);
      const named = definition.column(args[0]?.name);
      if (call === expression) derived = named;
      return slotOf(slots, { type, compute: (rows) => definition.compute(rows, args) }, named);
    };
    // Outside an aggregate no column is in reach, so the scope has none.
    outputs.push({ given: name, value: compile(expression, { columns: [], now: scope.now, aggregate }), derived });
  }
  return { slots, outputs };
}

function slotOf(slots: Slot[], slot: Slot, name: string | undefined): Compiled {
  const index = slots.push(slot) - 1;
  return { type: slot.type, name, eval: (settled) => settled[index] ?? null };
}

/** arg_max(x, a, *), any(a, b): several columns at once, all from one row of the group. */
function wideAggregate(
  call: Extract<Expression, { kind: 'call' }>,
  scope: Scope,
  slots: Slot[],
  keys: readonly Compiled[],
): readonly Output[] {
  const extreme = call.name === 'arg_max' ? 1 : call.name === 'arg_min' ? -1 : 0;
  const [first, ...rest] = call.args;
  if (first === undefined || (extreme !== 0 && first.kind === 'star')) {
    throw parserFailure({ line: call.at.line, column: call.at.column, text: call.name }, 'an expression');
  }
  const by = extreme === 0 ? undefined : compile(first, scope);
  const keyNames = new Set(keys.map((key) => key.name));
  const wanted = extreme === 0 ? call.args : rest;
  const values = wanted.flatMap((arg): Compiled[] =>
    arg.kind === 'star'
      ? scope.columns
          .filter(({ name }) => !keyNames.has(name) && name !== by?.name)
          .map(({ name }) => compile({ kind: 'name', name, at: arg.at }, scope))
      : [compile(arg, scope)],
  );
  const pick = (rows: readonly Row[]): Row | undefined => (by ? extremeRow(rows, by, extreme) : rows[0]);
  return [...(by ? [by] : []), ...values].map((value) => {
    const slot: Slot = { type: value.type, compute: (rows) => valueAt(pick(rows), value) };
    const derived = call.name === 'any' && value.name !== undefined ? `any_${value.name}` : value.name;
    return { given: undefined, derived, value: slotOf(slots, slot, value.name) };
  });
}

function valueAt(row: Row | undefined, value: Compiled): Value {
  return row === undefined ? (value.type === 'string' ? '' : null) : value.eval(row);
}

function extremeRow(rows: readonly Row[], by: Compiled, sign: number): Row | undefined {
  let best: Row | undefined;
  let bestValue: Value = null;
  for (const row of rows) {
    const value = by.eval(row);
    if (
      best === undefined ||
      (value !== null && (bestValue === null || (value > bestValue ? 1 : value < bestValue ? -1 : 0) === sign))
    ) {
      best = row;
      bestValue = value;
    }
  }
  return best;
}
