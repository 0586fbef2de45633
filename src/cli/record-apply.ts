/** Puts what became of a plan into the history. */
import type { ApplyRun } from '../core/history/recorded.ts';
import { recordSchemaVersion } from '../core/history/recorded.ts';
import type { Plan, StepOutcome } from '../core/plan.ts';
import { toInstant } from '../core/time.ts';
import type { Context } from './context.ts';
import type { HistoryFlags } from './history-place.ts';
import { openHistory } from './history.ts';
import { tellProblems } from './show-problems.ts';

export interface Applied {
  readonly plan: Plan;
  /** As the command line named it. */
  readonly file: string;
  readonly command: string;
  readonly steps: readonly StepOutcome[];
  readonly exitCode: number;
  /** By Azure's clock, in milliseconds since the epoch. */
  readonly startedMs: number;
  readonly endedMs: number;
  readonly cloud: string;
}

/** Says what went wrong with that, which changes nothing else. */
export const recordApply = async (applied: Applied, flags: HistoryFlags, context: Context): Promise<void> => {
  const history = await openHistory(flags, context, { to: 'record' });
  history.recordApply(applyRunOf(applied), applied.cloud);
  history.close();
  tellProblems(history.problems(), context);
};

const applyRunOf = ({ plan, file, command, steps, exitCode, startedMs, endedMs }: Applied): ApplyRun => {
  const stepOf = new Map(plan.steps.map((step) => [step.id, step]));
  return {
    schemaVersion: recordSchemaVersion,
    kind: 'holdfast.apply-run',
    runId: `${plan.digest.slice(0, 12)}-${startedMs}`,
    command,
    plan: plan.digest,
    file,
    scope: plan.scope.description,
    startedAt: toInstant(startedMs),
    endedAt: toInstant(endedMs),
    exitCode,
    steps: steps.flatMap(({ id, outcome, startedAt, endedAt, detail }) => {
      const step = stepOf.get(id);
      if (step === undefined) return [];
      const { kind, option, subject, resourceId } = step;
      return [
        {
          id,
          kind,
          option,
          subject,
          resourceId,
          outcome,
          ...(startedAt === undefined ? {} : { startedAt }),
          ...(endedAt === undefined ? {} : { endedAt }),
          ...(detail === undefined ? {} : { detail }),
        },
      ];
    }),
  };
};
