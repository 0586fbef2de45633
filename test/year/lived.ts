/** What became of a year that was lived in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import type { Ledger, Violation } from './ledger.ts';

export interface LivedOptions {
  readonly seed: number;
  /** ms since 1970. */
  readonly startsAt: number;
  readonly days: number;
  /** See YearOptions. */
  readonly sparing: boolean;
  /** Of the exchanges that are kept, from 0 to 1. */
  readonly share: number;
}

export interface Lived {
  readonly violations: readonly Violation[];
  readonly counts: Readonly<Ledger['counts']>;
  readonly requests: number;
  readonly throttled: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly ways: Readonly<Record<string, number>>;
  readonly events: readonly string[];
  readonly costs: Readonly<Record<string, { readonly runs: number; readonly requests: number; readonly ms: number }>>;
  /** Points of machines that are gone. */
  readonly ofGone: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Every run and event, a line each. */
  readonly log: readonly string[];
  readonly sampled: readonly ExchangeLine[];
}

const main = fileURLToPath(new URL('main.ts', import.meta.url));

export const live = async (options: LivedOptions): Promise<Lived> => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-lived-'));
  try {
    const file = join(folder, 'lived.json');
    // With one thread for files, what two runs write at once is done in the order in which they asked.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
    const child = promisify(execFile)(process.execPath, [main, JSON.stringify(options), file], { env });
    child.child.stderr?.pipe(process.stderr);
    await child;
    return JSON.parse(readFileSync(file, 'utf8')) as Lived;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
