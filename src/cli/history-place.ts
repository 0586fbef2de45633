/** Where the history is, by the command line and the environment. */
import { join, resolve } from 'node:path';
import type { FlagSpecs } from './command.ts';
import type { Context } from './context.ts';
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
