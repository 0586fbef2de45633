/** A run's summary and what it comes to as an exit code. */
import type { Estate } from '../../core/estate.ts';
import { frozenCode } from '../../core/job/hooks.ts';
import {
  damagedPartCode,
  jobRunSchemaVersion,
  leftToOthers,
  type JobMachine,
  type JobMachineOutcome,
  type JobRun,
} from '../../core/job/job-run.ts';
import type { Problem } from '../../core/problem.ts';
import { toInstant } from '../../core/time.ts';
import { exits, worst, type ExitCode } from '../exit.ts';
import type { Pruned } from './prune-part.ts';
import type { Session } from './session.ts';

/** What the parts after taking came to. */
export interface Tail extends Pick<Pruned, 'pruned' | 'trashed'> {
  readonly copies: JobRun['copies'];
}

export const noTail: Tail = { pruned: 0, trashed: 0, copies: { begun: 0, underWay: 0, complete: 0, failed: 0 } };

export const summaryOf = (session: Session, machines: readonly JobMachine[], tail: Tail = noTail): JobRun => {
  const { job, window, runId, connection, startedMs } = session;
  const of = (outcome: JobMachineOutcome): number => machines.filter((one) => one.outcome === outcome).length;
  return {
    schemaVersion: jobRunSchemaVersion,
    kind: 'holdfast.job-run',
    runId,
    correlationId: connection.correlationId,
    job: job.name,
    outcome: 'ended',
    startedAt: toInstant(startedMs),
    endedAt: toInstant(connection.clock.now()),
    due: window.due,
    windowEnd: window.end,
    late: machines.filter(({ late }) => late === true).length,
    created: of('created'),
    existing: of('existing'),
    pruned: tail.pruned,
    trashed: tail.trashed,
    failed: of('failed'),
    skipped: of('skipped'),
    copies: tail.copies,
    machines,
    throttledSeconds: Math.round(connection.throttle.totalMs() / 1000),
    problems: session.problems,
  };
};

/** `unread`: what the login may not read of what its machines stand among. */
export const exitOf = (
  run: JobRun,
  estate: Estate,
  pruned: Pick<Pruned, 'failed' | 'over'>,
  unread: readonly Problem[],
): ExitCode => {
  const held = leftToOthers(run).length;
  // Who is left out on purpose is none that got its point.
  const good = run.created + run.existing + held;
  return worst([
    run.failed > 0 ? (good > 0 ? exits.partly : exits.failed) : exits.fine,
    held > 0 ? exits.partly : exits.fine,
    run.copies.failed > 0 ? exits.partly : exits.fine,
    run.problems.some(({ code }) => code === frozenCode || code === damagedPartCode) ? exits.partly : exits.fine,
    pruned.failed ? exits.partly : exits.fine,
    pruned.over ? exits.overLimit : exits.fine,
    // A machine may be missing from what was selected, or a lock from what is known of its points.
    estate.machines.gaps.length > 0 || unread.length > 0 ? exits.incomplete : exits.fine,
  ]);
};
