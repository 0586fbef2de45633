/**
 * What `--log json` writes on standard error in place of people's words: a JSON object a line,
 * `{time, level, event, runId?, correlationId, …}`. `time` is this machine's; an engine event keeps its own moment, on Azure's
 * clock, as `at`.
 */
import type { Problem, Severity } from '../core/problem.ts';
import { toInstant } from '../core/time.ts';
import type { EngineEvent } from '../engine/events.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

export interface Log {
  /** From here on, lines carry the run's name. */
  run(runId: string): void;
  engine(event: EngineEvent): void;
  problem(problem: Problem): void;
  /** Words that have no shape of their own, a line each. */
  words(text: string): void;
  write(level: Level, event: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface LogParts {
  readonly correlationId: string;
  /** Milliseconds since the epoch, of this machine. */
  readonly now: () => number;
  /** Takes whole lines. */
  readonly put: (text: string) => void;
}

export const makeLogger = ({ correlationId, now, put }: LogParts): Log => {
  let run: { readonly runId?: string } = {};
  const write: Log['write'] = (level, event, fields = {}) =>
    put(`${JSON.stringify({ time: toInstant(now()), level, event, ...run, correlationId, ...fields })}\n`);
  return {
    run: (runId) => {
      run = { runId };
    },
    engine: (event) => {
      const { kind, ...fields } = event;
      write(levelOf(event), kind, { ...fields, ...azureRequest('problem' in event ? event.problem : undefined) });
    },
    problem: (problem) => write(levelOfSeverity[problem.severity], 'problem', { problem, ...azureRequest(problem) }),
    words: (text) => {
      for (const line of text.split('\n')) if (line.trim() !== '') write('info', 'message', { message: line.trim() });
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

/** The id that Azure's support asks for, which `azure/failure.ts` puts at the end of a detail. */
const azureRequest = (problem: Problem | undefined): { readonly azureRequestId?: string } => {
  const id = /\(request ([^)\s]+)\)/.exec(problem?.detail ?? '')?.[1];
  return id === undefined ? {} : { azureRequestId: id };
};
