/** What the step runners share: the tools they are given, and the one way a PUT of a named resource runs. */
import type { StepKind, StepOf } from '../../core/plan.ts';
import type { Polled, Reconciled, StepRunner } from '../../engine/ports.ts';
import type { Arm } from '../ask.ts';
import { pollJob } from '../backup-jobs.ts';
import type { Discovery } from '../discovery.ts';
import { readGoal } from '../goals/index.ts';
import { beganOf, pollOperation } from '../operation.ts';
import { vaultOf } from '../../core/ids.ts';
import { addressOf } from '../resource.ts';

export interface StepTools {
  readonly arm: Arm;
  readonly discovery: Discovery;
  /** Azure's clock, where it has been heard. */
  readonly now: () => number | undefined;
}

export type MakeRunner<K extends StepKind> = (step: StepOf<K>, tools: StepTools) => StepRunner;

/** Names are deterministic, so the same PUT twice has one effect. */
export const putRunner = (step: StepOf<StepKind>, tools: StepTools, body: unknown): StepRunner =>
  idempotentRunner(step, tools, body);

/** A PUT, PATCH or DELETE of the resource the step names: sent twice, it has one effect. */
export const idempotentRunner = (step: StepOf<StepKind>, tools: StepTools, body?: unknown): StepRunner => ({
  repeatable: true,
  begin: async (_step, signal) => {
    const address = addressOf(step.resourceId);
    return beganOf(
      await tools.arm.ask({
        ...address,
        method: step.method,
        path: step.resourceId,
        ...(body === undefined ? {} : { body }),
        signal,
      }),
    );
  },
  poll: (operation, signal) => poll(step, tools, operation, signal),
  reconcile: (_step, _intendedAt, signal) => reconcileByGoal(step, tools, signal),
});

/** The operation, and for Azure Backup the job it hands over to. */
export const poll = (
  step: StepOf<StepKind>,
  { arm }: StepTools,
  operation: Parameters<StepRunner['poll']>[0],
  signal: AbortSignal,
): Promise<Polled> =>
  operation.jobId === undefined
    ? pollOperation(arm, addressOf(step.resourceId).provider, operation, signal)
    : pollJob(arm, vaultOf(step.resourceId), operation.jobId, signal);

/** What a PUT makes is there or on its way, or Azure never took it. */
export const reconcileByGoal = async (
  step: StepOf<StepKind>,
  tools: StepTools,
  signal: AbortSignal,
): Promise<Reconciled> => {
  const goal = await readGoal({ ...tools, signal }, step.goal, step);
  switch (goal.kind) {
    case 'holds':
    case 'coming':
      return { kind: 'settled', ok: true };
    case 'absent':
      return { kind: 'absent' };
    default:
      return goal;
  }
};
