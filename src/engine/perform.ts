/** One step from where the journal left it to its outcome: a walk through the stages. */
import type { Step, StepOutcome } from '../core/plan.ts';
import { instantMs, toInstant } from '../core/time.ts';
import { attempt, reconcile } from './attempt.ts';
import { awaitGoal, follow } from './follow.ts';
import { isOpen, type StepRecord } from './journal.ts';
import { beginAnew } from './resend.ts';
import { end, note, type End, type Next, type Run, type Work } from './work.ts';

export interface Performed {
  readonly outcome: StepOutcome;
  readonly outputs: Readonly<Record<string, string>>;
  /** What the journal knows of it now. */
  readonly record: StepRecord;
}

/** `step` has its outputs filled in. Throws only for bugs and when apply cannot go on; the user's stop is an outcome. */
export const performStep = async (run: Run, step: Step, noted: StepRecord = {}): Promise<Performed> => {
  const { clock, emit, azure, signal } = run.ports;
  const startedAt = clock.now();
  const record = notLater(noted, startedAt);
  const work: Work = {
    run,
    step,
    runner: azure.runner(step),
    startedAt,
    record,
    accepted: isOpen(record) && record.operation !== undefined,
    unsure: isOpen(record),
    sentBefore: isOpen(record),
    doubted: record.settled?.outcome === 'in-doubt',
    resend: run.resend.has(step.id),
    lostSends: 0,
    absentReads: 0,
    vanishings: 0,
  };
  emit({ kind: 'step.started', at: toInstant(startedAt), step: step.id });
  try {
    let next: Next = firstStage(work);
    for (;;) {
      while (next.to !== 'end') next = await stage(work, next);
      if (!isLost(next) || !work.resend) return await settle(work, next);
      beginAnew(work);
      next = { to: 'attempt' };
    }
  } catch (error) {
    if (!signal.aborted || !isAbort(error, signal)) throw error;
    return interrupt(work);
  }
};

/** What was noted in the future, by a clock that has been put back since, must not be waited for. */
const notLater = (record: StepRecord, now: number): StepRecord => ({
  ...record,
  ...(record.intendedAt === undefined ? {} : { intendedAt: Math.min(record.intendedAt, now) }),
  ...(record.lastIntendedAt === undefined ? {} : { lastIntendedAt: Math.min(record.lastIntendedAt, now) }),
});

const firstStage = ({ record, run }: Work): Next => {
  const now = run.ports.clock.now();
  const { settled, operation } = record;
  if (settled?.outcome === 'done' || settled?.outcome === 'already-done') {
    return { to: 'await-goal', because: 'confirm', since: Math.min(instantMs(settled.at) ?? now, now) };
  }
  if (!isOpen(record)) return { to: 'attempt' };
  return operation ? { to: 'follow', operation, since: now, delayMs: 0 } : { to: 'reconcile' };
};

/** In doubt, and no trace of it. */
const isLost = ({ outcome, underWay }: End): boolean => outcome === 'in-doubt' && underWay !== true;

const stage = (work: Work, next: Exclude<Next, End>): Promise<Next> => {
  switch (next.to) {
    case 'attempt':
      return attempt(work);
    case 'reconcile':
      return reconcile(work);
    case 'follow':
      return follow(work, next);
    default:
      return awaitGoal(work, next);
  }
};

const settle = async (work: Work, last: End): Promise<Performed> => {
  const { run, step, record } = work;
  const at = toInstant(run.ports.clock.now());
  // A step done by an earlier run keeps its own times.
  const startedAt = last.unwritten && record.settled ? record.settled.startedAt : toInstant(work.startedAt);
  const endedAt = last.unwritten && record.settled ? record.settled.at : at;
  const detail = last.detail === undefined ? {} : { detail: last.detail };
  const onlyAsked = isLost(last) && !work.runner.repeatable ? { resend: 'only-when-asked' as const } : {};
  const unread = last.unread === true ? { unread: true as const } : {};
  const outputs = { ...record.settled?.outputs, ...last.outputs };
  if (!last.unwritten && last.outcome !== 'interrupted' && last.outcome !== 'skipped') {
    await note(work, { event: 'settled', step: step.id, at, outcome: last.outcome, startedAt, ...detail, outputs });
  }
  run.ports.emit({ kind: 'step.settled', at, step: step.id, outcome: last.outcome, ...detail });
  return {
    outcome: { id: step.id, outcome: last.outcome, startedAt, endedAt, ...detail, ...onlyAsked, ...unread },
    outputs,
    record: work.record,
  };
};

/** The user stopped: what runs goes on in Azure, and the journal says where to pick it up. */
const interrupt = async (work: Work): Promise<Performed> => {
  const { run, step, record } = work;
  const open = isOpen(record);
  if (open) await note(work, { event: 'interrupted', step: step.id, at: toInstant(run.ports.clock.now()) });
  const detail = !open
    ? 'nothing was written'
    : record.operation
      ? 'it goes on in Azure; apply the plan again to follow it'
      : 'whether Azure took it is found out when the plan is applied again';
  return settle(work, { ...end('interrupted', detail), unwritten: true });
};

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  error === signal.reason || (error instanceof Error && error.name === 'AbortError');
