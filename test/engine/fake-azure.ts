/**
 * Azure as the engine sees it, in memory: writes start operations that take time, reads lag, answers get lost. It keeps its
 * own log of what it truly took, which checkers read; it shares nothing with the engine but the port's types.
 */
import type { Step } from '../../src/core/plan.ts';
import type { Problem } from '../../src/core/problem.ts';
import type {
  Accepted,
  Azure,
  Began,
  GoalState,
  Polled,
  Reconciled,
  Throttled,
  Uncertain,
} from '../../src/engine/ports.ts';

export type Fault =
  | 'busy'
  | 'throttled'
  | 'throttled-long'
  | 'lost-before'
  | 'lost-after'
  | 'server-error'
  | 'vanished'
  | 'forbidden'
  | 'operation-fails';

export interface Request {
  readonly kind: 'goal' | 'assumption' | 'begin' | 'poll' | 'reconcile';
  readonly step: string;
}

export interface Taken {
  readonly step: string;
  readonly at: number;
  readonly method: Step['method'];
  /** When its work is over. */
  readonly endsAt: number;
  readonly ok: boolean;
}

export interface FakeOptions {
  readonly now: () => number;
  /** How long a step's operation takes, ms. */
  readonly operationMs?: (step: string) => number;
  /** How much later than the operation's end the goal is reached, ms. */
  readonly goalMs?: (step: string) => number;
  /** How long after a write reads do not show it, ms. */
  readonly lagMs?: (step: string) => number;
  readonly fault?: (request: Request) => Fault | undefined;
  /** Steps whose assumption has moved. */
  readonly moved?: ReadonlySet<string>;
  /** Called before a request reaches Azure and after Azure acted on it. */
  readonly onRequest?: (request: Request, when: 'before' | 'after') => void;
}

export interface FakeAzure extends Azure {
  /** Every write Azure took, in order. */
  readonly taken: Taken[];
  readonly requests: Request[];
  /** Whether the step's goal truly holds now. */
  holds(step: string): boolean;
}

export const fakeAzure = (options: FakeOptions, taken: Taken[] = []): FakeAzure => {
  const { now } = options;
  const requests: Request[] = [];
  const operationMs = (step: string): number => options.operationMs?.(step) ?? 10_000;
  const goalAt = (t: Taken): number => t.endsAt + (options.goalMs?.(t.step) ?? 0);
  const good = (step: string): Taken | undefined => taken.find((t) => t.step === step && t.ok);
  const latest = (step: string): Taken | undefined => taken.findLast((t) => t.step === step);
  const visible = (t: Taken | undefined): boolean => t !== undefined && now() >= t.at + (options.lagMs?.(t.step) ?? 0);

  const ask = <T>(request: Request, act: () => T): T | Throttled | Uncertain => {
    requests.push(request);
    options.onRequest?.(request, 'before');
    const fault = options.fault?.(request);
    if (fault === 'busy') return { kind: 'not-yet', phase: 'busy with another operation', retryAfterMs: 15_000 } as T;
    if (fault === 'throttled') return { kind: 'throttled', retryAfterMs: 30_000, bucket: 'test' };
    if (fault === 'throttled-long') return { kind: 'throttled', retryAfterMs: 1_200_000, bucket: 'test' };
    if (fault === 'lost-before' || fault === 'server-error') return uncertain(request, fault);
    const answer = act();
    options.onRequest?.(request, 'after');
    return fault === 'lost-after' ? uncertain(request, fault) : answer;
  };

  const goalOf = (step: Step): GoalState => {
    const t = good(step.id) ?? latest(step.id);
    if (!t || !t.ok || !visible(t)) return { kind: 'absent' };
    return now() >= goalAt(t)
      ? { kind: 'holds', outputs: { id: step.resourceId } }
      : { kind: 'coming', phase: 'copying' };
  };

  const begin = (step: Step): Began => {
    // A PUT of what an earlier one still makes: 409 AnotherOperationInProgress.
    const earlier = latest(step.id);
    if (step.method === 'PUT' && earlier && now() < earlier.endsAt)
      return { kind: 'not-yet', phase: 'busy with the same', retryAfterMs: 15_000 };
    const ok = options.fault?.({ kind: 'begin', step: `${step.id}!` }) !== 'operation-fails';
    taken.push({ step: step.id, at: now(), method: step.method, endsAt: now() + operationMs(step.id), ok });
    return accepted(step.id, taken.length - 1);
  };

  const poll = (step: Step, operation: Accepted): Polled => {
    const fault = options.fault?.({ kind: 'poll', step: `${step.id}!` });
    if (fault === 'vanished') return { kind: 'vanished' };
    if (fault === 'forbidden') return { kind: 'refused', problem: forbidden(step.id) };
    const t = taken[Number(operation.jobId ?? operation.operationUrl?.split('/').at(-1))];
    if (!t) return { kind: 'vanished' };
    if (now() < t.endsAt) {
      // Half way through, the operation hands over to a job, as Azure Backup's do.
      const half = t.at + operationMs(step.id) / 2;
      const next =
        operation.jobId === undefined && now() >= half
          ? { next: { kind: 'accepted' as const, jobId: String(taken.indexOf(t)) } }
          : {};
      return { kind: 'running', retryAfterMs: 2_000, ...next };
    }
    return t.ok
      ? { kind: 'settled', ok: true }
      : { kind: 'settled', ok: false, problem: problem(step.id, 'the operation failed') };
  };

  return {
    taken,
    requests,
    holds: (step) => {
      const t = good(step);
      return t !== undefined && now() >= goalAt(t);
    },
    goal: (_goal, step) => later(() => ask({ kind: 'goal', step: step.id }, () => goalOf(step))),
    assumption: (_assumption, step) =>
      later(() =>
        ask({ kind: 'assumption', step: step.id }, () =>
          options.moved?.has(step.id)
            ? { kind: 'moved' as const, detail: 'the machine was made again' }
            : { kind: 'holds' as const },
        ),
      ),
    runner: (step) => ({
      repeatable: step.method !== 'POST',
      ...(step.method === 'POST' ? { atMostOnce: true as const } : {}),
      begin: () => later(() => ask({ kind: 'begin', step: step.id }, () => begin(step))),
      poll: (operation) => later(() => ask({ kind: 'poll', step: step.id }, () => poll(step, operation))),
      reconcile: (_step, intendedAt) =>
        later(() =>
          ask<Reconciled>({ kind: 'reconcile', step: step.id }, () => {
            const t = latest(step.id);
            return t && t.at >= intendedAt && visible(t) ? accepted(step.id, taken.indexOf(t)) : { kind: 'absent' };
          }),
        ),
    }),
  };
};

const accepted = (step: string, index: number): Accepted => ({
  kind: 'accepted',
  operationUrl: `https://azure.test/operations/${step}/${index}`,
  retryAfterMs: 1_000,
});

/** As a real request: the answer comes on a later turn. */
const later = async <T>(act: () => T): Promise<T> => {
  await Promise.resolve();
  return act();
};

export const problem = (subject: string, summary: string): Problem => ({
  code: 'test',
  severity: 'high',
  subject,
  summary,
});

const forbidden = (step: string): Problem => ({
  code: 'azure-forbidden',
  severity: 'high',
  subject: step,
  summary: 'no operations/read',
});

const uncertain = (request: Request, fault: string): Uncertain => ({
  kind: 'uncertain',
  problem: problem(request.step, fault),
});
