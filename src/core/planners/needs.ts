/** What each machine needs by the guidance and does not have: wanted, refused with reasons, or there already. */
import { presenceOf, type Assessment } from '../assessment.ts';
import type { AuditedMachine, FindingCode } from '../audit.ts';
import type { Estate } from '../estate.ts';
import { blocking } from '../findings/required.ts';
import type { OptionId, Reason } from '../option.ts';
import { withArticle } from '../option-name.ts';
import { options } from '../options/index.ts';
import type { PreflightFacts } from '../preflight.ts';
import { sources } from '../sources.ts';
import { standingCodes } from '../standing.ts';
import type { RequirementResult } from '../verdict.ts';
import { refusalReason, type Need } from './draft.ts';

export type Triaged =
  | { readonly kind: 'there' }
  | { readonly kind: 'wanted'; readonly need: Need }
  | { readonly kind: 'refused'; readonly need: Need; readonly reasons: readonly Reason[] }
  /** No option fits the machine as it is. */
  | { readonly kind: 'unmeetable'; readonly need: Need; readonly reasons: readonly Reason[] };

export const triage = (
  assessment: Assessment,
  result: RequirementResult,
  audited: AuditedMachine,
  estate: Estate,
  preflight: PreflightFacts,
): Triaged => {
  const presence = presenceOf(assessment, result, estate);
  const refused = (option: OptionId, reasons: readonly Reason[]): Triaged => ({
    kind: 'refused',
    need: { assessment, option },
    reasons,
  });
  const name = assessment.machine.name;
  switch (presence.kind) {
    case 'present':
      return repair(assessment, presence.protection.option, audited);
    case 'lapsed':
      return refused(
        presence.protection.option,
        findingReasons(audited, presence.protection.option, ['soft-deleted', 'stopped']),
      );
    case 'hidden': {
      const owner = preflight.owners.get(assessment.machine.key);
      const eligible = preflight.replication.eligibility.get(assessment.machine.key);
      // Azure's own answers on the machine settle what the lists could not show.
      const answered = { 'azure-backup': owner?.known, 'site-recovery': eligible?.known } as const;
      const settled = presence.behind.every(
        (option) => (option === 'azure-backup' || option === 'site-recovery') && answered[option] === true,
      );
      if (settled) return wanted(assessment, result.option);
      const text = `Whether ${name} has ${withArticle(presence.option, 'a')} cannot be told: ${presence.why}. A second protection is not made on a guess.`;
      return refused(presence.option, [refusalReason('presence-unknown', text, sources.BDR)]);
    }
    case 'undecided':
      return refused(presence.option, [
        presence.why === undefined
          ? refusalReason(
              'undecided',
              `Whether ${withArticle(presence.option, 'a')} fits ${name} cannot be told.`,
              sources.BDR,
            )
          : refusalReason(
              'class-undecided',
              `Whether ${name} needs ${withArticle(presence.option, 'a')} cannot be told: ${presence.why}.`,
              sources.BDR,
            ),
        ...blocking(assessment, presence.option),
      ]);
    case 'unmeetable':
      return {
        kind: 'unmeetable',
        need: { assessment, option: presence.option },
        reasons: result.requirement.anyOf.flatMap((option) => blocking(assessment, option)),
      };
    default:
      return wanted(assessment, presence.option);
  }
};

const wanted = (assessment: Assessment, option: OptionId): Triaged => ({
  kind: 'wanted',
  need: { assessment, option },
});

/**
 * Something is in force. In order, or on its way: nothing to do. A stale snapshot or restore point is mended by a new one, and
 * so is a restore point that lacks a disk; anything else that ails needs a person.
 */
const repair = (assessment: Assessment, option: OptionId, audited: AuditedMachine): Triaged => {
  const ailing = audited.findings.filter((finding) => finding.option === option && standingCodes.has(finding.code));
  if (ailing.length === 0) return { kind: 'there' };
  if (ailing.every(({ code }) => mendedByAnother[option]?.has(code))) return wanted(assessment, option);
  return {
    kind: 'refused',
    need: { assessment, option },
    reasons: findingReasons(
      audited,
      option,
      ailing.map(({ code }) => code),
    ),
  };
};

const mendedByAnother: Readonly<Partial<Record<OptionId, ReadonlySet<FindingCode>>>> = {
  'disk-snapshot': new Set(['stale']),
  'restore-point': new Set(['stale', 'partial']),
};

/** Azure's page on the option itself. */
const sourceOf = (option: OptionId): string => options.find(({ id }) => id === option)?.source ?? sources.BDR;

const findingReasons = (
  audited: AuditedMachine,
  option: OptionId,
  codes: readonly FindingCode[],
): readonly Reason[] => {
  const found = audited.findings
    .filter((finding) => finding.option === option && codes.includes(finding.code))
    .map(({ code, summary, remedy }) => refusalReason(code, `${summary} To do: ${remedy}.`, sourceOf(option)));
  const text = `${withArticle(option, 'The')} of ${audited.name} was set up and is no longer in force.`;
  return found.length > 0 ? found : [refusalReason('lapsed', text, sourceOf(option))];
};
