/** `protect`: what an operator asks for by name. Azure Backup in all its verbs; another option only to set it up. */
import { assessEstate, type Assessment } from './assessment.ts';
import { keyOf, type ResourceKey } from './ids.ts';
import type { OptionId } from './option.ts';
import { draftRequested } from './plan-requested.ts';
import { collect, contextFor, type PlanDraft } from './planning.ts';
import { BackupPlanner } from './planners/azure-backup.ts';
import { draftBackupVerb, type AskedOfBackup } from './planners/backup-verbs.ts';

/** What `protect` sets up. */
export const protectOptions = ['azure-backup', 'disk-snapshot', 'restore-point'] as const satisfies readonly OptionId[];
export type ProtectOption = (typeof protectOptions)[number];

/** `option` absent: the first that the guidance chose for the machine, and Azure Backup where it chose none of these. */
export const draftProtecting = (
  machines: ReadonlySet<ResourceKey>,
  option: ProtectOption | undefined,
  asked: AskedOfBackup,
): PlanDraft => {
  const optionFor = (assessment: Assessment): ProtectOption => option ?? chosenFor(assessment) ?? 'azure-backup';
  return (input) => {
    const chosen = assessEstate(input.estate, input.guidance, input.asOf).filter(({ machine }) =>
      machines.has(machine.key),
    );
    const others = chosen
      .filter((assessment) => optionFor(assessment) !== 'azure-backup')
      .map(({ machine }) => machine.key);
    const backup = draftBackup(
      new Set(chosen.map(({ machine }) => machine.key).filter((key) => !others.includes(key))),
      asked,
    )(input);
    if (others.length === 0) return backup;
    const rest = draftRequested(new Set(others), optionFor)(input);
    return { steps: [...backup.steps, ...rest.steps], refusals: [...backup.refusals, ...rest.refusals] };
  };
};

const chosenFor = ({ results }: Assessment): ProtectOption | undefined =>
  protectOptions.find((id) => results.some(({ chosen }) => chosen === id));

export const draftBackup =
  (machines: ReadonlySet<ResourceKey>, asked: AskedOfBackup): PlanDraft =>
  (input) => {
    const chosen = assessEstate(input.estate, input.guidance, input.asOf).filter(({ machine }) =>
      machines.has(keyOf(machine.id)),
    );
    const context = contextFor(
      input,
      chosen.map(({ machine }) => machine.key),
    );
    const planner = new BackupPlanner(context);
    return collect(
      chosen.map((assessment) => ({
        need: { assessment, option: 'azure-backup' as const },
        drafted: draftBackupVerb(asked, assessment, context, planner),
      })),
    );
  };
