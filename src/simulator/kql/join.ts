import { freeName, refuseDynamicKey } from './columns.ts';
import { semanticFailure } from './kql-error.ts';
import type { Column, Row, Table, Value } from './value.ts';
import { isNumeric, keyOf, nothingOf } from './value.ts';

export interface JoinSpec {
  readonly flavor: string;
  readonly on: readonly { readonly left: string; readonly right: string }[];
}

/**
 * Joins on equal keys (ordinal, case counts; null equals nothing). The right side's columns that clash get a number.
 */
export function join(left: Table, right: Table, spec: JoinSpec): Table {
  const leftKeys = spec.on.map((key) => keyIndex(left, key.left, '$left'));
  const rightKeys = spec.on.map((key) => keyIndex(right, key.right, '$right'));
  spec.on.forEach((key, i) => {
    const [a, b] = [left.columns[leftKeys[i]!]!, right.columns[rightKeys[i]!]!];
    refuseDynamicKey('Join', a);
    refuseDynamicKey('Join', b);
    if (a.type !== b.type && !(isNumeric(a.type) && isNumeric(b.type))) {
      throw semanticFailure(
        'InvalidJoinKeys',
        `Join keys '${key.left}' (${a.type}) and '${key.right}' (${b.type}) are of different types.`,
      );
    }
  });

  const index = new Map<string, Row[]>();
  for (const row of right.rows) {
    const key = joinKey(row, rightKeys);
    if (key === undefined) continue;
    const rows = index.get(key);
    if (rows) rows.push(row);
    else index.set(key, [row]);
  }

  const keepsLeft = spec.flavor === 'leftouter' || spec.flavor === 'fullouter';
  const noRight = right.columns.map(({ type }) => nothingOf(type));
  const rows: Row[] = [];
  const seen = new Set<string>();
  const matched = new Set<string>();
  for (const row of left.rows) {
    const key = joinKey(row, leftKeys);
    // innerunique, the default: of left rows with one key only one takes part.
    if (spec.flavor === 'innerunique' && key !== undefined) {
      if (seen.has(key)) continue;
      seen.add(key);
    }
    const partners = key === undefined ? undefined : index.get(key);
    if (partners) {
      matched.add(key!);
      for (const partner of partners) rows.push([...row, ...partner]);
    } else if (keepsLeft) rows.push([...row, ...noRight]);
  }
  if (spec.flavor === 'fullouter') {
    const noLeft = left.columns.map(({ type }) => nothingOf(type));
    for (const row of right.rows) if (!matched.has(joinKey(row, rightKeys) ?? '')) rows.push([...noLeft, ...row]);
  }
  return { columns: joinedColumns(left.columns, right.columns), rows };
}

function joinedColumns(left: readonly Column[], right: readonly Column[]): readonly Column[] {
  const columns = [...left];
  const taken = new Set(left.map(({ name }) => name));
  for (const { name, type } of right) {
    const free = freeName(name, taken);
    taken.add(free);
    columns.push({ name: free, type });
  }
  return columns;
}

function keyIndex(table: Table, name: string, side: string): number {
  const index = table.columns.findIndex((column) => column.name === name);
  if (index === -1) throw semanticFailure('InvalidColumnNames', `Invalid column names: [${side}.${name}].`);
  return index;
}

function joinKey(row: Row, indexes: readonly number[]): string | undefined {
  const values: Value[] = indexes.map((index) => row[index] ?? null);
  return values.includes(null) ? undefined : keyOf(values);
}
