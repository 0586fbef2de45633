/**
 * One entry of the `details` of Resource Graph's 400, as recorded: `ParserFailure` carries where the parser stopped.
 */
export interface KqlErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  /** 0-based, as the service counts. */
  readonly characterPositionInLine?: number;
  readonly token?: string;
  readonly expectedToken?: string;
}

/** The only exception a query may cause: it is outside the grammar, or breaks a limit of Resource Graph. */
export class KqlError extends Error {
  readonly detail: KqlErrorDetail;
  constructor(detail: KqlErrorDetail) {
    super(detail.message);
    this.name = 'KqlError';
    this.detail = detail;
  }
}

/** The query does not parse. The service names the token it stopped at and one it would have taken. */
export function parserFailure(at: { line: number; column: number; text: string }, expected: string): KqlError {
  return new KqlError({
    code: 'ParserFailure',
    message: 'ParserFailure',
    line: at.line,
    characterPositionInLine: at.column,
    token: at.text,
    expectedToken: expected,
  });
}

/** The query parses and means nothing. Codes other than those seen in public answers are the simulator's own. */
export function semanticFailure(code: string, message: string): KqlError {
  return new KqlError({ code, message });
}
