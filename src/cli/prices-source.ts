/** `--prices`: the dated table, a table of the user's own, or Azure's list of today. */
import { join, resolve } from 'node:path';
import type { Meter } from '../core/cost/meter.ts';
import { noPrices, type PriceBook } from '../core/cost/price-book.ts';
import { parsePriceFile } from '../core/cost/price-file.ts';
import { unknown } from '../core/fact.ts';
import { UsageError } from '../core/problem.ts';
import { tellExchange, type Connection } from './connection.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';

const shippedFile = 'config/prices.json';

export interface PricesFlags {
  readonly prices?: string | undefined;
  readonly offline: string | undefined;
  readonly concurrency: number;
  readonly debug: boolean;
}

/** Gives the book for meters that are known only once there is something to price. */
export type PriceSource = (
  metersOf: (nothing: PriceBook) => readonly Meter[],
  connection: Connection | undefined,
) => Promise<PriceBook>;

/** A mistake in a table is told before anything is asked of Azure. */
export const openPrices = async (flags: PricesFlags, context: Context): Promise<PriceSource> => {
  if (flags.prices === 'live') {
    if (flags.offline !== undefined) throw new UsageError([offlineProblem]);
    return async (metersOf, connection) => live(metersOf(asking), connection, flags, context);
  }
  const book = await tableOf(flags.prices, context);
  return async () => book;
};

const asking = noPrices('live prices', unknown('not-read', 'the prices were not read yet'));

const tableOf = async (named: string | undefined, context: Context): Promise<PriceBook> => {
  const file = named ?? shippedFile;
  const path = named === undefined ? join(context.root, shippedFile) : resolve(context.cwd, named);
  const parsed = parsePriceFile(await readInput(path, 'price table'), file);
  if (parsed.kind === 'invalid') throw new UsageError(parsed.problems);
  return parsed.book;
};

const live = async (
  meters: readonly Meter[],
  connection: Connection | undefined,
  { concurrency, debug }: PricesFlags,
  context: Context,
): Promise<PriceBook> => {
  if (connection === undefined) return asking;
  const { connectPrices } = await import('../azure/connect.ts');
  const { readPrices } = await import('../azure/read-prices.ts');
  const book = await readPrices(meters, {
    transport: connectPrices(connection.cloud, {
      elapsedMs: () => performance.now(),
      userAgent: `holdfast/${context.version}`,
      ...(debug ? { onAnswer: (exchange) => tellExchange(exchange, context) } : {}),
    }),
    cloudName: connection.cloud.name,
    clock: connection.clock,
    concurrency: Math.max(1, concurrency),
    signal: context.signal,
  });
  const reasons = new Set([...book.gaps.values()].map(({ detail }) => detail));
  for (const reason of reasons) context.err(`Prices are not known: ${reason}.\n`);
  return book;
};

const offlineProblem = {
  code: 'usage',
  severity: 'high',
  subject: '--prices',
  summary: '--prices live asks Azure, which --offline does not',
  remedy: 'leave one of them out, or give a price table: --prices FILE',
} as const;
