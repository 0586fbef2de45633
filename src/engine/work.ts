/** One step at work: what it may use, what it knows so far, and the few things every stage does. */
import type { LimitFunction } from 'p-limit';
import type { OutcomeKind, Step } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import { laneOf, type Asking, type Lane } from '../core/step-requests.ts';
import { toInstant } from '../core/time.ts';
import { advance, type JournalEntry, type StepRecord } from './journal.ts';
import { jitterMs, type Pace, type Turn } from './pace.ts';
import { backoffMs, type Patience } from './patience.ts';
import type { Accepted, Ports, StepRunner, Throttled, Uncertain } from './ports.ts';

export interface Leases {
  /** Whether the step may write now, or its machine has to be marked first. */
  covers(step: Step): boolean;
  /** Marks the step's machine; what keeps it from being written to, or nothing. */
  take(step: Step): Promise<Denied | undefined>;
  /** The step has come to its end: a machine without another is given back. */
  settled(step: string): Promise<void>;
  /** Gives back whatever is held, or leaves it to expire: what was interrupted is to be resumed. */
  end(how: 'give-back' | 'keep'): Promise<void>;
}

/** `held`: another run is at it. */
export interface Denied {
  readonly held: boolean;
  readonly why: string;
}

/** What all steps of one apply share. */
export interface Run {
  readonly ports: Ports;
  readonly pace: Pace;
  readonly patience: Patience;
  /** Bounds the requests in flight. A step that waits holds no lane. */
  readonly limit: LimitFunction;
  readonly append: (entry: JournalEntry) => Promise<void>;
  /** Steps that may be sent again although nobody can tell what became of them. */
  readonly resend: ReadonlySet<string>;
  /** `nothing-new`: no step writes but what takes back another. */
  readonly begins: 'all' | 'nothing-new';
  readonly leases: Leases;
  /** Aborted by the user's signal, or when apply itself cannot go on (the journal cannot be written). */
  readonly stop: AbortSignal;
}

/** What asking takes. */
export type Means = Omit<Run, 'leases'>;

export interface Work {
  readonly run: Run;
  readonly step: Step;
  readonly runner: StepRunner;
  readonly startedAt: number;
  record: StepRecord;
  /** Azure is known to have taken this write. */
  accepted: boolean;
  /** A write was sent and its fate is not known. */
  unsure: boolean;
  /** A write of this step may have reached Azure before now: what looks moved may be its work. */
  sentBefore: boolean;
  /** An earlier run ended it in doubt: whatever does not show now, it is sent again only when asked for. */
  doubted: boolean;
  /** It was asked for, once. */
  resend: boolean;
  /** Sends that ended without a clear answer. */
  lostSends: number;
  absentReads: number;
  /** Azure's clear no to a send that followed a lost one. The lost one may still have done it. */
  refusal?: string | undefined;
  vanishings: number;
  /** Since when its goal was first seen on its way. */
  foundSince?: number;
  /** Since when Azure has something else in hand first. */
  busySince?: number | undefined;
  /** Unclear answers in a row. */
  trouble?: { attempts: number; readonly since: number; problem: Problem } | undefined;
}

/** Who asks, and in whose name. */
interface Asker {
  readonly run: Means;
  readonly step: Step;
}

export type Next =
  /** Read goal and assumptions, then write. */
  | { readonly to: 'attempt' }
  /** Find out whether Azure took a write whose answer was lost. */
  | { readonly to: 'reconcile' }
  | { readonly to: 'follow'; readonly operation: Accepted; readonly since: number; readonly delayMs: number }
  | {
      readonly to: 'await-goal';
      readonly because: GoalReason;
      readonly since: number;
      /** Of `refused` and `forestalled`: what the step ends with where its goal is not reached. */
      readonly refusal?: Problem;
    }
  | End;

/**
 * Why the goal is awaited. `written`: our operation ended well. `found`: it was on its way before we wrote anything.
 * `vanished`: our operation cannot be asked any more. `refused`: the login may not ask about it. `confirm`: the journal says
 * it was done. `forestalled`: Azure did not do it, having another in hand that reaches the same.
 */
export type GoalReason = 'written' | 'found' | 'vanished' | 'refused' | 'confirm' | 'forestalled';

export interface End {
  readonly to: 'end';
  readonly outcome: OutcomeKind;
  readonly detail?: string;
  readonly outputs?: Readonly<Record<string, string>>;
  /** The journal already says better: nothing is written over it. */
  readonly unwritten?: boolean;
  /** In doubt, but Azure is seen to be at it: nothing to send again. */
  readonly underWay?: boolean;
  /** Done, by what shows of it: the login may not read all that tells. */
  readonly unread?: true;
}

export const end = (outcome: OutcomeKind, detail?: string, outputs?: Readonly<Record<string, string>>): End => ({
  to: 'end',
  outcome,
  ...(detail === undefined ? {} : { detail }),
  ...(outputs === undefined ? {} : { outputs }),
});

export const sentence = (problem: Problem): string =>
  problem.detail ? `${problem.summary}: ${problem.detail}` : problem.summary;

export const note = async (work: Work, entry: JournalEntry): Promise<void> => {
  await work.run.append(entry);
  work.record = advance(work.record, entry);
};

export const noteAccepted = async (work: Work, { kind: _kind, ...operation }: Accepted): Promise<void> => {
  const { run, step } = work;
  const at = toInstant(run.ports.clock.now());
  await note(work, { event: 'accepted', step: step.id, at, operation });
  work.accepted = true;
  work.unsure = false;
  const shown = (operation.operationUrl ?? operation.locationUrl ?? operation.jobId)?.split('?')[0];
  run.ports.emit({ kind: 'step.accepted', at, step: step.id, ...(shown === undefined ? {} : { operation: shown }) });
};

/** Runs one request when its lane is open and a place is free. */
export const inLane = <T>(work: Asker, asking: Asking, act: () => Promise<T>): Promise<T> =>
  inLanes(work, [laneOf(work.step, asking)], async () => ({ value: await act(), sent: 1 }));

/**
 * Runs the requests that belong together when all their lanes are open and a place is free: who holds a place never waits for
 * a lane, or those who have their turn there would wait for the place. `sent`: how many of them, from the first, were sent.
 */
export const inLanes = async <T>(
  work: Asker,
  lanes: readonly Lane[],
  act: (turn: Turn) => Promise<{ readonly value: T; readonly sent: number }>,
): Promise<T> => {
  const { run, step } = work;
  for (;;) {
    const turn = await run.pace.take(lanes, step.id, run.stop);
    let sent = 0;
    try {
      const answer = await run.limit(async () => {
        run.stop.throwIfAborted();
        // A lane may have closed while this step stood in line for the place.
        if (!turn.holds()) return undefined;
        sent = lanes.length;
        const done = await act(turn);
        sent = done.sent;
        return { value: done.value };
      });
      if (answer) return answer.value;
    } finally {
      turn.end(sent);
    }
  }
};

/** One request's answer. A throttled one closes the lane before anybody else can take the place of this request. */
export const heard = async <T extends { readonly kind: string }>(
  work: Asker,
  asking: Asking,
  reply: Promise<T | Throttled>,
): Promise<T | Throttled> => {
  const answer = await reply;
  if (isThrottled(answer)) work.run.pace.close(laneOf(work.step, asking), stayAwayMs(answer), answer.bucket);
  return answer;
};

const isThrottled = (answer: { readonly kind: string }): answer is Throttled => answer.kind === 'throttled';

/** Azure also says "try again after '0' seconds". */
const stayAwayMs = ({ retryAfterMs }: Throttled): number => Math.max(1_000, retryAfterMs);

export const sleep = async (work: Asker, ms: number, why: string): Promise<void> => {
  const { run, step } = work;
  const now = run.ports.clock.now();
  run.ports.emit({ kind: 'step.waiting', at: toInstant(now), step: step.id, until: toInstant(now + ms), why });
  await run.ports.clock.sleep(ms, run.stop);
};

/** Takes an unclear answer: waits (after a throttled one the closed lane does). False when patience has ended. */
export const endure = async (work: Work, answer: Throttled | Uncertain): Promise<boolean> => {
  const { run, step } = work;
  const { patience, ports } = run;
  const now = ports.clock.now();
  const problem = answer.kind === 'uncertain' ? answer.problem : throttledProblem(step, answer);
  work.trouble ??= { attempts: 0, since: now, problem };
  work.trouble.problem = problem;
  if (answer.kind === 'throttled') return now + stayAwayMs(answer) - work.trouble.since <= patience.totalMs;
  work.trouble.attempts += 1;
  const { attempts, since } = work.trouble;
  const waitMs = Math.max(answer.retryAfterMs ?? 0, backoffMs(attempts));
  if (attempts >= patience.attempts || now + waitMs - since > patience.totalMs) return false;
  ports.emit({ kind: 'step.retried', at: toInstant(now), step: step.id, attempt: attempts, problem });
  await sleep(work, waitMs + jitterMs(step.id, waitMs), problem.summary);
  return true;
};

export const calm = (work: Work): void => {
  work.trouble = undefined;
};

/** Patience has ended: failed where surely nothing was written, otherwise in doubt. */
export const giveUp = (work: Work, problem = work.trouble?.problem): End => {
  const why = problem ? sentence(problem) : 'Azure gave no clear answer';
  return work.unsure || work.accepted || work.sentBefore
    ? end('in-doubt', `${why}. Whether Azure did it could not be told; it was not sent again.`)
    : end('failed', `${why}. Nothing was written.`);
};

const throttledProblem = (step: Step, { bucket }: Throttled): Problem => ({
  code: 'azure-throttled',
  severity: 'medium',
  subject: step.resourceId,
  summary: `Azure turned the request away: too many requests (${bucket})`,
});
