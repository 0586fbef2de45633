import type { Assignment, ExpandColumn, Operator, SortKey } from './ast.ts';
import { nameColumns, refuseDynamicKey } from './columns.ts';
import type { Compiled } from './compiled.ts';
import { compile, compilePredicate } from './expression.ts';
import { semanticFailure } from './kql-error.ts';
import { defaultExpandRows } from './limits.ts';
import { summarize } from './summarize.ts';
import type { Column, Row, Table, Type, Value } from './value.ts';
import { commonType, compare, convert, keyOf, nothingOf } from './value.ts';

type Of<K extends Operator['kind']> = Extract<Operator, { kind: K }>;
export type RowOperator = Exclude<Operator, { kind: 'join' | 'union' }>;

/** Applies an operator that reads one table. */
export function applyOperator(table: Table, operator: RowOperator, now: bigint): Table {
  const scope = { columns: table.columns, now };
  switch (operator.kind) {
    case 'where': {
      const holds = compilePredicate(operator.predicate, scope);
      return { columns: table.columns, rows: table.rows.filter(holds) };
    }
    case 'extend':
      return extend(table, operator.columns, now);
    case 'project':
      return project(table, operator.columns, now);
    case 'project-away':
    case 'project-keep':
      return keep(table, operator);
    case 'project-rename':
      return rename(table, operator);
    case 'distinct': {
      const narrowed = operator.columns === 'all' ? table : project(table, operator.columns, now);
      for (const column of narrowed.columns) if (operator.columns !== 'all') refuseDynamicKey('Distinct', column);
      return { columns: narrowed.columns, rows: [...new Map(narrowed.rows.map((row) => [keyOf(row), row])).values()] };
    }
    case 'count':
      return { columns: [{ name: 'Count', type: 'long' }], rows: [[table.rows.length]] };
    case 'take':
      return { columns: table.columns, rows: table.rows.slice(0, operator.count) };
    case 'top':
      return { columns: table.columns, rows: sorted(table, [operator.key], now).slice(0, operator.count) };
    case 'sort':
      return { columns: table.columns, rows: sorted(table, operator.keys, now) };
    case 'summarize':
      return summarize(table, operator, now);
    default:
      return expand(table, operator, now);
  }
}

function project(table: Table, assignments: readonly Assignment[], now: bigint): Table {
  const scope = { columns: table.columns, now };
  const compiled = assignments.map(({ name, expression }) => ({ given: name, value: compile(expression, scope) }));
  const columns = nameColumns(compiled.map(({ given, value }) => ({ given, derived: value.name, type: value.type })));
  return { columns, rows: table.rows.map((row) => compiled.map(({ value }) => value.eval(row))) };
}

/** New columns see only those of the input; one of a column's own name replaces it in place. */
function extend(table: Table, assignments: readonly Assignment[], now: bigint): Table {
  const scope = { columns: table.columns, now };
  const columns: Column[] = [...table.columns];
  const values: (Compiled | undefined)[] = columns.map(() => undefined);
  let unnamed = 0;
  for (const { name, expression } of assignments) {
    const value = compile(expression, scope);
    const column = { name: name ?? value.name ?? `Column${(unnamed += 1)}`, type: value.type };
    const index = columns.findIndex((each) => each.name === column.name);
    if (index === -1) {
      columns.push(column);
      values.push(value);
    } else {
      columns[index] = column;
      values[index] = value;
    }
  }
  const rows = table.rows.map((row) => values.map((value, i) => (value ? value.eval(row) : (row[i] ?? null))));
  return { columns, rows };
}

function keep(table: Table, operator: Of<'project-away' | 'project-keep'>): Table {
  const patterns = operator.patterns.map((pattern) => {
    if (!pattern.includes('*') && !table.columns.some(({ name }) => name === pattern)) {
      throw semanticFailure('InvalidColumnNames', `Invalid column names: [${pattern}].`);
    }
    return new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);
  });
  const indexes = table.columns.flatMap(({ name }, i) =>
    patterns.some((pattern) => pattern.test(name)) === (operator.kind === 'project-keep') ? [i] : [],
  );
  return {
    columns: indexes.map((i) => table.columns[i]!),
    rows: table.rows.map((row) => indexes.map((i) => row[i] ?? null)),
  };
}

function rename(table: Table, operator: Of<'project-rename'>): Table {
  const columns = [...table.columns];
  for (const { to, from } of operator.renames) {
    const index = columns.findIndex(({ name }) => name === from);
    if (index === -1) throw semanticFailure('InvalidColumnNames', `Invalid column names: [${from}].`);
    if (columns.some(({ name }) => name === to))
      throw semanticFailure('DuplicateColumnNames', `A column named '${to}' appears more than once.`);
    columns[index] = { name: to, type: columns[index]!.type };
  }
  return { columns, rows: table.rows };
}

/** Stable, so that rows equal by the keys keep their order. */
function sorted(table: Table, keys: readonly SortKey[], now: bigint): readonly Row[] {
  const compiled = keys.map((key) => ({ key, value: compile(key.expression, { columns: table.columns, now }) }));
  for (const { value } of compiled) refuseDynamicKey('Order', value);
  return table.rows
    .map((row) => ({ row, by: compiled.map(({ value }) => value.eval(row)) }))
    .sort((a, b) => {
      for (const [i, { key }] of compiled.entries()) {
        const order = compareKeys(a.by[i]!, b.by[i]!, key);
        if (order !== 0) return order;
      }
      return 0;
    })
    .map(({ row }) => row);
}

function compareKeys(a: Value, b: Value, key: SortKey): number {
  if (a === null || b === null) return a === b ? 0 : (a === null) === key.nullsFirst ? -1 : 1;
  return key.descending ? -compare(a, b) : compare(a, b);
}

const expandTypes: Readonly<Record<string, Type>> = {
  string: 'string',
  long: 'long',
  int: 'int',
  real: 'real',
  double: 'real',
  bool: 'bool',
  boolean: 'bool',
  datetime: 'datetime',
  timespan: 'timespan',
  dynamic: 'dynamic',
  guid: 'string',
};

/** One row per element; several columns go in step. An empty array drops the row, a null keeps it. */
function expand(table: Table, operator: Of<'mv-expand'>, now: bigint): Table {
  const expanded = operator.columns.map((column) => bindExpansion(column, table, now));
  const columns = [...table.columns];
  const targets = expanded.map(({ name, type }) => {
    const index = columns.findIndex((column) => column.name === name);
    if (index === -1) return columns.push({ name, type }) - 1;
    columns[index] = { name, type };
    return index;
  });
  const limit = operator.limit ?? defaultExpandRows;
  const rows = table.rows.flatMap((row) => {
    const lists = expanded.map(({ value, type }) =>
      elementsOf(value.eval(row), operator.asArray).map((each) => convert(each, 'dynamic', type)),
    );
    const count = Math.min(limit, Math.max(...lists.map((list) => list.length)));
    return Array.from({ length: count }, (_, i) => {
      const out: Value[] = columns.map((column, c) => row[c] ?? nothingOf(column.type));
      targets.forEach((target, t) => {
        out[target] = lists[t]![i] ?? nothingOf(expanded[t]!.type);
      });
      return out;
    });
  });
  return { columns, rows };
}

function bindExpansion(column: ExpandColumn, table: Table, now: bigint): { name: string; type: Type; value: Compiled } {
  const value = compile(column.assignment.expression, { columns: table.columns, now });
  if (value.type !== 'dynamic')
    throw semanticFailure('InvalidArgumentTypes', `mv-expand: a dynamic is expected, not a ${value.type}.`);
  const type = column.to === undefined ? 'dynamic' : expandTypes[column.to];
  if (type === undefined) throw semanticFailure('InvalidArgumentTypes', `mv-expand: '${column.to}' is no type.`);
  return { name: column.assignment.name ?? value.name ?? 'Column1', type, value };
}

function elementsOf(value: Value, asArray: boolean): readonly Value[] {
  if (Array.isArray(value)) return value as Value[];
  if (typeof value !== 'object' || value === null) return [value];
  return Object.entries(value as Record<string, Value>).map(([key, each]) => (asArray ? [key, each] : { [key]: each }));
}

/** Rows of several tables under each other; columns meet by name (kind=inner: only the shared ones). */
export function union(
  legs: readonly { readonly name: string; readonly table: Table }[],
  inner: boolean,
  withSource: string | undefined,
): Table {
  const byName = new Map<string, { type: Type; legs: number }>();
  for (const { table } of legs) {
    for (const { name, type } of table.columns) {
      const known = byName.get(name);
      // Kusto splits a column whose types differ into two; widening to dynamic loses no value.
      byName.set(
        name,
        known ? { type: commonType(known.type, type) ?? 'dynamic', legs: known.legs + 1 } : { type, legs: 1 },
      );
    }
  }
  const shared = [...byName]
    .filter(([, { legs: count }]) => !inner || count === legs.length)
    .map(([name, { type }]): Column => ({ name, type }));
  const columns: readonly Column[] =
    withSource === undefined ? shared : [{ name: withSource, type: 'string' }, ...shared];
  const rows = legs.flatMap(({ name, table }) => {
    const places = shared.map((column) => table.columns.findIndex((each) => each.name === column.name));
    return table.rows.map((row) => {
      const values = shared.map(({ type }, i) => {
        const place = places[i]!;
        return place === -1 ? nothingOf(type) : convert(row[place] ?? null, table.columns[place]!.type, type);
      });
      return withSource === undefined ? values : [name, ...values];
    });
  });
  return { columns, rows };
}
