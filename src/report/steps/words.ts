/** How a kind of step, and what steps take for granted, is told to people; one file per family of kinds. */
import type { Assumption, StepKind, StepOf } from '../../core/plan.ts';
import { oneLine } from '../layout.ts';

export interface StepWords<K extends StepKind> {
  /** What it makes or does, one and several: "snapshot", "snapshots". */
  readonly noun: readonly [one: string, several: string];
  /** In the plan table, beside the machine: what is written. */
  readonly writes: (step: StepOf<K>) => string;
  /** In the plan's Markdown: what a reviewer would ask about. Who can read it, how long it is kept, where it is stored. */
  readonly settings: (step: StepOf<K>) => readonly string[];
  /** What a step that needs consent of its own is marked with; absent: it cannot be undone. */
  readonly consent?: string;
}

export type AssumptionOf<K extends Assumption['kind']> = Extract<Assumption, { kind: K }>;
export type AssumptionWords<K extends Assumption['kind']> = (assumption: AssumptionOf<K>) => string;

/** Names and tags are the users' words: in Markdown they must not become links, markup or another line. */
export const text = (words: string): string => oneLine(words).replace(/[\\`*_[\]<>|#]/g, String.raw`\$&`);

export const onOff = (on: boolean): string => (on ? 'on' : 'off');
