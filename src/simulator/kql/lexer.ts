import { parserFailure } from './kql-error.ts';

export type TokenKind = 'word' | 'name' | 'string' | 'number' | 'timespan' | 'literal' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As written; for strings the unescaped content, for `literal` what stood between the parentheses. */
  readonly text: string;
  /** For `literal`: datetime, timespan, dynamic, … For `timespan`: the unit. */
  readonly tag?: string;
  readonly line: number;
  /** 0-based. */
  readonly column: number;
  readonly offset: number;
}

/** Words that take a literal in parentheses which no expression could spell: `datetime(2026-01-01)`. */
const literalWords = new Set([
  'datetime',
  'date',
  'time',
  'timespan',
  'dynamic',
  'guid',
  'bool',
  'boolean',
  'int',
  'long',
  'real',
  'double',
]);
const hyphenated = /^(?:project-(?:away|keep|rename|reorder)|mv-expand|mv-apply)\b/;
const symbols = [
  '==',
  '!=',
  '=~',
  '!~',
  '<=',
  '>=',
  '<>',
  '..',
  '|',
  ',',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '.',
  ';',
  ':',
];
const timespanUnits =
  /^(?:microseconds?|milliseconds?|milli|ticks?|seconds?|minutes?|hours?|hrs?|days?|ms|micros?|sec|min|d|h|m|s)\b/;
const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** Cuts a query into tokens; comments and white space fall away. Throws KqlError where no token can start. */
export function tokenize(text: string): readonly Token[] {
  const lexer = new Lexer(text);
  const tokens: Token[] = [];
  for (;;) {
    const token = lexer.next();
    tokens.push(token);
    if (token.kind === 'end') return tokens;
  }
}

class Lexer {
  private readonly text: string;
  private at = 0;
  private line = 1;
  private lineStart = 0;

  constructor(text: string) {
    this.text = text;
  }

  next(): Token {
    this.skipSpace();
    const start = this.at;
    const rest = this.text.slice(start, start + 256);
    if (rest === '') return this.token('end', '<EOF>', start);
    if (/^h?@?["']/i.test(rest)) return this.string(start);
    if (/^\d/.test(rest)) return this.number(start, rest);
    if (/^[A-Za-z_$]/.test(rest)) return this.word(start, rest);
    const negated = /^!(?=[a-z])[a-z_]+~?/.exec(rest);
    if (negated) return this.advance('word', negated[0], start);
    const symbol = symbols.find((each) => rest.startsWith(each));
    if (symbol === undefined) throw this.failure(start, this.text[start] ?? '');
    return this.advance('symbol', symbol, start);
  }

  private skipSpace(): void {
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) return;
      if (char === '/' && this.text[this.at + 1] === '/') {
        const end = this.text.indexOf('\n', this.at);
        this.at = end === -1 ? this.text.length : end;
      } else if (/\s|\uFEFF/.test(char)) {
        this.at += 1;
        if (char === '\n') {
          this.line += 1;
          this.lineStart = this.at;
        }
      } else return;
    }
  }

  private word(start: number, rest: string): Token {
    const hyphen = hyphenated.exec(rest);
    if (hyphen) return this.advance('word', hyphen[0], start);
    const word = /^[A-Za-z_$][A-Za-z0-9_]*/.exec(this.text.slice(start, start + 1024))?.[0] ?? '';
    if (literalWords.has(word)) {
      const open = /^\s*\(/.exec(this.text.slice(start + word.length));
      if (open) return this.literal(start, word, start + word.length + open[0].length);
    }
    // `in~` and friends: the tilde belongs to the operator.
    if (word === 'in' && this.text[start + 2] === '~') return this.advance('word', 'in~', start);
    return this.advance('word', word, start);
  }

  /** Reads to the closing parenthesis, minding quotes and nested brackets. */
  private literal(start: number, tag: string, from: number): Token {
    let depth = 1;
    let quote = '';
    for (let i = from; i < this.text.length; i += 1) {
      const char = this.text[i]!;
      if (quote !== '') {
        if (char === '\\') i += 1;
        else if (char === quote) quote = '';
      } else if (char === '"' || char === "'") quote = char;
      else if (char === '(') depth += 1;
      else if (char === ')' && (depth -= 1) === 0) {
        const token = { ...this.token('literal', this.text.slice(from, i).trim(), start), tag };
        this.countLines(start, i + 1);
        this.at = i + 1;
        return token;
      }
    }
    throw this.failure(this.text.length, '<EOF>');
  }

  private number(start: number, rest: string): Token {
    const hex = /^0[xX][0-9a-fA-F]+/.exec(rest);
    if (hex) return this.advance('number', hex[0], start);
    // `1..5` is a range, so a dot counts only before a digit.
    const digits = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(rest)?.[0] ?? '';
    const unit = timespanUnits.exec(rest.slice(digits.length))?.[0];
    if (unit !== undefined) return { ...this.advance('timespan', digits + unit, start), tag: unit };
    if (/^[A-Za-z_]/.test(rest.slice(digits.length))) throw this.failure(start, rest.slice(0, digits.length + 1));
    return this.advance('number', digits, start);
  }

  private string(start: number): Token {
    const prefix = /^h?(@?)/i.exec(this.text.slice(start, start + 2))!;
    const verbatim = prefix[1] === '@';
    const quote = this.text[start + prefix[0].length]!;
    let content = '';
    for (let i = start + prefix[0].length + 1; i < this.text.length; i += 1) {
      const char = this.text[i]!;
      if (char === '\n' && !verbatim) break;
      if (char === quote) {
        if (verbatim && this.text[i + 1] === quote) {
          content += quote;
          i += 1;
          continue;
        }
        const token = this.token('string', content, start);
        this.countLines(start, i + 1);
        this.at = i + 1;
        return token;
      }
      if (char === '\\' && !verbatim) {
        const escaped = this.escape(i);
        content += escaped.text;
        i += escaped.length;
      } else content += char;
    }
    throw this.failure(start, quote);
  }

  private escape(slash: number): { text: string; length: number } {
    const unicode = /^u([0-9a-fA-F]{4})|^x([0-9a-fA-F]{2})/.exec(this.text.slice(slash + 1, slash + 6));
    if (unicode)
      return { text: String.fromCharCode(Number.parseInt(unicode[1] ?? unicode[2]!, 16)), length: unicode[0].length };
    const char = this.text[slash + 1] ?? '';
    return { text: escapes[char] ?? char, length: 1 };
  }

  private countLines(from: number, to: number): void {
    for (let i = from; i < to; i += 1) {
      if (this.text[i] === '\n') {
        this.line += 1;
        this.lineStart = i + 1;
      }
    }
  }

  private advance(kind: TokenKind, text: string, start: number): Token {
    const token = this.token(kind, text, start);
    this.at = start + text.length;
    return token;
  }

  private token(kind: TokenKind, text: string, start: number): Token {
    return { kind, text, line: this.line, column: start - this.lineStart, offset: start };
  }

  private failure(at: number, text: string): Error {
    return parserFailure({ line: this.line, column: at - this.lineStart, text }, 'a KQL token');
  }
}
