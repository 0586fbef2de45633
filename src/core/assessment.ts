/** One machine against the guidance, with everything that decided: the audit, `explain` and the planner all read this. */
import type { Striping } from './audit.ts';
import { classify, type Classification } from './classify.ts';
import type { Estate, Machine } from './estate.ts';
import { withoutRequestId, type Unknown } from './fact.ts';
import type { Guidance, Objective } from './guidance.ts';
import type { ResourceKey } from './ids.ts';
import type { OptionId, Verdict, VerdictKind } from './option.ts';
import { options } from './options/index.ts';
import type { Protection } from './protection.ts';
import { assessStriping } from './striping.ts';
import type { Instant } from './time.ts';
import {
  assessOptions,
  fold,
  requirements,
  standsAlone,
  type AssessContext,
  type RequirementResult,
} from './verdict.ts';

export interface Assessment {
  readonly machine: Machine;
  readonly striping: Striping;
  readonly classification: Classification;
  readonly objective: Objective;
  readonly context: AssessContext;
  readonly verdicts: readonly Verdict[];
  readonly results: readonly RequirementResult[];
  /** From every option, in the order of `options`; healthy first, then newest first within one. */
  readonly protections: readonly Protection[];
  /** The machine may be of another class, whose needs what it has, or may have, would meet: then nothing counts as missing for certain. */
  readonly classDoubt?: string;
}

/** Assesses every machine of the estate, in the order of their keys, so that Azure's order never shows. */
export const assessEstate = (estate: Estate, guidance: Guidance, asOf: Instant): readonly Assessment[] => {
  const classified = estate.machines.items
    .toSorted((a, b) => compareText(a.key, b.key))
    .map((machine) => {
      const striping = assessStriping(machine, guidance);
      return { machine, striping, classification: classify(machine, guidance, striping, asOf) };
    });
  const applications = new Map<string, number>();
  for (const {
    classification: { application },
  } of classified) {
    if (application !== undefined) applications.set(application, (applications.get(application) ?? 0) + 1);
  }
  return classified.map(({ machine, striping, classification }): Assessment => {
    const objective = objectiveOf(guidance, classification);
    const protections = options.flatMap((option) => option.present(machine, estate));
    const { application } = classification;
    const context: AssessContext = {
      striping,
      objective,
      asOf,
      disasterRecovery: classification.disasterRecovery,
      protections,
      ...(application === undefined
        ? {}
        : { application: { name: application, machines: applications.get(application) ?? 1 } }),
    };
    const verdicts = assessOptions(machine, context);
    const results = requirements(machine, context);
    const classDoubt = doubtOf(machine, classification, protections, estate, guidance);
    return {
      machine,
      striping,
      classification,
      objective,
      context,
      verdicts,
      results,
      protections,
      ...(classDoubt === undefined ? {} : { classDoubt }),
    };
  });
};

const doubtOf = (
  machine: Machine,
  classification: Classification,
  protections: readonly Protection[],
  estate: Estate,
  guidance: Guidance,
): string | undefined => {
  const inForce = new Set(protections.filter(({ active }) => active).map(({ option }) => option));
  const mayHave = (option: OptionId) => inForce.has(option) || blindSpotOf(option, machine, estate) !== undefined;
  const possible = classification.decidedBy
    .filter(({ about, outcome }) => about === 'class' && outcome === 'not-judged')
    .flatMap(({ rule }) => guidance.classes.filter(({ id }) => id === rule))
    .filter(({ objective }) => guidance.objectives[objective]?.requires.every(({ anyOf }) => anyOf.some(mayHave)));
  if (possible.length === 0) return undefined;
  const why = classification.unknowns.map(({ fact, unknown }) => `${fact} is not known, ${unknownText(unknown)}`);
  return `it may be of class ${possible.map(({ id }) => id).join(' or ')}, whose needs it may meet (${why.join('; ')})`;
};

const objectiveOf = (guidance: Guidance, { objective, classId }: Classification): Objective => {
  const found = guidance.objectives[objective];
  if (found === undefined)
    throw new Error(`guidance ${guidance.name}: class ${classId} names no objective of the guidance`);
  return found;
};

export const verdictOf = ({ verdicts }: Assessment, option: OptionId): VerdictKind =>
  verdicts.find((verdict) => verdict.option === option)?.verdict ?? 'unknown';

/** Of a point made now: an option may be required for the sake of one that stands there, of a state that the machine has left. */
export const verdictNow = ({ machine, context }: Assessment, option: OptionId): VerdictKind =>
  fold(option, machine, context).verdict;

/** Works for this machine, as far as is known: it could serve a requirement. */
export const isUsable = (assessment: Assessment, option: OptionId): boolean =>
  !['impossible', 'unsuitable'].includes(verdictOf(assessment, option));

/** Protections in force that serve the requirement, best first in the order of its options. */
export const serving = (assessment: Assessment, { anyOf }: RequirementResult['requirement']): readonly Protection[] =>
  anyOf.flatMap((option) =>
    assessment.protections.filter(
      (p) => p.option === option && p.active && (isUsable(assessment, option) || standsAlone(p, assessment.context)),
    ),
  );

/**
 * How a requirement stands today. `present`: by the protection that serves it, whatever ails it. `lapsed`: set up once, and
 * no longer in force. `hidden`: nothing was found, where something could be out of sight (`behind`: of which options).
 */
export type Presence =
  | { readonly kind: 'present'; readonly protection: Protection }
  | { readonly kind: 'lapsed'; readonly protection: Protection }
  | { readonly kind: 'hidden'; readonly option: OptionId; readonly why: string; readonly behind: readonly OptionId[] }
  | { readonly kind: 'undecided'; readonly option: OptionId; readonly why?: string }
  | { readonly kind: 'unmeetable'; readonly option: OptionId }
  | { readonly kind: 'absent'; readonly option: OptionId };

export const presenceOf = (assessment: Assessment, result: RequirementResult, estate: Estate): Presence => {
  const { requirement, option, state } = result;
  const inForce = serving(assessment, requirement);
  const best = inForce.find((protection) => protection.option === option) ?? inForce[0];
  if (best) return { kind: 'present', protection: best };
  if (assessment.classDoubt !== undefined) return { kind: 'undecided', option, why: assessment.classDoubt };
  // What Azure refuses to set up today may have been set up long ago: out of sight, even that is not called absent.
  const usable =
    state === 'unmeetable' ? requirement.anyOf : requirement.anyOf.filter((member) => isUsable(assessment, member));
  // An empty collection is a place for restore points, and never was in force.
  const lapsed = assessment.protections.find(
    ({ option: member, state: its }) => usable.includes(member) && !(member === 'restore-point' && its === 'empty'),
  );
  const hidden = usable
    // One vault protects a machine at a time (facts B-04): a lapsed item there means that no other is hidden.
    .filter((member) => !(member === 'azure-backup' && lapsed?.option === member))
    .flatMap((member) => {
      const blind = blindSpotOf(member, assessment.machine, estate);
      return blind ? [{ member, why: unknownText(blind) }] : [];
    });
  const [first] = hidden;
  if (first)
    return { kind: 'hidden', option: first.member, why: first.why, behind: hidden.map(({ member }) => member) };
  if (state === 'unmeetable') return { kind: 'unmeetable', option };
  if (lapsed) return { kind: 'lapsed', protection: lapsed };
  return { kind: state === 'undecided' ? 'undecided' : 'absent', option };
};

const blindSpotOf = (option: OptionId, machine: Machine, estate: Estate): Unknown | undefined =>
  options.find(({ id }) => id === option)?.blindSpot(machine, estate);

/** Why something is unknown, with the missing permission where that is why. */
export const unknownText = ({
  detail,
  action,
  scope,
}: {
  readonly detail: string;
  readonly action?: string;
  readonly scope?: string;
}): string => {
  const told = (part: string) => detail.toLowerCase().includes(part.toLowerCase());
  // Azure's own words often name action and scope already.
  const missing = [
    ...(action === undefined || told(action) ? [] : [`needs ${action}`]),
    ...(action === undefined || scope === undefined || told(scope) ? [] : [`at ${scope}`]),
  ];
  return missing.length === 0 ? clause(detail) : `${clause(detail)} (${missing.join(' ')})`;
};

/** A sentence as part of another. Azure's request ids differ from run to run, and would make equal audits differ. */
const clause = (text: string): string => withoutRequestId(text).replace(/\.+$/, '');

/** By UTF-16 code unit: the same on every machine, whatever its locale. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

export const byMachine = (assessments: readonly Assessment[]): ReadonlyMap<ResourceKey, Assessment> =>
  new Map(assessments.map((assessment) => [assessment.machine.key, assessment]));
