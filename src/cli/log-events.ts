/** What `--log json` tells beside the engine's own events. */
import type { JobRun } from '../core/job/job-run.ts';
import type { NewsKind } from '../core/job/news.ts';
import type { Receiver } from '../core/job/job.ts';
import type { Problem } from '../core/problem.ts';
import type { EngineEvent } from '../engine/events.ts';

export type LogEvent =
  | { readonly kind: 'command.started'; readonly command: string; readonly version: string }
  /** Ctrl-C or SIGTERM: nothing new is started. */
  | { readonly kind: 'command.stopping' }
  | { readonly kind: 'command.failed'; readonly message: string; readonly stack?: string }
  | { readonly kind: 'command.ended'; readonly exitCode: number }
  /** What people are told in words without a shape of their own. */
  | { readonly kind: 'message'; readonly message: string }
  /** Node's own, of a deprecated or experimental part. */
  | { readonly kind: 'warning'; readonly message: string }
  /** `azureRequestId`: what Azure's support asks for, where an answer of Azure's is the cause. */
  | { readonly kind: 'problem'; readonly problem: Problem; readonly azureRequestId?: string }
  /** With `--debug`: an exchange with Azure, without query, body or token. */
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly subject: string;
      readonly status: number;
      readonly elapsedMs: number;
      readonly requestId?: string;
      readonly clientRequestId?: string;
    }
  | { readonly kind: 'job.started'; readonly job: string; readonly due: string; readonly windowEnd: string }
  | {
      readonly kind: 'job.phase';
      readonly job: string;
      readonly phase: 'resume' | 'read' | 'take' | 'copy' | 'prune' | 'notify';
    }
  | {
      readonly kind: 'job.ended';
      readonly job: string;
      readonly outcome: JobRun['outcome'];
      readonly created: number;
      readonly existing: number;
      readonly failed: number;
      readonly skipped: number;
      readonly late: number;
      readonly pruned: number;
      readonly trashed: number;
    }
  /** A receiver took a message; its address is told without its path, which is a secret. */
  | {
      readonly kind: 'notified';
      readonly receiver: Receiver['kind'];
      readonly address: string;
      readonly news: NewsKind;
      readonly tries: number;
    };

export interface Log {
  /** From here on, lines carry the run's name. */
  run(runId: string): void;
  engine(event: EngineEvent): void;
  problem(problem: Problem): void;
  /** Words that have no shape of their own, a line each. */
  words(text: string): void;
  write(event: Exclude<LogEvent, { kind: 'problem' }>): void;
}

export type Level = 'debug' | 'info' | 'warn' | 'error';

export const levelOfLogEvent: Readonly<Record<Exclude<LogEvent['kind'], 'problem'>, Level>> = {
  'command.started': 'info',
  'command.stopping': 'warn',
  'command.failed': 'error',
  'command.ended': 'info',
  message: 'info',
  warning: 'warn',
  request: 'debug',
  'job.started': 'info',
  'job.phase': 'info',
  'job.ended': 'info',
  notified: 'info',
};
