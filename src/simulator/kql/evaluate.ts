import type { Expression, Operator, Pipeline } from './ast.ts';
import { join } from './join.ts';
import { KqlError } from './kql-error.ts';
import { checkLimits } from './limits.ts';
import { ticksPerMs } from './moment.ts';
import { applyOperator, union } from './operators.ts';
import { parse } from './parser.ts';
import type { Column, Table, Value } from './value.ts';
import { toJson } from './value.ts';

/**
 * Finds a table by name, in any letter case; `undefined` for a table that does not exist. With a `type` (in lower case) rows of
 * other types may be left out: the query drops them at once.
 */
export type TableSource = (name: string, type?: string) => SourceTable | undefined;

/** Rows as plain objects; what a row lacks reads as the column's nothing. */
export interface SourceTable {
  readonly columns: readonly Column[];
  readonly rows: readonly { readonly [column: string]: unknown }[];
}

export interface KqlEnvironment {
  /** What now() and ago() count from, ms since 1970. */
  readonly now: number;
}

export interface KqlResult {
  readonly columns: readonly Column[];
  /** Values as JSON carries them, in the order of the columns. */
  readonly rows: readonly (readonly unknown[])[];
  /** The query itself cuts its rows (take, limit, sample), so that the service does not page it. */
  readonly cut: boolean;
  /** The query sorts its rows. */
  readonly ordered: boolean;
}

/** Runs a query. Throws KqlError, and nothing else, for text outside the grammar, the vocabulary or the limits. */
export function evaluate(query: string, tables: TableSource, environment: KqlEnvironment): KqlResult {
  const pipeline = parse(query);
  checkLimits(pipeline);
  const { columns, rows } = run(pipeline, tables, BigInt(Math.trunc(environment.now)) * ticksPerMs);
  const lastSort = pipeline.operators.findLastIndex(({ kind }) => kind === 'sort' || kind === 'top');
  const lastShuffle = pipeline.operators.findLastIndex(
    ({ kind }) => kind === 'summarize' || kind === 'join' || kind === 'union' || kind === 'distinct',
  );
  return {
    columns,
    rows: rows.map((row) => columns.map(({ type }, i) => toJson(row[i], type))),
    cut: pipeline.operators.some(({ kind }) => kind === 'take'),
    ordered: lastSort > lastShuffle,
  };
}

function run(pipeline: Pipeline, tables: TableSource, now: bigint): Table {
  const name = pipeline.table?.name ?? 'Resources';
  let table = load(name, tables, typeAsked(pipeline.operators[0]));
  for (const operator of pipeline.operators) {
    if (operator.kind === 'join') table = join(table, run(operator.right, tables, now), operator);
    else if (operator.kind === 'union') {
      const legs = operator.legs.map((leg) => ({ name: leg.table?.name ?? 'Resources', table: run(leg, tables, now) }));
      table = union([{ name, table }, ...legs], operator.inner, operator.withSource);
    } else table = applyOperator(table, operator, now);
  }
  return table;
}

/** The one type whose rows survive the first operator, if it says so. */
function typeAsked(first: Operator | undefined): string | undefined {
  return first?.kind === 'where' ? typeIn(first.predicate) : undefined;
}

function typeIn(predicate: Expression): string | undefined {
  if (predicate.kind !== 'binary') return undefined;
  const { operator, left, right } = predicate;
  if (operator === 'and') return typeIn(left) ?? typeIn(right);
  const equals = (operator === '=~' || operator === '==') && left.kind === 'name' && left.name === 'type';
  return equals && right.kind === 'literal' && typeof right.value === 'string' ? right.value.toLowerCase() : undefined;
}

function load(name: string, tables: TableSource, type: string | undefined): Table {
  const source = tables(name, type);
  if (!source)
    throw new KqlError({
      code: 'DisallowedLogicalTableName',
      message: `Table ${name} is invalid, unsupported or disallowed.`,
    });
  const rows = source.rows.map((row) =>
    source.columns.map(({ name: column, type }): Value => {
      const value = row[column] as Value | undefined;
      return value ?? (type === 'string' ? '' : null);
    }),
  );
  return { columns: source.columns, rows };
}
