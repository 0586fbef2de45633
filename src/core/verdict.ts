/**
 * Folds the rules into one verdict per option, then lets the objective's requirements choose among them. An unknown can
 * only ever weaken a verdict to `unknown`: it never makes an option look better, and never rules one out.
 */
import type { Machine } from './estate.ts';
import { withoutRequestId, type Unknown } from './fact.ts';
import type { Objective, Requirement } from './guidance.ts';
import type { Check, OptionId, Reason, Verdict, VerdictKind } from './option.ts';
import { optionIds } from './option.ts';
import { options } from './options/index.ts';
import type { Protection } from './protection.ts';
import type { Rule, RuleContext } from './rule.ts';
import { optionsOf } from './rule.ts';
import { rules } from './rules/index.ts';
import type { Instant } from './time.ts';
import { hourMs, instantMs } from './time.ts';

export interface AssessContext extends RuleContext {
  readonly asOf: Instant;
  readonly objective: Objective;
  /** Whether the machine is tagged for disaster recovery: `when` of requirements. */
  readonly disasterRecovery: boolean;
  /** What the machine has today, from every option. */
  readonly protections: readonly Protection[];
}

export interface RequirementResult {
  readonly requirement: Requirement;
  /** The member that meets it, present or planned. Absent unless `met-by-choice`. */
  readonly chosen?: OptionId;
  /** The member to speak of: the chosen one, else the first that may yet do, else the first of all. */
  readonly option: OptionId;
  /**
   * `met-by-choice`: a member is required of the machine (whether it is there is the audit's question).
   * `undecided`: unknown facts stand between the members. `unmeetable`: every member is unsuitable or impossible.
   */
  readonly state: 'met-by-choice' | 'undecided' | 'unmeetable';
}

/** One verdict for every option, in the order of `optionIds`. */
export const assessOptions = (machine: Machine, context: AssessContext): readonly Verdict[] => {
  const folded = optionIds.map((option) => fold(option, machine, context));
  const results = choose(context, folded);
  return folded.map((verdict) => {
    const chosen = results.filter((r) => r.chosen === verdict.option).map((r) => demand(r.requirement));
    const missed = results.filter((r) => !r.chosen && r.option === verdict.option).map((r) => demand(r.requirement));
    return {
      option: verdict.option,
      verdict: chosen.length > 0 ? 'required' : verdict.verdict,
      reasons: [...chosen, ...verdict.reasons, ...missed],
    };
  });
};

/** How each requirement of the objective that applies to the machine fares, in the objective's order. */
export const requirements = (machine: Machine, context: AssessContext): readonly RequirementResult[] =>
  choose(
    context,
    optionIds.map((option) => fold(option, machine, context)),
  );

const demand = (requirement: Requirement): Reason => ({
  code: 'required-by-guidance',
  text: requirement.why,
  source: requirement.source,
});

interface Judged {
  readonly rule: Rule;
  readonly check: Check;
}

/** The option against the machine, before the objective's requirements have their say. */
export const fold = (option: OptionId, machine: Machine, context: RuleContext): Verdict => {
  const judged = rules
    .filter((rule) => optionsOf(rule).includes(option))
    .map((rule): Judged => ({ rule, check: rule.check(machine, context) }));
  const verdict = foldChecks(judged);
  // Any rule could fail on a disk that is not told of: what rules the option out for certain stays.
  if (machine.disksUnknown && verdict === 'suitable')
    return { option, verdict: 'unknown', reasons: [disksUntold(option, machine.disksUnknown)] };
  return { option, verdict, reasons: reasonsFor(option, verdict, judged) };
};

const foldChecks = (judged: readonly Judged[]): VerdictKind => {
  const any = (effect: Rule['effect'], kind: Check['kind']) =>
    judged.some(({ rule, check }) => rule.effect === effect && check.kind === kind);
  if (any('impossible', 'fails')) return 'impossible';
  if (any('impossible', 'unjudged')) return 'unknown';
  if (any('unsuitable', 'fails')) return 'unsuitable';
  if (any('unsuitable', 'unjudged')) return 'unknown';
  return 'suitable';
};

/** What decided first, then whatever else fails; what could not be judged only where that is the verdict. */
const reasonsFor = (option: OptionId, verdict: VerdictKind, judged: readonly Judged[]): readonly Reason[] => {
  const failing = (effect: Rule['effect']) =>
    judged.flatMap(({ rule, check }) =>
      rule.effect === effect && check.kind === 'fails' ? [reason(rule, check.text)] : [],
    );
  const unjudged = judged.flatMap(({ rule, check }) =>
    verdict === 'unknown' && rule.effect !== 'warning' && check.kind === 'unjudged'
      ? [
          reason(
            rule,
            check.fact === 'documentation'
              ? sentence(check.unknown.detail)
              : `Cannot tell whether ${rule.title}, for ${check.fact} is unknown: ${sentence(check.unknown.detail)}`,
          ),
        ]
      : [],
  );
  const obstacles = [...unjudged, ...failing('impossible'), ...failing('unsuitable')];
  return [...(obstacles.length === 0 ? [noObstacle(option, judged)] : obstacles), ...failing('warning')];
};

const disksUntold = (option: OptionId, { detail }: Unknown): Reason => {
  const { title, source } = options.find(({ id }) => id === option)!;
  return {
    code: 'disks-unknown',
    text: `Cannot tell whether ${title} would do, for the machine's disks are unknown: ${sentence(detail)}`,
    source,
  };
};

const sentence = (text: string): string => `${withoutRequestId(text).replace(/[.\s]+$/, '')}.`;

const reason = (rule: Rule, text: string): Reason => ({ code: rule.id, fact: rule.fact, text, source: rule.source });

const noObstacle = (option: OptionId, judged: readonly Judged[]): Reason => {
  const { title, source } = options.find(({ id }) => id === option)!;
  const count = judged.filter(({ rule }) => rule.effect !== 'warning').length;
  return { code: 'no-obstacle', text: `None of the ${count} known obstacles to ${title} applies.`, source };
};

const choose = (context: AssessContext, verdicts: readonly Verdict[]): readonly RequirementResult[] => {
  const verdictOf = (option: OptionId) => verdicts.find((v) => v.option === option)!.verdict;
  return context.objective.requires
    .filter(({ when }) => when?.disasterRecovery === undefined || when.disasterRecovery === context.disasterRecovery)
    .map((requirement): RequirementResult => {
      const chosen =
        standing(requirement.anyOf, context, verdictOf) ??
        requirement.anyOf.find((option) => verdictOf(option) === 'suitable');
      if (chosen) return { requirement, chosen, option: chosen, state: 'met-by-choice' };
      const open = requirement.anyOf.find((option) => verdictOf(option) === 'unknown');
      if (open) return { requirement, option: open, state: 'undecided' };
      return { requirement, option: requirement.anyOf[0]!, state: 'unmeetable' };
    });
};

/**
 * The member that already serves the machine best: whole and fresh before merely healthy, healthy before pending,
 * pending before ailing. A member that the rules rule out does not count, however present; one whose verdict is unknown
 * does, for it evidently works.
 */
const standing = (
  anyOf: readonly OptionId[],
  context: AssessContext,
  verdictOf: (option: OptionId) => VerdictKind,
): OptionId | undefined => {
  const usable = context.protections.filter(
    (protection) =>
      protection.active &&
      anyOf.includes(protection.option) &&
      (!['impossible', 'unsuitable'].includes(verdictOf(protection.option)) || standsAlone(protection, context)),
  );
  const ranked = anyOf
    .map((option) => ({
      option,
      rank: Math.max(0, ...usable.filter((p) => p.option === option).map((p) => rankOf(p, context))),
    }))
    .filter(({ rank }) => rank > 0);
  return ranked.reduce<{ option: OptionId; rank: number } | undefined>(
    (best, next) => (best && best.rank >= next.rank ? best : next),
    undefined,
  )?.option;
};

const rankOf = (protection: Protection, context: AssessContext): number => {
  if (protection.healthy && protection.disksLeftOut.length === 0 && isFresh(protection, context)) return 4;
  if (protection.healthy) return 3;
  return protection.pending ? 2 : 1;
};

/** What is there does, though another one made now would not: until it is too old. */
export const standsAlone = (protection: Protection, context: AssessContext): boolean =>
  protection.agrees === true && rankOf(protection, context) === 4;

const isFresh = ({ newestPoint, rpoSeconds }: Protection, { asOf, objective }: AssessContext): boolean => {
  // Without the moment of its reckoning a lag cannot age; with it, it is judged by the point that it makes.
  if (rpoSeconds !== undefined && newestPoint === undefined) return true;
  const at = instantMs(newestPoint?.at);
  const now = instantMs(asOf);
  if (at === undefined || now === undefined) return false;
  return now - at <= (objective.rpoHours.value + objective.graceHours.value) * hourMs;
};
