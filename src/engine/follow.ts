/** The stages after the write: the operation to its end, then the goal to its own. A 202 is never success. */
import { hourMs, toInstant } from '../core/time.ts';
import { pollMs } from './patience.ts';
import type { GoalState } from './ports.ts';
import {
  calm,
  end,
  endure,
  giveUp,
  heard,
  inLane,
  noteAccepted,
  sentence,
  sleep,
  type End,
  type Next,
  type Work,
} from './work.ts';

type Following = Extract<Next, { to: 'follow' }>;
type Awaiting = Extract<Next, { to: 'await-goal' }>;

/** An operation whose URL keeps vanishing is not found again by asking a third time. */
const mostVanishings = 2;

export const follow = async (work: Work, stage: Following): Promise<Next> => {
  const { run, runner } = work;
  const { operation, since } = stage;
  if (stage.delayMs > 0) await sleep(work, stage.delayMs, 'the operation is running in Azure');
  const polled = await inLane(work, 'poll', () => heard(work, 'poll', runner.poll(operation, run.stop)));
  const now = run.ports.clock.now();
  switch (polled.kind) {
    case 'running': {
      calm(work);
      progress(work, polled.phase, polled.percent);
      if (polled.next) await noteAccepted(work, polled.next);
      // The journal keeps the operation: applying the plan again follows it from there.
      if (now - since > run.patience.goalMs) {
        return {
          ...end(
            'in-doubt',
            `the operation still runs after ${hoursOf(now - since)} h; apply the plan again to follow it`,
          ),
          underWay: true,
        };
      }
      const wait = polled.next ? (polled.next.retryAfterMs ?? 0) : pollMs(polled.retryAfterMs, now - since);
      return { to: 'follow', operation: polled.next ?? operation, since, delayMs: wait };
    }
    case 'settled':
      calm(work);
      if (!polled.ok && polled.forestalled && polled.problem)
        return { to: 'await-goal', because: 'forestalled', since: now, refusal: polled.problem };
      if (!polled.ok)
        return end(
          'failed',
          polled.problem ? sentence(polled.problem) : 'the operation failed; Azure does not say why',
        );
      return { to: 'await-goal', because: 'written', since: now };
    case 'vanished':
      calm(work);
      work.vanishings += 1;
      if (work.vanishings > mostVanishings)
        return end('in-doubt', 'Azure took it, and its operation cannot be asked about any more');
      return { to: 'await-goal', because: 'vanished', since: now };
    case 'refused':
      // What takes this step back must not begin before Azure is done with it, as far as that can be seen.
      return { to: 'await-goal', because: 'refused', since: now, refusal: polled.problem };
    default:
      return (await endure(work, polled)) ? { to: 'follow', operation, since, delayMs: 0 } : giveUp(work);
  }
};

export const awaitGoal = async (work: Work, stage: Awaiting): Promise<Next> => {
  const { run, step } = work;
  const goal = await inLane(work, 'goal', () => heard(work, 'goal', run.ports.azure.goal(step.goal, step, run.stop)));
  const now = run.ports.clock.now();
  switch (goal.kind) {
    case 'holds':
      if (stage.because === 'forestalled') return end('already-done', goal.detail, goal.outputs);
      if (stage.refusal)
        return {
          ...end('done', `${sentence(stage.refusal)}; that it is done was seen all the same`, goal.outputs),
          unread: true,
        };
      return {
        ...end(work.accepted && stage.because !== 'confirm' ? 'done' : 'already-done', goal.detail, goal.outputs),
        ...unwritten(stage),
      };
    case 'coming': {
      calm(work);
      progress(work, goal.phase);
      if (now - stage.since > run.patience.goalMs) {
        return {
          ...end('in-doubt', `still not reached after ${hoursOf(now - stage.since)} h: ${goal.phase}`),
          underWay: true,
          ...unwritten(stage),
        };
      }
      await sleep(work, pollMs(goal.retryAfterMs, now - stage.since), goal.phase);
      return stage;
    }
    case 'absent':
      calm(work);
      return onAbsentGoal(work, stage, goal);
    case 'refused':
      return { ...giveUp(work, goal.problem), ...unwritten(stage) };
    default:
      return (await endure(work, goal)) ? stage : { ...giveUp(work), ...unwritten(stage) };
  }
};

const hoursOf = (ms: number): number => Math.round(ms / hourMs);

/** Reads can lag what was written: the goal's absence is believed only after a while. */
const onAbsentGoal = async (
  work: Work,
  stage: Awaiting,
  goal: Extract<GoalState, { kind: 'absent' }>,
): Promise<Next> => {
  const { run } = work;
  if (stage.because === 'found') return { to: 'attempt' };
  if (run.ports.clock.now() - stage.since < run.patience.absenceMs) {
    await sleep(work, run.patience.recheckMs, 'the operation has ended; its result does not show yet');
    return stage;
  }
  if (stage.because === 'vanished') return { to: 'reconcile' };
  if (stage.because === 'forestalled') return end('failed', stage.refusal && sentence(stage.refusal));
  if (stage.refusal) return giveUp(work, stage.refusal);
  if (stage.because === 'written') {
    // As failed it would be sent again by applying again; what shows it may only be late.
    const outcome = work.runner.atMostOnce ? 'in-doubt' : 'failed';
    return end(outcome, `the operation ended well, but its goal is not reached${said(goal)}`);
  }
  return { ...end('moved', `was done ${toInstant(stage.since)}, and is so no longer${said(goal)}`), unwritten: true };
};

const said = (goal: { readonly detail?: string }): string => (goal.detail === undefined ? '' : `: ${goal.detail}`);

/** A done step stays done in the journal, whatever a later look says: it must never be sent again on that look's strength. */
const unwritten = (stage: Awaiting): Pick<End, 'unwritten'> => (stage.because === 'confirm' ? { unwritten: true } : {});

const progress = (work: Work, phase?: string, percent?: number): void => {
  work.run.ports.emit({
    kind: 'step.progress',
    at: toInstant(work.run.ports.clock.now()),
    step: work.step.id,
    ...(phase === undefined ? {} : { phase }),
    ...(percent === undefined ? {} : { percent }),
  });
};
