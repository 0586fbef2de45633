/** What apply says while it works, as data; `cli/progress.ts` chooses the words. */
import type { OutcomeKind } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';

export type LeaseState = 'taken' | 'without' | 'lost' | 'given-back' | 'kept';

export type EngineEvent =
  | {
      readonly kind: 'apply.started';
      readonly at: string;
      readonly plan: string;
      readonly steps: number;
      readonly resumed: boolean;
    }
  | { readonly kind: 'step.started'; readonly at: string; readonly step: string }
  | { readonly kind: 'step.accepted'; readonly at: string; readonly step: string; readonly operation?: string }
  | {
      readonly kind: 'step.progress';
      readonly at: string;
      readonly step: string;
      readonly phase?: string;
      readonly percent?: number;
    }
  /** `shared`: others wait in the same line, each until its turn. */
  | {
      readonly kind: 'step.waiting';
      readonly at: string;
      readonly step: string;
      readonly until: string;
      readonly why: string;
      readonly shared?: true;
    }
  | {
      readonly kind: 'step.retried';
      readonly at: string;
      readonly step: string;
      readonly attempt: number;
      readonly problem: Problem;
    }
  | {
      readonly kind: 'step.settled';
      readonly at: string;
      readonly step: string;
      readonly outcome: OutcomeKind;
      readonly detail?: string;
    }
  /** A machine's lease: taken until then; `without`: it could not be taken, and work goes on; `kept`: left to expire. */
  | {
      readonly kind: 'lease';
      readonly at: string;
      readonly machine: string;
      readonly state: LeaseState;
      readonly until?: string;
      readonly why?: string;
      readonly problem?: Problem;
    }
  | { readonly kind: 'throttled'; readonly at: string; readonly bucket: string; readonly until: string }
  | { readonly kind: 'apply.stopping'; readonly at: string; readonly why: string }
  | {
      readonly kind: 'apply.ended';
      readonly at: string;
      readonly counts: Readonly<Partial<Record<OutcomeKind, number>>>;
    };
