/** Runs one command line and answers its exit code. The process is touched here and in bin.mjs, nowhere else. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../core/problem.ts';
import { AzureUnreachableError } from './azure-unreachable.ts';
import { commands } from './commands/index.ts';
import type { Context } from './context.ts';
import { exits } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { runProgram } from './program.ts';
import { showProblems } from './show-problems.ts';

/** Never throws: every failure ends as words on standard error and a documented code. */
export const main = async (argv: readonly string[], context: Context): Promise<ExitCode> => {
  try {
    const code = await runProgram(argv, commands, context);
    return code;
  } catch (error) {
    if (context.signal.aborted) {
      context.err('Interrupted.\n');
      return exits.interrupted;
    }
    if (error instanceof UsageError) {
      context.err(showProblems(error.problems, context.terminal.colour));
      return exits.usage;
    }
    if (error instanceof AzureUnreachableError) {
      context.err(showProblems([error.problem], context.terminal.colour));
      return exits.failed;
    }
    context.err(`holdfast failed: ${error instanceof Error ? error.message : String(error)}\n`);
    if (argv.includes('--debug') && error instanceof Error && error.stack) context.err(`${error.stack}\n`);
    else context.err('Run it again with --debug to see where.\n');
    return exits.failed;
  }
};

/** The folder that holds config/: the nearest one up from this file (src/cli in the checkout, dist in the bundle). */
const packageRoot = (): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'config', 'guidance.yaml'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('config/guidance.yaml is missing from the installation');
    folder = parent;
  }
  return folder;
};

/** A context over the real process. The first Ctrl-C asks commands to stop; the second leaves at once. */
export const processContext = (): Context => {
  const root = packageRoot();
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(exits.interrupted);
    process.stderr.write('\nStopping: nothing new is started. Once more to leave at once (safe: the journal knows).\n');
    stop.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const colour = process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return {
    env: process.env,
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal: {
      live: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
      interactive: process.stdin.isTTY && process.stderr.isTTY,
      width: process.stdout.columns ?? (Number(process.env['COLUMNS']) || 120),
      colour,
    },
    ask: async (question) => {
      const { createInterface } = await import('node:readline/promises');
      const line = createInterface({ input: process.stdin, output: process.stderr });
      try {
        return await line.question(question, { signal: stop.signal });
      } finally {
        line.close();
      }
    },
    signal: stop.signal,
    root,
    version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
  };
};

/** What bin.mjs calls. */
export const runProcess = async (): Promise<void> => {
  // A reader that closes the pipe early (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exits.fine);
    throw error;
  });
  process.exitCode = await main(process.argv.slice(2), processContext());
};
