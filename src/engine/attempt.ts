/** The stages before and around the write: look, write down the intent, write; and ask when the answer was lost. */
import { laneOf, looksOf } from '../core/step-requests.ts';
import { toInstant } from '../core/time.ts';
import type { Turn } from './pace.ts';
import { backoffMs, pollMs } from './patience.ts';
import type { AssumptionState, Began, GoalState, Refused, Throttled, Uncertain } from './ports.ts';
import {
  calm,
  end,
  endure,
  giveUp,
  heard,
  inLane,
  inLanes,
  note,
  noteAccepted,
  sentence,
  sleep,
  type End,
  type Next,
  type Work,
} from './work.ts';

type Seen =
  | { readonly at: 'goal'; readonly state: Exclude<GoalState, { kind: 'absent' }> }
  | { readonly at: 'assumption'; readonly state: Exclude<AssumptionState, { kind: 'holds' }> }
  | { readonly at: 'write'; readonly began: Began }
  /** All is as it should be, but the machine does not carry this run's lease. */
  | { readonly at: 'unleased' }
  /** Azure asked to stay away since the turn began: come back, and read all again. */
  | { readonly at: 'closed' };

/** A write's answer is awaited even when the user stops: the journal is to know what became of it. */
const neverAborted = new AbortController().signal;

export const attempt = async (work: Work): Promise<Next> => {
  const { patience } = work.run;
  if (work.lostSends >= patience.attempts) {
    return end(
      'in-doubt',
      `the request was lost ${work.lostSends} times; Azure shows no trace of it, and may yet do it. It was not sent again.`,
    );
  }
  const looks = looksOf(work.step);
  const seen = await inLanes(work, [...looks, laneOf(work.step, 'write')], async (turn) => {
    const value = await lookAndWrite(work, turn);
    return { value, sent: value.at === 'goal' ? 1 : value.at === 'write' ? looks.length + 1 : looks.length };
  });
  switch (seen.at) {
    case 'closed':
      return { to: 'attempt' };
    case 'unleased':
      return lease(work);
    case 'goal':
      return onGoal(work, seen.state);
    case 'assumption':
      return onAssumption(work, seen.state);
    default:
      return onWrite(work, seen.began);
  }
};

/** Goal, assumptions, intent and write, with nothing between them: what was read still holds when the write goes out. */
const lookAndWrite = async (work: Work, turn: Turn): Promise<Seen> => {
  const { run, step, runner } = work;
  const { azure, clock } = run.ports;
  const goal = await heard(work, 'goal', azure.goal(step.goal, step, run.stop));
  if (goal.kind !== 'absent') return { at: 'goal', state: goal };
  for (const assumption of step.assumes) {
    if (!turn.holds()) return { at: 'closed' };
    const state = await heard(work, assumption, azure.assumption(assumption, step, run.stop));
    if (state.kind !== 'holds') return { at: 'assumption', state };
  }
  run.stop.throwIfAborted();
  if (!turn.holds()) return { at: 'closed' };
  if (run.begins === 'nothing-new' && step.runs !== 'always') return { at: 'assumption', state: tooLate };
  if (!run.leases.covers(step)) return { at: 'unleased' };
  await note(work, { event: 'intended', step: step.id, at: toInstant(clock.now()) });
  run.stop.throwIfAborted();
  return { at: 'write', began: await heard(work, 'write', runner.begin(step, neverAborted)) };
};

const tooLate = { kind: 'moved', detail: 'Azure did not take it in its time, and it is not sent again' } as const;

/** With the lease in hand everything is read once more: another run may have done it meanwhile. */
const lease = async (work: Work): Promise<Next> => {
  const denied = await work.run.leases.take(work.step);
  if (denied === undefined) return { to: 'attempt' };
  if (work.unsure || work.accepted)
    return giveUp(work, { code: 'lease', severity: 'medium', subject: work.step.subject, summary: denied.why });
  return end(denied.held ? 'moved' : 'failed', denied.why);
};

const onGoal = async (work: Work, goal: Exclude<GoalState, { kind: 'absent' }>): Promise<Next> => {
  // It was absent before this step first wrote.
  if (work.sentBefore && (goal.kind === 'holds' || goal.kind === 'coming')) work.accepted = true;
  switch (goal.kind) {
    case 'holds':
      return end(work.accepted ? 'done' : 'already-done', goal.detail, goal.outputs);
    case 'coming': {
      calm(work);
      // Azure may show it and not show it by turns: neither an endless wait nor one without a pause.
      const now = work.run.ports.clock.now();
      const since = (work.foundSince ??= now);
      if (now - since > work.run.patience.goalMs)
        return { ...end('in-doubt', `it comes and goes, and is not whole: ${goal.phase}`), underWay: true };
      await sleep(work, pollMs(goal.retryAfterMs, now - since), goal.phase);
      return { to: 'await-goal', because: 'found', since };
    }
    default:
      return unclear(work, goal);
  }
};

const onAssumption = async (work: Work, state: Exclude<AssumptionState, { kind: 'holds' }>): Promise<Next> => {
  if (state.kind !== 'moved') return unclear(work, state);
  calm(work);
  const { run, record } = work;
  // What moved may be our own write, seen before the goal shows it.
  if (work.sentBefore && run.ports.clock.now() - (record.lastIntendedAt ?? 0) < run.patience.absenceMs) {
    await sleep(work, run.patience.recheckMs, `looking again: ${state.detail}`);
    return { to: 'attempt' };
  }
  return end('moved', state.detail);
};

const onWrite = async (work: Work, began: Began): Promise<Next> => {
  const now = work.run.ports.clock.now();
  switch (began.kind) {
    case 'accepted':
      calm(work);
      await noteAccepted(work, began);
      return { to: 'follow', operation: began, since: now, delayMs: began.retryAfterMs ?? 0 };
    case 'settled':
      if (!began.ok) return refusedWrite(work, began.problem ? sentence(began.problem) : 'Azure refused it');
      calm(work);
      work.accepted = true;
      return { to: 'await-goal', because: 'written', since: now };
    case 'not-yet':
      calm(work);
      work.busySince ??= now;
      if (now - work.busySince > work.run.patience.totalMs) return tooLongBusy(work, began.phase);
      await sleep(work, began.retryAfterMs, began.phase);
      return { to: 'attempt' };
    case 'throttled':
      return (await endure(work, began)) ? { to: 'attempt' } : giveUp(work);
    default:
      if (began.unsent) return (await endure(work, began)) ? { to: 'attempt' } : giveUp(work);
      work.unsure = true;
      work.sentBefore = true;
      work.lostSends += 1;
      work.absentReads = 0;
      return (await endure(work, began)) ? { to: 'reconcile' } : giveUp(work);
  }
};

/** Asks whether Azure took the write. It is sent again only when its absence is believed, and what must not happen twice never. */
export const reconcile = async (work: Work): Promise<Next> => {
  const { run, step, runner, record } = work;
  const intendedAt = record.intendedAt ?? run.ports.clock.now();
  const found = await inLane(work, 'reconcile', () =>
    heard(work, 'reconcile', runner.reconcile(step, intendedAt, run.stop)),
  );
  const now = run.ports.clock.now();
  switch (found.kind) {
    case 'accepted':
      calm(work);
      await noteAccepted(work, found);
      return { to: 'follow', operation: found, since: now, delayMs: 0 };
    case 'settled':
      calm(work);
      if (!found.ok) return failed(work, found.problem ? sentence(found.problem) : undefined);
      work.accepted = true;
      work.unsure = false;
      return { to: 'await-goal', because: 'written', since: now };
    case 'absent':
      return onAbsent(work, now);
    case 'refused':
      return giveUp(work, found.problem);
    default:
      return (await endure(work, found)) ? { to: 'reconcile' } : giveUp(work);
  }
};

/**
 * One 404 proves nothing: what Azure took shows only after a while (40 s for a protected item, minutes in its lists). Lost sends
 * stay in `trouble`, so that each further send waits longer than the one before.
 */
const onAbsent = async (work: Work, now: number): Promise<Next> => {
  const { run, runner, record } = work;
  const { patience } = run;
  if (work.accepted && !runner.repeatable)
    return end('in-doubt', 'Azure took it, and no trace of it can be found; it was not sent again');
  if (isHarmlessAgain(work)) return { to: 'attempt' };
  work.absentReads += 1;
  const leftMs = patience.absenceMs - (now - (record.lastIntendedAt ?? work.startedAt));
  if (work.absentReads >= 2 && leftMs <= 0) {
    if (work.refusal !== undefined) {
      return end(
        'in-doubt',
        `${work.refusal}. An earlier request was lost, and whether Azure took that one could not be told.`,
      );
    }
    if (runner.atMostOnce)
      return end('in-doubt', 'Azure shows no trace of it, and may have taken it; it was not sent again');
    if (work.doubted && !runner.repeatable && !work.resend)
      return end('in-doubt', 'Azure shows no trace of it still; it was not sent again');
    work.unsure = false;
    return { to: 'attempt' };
  }
  const waitMs = Math.max(patience.recheckMs, Math.min(backoffMs(work.absentReads), leftMs));
  await sleep(work, waitMs, 'making sure that Azure did not take the lost request');
  return { to: 'reconcile' };
};

/**
 * A repeatable write has one effect however often it arrives, so a stale "not there" does no harm. While Azure still works on
 * the lost one, it answers 409, which is waited for.
 */
const isHarmlessAgain = ({ runner, run, refusal, lostSends }: Work): boolean =>
  runner.repeatable && refusal === undefined && lostSends <= run.patience.promptSends;

/** A question before the write without a usable answer. */
const unclear = async (work: Work, state: Throttled | Uncertain | Refused): Promise<Next> => {
  if (state.kind === 'refused') return giveUp(work, state.problem);
  return (await endure(work, state)) ? { to: 'attempt' } : giveUp(work);
};

/** A clear no to this request. It says nothing of an earlier one whose answer was lost, and may even come of that one. */
const refusedWrite = (work: Work, detail: string): Next => {
  if (!work.sentBefore) return failed(work, detail);
  work.refusal = detail;
  work.absentReads = 0;
  return { to: 'reconcile' };
};

const tooLongBusy = (work: Work, phase: string): End =>
  work.sentBefore
    ? end(
        'in-doubt',
        `${phase}, for too long. An earlier request was lost, and whether Azure took that one could not be told.`,
      )
    : end('failed', `${phase}, for too long. Nothing was written.`);

const failed = (work: Work, detail = 'Azure reported failure without saying why'): End => {
  work.unsure = false;
  return end('failed', detail);
};
