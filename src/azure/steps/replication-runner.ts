import type { StepKind, StepOf } from '../../core/plan.ts';
import type { StepRunner } from '../../engine/ports.ts';
import { withJobsWords } from '../replication-jobs.ts';
import { putRunner, type StepTools } from './runner.ts';

/** A PUT of Site Recovery: as any other, but for where its failures are explained. */
export const replicationRunner = (step: StepOf<StepKind>, tools: StepTools, body: unknown): StepRunner => {
  const put = putRunner(step, tools, body);
  return {
    ...put,
    poll: async (operation, signal) =>
      withJobsWords(tools.arm, step.resourceId, operation, await put.poll(operation, signal), signal),
  };
};
