/** The one loop that performs a plan, and the only writer to Azure. It reads the plan and the journal, and nothing else. */
import pLimit, { type LimitFunction } from 'p-limit';
import { keyOf } from '../core/ids.ts';
import type { OutcomeKind, Plan, Step, StepOutcome } from '../core/plan.ts';
import { UsageError } from '../core/problem.ts';
import { toInstant } from '../core/time.ts';
import { entryLine, headerLine, replay, type Replay, type StepRecord } from './journal.ts';
import { makeLeases, noLeases } from './lease.ts';
import { fillOutputs } from './outputs.ts';
import { makePace } from './pace.ts';
import { defaultPatience, type Patience } from './patience.ts';
import { performStep } from './perform.ts';
import type { Ports } from './ports.ts';
import { resendProblems } from './resend.ts';
import { makeSchedule, type Schedule } from './schedule.ts';
import type { Leases, Means, Run } from './work.ts';

export interface ApplyOptions {
  /** Steps in doubt that are to be sent again; any other throws UsageError. */
  readonly resend?: readonly string[];
  readonly patience?: Partial<Patience>;
  /** `nothing-new`: what was begun is followed to its end and taken back where the plan says so; nothing else is written. */
  readonly begin?: 'all' | 'nothing-new';
}

/**
 * One outcome for every step, in the plan's order. Resumes by itself from what the journal holds.
 * Throws UsageError for a journal that cannot be read or is another plan's, and whatever the journal's store throws: a write
 * whose intent cannot be noted is not sent.
 */
export const apply = async (plan: Plan, ports: Ports, options: ApplyOptions = {}): Promise<readonly StepOutcome[]> => {
  const schedule = makeSchedule(plan.steps);
  const journal = await openJournal(plan, ports);
  const { clock, emit, signal } = ports;
  const resend = options.resend ?? [];
  const unfit = resendProblems(plan, journal.records, resend);
  if (unfit.length > 0) throw new UsageError(unfit);
  const fatal = new AbortController();
  const means: Means = {
    ports,
    pace: makePace(clock, emit),
    patience: { ...defaultPatience, ...options.patience },
    limit: pLimit(Math.max(1, ports.concurrency)),
    append: (entry) => ports.journal.append(entryLine(entry)),
    resend: new Set(resend),
    begins: options.begin ?? 'all',
    stop: AbortSignal.any([signal, fatal.signal]),
  };
  const run: Run = { ...means, leases: leasesFor(plan, means, journal) };
  for (const step of run.resend) await run.append({ event: 'resend', step, at: toInstant(clock.now()) });
  ports.azure.observe?.((headroom) => run.pace.observe(headroom));
  const now = (): string => toInstant(clock.now());
  const onStop = (): void => emit({ kind: 'apply.stopping', at: now(), why: 'stopped by the user' });
  signal.addEventListener('abort', onStop, { once: true });
  emit({ kind: 'apply.started', at: now(), plan: plan.digest, steps: plan.steps.length, resumed: journal.started });
  try {
    const outcomes = await performAll(plan, run, schedule, journal, fatal);
    emit({ kind: 'apply.ended', at: now(), counts: countOf(outcomes) });
    return outcomes;
  } finally {
    await run.leases.end(signal.aborted ? 'keep' : 'give-back');
    signal.removeEventListener('abort', onStop);
  }
};

/** Marks nothing where it was not asked for. */
const leasesFor = (plan: Plan, run: Means, { run: name, started }: Replay): Leases => {
  const { lease, azure } = run.ports;
  if (lease === undefined || azure.leases === undefined) return noLeases;
  return makeLeases(
    plan,
    run,
    azure.leases,
    lease,
    name ?? (started ? plan.digest.slice(0, 12) : lease.newRun),
    started,
  );
};

const openJournal = async (plan: Plan, { journal, clock, lease }: Ports): Promise<Replay> => {
  const lines = await journal.read();
  const found = replay(lines, plan.digest, journal.name);
  if (found.ragged) await journal.keep(found.whole);
  if (!found.started) await journal.append(headerLine(plan.digest, clock.now(), lease?.newRun));
  return found;
};

const performAll = async (
  plan: Plan,
  run: Run,
  schedule: Schedule,
  journal: Replay,
  fatal: AbortController,
): Promise<readonly StepOutcome[]> => {
  const outcomes = new Map<string, StepOutcome>();
  const outputs = new Map<string, Readonly<Record<string, string>>>();
  let broken: { readonly error: unknown } | undefined;

  const undoersOf = undoersIn(plan.steps);
  const records = new Map(journal.records);

  const queueFor = makeQueues();

  const perform = async (step: Step): Promise<StepOutcome> => {
    const { undoes } = step;
    if (undoes !== undefined && records.get(undoes)?.intendedAt === undefined) return nothingToUndo(run, step, undoes);
    const record = records.get(step.id);
    const undoer = undoersOf(step).find((id) => records.get(id)?.intendedAt !== undefined);
    if (undoer !== undefined) return takenBackSince(run, step, record, undoer);
    if (run.begins === 'nothing-new' && step.runs !== 'always' && !isBegun(record)) return leftOut(run, step);
    const filled = fillOutputs(step, outputs);
    if (filled.kind === 'missing') return unfilled(run, step, filled.reference);
    const performed = await queueFor(step)(() => performStep(run, filled.step, record));
    outputs.set(step.id, performed.outputs);
    records.set(step.id, performed.record);
    return performed.outcome;
  };

  const go = async (step: Step): Promise<void> => {
    try {
      const outcome = await perform(step);
      outcomes.set(step.id, outcome);
      // What depends on an interrupted step was not decided: it is not skipped, only not started.
      if (outcome.outcome === 'interrupted') return;
      const { ready, skipped } = schedule.settle(step.id, isDone(outcome.outcome));
      for (const { step: left, because } of skipped) outcomes.set(left.id, skip(run, left, because));
      for (const id of [step.id, ...skipped.map(({ step: left }) => left.id)]) await run.leases.settled(id);
      await Promise.all(ready.map(go));
    } catch (error) {
      broken ??= { error };
      fatal.abort(error);
    }
  };

  await Promise.all(schedule.start().map(go));
  if (broken) throw broken.error;
  return plan.steps.map(
    (step) => outcomes.get(step.id) ?? { id: step.id, outcome: 'interrupted', detail: 'not started' },
  );
};

/**
 * The steps that take back what this one did: its own effect, or, by deleting it, the very thing it was done to. What was done
 * to a temporary machine cannot be found again once the machine is gone.
 */
const undoersIn = (steps: readonly Step[]): ((step: Step) => readonly string[]) => {
  const undoers = steps.filter(({ undoes }) => undoes !== undefined);
  const byStep = Map.groupBy(undoers, ({ undoes }) => undoes!);
  const byThing = new Map(
    undoers.flatMap(({ id, method, resourceId }) => (method === 'DELETE' ? [[keyOf(resourceId), id] as const] : [])),
  );
  return ({ id, undoes, resourceId }) => {
    const own = byStep.get(id)?.map((undoer) => undoer.id);
    const thing = own === undefined && undoes === undefined ? nearest(keyOf(resourceId), byThing) : undefined;
    return own ?? (thing === undefined ? [] : [thing]);
  };
};

/** Of the thing itself, or of what it is a part of. */
const nearest = (key: string, byThing: ReadonlyMap<string, string>): string | undefined => {
  if (byThing.size === 0) return undefined;
  for (let part = key; part !== ''; part = part.slice(0, part.lastIndexOf('/'))) {
    const found = byThing.get(part);
    if (found !== undefined) return found;
  }
  return undefined;
};

const isSettledDone = (record: StepRecord | undefined): boolean =>
  record?.settled !== undefined && isDone(record.settled.outcome);

/** What this plan never wrote is somebody else's doing, and left as it is. */
const nothingToUndo = (run: Run, step: Step, undoes: string): StepOutcome =>
  told(run, {
    id: step.id,
    outcome: 'moved',
    detail: `${undoes} wrote nothing, so there is nothing to take back; nothing was written`,
  });

/** Its effect was meant to last only until that one began. Doing it again would leave nobody to take it back. */
const takenBackSince = (run: Run, { id }: Step, record: StepRecord | undefined, undoer: string): StepOutcome => {
  const { settled } = record ?? {};
  const times = settled === undefined ? {} : { startedAt: settled.startedAt, endedAt: settled.at };
  return told(
    run,
    isSettledDone(record)
      ? { id, outcome: 'already-done', ...times, detail: `taken back by ${undoer}` }
      : {
          id,
          outcome: 'moved',
          ...times,
          detail: `${undoer} has been begun since, so it is not done again; make a new plan`,
        },
  );
};

/** Steps that Azure lets run only so many at a time wait for one another; all others run as they come. */
const makeQueues = (): ((step: Step) => <T>(task: () => Promise<T>) => Promise<T>) => {
  const queues = new Map<string, LimitFunction>();
  return ({ atOnce }) => {
    if (atOnce === undefined) return (task) => task();
    const queue = queues.get(atOnce.of) ?? pLimit(atOnce.most);
    queues.set(atOnce.of, queue);
    return (task) => queue(task);
  };
};

const isBegun = (record: StepRecord | undefined): boolean =>
  record !== undefined && (record.intendedAt !== undefined || record.settled !== undefined);

const leftOut = (run: Run, { id }: Step): StepOutcome =>
  told(run, { id, outcome: 'skipped', detail: 'it was not begun, and is not begun any more' });

const isDone = (outcome: OutcomeKind): boolean => outcome === 'done' || outcome === 'already-done';

const skip = (run: Run, step: Step, because: string): StepOutcome =>
  told(run, { id: step.id, outcome: 'skipped', detail: `${because} did not get done` });

const unfilled = (run: Run, step: Step, reference: string): StepOutcome =>
  told(run, {
    id: step.id,
    outcome: 'failed',
    detail: `it needs ${reference}, which no step gave; nothing was written`,
  });

const told = (run: Run, outcome: StepOutcome): StepOutcome => {
  const { id: step, ...rest } = outcome;
  run.ports.emit({ kind: 'step.settled', at: toInstant(run.ports.clock.now()), step, ...rest });
  return outcome;
};

const countOf = (outcomes: readonly StepOutcome[]): Partial<Record<OutcomeKind, number>> => {
  const counts: Partial<Record<OutcomeKind, number>> = {};
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};
