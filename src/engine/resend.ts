/**
 * Sending a write of unknown fate again. Only a person may decide that: where Azure did take the first one, it is done twice.
 * What was decided is for one run of apply, and is noted in the journal.
 */
import type { Plan } from '../core/plan.ts';
import type { Problem } from '../core/problem.ts';
import type { StepRecord } from './journal.ts';
import type { Work } from './work.ts';

/** Why some of the steps named cannot be sent again; empty when all can. */
export const resendProblems = (
  plan: Plan,
  records: ReadonlyMap<string, StepRecord>,
  wanted: readonly string[],
): readonly Problem[] => {
  const ids = new Set(plan.steps.map(({ id }) => id));
  const inDoubt = [...records].filter(([, { settled }]) => settled?.outcome === 'in-doubt').map(([id]) => id);
  const remedy =
    inDoubt.length === 0
      ? 'no step of this plan is in doubt: apply it without --resend'
      : `in doubt: ${inDoubt.join(', ')}`;
  return wanted.flatMap((id) => {
    if (inDoubt.includes(id)) return [];
    const summary = ids.has(id) ? `${id} is not in doubt${standing(records.get(id))}` : `the plan has no step ${id}`;
    return [{ code: 'resend', severity: 'high' as const, subject: id, summary, remedy }];
  });
};

const standing = (record: StepRecord | undefined): string => {
  if (record?.settled) return `: it ended ${record.settled.outcome}`;
  return record?.intendedAt === undefined ? ': it was never sent' : ': what became of it has not been asked yet';
};

/** Forgets what made the step's fate doubtful; what it wrote before is still looked for before it is written again. */
export const beginAnew = (work: Work): void => {
  work.resend = false;
  work.doubted = false;
  work.accepted = false;
  work.unsure = false;
  work.lostSends = 0;
  work.absentReads = 0;
  work.refusal = undefined;
  work.vanishings = 0;
  work.trouble = undefined;
};
