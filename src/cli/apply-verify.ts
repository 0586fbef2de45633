/** The second audit after an apply, and what the whole comes to as an exit code. */
import { writtenBy } from '../azure/written.ts';
import { auditEstate } from '../core/audit-estate.ts';
import type { Guidance } from '../core/guidance.ts';
import { keyOf } from '../core/ids.ts';
import type { Plan, StepOutcome } from '../core/plan.ts';
import { verifyPlan, type Verification } from '../core/verify.ts';
import { AzureUnreachableError } from './azure-unreachable.ts';
import type { Connection } from './connection.ts';
import type { Context } from './context.ts';
import { exits, worst, type ExitCode } from './exit.ts';
import { tellProblems } from './show-problems.ts';

interface VerifyFlags {
  readonly concurrency: number;
}

/** What was done is told in any case: a second audit that cannot be made costs the verification, not the outcome. */
export const verifyIfPossible = async (
  plan: Plan,
  connection: Connection,
  flags: VerifyFlags,
  context: Context,
): Promise<Verification | null> => {
  try {
    return await verify(plan, connection, flags, context);
  } catch (error) {
    if (context.signal.aborted) return null;
    const problem = error instanceof AzureUnreachableError ? error.problem : undefined;
    const why = problem?.summary ?? (error instanceof Error ? error.message : String(error));
    tellProblems(
      [
        {
          code: 'not-verified',
          severity: 'high',
          subject: plan.digest,
          summary: `what was written could not be audited again: ${why}`,
          remedy: 'run `holdfast audit`, or the same apply again',
        },
      ],
      context,
    );
    return null;
  }
};

const verify = async (
  plan: Plan,
  connection: Connection,
  flags: VerifyFlags,
  context: Context,
): Promise<Verification> => {
  const written = plan.steps.flatMap(writtenBy);
  const { subscriptions, resourceGroups, tags, excludeTags } = plan.scope;
  const { estate } = await connection.read({
    filter: { subscriptions, resourceGroups, tags, excludeTags },
    source: 'auto',
    deep: false,
    concurrency: Math.max(1, flags.concurrency),
    fresh: written,
  });
  if (context.signal.aborted) throw new Error('interrupted');
  return verifyPlan(plan, undefined, auditEstate(estate, plan.guidance as Guidance, estate.asOf));
};

/** Whether something this plan set out to bring about cannot be told; what was unknown besides is the audit's affair. */
const unverified = (plan: Plan, verification: Verification): boolean => {
  const options = Map.groupBy(plan.steps, (step) => keyOf(step.subject));
  return verification.subjects.some(({ id, after }) =>
    after.some(
      (finding) => finding.code === 'unknown' && options.get(keyOf(id))?.some((step) => step.option === finding.option),
    ),
  );
};

/** 130 when cut short; 1 when nothing got done and something failed; 3 when only some did; 6 when the second audit cannot tell, or what tells of a step may not be read. */
export const applyExit = (
  plan: Plan,
  steps: readonly StepOutcome[],
  interrupted: boolean,
  verification: Verification | null,
): ExitCode => {
  const did = (kinds: readonly StepOutcome['outcome'][]): boolean => steps.some((s) => kinds.includes(s.outcome));
  const undone = did(['failed', 'moved', 'skipped', 'in-doubt']);
  return worst([
    interrupted ? exits.interrupted : exits.fine,
    undone ? (did(['done', 'already-done', 'moved', 'in-doubt']) ? exits.partly : exits.failed) : exits.fine,
    !interrupted && (verification === null || unverified(plan, verification)) ? exits.incomplete : exits.fine,
    steps.some(({ unread }) => unread === true) ? exits.incomplete : exits.fine,
  ]);
};
