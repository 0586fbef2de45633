import type { Assignment, Operator, Pipeline, SortKey } from './ast.ts';
import { ExpressionParser, operatorWords } from './expression-parser.ts';
import { parserFailure } from './kql-error.ts';
import { tokenize } from './lexer.ts';

/** Turns the text of a query into its pipeline. Throws KqlError (`ParserFailure`) outside the grammar. */
export function parse(query: string): Pipeline {
  const parser = new Parser(tokenize(query));
  const pipeline = parser.pipeline(true);
  parser.take(';');
  if (parser.current.kind !== 'end') throw parser.failure('|');
  return pipeline;
}

const joinFlavors = new Set([
  'innerunique',
  'inner',
  'leftouter',
  'fullouter',
  'rightouter',
  'leftanti',
  'leftsemi',
  'rightanti',
  'rightsemi',
  'anti',
  'semi',
  'leftantisemi',
  'rightantisemi',
]);

class Parser extends ExpressionParser {
  private nesting = 0;

  /** A query starts with a table, or at the outermost level with an operator over the default table. */
  pipeline(outermost: boolean): Pipeline {
    this.nesting += 1;
    if (this.nesting > 32) throw this.failure('a shallower query');
    const startsWithOperator = outermost && this.current.kind === 'word' && operatorWords.has(this.current.text);
    const operators: Operator[] = [];
    let table: Pipeline['table'];
    if (startsWithOperator) operators.push(this.operator());
    else if (this.is('(')) {
      this.advance();
      const inner = this.pipeline(false);
      this.expect(')');
      table = inner.table;
      operators.push(...inner.operators);
    } else {
      const at = this.current;
      table = { name: this.name(), at };
    }
    while (this.take('|')) operators.push(this.operator());
    this.nesting -= 1;
    return { table, operators };
  }

  private operator(): Operator {
    const word = this.current;
    if (word.kind !== 'word') throw this.failure('an operator');
    this.advance();
    switch (word.text) {
      case 'where':
        return { kind: 'where', predicate: this.expression() };
      case 'extend':
        return { kind: 'extend', columns: this.assignments() };
      case 'project':
        return { kind: 'project', columns: this.assignments() };
      case 'project-away':
      case 'project-keep':
        return { kind: word.text, patterns: this.patterns() };
      case 'project-rename':
        return { kind: 'project-rename', renames: this.renames() };
      case 'distinct':
        return { kind: 'distinct', columns: this.take('*') ? 'all' : this.assignments() };
      case 'count':
        return { kind: 'count' };
      case 'take':
      case 'limit':
      case 'sample':
        return { kind: 'take', count: this.wholeNumber(), word: word.text };
      case 'top':
        return this.top();
      case 'order':
      case 'sort':
        this.expect('by');
        return { kind: 'sort', keys: this.sortKeys() };
      case 'summarize':
        return this.summarize();
      case 'mv-expand':
      case 'mvexpand':
        return this.expand();
      case 'union':
        return this.union();
      case 'join':
        return this.join();
      default:
        throw parserFailure(word, 'an operator');
    }
  }

  private assignment(): Assignment {
    const named = this.peek().text === '=' && this.peek().kind === 'symbol' && this.current.kind === 'word';
    const bracketed =
      this.is('[') && this.peek().kind === 'string' && this.peek(3).text === '=' && this.peek(3).kind === 'symbol';
    if (!named && !bracketed) return { name: undefined, expression: this.expression() };
    const name = this.name();
    this.expect('=');
    return { name, expression: this.expression() };
  }

  private assignments(): readonly Assignment[] {
    const all = [this.assignment()];
    while (this.take(',')) all.push(this.assignment());
    return all;
  }

  private patterns(): readonly string[] {
    const all: string[] = [];
    do {
      let pattern = this.is('*') ? '' : this.name();
      while (this.take('*')) {
        pattern += '*';
        if (this.current.kind === 'word') pattern += this.name();
      }
      all.push(pattern);
    } while (this.take(','));
    return all;
  }

  private renames(): { to: string; from: string }[] {
    const all: { to: string; from: string }[] = [];
    do {
      const to = this.name();
      this.expect('=');
      all.push({ to, from: this.name() });
    } while (this.take(','));
    return all;
  }

  private wholeNumber(): number {
    if (this.current.kind !== 'number' || !/^\d{1,15}$/.test(this.current.text)) throw this.failure('a whole number');
    return Number(this.advance().text);
  }

  private top(): Operator {
    const count = this.wholeNumber();
    this.expect('by');
    return { kind: 'top', count, key: this.sortKey() };
  }

  private sortKey(): SortKey {
    const expression = this.expression();
    const ascending = this.take('asc');
    if (!ascending) this.take('desc');
    // Kusto: nulls come first in ascending and last in descending order unless said otherwise.
    let nullsFirst = ascending;
    if (this.take('nulls')) {
      nullsFirst = this.take('first');
      if (!nullsFirst) this.expect('last');
    }
    return { expression, descending: !ascending, nullsFirst };
  }

  private sortKeys(): readonly SortKey[] {
    const keys = [this.sortKey()];
    while (this.take(',')) keys.push(this.sortKey());
    return keys;
  }

  private summarize(): Operator {
    const aggregates = this.is('by') ? [] : this.assignments();
    const by = this.take('by') ? this.assignments() : [];
    return { kind: 'summarize', aggregates, by };
  }

  private expand(): Operator {
    let asArray = false;
    if (this.is('bagexpansion') || this.is('kind')) {
      this.advance();
      this.expect('=');
      asArray = this.take('array');
      if (!asArray) this.expect('bag');
    }
    const columns: { assignment: Assignment; to: string | undefined }[] = [];
    do {
      const assignment = this.assignment();
      columns.push({ assignment, to: this.take('to') ? this.typeName() : undefined });
    } while (this.take(','));
    const limit = this.take('limit') ? this.wholeNumber() : undefined;
    return { kind: 'mv-expand', columns, asArray, limit };
  }

  private typeName(): string {
    this.expect('typeof');
    this.expect('(');
    const name = this.name();
    this.expect(')');
    return name;
  }

  private union(): Operator {
    let inner = false;
    let withSource: string | undefined;
    for (;;) {
      if (this.is('kind') && this.peek().text === '=') {
        this.advance();
        this.advance();
        inner = this.take('inner');
        if (!inner) this.expect('outer');
      } else if (this.is('withsource') && this.peek().text === '=') {
        this.advance();
        this.advance();
        withSource = this.name();
      } else break;
    }
    const legs = [this.leg()];
    while (this.take(',')) legs.push(this.leg());
    return { kind: 'union', legs, inner, withSource };
  }

  private leg(): Pipeline {
    if (!this.is('(')) {
      const at = this.current;
      return { table: { name: this.name(), at }, operators: [] };
    }
    this.advance();
    const pipeline = this.pipeline(false);
    this.expect(')');
    return pipeline;
  }

  private join(): Operator {
    let flavor = 'innerunique';
    if (this.is('kind') && this.peek().text === '=') {
      this.advance();
      this.advance();
      flavor = this.current.text;
      if (this.current.kind !== 'word' || !joinFlavors.has(flavor)) throw this.failure('a join kind');
      this.advance();
    }
    const right = this.leg();
    this.expect('on');
    const on = [this.joinKey()];
    while (this.take(',') || this.take('and')) on.push(this.joinKey());
    return { kind: 'join', flavor, right, on };
  }

  /** `a`, or `$left.a == $right.b` in either order. */
  private joinKey(): { left: string; right: string } {
    const key = this.sideOf();
    if (key.side === undefined) return { left: key.name, right: key.name };
    this.expect('==');
    const other = this.sideOf();
    if (other.side === undefined || other.side === key.side)
      throw this.failure(key.side === '$left' ? '$right' : '$left');
    return key.side === '$left' ? { left: key.name, right: other.name } : { left: other.name, right: key.name };
  }

  private sideOf(): { side: string | undefined; name: string } {
    if (!this.is('$left') && !this.is('$right')) return { side: undefined, name: this.name() };
    const side = this.advance().text;
    if (this.is('[')) return { side, name: this.name() };
    this.expect('.');
    return { side, name: this.name() };
  }
}

/** Every table a pipeline reads, the default one included. */
export function tablesOf(pipeline: Pipeline): readonly string[] {
  const own = [pipeline.table?.name ?? 'Resources'];
  for (const operator of pipeline.operators) {
    if (operator.kind === 'join') own.push(...tablesOf(operator.right));
    if (operator.kind === 'union') own.push(...operator.legs.flatMap(tablesOf));
  }
  return own;
}
