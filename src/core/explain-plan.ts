/** What a plan would do for one machine, and what it would leave out and why: the last question of an explanation. */
import { withArticle } from './option-name.ts';
import type { OptionId } from './option.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';
import type { Sentence } from './sentence.ts';

/** A plan that is of this one machine alone. */
export interface OwnPlan extends Pick<Plan, 'steps' | 'refusals'> {
  /** What the login was not allowed to ask Azure before: explaining goes on without it, and says so. */
  readonly unasked?: readonly Problem[];
}

/** What `protect` sets up without being told how. */
const ofProtect: ReadonlySet<OptionId> = new Set<OptionId>(['azure-backup', 'disk-snapshot', 'restore-point']);

export const planSentences = (name: string, { steps, refusals, unasked = [] }: OwnPlan): readonly Sentence[] => [
  ...steps.map(({ id, reason, source }) => ({ text: `Step ${id}: ${reason}`, source })),
  ...refusals.flatMap(({ option, reasons }) =>
    reasons.map(({ text, source, fact }) => ({
      text: `${withArticle(option, 'A')} is needed and would not be planned: ${text}`,
      source,
      ...(fact === undefined ? {} : { fact }),
    })),
  ),
  ...unasked.map(({ summary }) => ({ text: `Azure may still refuse: ${summary}.` })),
  ...(steps.length === 0 ? [] : [{ text: `To have it done: ${commandsFor(name, steps)}` }]),
  ...(steps.length + refusals.length === 0
    ? [{ text: 'Nothing: what it needs is there or on its way, or it is left out on purpose.' }]
    : []),
];

const commandsFor = (name: string, steps: OwnPlan['steps']): string => {
  const whole = '`holdfast plan --output-file plan.json`, then `holdfast apply plan.json`';
  return steps.every(({ option }) => ofProtect.has(option))
    ? `\`holdfast protect ${name}\`; with all others, ${whole}.`
    : `${whole}.`;
};
