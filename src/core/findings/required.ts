/** Whether each need of the class is met at all: `unprotected`, `unknown`, `wrong-option`. */
import { isUsable, presenceOf, serving, type Assessment, type Presence } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import { counted, listed } from '../duration.ts';
import type { EstateView } from '../estate-view.ts';
import type { OptionId, Reason } from '../option.ts';
import { anyOfNames, optionName, withArticle } from '../option-name.ts';
import { rules } from '../rules/index.ts';
import type { RequirementResult } from '../verdict.ts';
import { findingOn } from './finding.ts';

export const requiredFindings = (assessment: Assessment, view: EstateView): readonly Finding[] => {
  const met = assessment.results.map((result) => ({ result, presence: presenceOf(assessment, result, view.estate) }));
  const certain = met.every(({ presence }) => presence.kind !== 'hidden' && presence.kind !== 'undecided');
  return [
    ...met.flatMap(({ result, presence }) => findingsOf(assessment, result, presence)),
    ...(certain ? wrongOptions(assessment) : []),
  ];
};

const findingsOf = (assessment: Assessment, result: RequirementResult, presence: Presence): readonly Finding[] => {
  const { machine, objective, classification } = assessment;
  const need = `class ${classification.classId} needs ${anyOfNames(usableOr(result.requirement.anyOf, assessment))}`;
  switch (presence.kind) {
    case 'absent':
      return [
        findingOn(machine.id, {
          code: 'unprotected',
          option: presence.option,
          severity: objective.severity,
          summary: `${machine.name} has no ${optionName[presence.option]}; ${need}.`,
          remedy: planRemedy,
        }),
      ];
    case 'unmeetable':
      return [
        findingOn(machine.id, {
          code: 'unprotected',
          option: presence.option,
          severity: objective.severity,
          summary: `${machine.name} cannot be protected as it must be: ${need}, and ${blockers(assessment, result)}`,
          remedy: `remove what stands in the way, give ${machine.name} another class by tag, or exclude it with an end and a reason`,
        }),
      ];
    case 'hidden':
      return [
        findingOn(machine.id, {
          code: 'unknown',
          option: presence.option,
          severity: 'medium',
          summary: `It cannot be told whether ${machine.name} has ${withArticle(presence.option, 'a')}: ${presence.why}; ${need}.`,
          remedy: 'make it readable (see the unknowns), then audit again',
        }),
      ];
    case 'undecided':
      return [
        findingOn(machine.id, {
          code: 'unknown',
          option: presence.option,
          severity: 'medium',
          summary:
            presence.why === undefined
              ? `It cannot be told whether ${withArticle(presence.option, 'a')} fits ${machine.name}: ${blocking(
                  assessment,
                  presence.option,
                )
                  .map(({ text }) => text)
                  .join(' ')}`
              : `It cannot be told whether ${machine.name} needs ${withArticle(presence.option, 'a')}: ${presence.why}.`,
          remedy: byPages(assessment, presence.option)
            ? byHand
            : 'make the missing facts readable (see the unknowns), then audit again',
        }),
      ];
    default:
      return [];
  }
};

/** Nothing about the machine is unread: it is the documentation that leaves the option open. */
const byPages = (assessment: Assessment, option: OptionId): boolean => {
  const open = blocking(assessment, option).flatMap(({ code }) => rules.filter(({ id }) => id === code));
  const checks = open.map((rule) => rule.check(assessment.machine, assessment.context));
  return checks.length > 0 && checks.every((check) => check.kind === 'unjudged' && check.fact === 'documentation');
};

const byHand =
  'decide by enabling it by hand once (Azure checks it beforehand), choose another option, or exclude the machine with an end and a reason';

/** What it has in force, where none of that serves a need: better than nothing, and not to be relied on. */
const wrongOptions = (assessment: Assessment): readonly Finding[] => {
  const { machine, protections, results, classification } = assessment;
  if (results.length === 0 || results.some(({ requirement }) => serving(assessment, requirement).length > 0)) return [];
  const needed = anyOfNames(results.flatMap(({ requirement }) => usableOr(requirement.anyOf, assessment)));
  const had = new Set(protections.filter(({ active }) => active).map(({ option }) => option));
  return [...had].map((option) => {
    const left =
      protections.find((p) => p.option === option && p.active && p.disksLeftOut.length > 0)?.disksLeftOut ?? [];
    const lacking =
      left.length === 0 ? '' : ` Besides, ${counted(left.length, 'disk is', 'disks are')} left out: ${listed(left)}.`;
    const why = isUsable(assessment, option)
      ? lacking
      : `${lacking} ${blocking(assessment, option)
          .map(({ text }) => text)
          .join(' ')}`;
    return findingOn(machine.id, {
      code: 'wrong-option',
      option,
      severity: 'medium',
      summary: `All that ${machine.name} has is ${hadText(option, assessment)}, which does not do for class ${classification.classId} (it needs ${needed}).${why}`,
      remedy: `keep it until ${needed} is in place, then retire it`,
    });
  });
};

/** The class may well name snapshots: what does not do is one for each of several disks. */
const hadText = (option: OptionId, { machine, protections }: Assessment): string => {
  const all = machine.disks.length;
  if (option !== 'disk-snapshot' || all < 2) return withArticle(option, 'a');
  const left = Math.min(
    ...protections.filter((p) => p.option === option && p.active).map(({ disksLeftOut }) => disksLeftOut.length),
  );
  return `independent snapshots of ${left === 0 ? `its ${all} disks` : `${all - left} of its ${all} disks`}`;
};

/** Those that fit the machine; where none does, all. */
const usableOr = (anyOf: readonly OptionId[], assessment: Assessment): readonly OptionId[] => {
  const usable = anyOf.filter((option) => isUsable(assessment, option));
  return usable.length > 0 ? usable : anyOf;
};

const blockers = (assessment: Assessment, { requirement }: RequirementResult): string =>
  requirement.anyOf
    .map(
      (option) =>
        `${optionName[option]} is ruled out: ${blocking(assessment, option)
          .map(({ text }) => text)
          .join(' ')}`,
    )
    .join(' And ');

/** What stands against the option; a warning does not. */
export const blocking = ({ verdicts }: Assessment, option: OptionId): readonly Reason[] =>
  verdicts
    .filter((verdict) => verdict.option === option)
    .flatMap(({ reasons }) =>
      reasons.filter(({ code }) => rules.some(({ id, effect }) => id === code && effect !== 'warning')),
    );

const planRemedy = 'run `holdfast plan --output-file plan.json`, read plan.json.md, then `holdfast apply plan.json`';
