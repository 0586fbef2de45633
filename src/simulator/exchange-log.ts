import { appendFileSync, writeFileSync } from 'node:fs';

/** One line per exchange, as interface.md names the fields. */
export interface ExchangeLine {
  readonly seq: number;
  /** RFC 3339, on the simulator's clock. */
  readonly at: string;
  /** Client id, or `null` before login. */
  readonly principal: string | null;
  readonly method: string;
  readonly url: string;
  readonly apiVersion: string | null;
  readonly request: unknown;
  /** 0: the connection was reset and the client saw no answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly response: unknown;
  /** A write took effect in the simulator, whatever the client saw. */
  readonly accepted: boolean;
  readonly operationId: string | null;
  /** Which fault struck, if any. */
  readonly fault?: string;
}

/** Keeps the newest exchanges in memory and, with a file, every one as NDJSON. */
export class ExchangeLog {
  readonly #lines: ExchangeLine[] = [];
  readonly #keep: number;
  #file: string | undefined;
  #seq = 0;
  readonly #onLine: ((line: ExchangeLine) => void) | undefined;

  constructor(onLine?: (line: ExchangeLine) => void, keep = 20_000) {
    this.#onLine = onLine;
    this.#keep = keep;
  }

  writeTo(file: string): void {
    writeFileSync(file, '', { mode: 0o600 });
    this.#file = file;
  }

  add(line: Omit<ExchangeLine, 'seq'>): void {
    this.#seq += 1;
    const numbered: ExchangeLine = { seq: this.#seq, ...line };
    this.#lines.push(numbered);
    // In bulk: taking one off the front moves all the others.
    if (this.#lines.length >= this.#keep * 1.25) this.#lines.splice(0, this.#lines.length - this.#keep);
    this.#onLine?.(numbered);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(numbered)}\n`);
  }

  lines(): readonly ExchangeLine[] {
    return this.#lines.slice(-this.#keep);
  }
}
