/** Reads the history: what ran, and what became of a machine. */
import { entryOf } from '../core/history/entry.ts';
import { historySchemaVersion, totalsOf, type HistoryReport } from '../core/history/history.ts';
import { trendOf } from '../core/history/trend.ts';
import type { ResourceKey } from '../core/ids.ts';
import { UsageError } from '../core/problem.ts';
import { dayMs, hourMs, instantMs, toSecond } from '../core/time.ts';
import type { Context } from './context.ts';
import { exits, type ExitCode } from './exit.ts';
import type { History } from './history-keeper.ts';
import { historyPlaceOf } from './history-place.ts';
import { openHistory } from './history.ts';
import { checkOutput, putReport } from './output.ts';
import { tellProblems } from './show-problems.ts';

export interface HistoryCommandFlags {
  readonly machine: string | undefined;
  readonly job: string | undefined;
  readonly since: string | undefined;
  readonly limit: number;
  readonly history: string | undefined;
  readonly 'state-dir': string | undefined;
  readonly output: string;
  readonly 'output-file': string | undefined;
}

/** Older records than these are told of in no number, but counted: a fleet's audits are large. */
const mostCounted = 2_000;

export const runHistory = async (flags: HistoryCommandFlags, context: Context): Promise<ExitCode> => {
  const sinceMs = sinceOf(flags.since, Date.now());
  const place = historyPlaceOf(flags, context);
  if (place === undefined) {
    const summary = flags.history === 'none' ? '--history none has no runs to show' : 'no state folder is known';
    throw usage('--history', summary, 'give --history FILE or --state-dir DIR');
  }
  await checkOutput(flags, context);
  const history = await openHistory(flags, context, { to: 'read' });
  try {
    const report = reportOf(history, place.path, flags, sinceMs);
    const problems = history.problems();
    tellProblems(problems, context);
    if (problems.some(({ code }) => code !== 'history-unreadable')) return exits.failed;
    await putReport(report, flags, context);
    return report.unreadable > 0 ? exits.incomplete : exits.fine;
  } finally {
    history.close();
  }
};

const reportOf = (
  history: History,
  file: string,
  { machine: named, job, limit }: HistoryCommandFlags,
  sinceMs: number | undefined,
): HistoryReport => {
  const machine = named === undefined ? undefined : theMachine(history, named);
  const query = {
    ...(job === undefined ? {} : ({ kind: 'holdfast.job-run', name: job } as const)),
    ...(machine === undefined ? {} : { machine: machine.id }),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    limit: Math.max(limit, mostCounted),
  };
  const { entries, leftOut, unreadable } = history.find(query, ({ recorded, cloud }) =>
    entryOf(recorded, cloud, machine?.id),
  );
  return {
    schemaVersion: historySchemaVersion,
    kind: 'holdfast.history',
    file,
    ...(machine === undefined ? {} : { machine }),
    ...(job === undefined ? {} : { job }),
    ...(sinceMs === undefined ? {} : { since: toSecond(sinceMs) }),
    entries: entries.slice(0, limit),
    leftOut: Math.max(0, entries.length - limit),
    notCounted: leftOut,
    unreadable,
    totals: totalsOf(entries),
    ...(machine === undefined ? {} : { trend: trendOf(entries) }),
  };
};

const theMachine = (history: History, named: string): { readonly id: ResourceKey; readonly name: string } => {
  const found = history.machinesCalled(named);
  const [one, ...others] = found;
  // A history that cannot be read knows nobody: that is told as what it is.
  if (one === undefined && history.problems().length > 0) return { id: named.toLowerCase(), name: named };
  if (one === undefined) {
    throw usage(
      '--machine',
      `nothing is recorded of a machine called ${named}`,
      'see `holdfast history`, or `holdfast inventory`',
    );
  }
  if (others.length > 0) {
    const ids = found.map(({ key }) => `\n  ${key}`).join('');
    throw usage(
      '--machine',
      `the history tells of ${found.length} machines called ${named}:${ids}`,
      'give --machine the id',
    );
  }
  return { id: one.key, name: one.name };
};

const spanUnits: Readonly<Record<string, number>> = { h: hourMs, d: dayMs, w: 7 * dayMs };

/** A moment, or a time back from now: `36h`, `7d`, `4w`. In milliseconds since the epoch. */
const sinceOf = (text: string | undefined, nowMs: number): number | undefined => {
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * spanUnits[unit!]!;
  const ms = /^\d{4}-\d\d-\d\d/.test(text) ? instantMs(text.length === 10 ? `${text}T00:00:00Z` : text) : undefined;
  if (ms === undefined)
    throw usage(
      '--since',
      `--since ${text} is neither a moment nor a time back`,
      'write 2026-06-03T00:00:00Z, 36h, 7d or 4w',
    );
  return ms;
};

const usage = (subject: string, summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject, summary, remedy }]);
