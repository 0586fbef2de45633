/** What the checkers of assumptions share. */
import { nameOf, type ResourceId } from '../../core/ids.ts';
import type { Assumption, Step } from '../../core/plan.ts';
import type { AssumptionState } from '../../engine/ports.ts';
import type { Arm } from '../ask.ts';
import type { Lists } from '../made-since.ts';
import { readResource } from '../resource.ts';

export type AssumptionOf<K extends Assumption['kind']> = Extract<Assumption, { kind: K }>;

/** `lists` is shared by all steps of an apply. */
export type Checker<K extends Assumption['kind']> = (
  arm: Arm,
  assumption: AssumptionOf<K>,
  signal: AbortSignal,
  step: Step,
  lists: Lists,
) => Promise<AssumptionState>;

export const holds: AssumptionState = { kind: 'holds' };
export const moved = (detail: string): AssumptionState => ({ kind: 'moved', detail });

/** Reads a resource that must be there, and judges its body. */
export const judge = async (
  arm: Arm,
  id: ResourceId,
  signal: AbortSignal,
  by: (body: unknown) => AssumptionState,
  query = {},
): Promise<AssumptionState> => {
  const read = await readResource(arm, id, signal, query);
  if (read.kind === 'none') return moved(`${nameOf(id)} is gone`);
  return read.kind === 'body' ? by(read.body) : read;
};
