/**
 * The history as commands use it: opened where the flags say, never in the way. Whatever goes wrong with it is a Problem; a job, an apply
 * or an audit goes on without.
 */
import { join, resolve } from 'node:path';
import type { ApplyRun, AuditRecord } from '../core/history/recorded.ts';
import type { ResourceKey } from '../core/ids.ts';
import type { JobRun } from '../core/job/job-run.ts';
import type { Problem } from '../core/problem.ts';
import type { FlagSpecs } from './command.ts';
import type { Context } from './context.ts';
import type { Found, HistoryQuery, Kept } from './history-store.ts';
import { stateDirOf } from './state-dir.ts';

export const historyFlag = {
  history: {
    type: 'string',
    value: 'FILE|none',
    group: 'State',
    describe: 'Where runs are recorded (default: history.sqlite in the state folder); none: nowhere',
  },
} as const satisfies FlagSpecs;

export interface HistoryFlags {
  readonly history?: string | undefined;
  readonly 'state-dir'?: string | undefined;
}

export interface HistoryPlace {
  readonly path: string;
  /** By `--history`: such a file is touched only where it is empty or plainly a history. */
  readonly named: boolean;
}

/** Undefined with `--history none`, and where no state folder is known. */
export const historyPlaceOf = (
  flags: HistoryFlags,
  context: Pick<Context, 'env' | 'cwd'>,
): HistoryPlace | undefined => {
  if (flags.history === 'none') return undefined;
  if (flags.history !== undefined) return { path: resolve(context.cwd, flags.history), named: true };
  const folder = stateDirOf(flags['state-dir'], context);
  return folder === undefined ? undefined : { path: join(folder, 'history.sqlite'), named: false };
};

/** Nothing here throws. Where there is no history, every answer is empty and every record is dropped. */
export interface History {
  /** Absent: there is none, or none that could be used. */
  readonly path?: string;
  recordRun(run: JobRun, cloud: string): void;
  recordApply(run: ApplyRun, cloud: string): void;
  /** `selection`: the flags of scope, in one spelling. */
  recordAudit(record: AuditRecord, cloud: string, selection: string): void;
  /** The last run of that job that did anything: one that was held is passed over. */
  lastRun(job: string): JobRun | undefined;
  /** The last audit of that cloud and selection. */
  lastAudit(cloud: string, selection: string): AuditRecord | undefined;
  find<T>(query: HistoryQuery, take: (kept: Kept) => T): Found<T>;
  /** Machines of that name, or with that id, in any letter case. */
  machinesCalled(nameOrId: string): readonly { readonly key: ResourceKey; readonly name: string }[];
  /** What went wrong so far, for the user to be told. */
  problems(): readonly Problem[];
  close(): void;
}

export interface HistoryOptions {
  /** `read`: makes nothing, and leaves a damaged file where it is. */
  readonly to: 'read' | 'record';
  /** This host's clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

export const openHistory = async (
  flags: HistoryFlags,
  context: Pick<Context, 'env' | 'cwd'>,
  options: HistoryOptions,
): Promise<History> => {
  const place = historyPlaceOf(flags, context);
  if (place === undefined) return noHistory([]);
  try {
    // SQLite is loaded by commands that have a history to read or write, and by no other.
    const { keepHistory } = await import('./history-keeper.ts');
    return keepHistory(place, options);
  } catch (error) {
    // A Node that was built without SQLite.
    const why = error instanceof Error ? error.message : String(error);
    const summary = `nothing is recorded: this Node has no SQLite (${why})`;
    return noHistory([{ code: 'history-unusable', severity: 'low', subject: place.path, summary }]);
  }
};

const noHistory = (problems: readonly Problem[]): History => ({
  recordRun: () => undefined,
  recordApply: () => undefined,
  recordAudit: () => undefined,
  lastRun: () => undefined,
  lastAudit: () => undefined,
  find: () => ({ entries: [], leftOut: 0, unreadable: 0 }),
  machinesCalled: () => [],
  problems: () => problems,
  close: () => undefined,
});
