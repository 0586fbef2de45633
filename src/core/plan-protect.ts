/**
 * From what is missing by the guidance to a plan that closes it, or says why not. Every need of every machine that is not left
 * out ends in exactly one of: it is there, steps, a refusal.
 */
import { assessEstate } from './assessment.ts';
import { keyOf } from './ids.ts';
import type { Plan } from './plan.ts';
import { collect, contextFor, planBy, type DraftedNeed, type PlanDraft, type PlanInput } from './planning.ts';
import type { Drafted, Need } from './planners/draft.ts';
import { makePlanners, type Planners } from './planners/index.ts';
import { triage, type Triaged } from './planners/needs.ts';

export const planProtect = (input: PlanInput): Plan => planBy(draftProtect, input);

export const draftProtect: PlanDraft = (input) => {
  const { estate, audit, guidance, asOf, preflight } = input;
  const audited = new Map(audit.machines.map((machine) => [keyOf(machine.id), machine]));
  const outcomes = assessEstate(estate, guidance, asOf)
    .filter(({ classification, machine }) => !classification.excluded && audited.has(machine.key))
    .flatMap((assessment) =>
      assessment.results.map((result) =>
        triage(assessment, result, audited.get(assessment.machine.key)!, estate, preflight),
      ),
    )
    .filter((outcome) => outcome.kind !== 'there');
  const planners = makePlanners(
    contextFor(
      input,
      outcomes.map(({ need }) => need.assessment.machine.key),
    ),
  );
  const planned = new Set<string>();
  return collect(
    outcomes.flatMap((outcome): readonly DraftedNeed[] => {
      const { need } = outcome;
      const subject = `${need.assessment.machine.key}|${need.option}`;
      if (planned.has(subject)) return [];
      planned.add(subject);
      return [{ need, drafted: draftOutcome(outcome, planners) }];
    }),
  );
};

const draftOutcome = (outcome: Exclude<Triaged, { kind: 'there' }>, planners: Planners): Drafted => {
  if (outcome.kind === 'unmeetable') return planners.lastResort(outcome.need, outcome.reasons);
  return outcome.kind === 'refused' ? outcome : draftNeed(outcome.need, planners);
};

export const draftNeed = (need: Need, planners: Planners): Drafted => planners[need.option](need);
