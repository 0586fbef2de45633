/** One thing said of a machine, with what it rests on. */
export interface Sentence {
  readonly text: string;
  /** Where it is documented. */
  readonly source?: string;
  /** A number of docs/facts.md. */
  readonly fact?: string;
}
