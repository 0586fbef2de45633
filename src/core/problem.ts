/** Something to tell the user, as data. Words, colour and exit codes are chosen by `cli` and `report`. */

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info';

export const severities: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];

export interface Problem {
  /** Stable, kebab-case. */
  readonly code: string;
  readonly severity: Severity;
  /** A resource id, a file, a flag: what it is about. */
  readonly subject: string;
  readonly summary: string;
  readonly detail?: string;
  /** What to do next. */
  readonly remedy?: string;
  /** Where in a file, 1-based. */
  readonly at?: { readonly file: string; readonly line: number; readonly column: number };
}

/** Thrown for wrong usage or an invalid input file: exit 2. Carries every problem found, not only the first. */
export class UsageError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map((p) => p.summary).join('; '));
    this.name = 'UsageError';
    this.problems = problems;
  }
}
