/** What an operator asks for by name, whatever the guidance thinks of it: one option for the machines named. */
import { assessEstate, isUsable, type Assessment } from './assessment.ts';
import { blocking } from './findings/required.ts';
import type { ResourceKey } from './ids.ts';
import type { OptionId } from './option.ts';
import { withArticle } from './option-name.ts';
import { draftNeed } from './plan-protect.ts';
import { collect, contextFor, type PlanDraft } from './planning.ts';
import { refusalReason, type Drafted } from './planners/draft.ts';
import { makePlanners } from './planners/index.ts';
import { sources } from './sources.ts';

/** `optionFor`: which option a machine gets; the planners of options say what cannot be done and why. */
export const draftRequested =
  (machines: ReadonlySet<ResourceKey>, optionFor: (assessment: Assessment) => OptionId): PlanDraft =>
  (input) => {
    const asked = assessEstate(input.estate, input.guidance, input.asOf).filter(({ machine }) =>
      machines.has(machine.key),
    );
    const planners = makePlanners(
      contextFor(
        input,
        asked.map(({ machine }) => machine.key),
      ),
    );
    return collect(
      asked.map((assessment) => {
        const need = { assessment, option: optionFor(assessment) };
        return { need, drafted: unusable(assessment, need.option) ?? draftNeed(need, planners) };
      }),
    );
  };

/** The guidance may prefer something else; what does not fit the machine at all stays refused. */
const unusable = (assessment: Assessment, option: OptionId): Drafted | undefined => {
  if (isUsable(assessment, option)) return undefined;
  const reasons = blocking(assessment, option);
  const text = `${withArticle(option, 'A')} does not fit ${assessment.machine.name}, or cannot be told to fit.`;
  return { kind: 'refused', reasons: reasons.length > 0 ? reasons : [refusalReason('unfit', text, sources.BDR)] };
};
