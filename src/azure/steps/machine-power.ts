/**
 * POST deallocate and start: 202 with an operation. Doing either twice changes nothing more.
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/deallocate and
 * https://learn.microsoft.com/rest/api/compute/virtual-machines/start
 */
import type { StepOf } from '../../core/plan.ts';
import type { StepRunner } from '../../engine/ports.ts';
import { beganOf } from '../operation.ts';
import { addressOf } from '../resource.ts';
import { idempotentRunner, type MakeRunner, type StepTools } from './runner.ts';

export const machineDeallocate: MakeRunner<'machine.deallocate'> = (step, tools) =>
  powerRunner(step, tools, 'deallocate');

export const machineStart: MakeRunner<'machine.start'> = (step, tools) => powerRunner(step, tools, 'start');

const powerRunner = (
  step: StepOf<'machine.deallocate' | 'machine.start'>,
  tools: StepTools,
  action: string,
): StepRunner => ({
  ...idempotentRunner(step, tools),
  begin: async (_step, signal) =>
    beganOf(
      await tools.arm.ask({
        ...addressOf(step.resourceId),
        method: 'POST',
        path: `${step.resourceId}/${action}`,
        signal,
      }),
    ),
});
