/** What the engine needs from the world. The composition root passes real ones; tests pass their own. */
import type { ResourceId } from '../core/ids.ts';
import type { Assumption, Goal, Step } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import type { RequestKind } from '../core/request-budgets.ts';
import type { EngineEvent } from './events.ts';

/** All waiting and all "now" in the product goes through this. */
export interface Clock {
  /** Milliseconds since the epoch, on Azure's own clock where it is known. */
  now(): number;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** An asynchronous operation that Azure accepted: where to ask, verbatim (it may be signed: only the journal keeps it whole). */
export interface Accepted {
  readonly kind: 'accepted';
  readonly operationUrl?: string;
  readonly locationUrl?: string;
  readonly retryAfterMs?: number;
  /** Azure Backup: the job that carries on after the operation. */
  readonly jobId?: string;
}

export interface Running {
  readonly kind: 'running';
  readonly retryAfterMs?: number;
  readonly percent?: number;
  readonly phase?: string;
  /** Set when the operation has handed over to another one that is to be followed next. */
  readonly next?: Accepted;
}

export interface Settled {
  readonly kind: 'settled';
  readonly ok: boolean;
  readonly problem?: Problem;
  /** Not ok, and nothing came of it: Azure has another in hand that reaches the same goal, which decides then. */
  readonly forestalled?: true;
  readonly outputs?: Readonly<Record<string, string>>;
}

/** Azure turned the request away, and when to come again; never a verdict about the step. */
export interface Throttled {
  readonly kind: 'throttled';
  readonly retryAfterMs: number;
  readonly bucket: string;
}

/** Nothing certain is known of the request: connection lost, 5xx, an answer that is not JSON. */
export interface Uncertain {
  readonly kind: 'uncertain';
  readonly problem: Problem;
  readonly retryAfterMs?: number;
  /** No connection came about: the request never left, so nothing can have come of it. */
  readonly unsent?: true;
}

/** Nothing was written yet: Azure has something else in hand first (a discovery, another operation). Begin again then. */
export interface NotYet {
  readonly kind: 'not-yet';
  readonly phase: string;
  readonly retryAfterMs: number;
}

/** A clear no to a question (403, 400): asking again will not help. Says nothing about the step's own fate. */
export interface Refused {
  readonly kind: 'refused';
  readonly problem: Problem;
}

/** The operation cannot be asked about any more: its URL answers 404, or Azure gave none. Its goal decides then. */
export interface Vanished {
  readonly kind: 'vanished';
}

export type Began = Accepted | Settled | NotYet | Throttled | Uncertain;
export type Polled = Running | Settled | Vanished | Refused | Throttled | Uncertain;
export type Reconciled = { readonly kind: 'absent' } | Accepted | Settled | Refused | Throttled | Uncertain;

export interface StepRunner {
  /** Whether sending the same write again has no further effect. */
  readonly repeatable: boolean;
  /**
   * Taken twice, it would be done twice. No length of silence proves that Azure did not take a lost one, so that only a
   * person has it sent again. What is neither this nor repeatable has a name of its own: its absence is believed in time.
   */
  readonly atMostOnce?: true;
  begin(step: Step, signal: AbortSignal): Promise<Began>;
  poll(operation: Accepted, signal: AbortSignal): Promise<Polled>;
  /** After a crash or a lost answer: did Azure accept it? */
  reconcile(step: Step, intendedAt: number, signal: AbortSignal): Promise<Reconciled>;
}

export type GoalState =
  /** `detail`: what is less than was hoped for, where there is something to say. */
  | { readonly kind: 'holds'; readonly outputs?: Readonly<Record<string, string>>; readonly detail?: string }
  /** On its way by itself, with when to look again. */
  | { readonly kind: 'coming'; readonly phase: string; readonly retryAfterMs?: number }
  /** `detail`: what was found instead, where there is something to say. */
  | { readonly kind: 'absent'; readonly detail?: string }
  | Refused
  | Throttled
  | Uncertain;

export type AssumptionState =
  { readonly kind: 'holds' } | { readonly kind: 'moved'; readonly detail: string } | Refused | Throttled | Uncertain;

/** What Azure says is left of one of its request budgets. */
export interface Headroom {
  /** Lower-cased. */
  readonly subscriptionId: string;
  readonly kind: RequestKind;
  /** `subscription-writes`, `Microsoft.Compute/HighCostGet3Min`, … */
  readonly bucket: string;
  readonly remaining: number;
  /** Lower-cased, of what the request was about, where the answer tells; likewise its id. */
  readonly region?: string;
  readonly resource?: string;
}

/** Where the marks are kept. */
export interface LeaseStore {
  read(
    machine: ResourceId,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'read'; readonly text?: string } | Refused | Throttled | Uncertain>;
  /** Leaves every other tag as it is. */
  write(
    machine: ResourceId,
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'written' } | Refused | Throttled | Uncertain>;
  /** Takes it away only while it says just this. */
  remove(
    machine: ResourceId,
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'written' } | Refused | Throttled | Uncertain>;
}

export interface LeaseTerms {
  /** `best-effort`: where the mark cannot be written, that is told, and the work goes on without. */
  readonly need: 'require' | 'best-effort';
  readonly host: string;
  /** What a run that begins now is called; one that is resumed keeps its name. */
  readonly newRun: string;
}

/** The only way the engine touches Azure. */
export interface Azure {
  /** Tells the listener what each answer's headers say is left; apply adapts its pace to it. */
  observe?(listener: (headroom: Headroom) => void): void;
  runner(step: Step): StepRunner;
  goal(goal: Goal, step: Step, signal: AbortSignal): Promise<GoalState>;
  assumption(assumption: Assumption, step: Step, signal: AbortSignal): Promise<AssumptionState>;
  /** Where machines are marked as being worked on. */
  readonly leases?: LeaseStore;
}

export interface Ports {
  readonly azure: Azure;
  readonly clock: Clock;
  readonly journal: JournalStore;
  readonly emit: (event: EngineEvent) => void;
  readonly signal: AbortSignal;
  readonly concurrency: number;
  /** Absent: machines are not marked, and others' marks not heeded. */
  readonly lease?: LeaseTerms;
}

/** Append-only lines on durable storage. `append` resolves only when the line would survive a power cut. */
export interface JournalStore {
  read(): Promise<readonly string[]>;
  append(line: string): Promise<void>;
  /** Keeps the first `lines` lines and drops what follows: the torn last line of a crash. Durable like `append`. */
  keep(lines: number): Promise<void>;
  /** For messages: the file's name. */
  readonly name?: string;
}
