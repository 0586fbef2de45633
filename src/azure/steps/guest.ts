/**
 * POST generalize: 200 at once, no operation (https://learn.microsoft.com/rest/api/compute/virtual-machines/generalize). PUT
 * runCommands: a script as a resource (https://learn.microsoft.com/rest/api/compute/virtual-machine-run-commands/create-or-update).
 */
import type { RunCommandInput } from '../../core/steps/guest.ts';
import type { Began } from '../../engine/ports.ts';
import type { Answer } from '../ask.ts';
import { beganOf } from '../operation.ts';
import { addressOf } from '../resource.ts';
import { poll, putRunner, reconcileByGoal, type MakeRunner } from './runner.ts';

/** Not repeatable by our own rule, though Azure takes it twice: what became of a lost one shows in the machine's own state. */
export const machineGeneralize: MakeRunner<'machine.generalize'> = (step, tools) => ({
  repeatable: false,
  begin: async (_step, signal) =>
    beganOf(
      await tools.arm.ask({
        ...addressOf(step.resourceId),
        method: 'POST',
        path: `${step.resourceId}/generalize`,
        signal,
      }),
    ),
  poll: (operation, signal) => poll(step, tools, operation, signal),
  reconcile: (_step, _intendedAt, signal) => reconcileByGoal(step, tools, signal),
});

/** Not repeatable: whether Azure runs a script again for a second PUT is documented nowhere, and a script may bear it badly. */
export const runCommandCreate: MakeRunner<'run-command.create'> = (step, tools) => {
  const body = runCommandBody(step.input);
  return {
    ...putRunner(step, tools, body),
    repeatable: false,
    begin: async (_step, signal) =>
      beganInGuest(
        await tools.arm.ask({ ...addressOf(step.resourceId), method: 'PUT', path: step.resourceId, body, signal }),
      ),
  };
};

/**
 * A machine that has only just started takes no command until its agent has reported: Windows needs minutes. It wrote nothing.
 * https://learn.microsoft.com/azure/virtual-machines/extensions/agent-windows
 */
const beganInGuest = (answer: Answer): Began =>
  answer.kind === 'failed' && answer.azureCode?.toLowerCase() === 'vmagentstatuscommunicationerror'
    ? { kind: 'not-yet', phase: "the machine's agent has not reported yet", retryAfterMs: agentWaitMs }
    : beganOf(answer);

const agentWaitMs = 20_000;

/** Synchronous: the operation ends when the script does, and fails with it. */
export const runCommandBody = ({ location, script, timeoutSeconds }: RunCommandInput) => ({
  location,
  properties: {
    source: { script },
    asyncExecution: false,
    timeoutInSeconds: timeoutSeconds,
    treatFailureAsDeploymentFailure: true,
  },
});
