/** What the tags leave open: `unclassified`, `exclusion-expired`. */
import type { Assessment } from '../assessment.ts';
import type { Finding } from '../audit.ts';
import type { EstateView } from '../estate-view.ts';
import type { ExclusionProblem } from '../classify.ts';
import { anyOfNames } from '../option-name.ts';
import { findingOn } from './finding.ts';

export const classificationFindings = (assessment: Assessment, { guidance }: EstateView): readonly Finding[] => {
  const { machine, classification, results } = assessment;
  const names = guidance.vocabulary.environment.names.join(', ');
  const needs = results.map(({ requirement }) => anyOfNames(requirement.anyOf)).join(' and ') || 'nothing';
  const unclassified =
    classification.classId === 'unclassified'
      ? [
          findingOn(machine.id, {
            code: 'unclassified',
            severity: 'low',
            summary: `No tag or state tells what ${machine.name} is for, so the default of the guidance holds: it needs ${needs}.`,
            remedy: `tag it with one of: ${names}`,
          }),
        ]
      : [];
  const problem = classification.exclusionProblem;
  return problem === undefined
    ? unclassified
    : [...unclassified, exclusionExpired(assessment, problem, guidance.vocabulary.exclusion)];
};

const problems: Readonly<Record<ExclusionProblem, string>> = {
  'no-date': 'it does not say until when',
  'bad-date': 'its end is not a date',
  expired: 'its end has passed',
  'no-reason': 'it gives no reason',
};

const exclusionExpired = (
  { machine }: Assessment,
  problem: ExclusionProblem,
  tags: { readonly untilNames: readonly string[]; readonly reasonNames: readonly string[] },
): Finding =>
  findingOn(machine.id, {
    code: 'exclusion-expired',
    severity: 'medium',
    summary: `A tag asks to leave ${machine.name} out of protection and does not count: ${problems[problem]}.`,
    remedy: `remove the tag, or give both ${tags.untilNames[0] ?? 'an end'} (a date to come) and ${tags.reasonNames[0] ?? 'a reason'}`,
  });
