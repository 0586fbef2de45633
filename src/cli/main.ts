/** Runs one command line and answers its exit code. The process is touched here and in bin.mjs, nowhere else. */
import { randomUUID } from 'node:crypto';
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
import { wantsJsonLog, withLog } from './log.ts';
import type { Log } from './log-events.ts';
import { fileProblem, isFileError } from './file-problem.ts';
import { printable, tellProblems } from './show-problems.ts';

/** Never throws: every failure ends as words on standard error and a documented code. */
export const main = async (argv: readonly string[], outer: Context): Promise<ExitCode> => {
  const context = withLog(discreet(outer), argv);
  const { log } = context;
  const stopping = (): void => log?.write({ kind: 'command.stopping' });
  log?.write({ kind: 'command.started', command: argv[0] ?? '', version: context.version });
  context.signal.addEventListener('abort', stopping, { once: true });
  const code = await run(argv, context);
  context.signal.removeEventListener('abort', stopping);
  log?.write({ kind: 'command.ended', exitCode: code });
  return code;
};

const run = async (argv: readonly string[], context: Context): Promise<ExitCode> => {
  try {
    return await runProgram(argv, commands, context);
  } catch (error) {
    // A full disk met while stopping is told as what it is.
    if (context.signal.aborted && !isFileError(error) && !(error instanceof UsageError)) {
      context.err('Interrupted.\n');
      return exits.interrupted;
    }
    if (error instanceof UsageError) {
      tellProblems(error.problems, context);
      return exits.usage;
    }
    if (error instanceof AzureUnreachableError) {
      tellProblems([error.problem], context);
      return exits.failed;
    }
    if (isFileError(error)) {
      tellProblems([fileProblem(error)], context);
      // A path the user chose is wrong usage; a disk that fills up or breaks is not.
      return ['ENOSPC', 'EIO', 'EDQUOT'].includes(error.code ?? '') ? exits.failed : exits.usage;
    }
    tellCrash(error, argv.includes('--debug'), context);
    return exits.failed;
  }
};

const tellCrash = (error: unknown, debug: boolean, { err, log }: Context): void => {
  const message = printable(error instanceof Error ? error.message : String(error));
  const stack = debug && error instanceof Error ? error.stack : undefined;
  if (log) return log.write({ kind: 'command.failed', message, ...(stack === undefined ? {} : { stack }) });
  err(`holdfast failed: ${message}\n`);
  err(stack === undefined ? 'Run it again with --debug to see where.\n' : `${stack}\n`);
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
export const processContext = (argv: readonly string[] = []): Context => {
  const json = wantsJsonLog(argv);
  const root = packageRoot();
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(exits.interrupted);
    // The log tells it in its own way.
    if (!json) process.stderr.write('\nStopping: nothing new is started. Once more to leave at once.\n');
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

/** Node writes its own warnings as text. */
const logWarnings = (log: Log): void => {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => log.write({ kind: 'warning', message: `${warning.name}: ${warning.message}` }));
};

/** What bin.mjs calls. */
export const runProcess = async (): Promise<void> => {
  const argv = process.argv.slice(2);
  const context = { ...processContext(argv), correlationId: randomUUID() };
  const { log, err } = withLog(context, argv);
  if (log) logWarnings(log);
  const code = await main(argv, context);
  // Errors of the last writes arrive after them.
  await new Promise((go) => setImmediate(go));
  if (lost) {
    const message = `its output could not be written (${lost.code ?? lost.message})`;
    if (log) log.write({ kind: 'command.failed', message });
    else err(`holdfast failed: ${message}.\n`);
  }
  process.exitCode = lost ? worst([code, exits.failed]) : code;
};
