/** What the readers of goals share. */
import type { Goal, Step } from '../../core/plan.ts';
import type { GoalState, Refused } from '../../engine/ports.ts';
import type { Arm } from '../ask.ts';

export type GoalOf<K extends Goal['kind']> = Extract<Goal, { kind: K }>;

export interface GoalReader {
  readonly arm: Arm;
  /** Azure's clock, where it has been heard. */
  readonly now: () => number | undefined;
  readonly signal: AbortSignal;
}

export type ReadGoal<K extends Goal['kind']> = (reader: GoalReader, goal: GoalOf<K>, step: Step) => Promise<GoalState>;

export const holds = (id: string): GoalState => ({ kind: 'holds', outputs: { id } });

/** Writing would change something that is not ours. */
export const taken = (subject: string, detail: string): Refused => ({
  kind: 'refused',
  problem: {
    code: 'name-taken',
    severity: 'high',
    subject,
    summary: 'What this step would make is there already, and is not its own',
    detail,
    remedy: 'Make a new plan.',
  },
});
