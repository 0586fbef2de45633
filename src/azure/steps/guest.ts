/**
 * POST generalize: 200 at once, no operation (https://learn.microsoft.com/rest/api/compute/virtual-machines/generalize). PUT
 * runCommands: a script as a resource (https://learn.microsoft.com/rest/api/compute/virtual-machine-run-commands/create-or-update).
 */
import type { RunCommandInput } from '../../core/steps/guest.ts';
import type { StepOf } from '../../core/plan.ts';
import type { Began, Polled, Reconciled } from '../../engine/ports.ts';
import type { Answer } from '../ask.ts';
import { endedBadly, readRun } from '../goals/guest.ts';
import { beganOf } from '../operation.ts';
import { addressOf } from '../resource.ts';
import { poll, putRunner, reconcileByGoal, type MakeRunner, type StepTools } from './runner.ts';

/** At most once by our own rule, though Azure takes it twice: what became of a lost one shows in the machine's own state. */
export const machineGeneralize: MakeRunner<'machine.generalize'> = (step, tools) => ({
  repeatable: false,
  atMostOnce: true,
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
    poll: async (operation, signal) => {
      const polled = await poll(step, tools, operation, signal);
      return polled.kind === 'settled' && !polled.ok ? inItsWords(step, tools, polled, signal) : polled;
    },
    reconcile: (_step, _intendedAt, signal) => whatBecameOf(step, tools, signal),
  };
};

type RunCommand = StepOf<'run-command.create'>;

/** The operation says that a script failed; the script's own last lines, where they can be read, say why. */
const inItsWords = async (
  step: RunCommand,
  { arm }: StepTools,
  polled: Polled,
  signal: AbortSignal,
): Promise<Polled> => {
  const run = await readRun(arm, step.resourceId, signal);
  return run.kind === 'ended' && !run.ok
    ? { kind: 'settled', ok: false, problem: endedBadly(step.resourceId, run) }
    : polled;
};

/** A script that ran and failed was taken as surely as one that ended well: it is not run again. */
const whatBecameOf = async (step: RunCommand, { arm }: StepTools, signal: AbortSignal): Promise<Reconciled> => {
  const run = await readRun(arm, step.resourceId, signal);
  switch (run.kind) {
    case 'none':
      return { kind: 'absent' };
    case 'runs':
      return { kind: 'settled', ok: true };
    case 'ended':
      return run.ok
        ? { kind: 'settled', ok: true }
        : { kind: 'settled', ok: false, problem: endedBadly(step.resourceId, run) };
    default:
      return run;
  }
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
export const runCommandBody = ({ location, script, timeoutSeconds, tags }: RunCommandInput) => ({
  location,
  ...(tags === undefined ? {} : { tags }),
  properties: {
    source: { script },
    asyncExecution: false,
    timeoutInSeconds: timeoutSeconds,
    treatFailureAsDeploymentFailure: true,
  },
});
