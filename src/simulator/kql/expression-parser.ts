import type { Expression } from './ast.ts';
import { TokenCursor } from './cursor.ts';
import { parserFailure } from './kql-error.ts';
import type { Token } from './lexer.ts';
import { timespanOf } from './moment.ts';
import { taggedLiteral } from './tagged-literal.ts';

/** Operator words cannot stand alone as a column: `where where` stops after the second word, as the service does. */
export const operatorWords: ReadonlySet<string> = new Set([
  'where',
  'project',
  'project-away',
  'project-keep',
  'project-rename',
  'extend',
  'join',
  'order',
  'sort',
  'take',
  'limit',
  'sample',
  'top',
  'summarize',
  'union',
  'mv-expand',
  'mvexpand',
  'distinct',
  'count',
  'by',
]);
const comparisons = new Set(['==', '!=', '<>', '=~', '!~', '<', '>', '<=', '>=']);
const wordOperators = new Set(
  [
    'has',
    'has_cs',
    'contains',
    'contains_cs',
    'startswith',
    'startswith_cs',
    'endswith',
    'endswith_cs',
    'hasprefix',
    'hassuffix',
  ].flatMap((word) => [word, `!${word}`]),
);
const listOperators = new Set(['in', 'in~', '!in', '!in~', 'has_any', 'has_all']);
/** Deep enough for any query a person writes; a bound keeps hostile nesting from ending the process. */
const deepestNesting = 200;
/** Operators, dots and indexers one expression may chain: the tree leans to the left, and evaluating it recurses. */
const longestChain = 2000;

/** The expressions of KQL, by precedence climbing. */
export class ExpressionParser extends TokenCursor {
  private depth = 0;
  private links = 0;

  expression(): Expression {
    if (this.depth === 0) this.links = 0;
    this.depth += 1;
    if (this.depth > deepestNesting) throw this.failure('a shallower expression');
    let left = this.conjunction();
    while (this.is('or')) {
      const at = this.link();
      left = { kind: 'binary', operator: 'or', left, right: this.conjunction(), at };
    }
    this.depth -= 1;
    return left;
  }

  private link(): Token {
    this.links += 1;
    if (this.links > longestChain) throw this.failure('a shorter expression');
    return this.advance();
  }

  private conjunction(): Expression {
    let left = this.comparison();
    while (this.is('and')) {
      const at = this.link();
      left = { kind: 'binary', operator: 'and', left, right: this.comparison(), at };
    }
    return left;
  }

  private comparison(): Expression {
    let left = this.sum();
    for (;;) {
      const at = this.current;
      const operator = at.text;
      if (at.kind === 'symbol' && comparisons.has(operator)) {
        this.link();
        left = { kind: 'binary', operator: operator === '<>' ? '!=' : operator, left, right: this.sum(), at };
      } else if (at.kind !== 'word') return left;
      else if (wordOperators.has(operator)) {
        this.link();
        left = { kind: 'binary', operator, left, right: this.sum(), at };
      } else if (listOperators.has(operator)) left = this.list(left);
      else if (operator === 'between' || operator === '!between') left = this.between(left);
      else if (operator === 'matches' && this.peek().text === 'regex') {
        this.advance();
        this.advance();
        left = { kind: 'binary', operator: 'matches regex', left, right: this.sum(), at };
      } else return left;
    }
  }

  private list(left: Expression): Expression {
    const at = this.link();
    this.expect('(');
    const items = this.is(')') ? [] : this.arguments();
    this.expect(')');
    return { kind: 'list', operator: at.text, left, items, at };
  }

  private between(left: Expression): Expression {
    const at = this.link();
    this.expect('(');
    const low = this.sum();
    this.expect('..');
    const high = this.sum();
    this.expect(')');
    return { kind: 'between', negated: at.text.startsWith('!'), left, low, high, at };
  }

  private sum(): Expression {
    let left = this.product();
    while (this.is('+') || this.is('-')) {
      const at = this.link();
      left = { kind: 'binary', operator: at.text, left, right: this.product(), at };
    }
    return left;
  }

  private product(): Expression {
    let left = this.unary();
    while (this.is('*') || this.is('/') || this.is('%')) {
      const at = this.link();
      left = { kind: 'binary', operator: at.text, left, right: this.unary(), at };
    }
    return left;
  }

  private unary(): Expression {
    if (!this.is('-') && !this.is('+')) return this.postfix();
    const at = this.advance();
    this.depth += 1;
    if (this.depth > deepestNesting) throw this.failure('a shallower expression');
    const operand = this.unary();
    this.depth -= 1;
    return { kind: 'unary', operator: at.text === '-' ? '-' : '+', operand, at };
  }

  private postfix(): Expression {
    let value = this.primary();
    for (;;) {
      const at = this.current;
      if (this.is('.')) {
        this.link();
        // `a.['odata.type']` is the documented spelling for names with dots.
        if (this.is('[')) value = { kind: 'member', of: value, key: this.subscript(), at };
        else value = { kind: 'member', of: value, key: this.name(), at };
      } else if (this.is('[')) value = { kind: 'member', of: value, key: this.subscript(), at };
      else return value;
    }
  }

  private subscript(): string | number | Expression {
    if (this.is('[')) this.link();
    else throw this.failure('[');
    const inner = this.expression();
    this.expect(']');
    if (inner.kind === 'literal' && (typeof inner.value === 'string' || typeof inner.value === 'number'))
      return inner.value;
    if (
      inner.kind === 'unary' &&
      inner.operator === '-' &&
      inner.operand.kind === 'literal' &&
      typeof inner.operand.value === 'number'
    ) {
      return -inner.operand.value;
    }
    return inner;
  }

  private primary(): Expression {
    const at = this.current;
    switch (at.kind) {
      case 'string':
      case 'number':
      case 'timespan':
      case 'literal':
        return this.literal();
      case 'word':
        return this.nameOrCall();
      default:
        break;
    }
    if (this.take('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (this.take('*')) return { kind: 'star', at };
    if (this.is('[')) return { kind: 'name', name: this.name(), at };
    throw this.failure('an expression');
  }

  private nameOrCall(): Expression {
    const at = this.advance();
    if (at.text.startsWith('!')) throw parserFailure(at, 'an expression');
    if (/^(?:true|false)$/i.test(at.text))
      return { kind: 'literal', type: 'bool', value: at.text.toLowerCase() === 'true', at };
    if (this.take('(')) {
      const args = this.is(')') ? [] : this.arguments();
      this.expect(')');
      return { kind: 'call', name: at.text, args, at };
    }
    if (operatorWords.has(at.text) && !this.is('.') && !this.is('[')) throw this.failure('(');
    return { kind: 'name', name: at.text, at };
  }

  arguments(): readonly Expression[] {
    const args = [this.expression()];
    while (this.take(',')) args.push(this.expression());
    return args;
  }

  private literal(): Expression {
    const at = this.advance();
    if (at.kind === 'string') return { kind: 'literal', type: 'string', value: at.text, at };
    if (at.kind === 'timespan') {
      return { kind: 'literal', type: 'timespan', value: timespanOf(Number.parseFloat(at.text), at.tag ?? 'd'), at };
    }
    if (at.kind === 'number') {
      const real = /[.]|[eE][+-]?\d/.test(at.text) && !/^0x/i.test(at.text);
      return { kind: 'literal', type: real ? 'real' : 'long', value: Number(at.text), at };
    }
    const [type, value] = taggedLiteral(at);
    if (value === undefined) throw parserFailure(at, `a ${type} literal`);
    return { kind: 'literal', type, value, at };
  }
}
