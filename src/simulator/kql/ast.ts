import type { Token } from './lexer.ts';

/** Where an expression began, for messages. */
type At = Pick<Token, 'line' | 'column'>;

export type Expression =
  | { readonly kind: 'literal'; readonly type: LiteralType; readonly value: LiteralValue; readonly at: At }
  | { readonly kind: 'name'; readonly name: string; readonly at: At }
  /** `a.b`, `a['b']`, `a[0]`, `a[-1]`. */
  | { readonly kind: 'member'; readonly of: Expression; readonly key: string | number | Expression; readonly at: At }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly at: At }
  | { readonly kind: 'unary'; readonly operator: '-' | '+'; readonly operand: Expression; readonly at: At }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
      readonly at: At;
    }
  /** `in`, `in~`, `!in`, `!in~`, `has_any`, `has_all`. */
  | {
      readonly kind: 'list';
      readonly operator: string;
      readonly left: Expression;
      readonly items: readonly Expression[];
      readonly at: At;
    }
  | {
      readonly kind: 'between';
      readonly negated: boolean;
      readonly left: Expression;
      readonly low: Expression;
      readonly high: Expression;
      readonly at: At;
    }
  /** The `*` of count(*), arg_max(x, *). */
  | { readonly kind: 'star'; readonly at: At };

export type LiteralType = 'string' | 'long' | 'int' | 'real' | 'bool' | 'datetime' | 'timespan' | 'dynamic';
export type LiteralValue = string | number | boolean | bigint | null | object;

/** `name = expression`, or an expression that names itself. */
export interface Assignment {
  readonly name: string | undefined;
  readonly expression: Expression;
}

export interface SortKey {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface Pipeline {
  /** `undefined` where the query starts with an operator: then the table is Resources. */
  readonly table: { readonly name: string; readonly at: At } | undefined;
  readonly operators: readonly Operator[];
}

export interface ExpandColumn {
  readonly assignment: Assignment;
  readonly to: string | undefined;
}

export type Operator =
  | { readonly kind: 'where'; readonly predicate: Expression }
  | { readonly kind: 'extend'; readonly columns: readonly Assignment[] }
  | { readonly kind: 'project'; readonly columns: readonly Assignment[] }
  | { readonly kind: 'project-away' | 'project-keep'; readonly patterns: readonly string[] }
  | { readonly kind: 'project-rename'; readonly renames: readonly { readonly to: string; readonly from: string }[] }
  | { readonly kind: 'distinct'; readonly columns: readonly Assignment[] | 'all' }
  | { readonly kind: 'count' }
  | { readonly kind: 'take'; readonly count: number; readonly word: string }
  | { readonly kind: 'top'; readonly count: number; readonly key: SortKey }
  | { readonly kind: 'sort'; readonly keys: readonly SortKey[] }
  | { readonly kind: 'summarize'; readonly aggregates: readonly Assignment[]; readonly by: readonly Assignment[] }
  | {
      readonly kind: 'mv-expand';
      readonly columns: readonly ExpandColumn[];
      readonly asArray: boolean;
      readonly limit: number | undefined;
    }
  | {
      readonly kind: 'union';
      readonly legs: readonly Pipeline[];
      readonly inner: boolean;
      readonly withSource: string | undefined;
    }
  | {
      readonly kind: 'join';
      readonly flavor: string;
      readonly right: Pipeline;
      readonly on: readonly { readonly left: string; readonly right: string }[];
    };
