/**
 * The history as commands use it: opened where the flags say, never in the way. Whatever goes wrong with it is a Problem; a job, an apply
 * or an audit goes on without.
 */
import type { Problem } from '../core/problem.ts';
import type { Context } from './context.ts';
import type { History, HistoryOptions } from './history-keeper.ts';
import { historyPlaceOf, type HistoryFlags } from './history-place.ts';

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
