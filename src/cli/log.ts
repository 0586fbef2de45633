/**
 * What `--log json` writes on standard error in place of people's words: a JSON object a line, `{time, level, event,
 * runId?, correlationId, …}`. `time` is this machine's; an engine event keeps its own moment, on Azure's clock, as `at`.
 */
import { randomUUID } from 'node:crypto';
import type { Severity } from '../core/problem.ts';
import { toInstant } from '../core/time.ts';
import type { EngineEvent } from '../engine/events.ts';
import type { Context } from './context.ts';
import { levelOfLogEvent, type Level, type Log } from './log-events.ts';

export interface LogParts {
  readonly correlationId: string;
  /** Milliseconds since the epoch, of this machine. */
  readonly now: () => number;
  /** Takes whole lines. */
  readonly put: (text: string) => void;
}

export const makeLogger = ({ correlationId, now, put }: LogParts): Log => {
  let run: { readonly runId?: string } = {};
  const line = (level: Level, event: string, fields: object): void =>
    put(`${JSON.stringify({ time: toInstant(now()), level, event, ...run, correlationId, ...fields })}\n`);
  const write: Log['write'] = ({ kind, ...fields }) => line(levelOfLogEvent[kind], kind, fields);
  return {
    run: (runId) => {
      run = { runId };
    },
    engine: (event) => {
      const { kind, ...fields } = event;
      line(levelOf(event), kind, { ...fields, ...azureRequest(detailOf(event)) });
    },
    problem: (problem) =>
      line(levelOfSeverity[problem.severity], 'problem', { problem, ...azureRequest(problem.detail) }),
    words: (text) => {
      for (const words of text.split('\n')) if (words.trim() !== '') write({ kind: 'message', message: words.trim() });
    },
    write,
  };
};

const levelOfSeverity: Readonly<Record<Severity, Level>> = {
  critical: 'error',
  high: 'error',
  medium: 'warn',
  low: 'info',
  info: 'info',
};

const levelOf = (event: EngineEvent): Level => {
  switch (event.kind) {
    case 'step.settled':
      if (event.outcome === 'failed' || event.outcome === 'in-doubt') return 'error';
      return event.outcome === 'done' || event.outcome === 'already-done' ? 'info' : 'warn';
    case 'step.progress':
      return 'debug';
    case 'step.retried':
    case 'throttled':
    case 'apply.stopping':
      return 'warn';
    case 'lease':
      return event.state === 'lost' || event.state === 'without' ? 'warn' : 'info';
    case 'apply.started':
    case 'apply.ended':
    case 'step.started':
    case 'step.accepted':
    case 'step.waiting':
      return 'info';
  }
};

const detailOf = (event: EngineEvent): string | undefined =>
  'detail' in event ? event.detail : 'problem' in event ? event.problem?.detail : undefined;

/** The id that Azure's support asks for, which `azure/failure.ts` puts at the end of a detail. */
const azureRequest = (detail = ''): { readonly azureRequestId?: string } => {
  const id = /\(request ([^)\s]+)\)/.exec(detail)?.[1];
  return id === undefined ? {} : { azureRequestId: id };
};

/** Told from the raw command line, since what is wrong with that line is to be told as JSON too. */
export const wantsJsonLog = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  return flags.some((flag, i) => flag === '--log=json' || (flag === '--log' && flags[i + 1] === 'json'));
};

/**
 * Gives a command its correlation id and, with `--log json`, its log: then nothing but JSON lines goes to standard
 * error.
 */
export const withLog = (context: Context, argv: readonly string[]): Context => {
  const correlationId = context.correlationId ?? randomUUID();
  if (!wantsJsonLog(argv)) return { ...context, correlationId };
  const log = makeLogger({ correlationId, now: Date.now, put: context.err });
  return {
    ...context,
    correlationId,
    log,
    err: (text) => log.words(text),
    // A question and a moving bar are no JSON.
    terminal: { ...context.terminal, live: false, interactive: false },
  };
};
