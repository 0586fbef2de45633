/** The six ways Azure offers to protect a machine, and what can be said of one against a machine. */
import type { Fact } from './fact.ts';

export const optionIds = [
  'azure-backup',
  'site-recovery',
  'disk-snapshot',
  'restore-point',
  'managed-image',
  'gallery-image',
] as const;

export type OptionId = (typeof optionIds)[number];

export type VerdictKind =
  | 'required' // the guidance demands it
  | 'suitable'
  | 'unsuitable' // works, but fails the objective
  | 'impossible' // Azure refuses, or a disk that must be covered cannot be
  | 'unknown';

/** Why: a stable code, the number of the fact in docs/facts.md where one applies, a sentence, and its public source. */
export interface Reason {
  readonly code: string;
  readonly fact?: string;
  readonly text: string;
  readonly source: string;
}

export interface Verdict {
  readonly option: OptionId;
  readonly verdict: VerdictKind;
  readonly reasons: readonly Reason[];
}

/**
 * What one rule says about one machine. `holds`: the machine meets the rule (nothing to report). `fails`: it does not,
 * with the sentence that says how. `unjudged`: a fact it needs is unknown.
 */
export type Check =
  | { readonly kind: 'holds' }
  | { readonly kind: 'fails'; readonly text: string }
  | { readonly kind: 'unjudged'; readonly fact: string; readonly unknown: Extract<Fact<never>, { known: false }> };
