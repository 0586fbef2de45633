/**
 * POST generalize: 200 at once, no operation (https://learn.microsoft.com/rest/api/compute/virtual-machines/generalize). PUT
 * runCommands: a script as a resource (https://learn.microsoft.com/rest/api/compute/virtual-machine-run-commands/create-or-update).
 */
import type { RunCommandInput } from '../../core/steps/guest.ts';
import { beganOf } from '../operation.ts';
import { addressOf } from '../resource.ts';
import { poll, putRunner, reconcileByGoal, type MakeRunner } from './runner.ts';

/** Not repeatable by our own rule, though Azure takes it twice: what became of a lost one shows in the machine's own state. */
export const machineGeneralize: MakeRunner<'machine.generalize'> = (step, tools) => ({
  repeatable: false,
  begin: async (_step, signal) =>
    beganOf(await tools.arm.ask({ ...addressOf(step.resourceId), method: 'POST', path: `${step.resourceId}/generalize`, signal })),
  poll: (operation, signal) => poll(step, tools, operation, signal),
  reconcile: (_step, _intendedAt, signal) => reconcileByGoal(step, tools, signal),
});

/** Not repeatable: whether Azure runs a script again for a second PUT is documented nowhere, and a script may bear it badly. */
export const runCommandCreate: MakeRunner<'run-command.create'> = (step, tools) => ({
  ...putRunner(step, tools, runCommandBody(step.input)),
  repeatable: false,
});

/** Synchronous: the operation ends when the script does, and fails with it. */
export const runCommandBody = ({ location, script, timeoutSeconds }: RunCommandInput) => ({
  location,
  properties: { source: { script }, asyncExecution: false, timeoutInSeconds: timeoutSeconds, treatFailureAsDeploymentFailure: true },
});
