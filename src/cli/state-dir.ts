/** Where holdfast keeps what it needs from one run to the next: journals of jobs, locks, the history. */
import { isAbsolute, join, resolve } from 'node:path';
import type { FlagSpecs } from './command.ts';
import type { Context } from './context.ts';

export const stateDirFlag = {
  'state-dir': {
    type: 'string',
    value: 'DIR',
    group: 'State',
    describe: 'Where journals of jobs and the history are kept (default: $HOME/.local/state/holdfast)',
  },
} as const satisfies FlagSpecs;

/**
 * The flag, else HOLDFAST_STATE_DIR, else STATE_DIRECTORY (systemd, which may name several: the first), else the XDG folder of
 * state, else the one in HOME. Undefined where none of them is told. Nothing is made.
 */
export const stateDirOf = (
  flag: string | undefined,
  { env, cwd }: Pick<Context, 'env' | 'cwd'>,
): string | undefined => {
  const named = flag ?? (env['HOLDFAST_STATE_DIR'] || undefined);
  if (named !== undefined) return resolve(cwd, named);
  const [unit] = (env['STATE_DIRECTORY'] ?? '').split(':');
  if (unit) return unit;
  // https://specifications.freedesktop.org/basedir-spec/latest/: relative paths in these variables are to be ignored.
  const state = env['XDG_STATE_HOME'];
  if (state !== undefined && isAbsolute(state)) return join(state, 'holdfast');
  const home = env['HOME'];
  return home !== undefined && isAbsolute(home) ? join(home, '.local', 'state', 'holdfast') : undefined;
};
