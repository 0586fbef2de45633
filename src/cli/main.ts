/** Runs one command line and answers its exit code. The process is touched here and in bin.mjs, nowhere else. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../core/problem.ts';
import { withoutKnown } from '../core/secrets.ts';
import { AzureUnreachableError } from './azure-unreachable.ts';
import { commands } from './commands/index.ts';
import type { Context } from './context.ts';
import { exits, worst } from './exit.ts';
import type { ExitCode } from './exit.ts';
import { runProgram } from './program.ts';
import { fileProblem, isFileError } from './file-problem.ts';
import { printable, showProblems } from './show-problems.ts';

/** Never throws: every failure ends as words on standard error and a documented code. */
export const main = async (argv: readonly string[], outer: Context): Promise<ExitCode> => {
  const context = discreet(outer);
  try {
    const code = await runProgram(argv, commands, context);
    return code;
  } catch (error) {
    // A full disk met while stopping is told as what it is.
    if (context.signal.aborted && !isFileError(error) && !(error instanceof UsageError)) {
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
    if (isFileError(error)) {
      context.err(showProblems([fileProblem(error)], context.terminal.colour));
      // A path the user chose is wrong usage; a disk that fills up or breaks is not.
      return ['ENOSPC', 'EIO', 'EDQUOT'].includes(error.code ?? '') ? exits.failed : exits.usage;
    }
    context.err(`holdfast failed: ${printable(error instanceof Error ? error.message : String(error))}\n`);
    if (argv.includes('--debug') && error instanceof Error && error.stack) context.err(`${error.stack}\n`);
    else context.err('Run it again with --debug to see where.\n');
    return exits.failed;
  }
};

/** The variables in which @azure/identity is given secrets. */
const secretVariables = [
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'AZURE_PASSWORD',
  'IDENTITY_HEADER',
  'MSI_SECRET',
];

/** The last sieve before anybody reads: a command line, an SDK's message or a crash may quote what nothing else let through. */
const discreet = (context: Context): Context => {
  const known = secretVariables.flatMap((name) => context.env[name] ?? []);
  return {
    ...context,
    out: (text) => context.out(withoutKnown(text, known)),
    err: (text) => context.err(withoutKnown(text, known)),
  };
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
    process.stderr.write('\nStopping: nothing new is started. Once more to leave at once.\n');
    stop.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const colour = process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return {
    env: process.env,
    cwd: process.cwd(),
    out: writerTo(process.stdout),
    err: writerTo(process.stderr),
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

/** Why standard output cannot be written any more, once that is so. */
let lost: NodeJS.ErrnoException | undefined;

/**
 * A reader that closes the pipe early (`| head`) ends neither an apply nor its exit code: what follows is only not written.
 * Data lost for another reason (a full disk) is a failure, told at the end.
 */
const writerTo = (stream: NodeJS.WriteStream): ((text: string) => void) => {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    open = false;
    if (stream === process.stdout && error.code !== 'EPIPE') lost = error;
  });
  return (text) => {
    if (open) stream.write(text);
  };
};

/** What bin.mjs calls. */
export const runProcess = async (): Promise<void> => {
  const context = processContext();
  const code = await main(process.argv.slice(2), context);
  // Errors of the last writes arrive after them.
  await new Promise((go) => setImmediate(go));
  if (lost) context.err(`holdfast failed: its output could not be written (${lost.code ?? lost.message}).\n`);
  process.exitCode = lost ? worst([code, exits.failed]) : code;
};
