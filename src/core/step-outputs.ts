/** Where one step leans on another's result: `${step-id.output}` stands for a value that only an apply knows. */
import type { Step } from './plan.ts';

/** A step's id and the name of its output. */
export const outputReference = /\$\{([a-z0-9-]+)\.([A-Za-z0-9_-]+)\}/g;

/** The parts of a step that apply fills in, and therefore all that a plan file must be checked for. */
export const filledParts = ({
  input,
  goal,
  resourceId,
  assumes,
}: Step): Pick<Step, 'input' | 'goal' | 'resourceId' | 'assumes'> => ({
  input,
  goal,
  resourceId,
  assumes,
});
