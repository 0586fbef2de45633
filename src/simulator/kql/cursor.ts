import { parserFailure } from './kql-error.ts';
import type { Token } from './lexer.ts';

/** A place in the tokens, and the small questions a parser asks there. */
export class TokenCursor {
  private readonly tokens: readonly Token[];
  private index = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get current(): Token {
    return this.tokens[Math.min(this.index, this.tokens.length - 1)]!;
  }

  peek(ahead = 1): Token {
    return this.tokens[Math.min(this.index + ahead, this.tokens.length - 1)]!;
  }

  advance(): Token {
    const token = this.current;
    this.index += 1;
    return token;
  }

  is(text: string): boolean {
    const { kind, text: have } = this.current;
    return have === text && (kind === 'symbol' || kind === 'word');
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.index += 1;
    return true;
  }

  expect(text: string): Token {
    if (!this.is(text)) throw this.failure(text);
    return this.advance();
  }

  failure(expected: string): Error {
    return parserFailure(this.current, expected);
  }

  /** A column or table name: a word, or `['any text']`. */
  name(): string {
    const token = this.current;
    if (token.kind === 'word' && !token.text.startsWith('!')) return this.advance().text;
    if (this.is('[') && this.peek().kind === 'string') {
      this.advance();
      const name = this.advance().text;
      this.expect(']');
      return name;
    }
    throw this.failure('a name');
  }
}
