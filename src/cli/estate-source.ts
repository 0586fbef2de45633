/** Where the estate comes from: Azure (or a simulator) through a cloud, or an offline bundle. One shape for every command. */
import { resolve } from 'node:path';
import type { Estate } from '../core/estate.ts';
import { UsageError } from '../core/problem.ts';
import { instantMs, toInstant, type Instant } from '../core/time.ts';
import type { ScopeFilter } from '../azure/scope.ts';
import type { Keep } from '../azure/intake.ts';
import type { Reading as LiveReading, ReadOptions } from '../azure/read-estate.ts';
import type { Source } from '../azure/reader.ts';
import type { Connection } from './connection.ts';
import type { Context } from './context.ts';

export interface ReadFlags {
  readonly subscription: readonly string[];
  readonly 'management-group': string | undefined;
  readonly 'resource-group': readonly string[];
  readonly tag: readonly string[];
  readonly 'exclude-tag': readonly string[];
  readonly cloud: string | undefined;
  readonly offline: string | undefined;
  readonly source: string;
  readonly deep: boolean;
  readonly concurrency: number;
  readonly 'as-of': string | undefined;
  readonly debug: boolean;
}

export interface Reading {
  readonly estate: Estate;
  /** The moment to judge by: `--as-of`, else the bundle's own, else Azure's clock. */
  readonly asOf: Instant;
  /** Absent offline. */
  readonly connection?: Connection;
  /** What an export needs beside the rows; absent offline. */
  readonly raw?: Extract<LiveReading, { kind: 'read' }>;
}

export const scopeFilterOf = (flags: ReadFlags): ScopeFilter => ({
  subscriptions: flags.subscription,
  resourceGroups: flags['resource-group'],
  tags: flags.tag,
  excludeTags: flags['exclude-tag'],
  ...(flags['management-group'] === undefined ? {} : { managementGroup: flags['management-group'] }),
});

/** What a command wants of a reading beyond the flags. */
export interface ReadWishes {
  readonly keep?: Keep;
  readonly pointsOf?: NonNullable<ReadOptions['pointsOf']>;
  readonly copiesOf?: NonNullable<ReadOptions['copiesOf']>;
}

export const readFleet = async (flags: ReadFlags, context: Context, wishes: ReadWishes = {}): Promise<Reading> => {
  const asOf = asOfOf(flags['as-of']);
  const { scopeProblems } = await import('../azure/scope.ts');
  const problems = scopeProblems(scopeFilterOf(flags));
  if (problems.length > 0) throw new UsageError(problems);
  if (flags.offline !== undefined) return readOffline(flags, flags.offline, asOf, context);
  const { connect } = await import('./connection.ts');
  const connection = await connect(flags, context);
  const reading = await connection.read({
    filter: scopeFilterOf(flags),
    source: flags.source as Source,
    deep: flags.deep,
    concurrency: Math.max(1, flags.concurrency),
    ...wishes,
  });
  return { estate: reading.estate, asOf: asOf ?? reading.estate.asOf, connection, raw: reading };
};

const readOffline = async (
  flags: ReadFlags,
  folder: string,
  asOf: Instant | undefined,
  context: Context,
): Promise<Reading> => {
  if (flags.cloud !== undefined) {
    throw usage('--offline and --cloud exclude each other', 'give one of them');
  }
  const { readBundle } = await import('../azure/bundle-read.ts');
  const bundle = await readBundle(resolve(context.cwd, folder), scopeFilterOf(flags));
  return { estate: bundle.estate, asOf: asOf ?? bundle.asOf };
};

const asOfOf = (text: string | undefined): Instant | undefined => {
  if (text === undefined) return undefined;
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? instantMs(text) : undefined;
  // A day that no month has would be taken for one of the next month.
  if (ms === undefined || !dayExists(text))
    throw usage(`--as-of ${text} is not a moment`, 'write it as 2026-06-03T00:00:00Z');
  return toInstant(ms);
};

const dayExists = (text: string): boolean => {
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
};

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: 'command line', summary, remedy }]);
