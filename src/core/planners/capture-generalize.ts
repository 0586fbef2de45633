/** Taking a guest's identity away, and telling Azure so. Neither can be undone on the machine it is done to. */
import { nameOf, type ResourceId } from '../ids.ts';
import type { StepOf } from '../plan.ts';
import { sources } from '../sources.ts';
import type { Capture } from './capture-job.ts';
import type { DraftContext } from './draft.ts';

/** https://learn.microsoft.com/azure/virtual-machines/generalize; `/quit` leaves the guest up, so that the command's result can be read. */
const scripts = {
  linux: 'waagent -deprovision+user -force',
  windows:
    '& "$env:SystemRoot\\System32\\Sysprep\\sysprep.exe" /generalize /oobe /mode:vm /quiet /quit | Out-Null; exit $LASTEXITCODE',
} as const;

const scriptSeconds = 1_800;

/** `own`: the machine itself, and not a copy made for this; then it takes consent. */
export const deprovisionStep = (
  { machine, option, traits, pinned }: Capture,
  machineId: ResourceId,
  after: readonly string[],
  own: boolean,
  context: DraftContext,
): StepOf<'run-command.create'> => {
  const resourceId = `${machineId}/runCommands/hf-deprovision`;
  return {
    id: context.ids.take(['deprovision', nameOf(machineId)], machineId),
    kind: 'run-command.create',
    option,
    subject: machine.id,
    reason: own
      ? `Takes accounts, host name and keys out of ${machine.name} ITSELF: it cannot be used as a machine afterwards.`
      : `Takes accounts, host name and keys out of the temporary copy; ${machine.name} itself is not touched.`,
    source: sources.GEN,
    method: 'PUT',
    resourceId,
    // What ends a machine must not meet another one that was made under its name since.
    assumes: own ? [...pinned, { kind: 'power-is', machineId, power: 'running' }] : [],
    goal: { kind: 'run-command-succeeded', resourceId },
    dependsOn: after,
    runs: 'on-success',
    destructive: own,
    input: { machineId, location: machine.location, script: scripts[traits.osType], timeoutSeconds: scriptSeconds },
  };
};

export const generalizeStep = (
  { machine, option, pinned }: Capture,
  machineId: ResourceId,
  after: readonly string[],
  own: boolean,
  context: DraftContext,
): StepOf<'machine.generalize'> => ({
  id: context.ids.take(['generalize', nameOf(machineId)], machineId),
  kind: 'machine.generalize',
  option,
  subject: machine.id,
  reason: own
    ? `Marks ${machine.name} ITSELF as generalized: it NEVER STARTS AGAIN. Its guest must have been deprovisioned (Sysprep, waagent): Azure does not check.`
    : `Marks the temporary copy as generalized; ${machine.name} itself is not touched.`,
  source: sources.GEN,
  method: 'POST',
  resourceId: machineId,
  assumes: own
    ? [...pinned, { kind: 'power-is', machineId, power: 'deallocated' }]
    : [{ kind: 'power-is', machineId, power: 'deallocated' }],
  goal: { kind: 'machine-generalized', machineId },
  dependsOn: after,
  runs: 'on-success',
  destructive: own,
  input: { machineId },
});

/** Of a machine that never starts again. */
export const stopStep = (
  { machine, option, pinned }: Capture,
  after: readonly string[],
  context: DraftContext,
): StepOf<'machine.deallocate'> => ({
  id: context.ids.take(['deallocate', machine.name], machine.key),
  kind: 'machine.deallocate',
  option,
  subject: machine.id,
  reason: `An image is made of a deallocated machine; ${machine.name} is generalized, or about to be, and does not start again.`,
  source: sources.GEN,
  method: 'POST',
  resourceId: machine.id,
  assumes: pinned,
  goal: { kind: 'machine-power', machineId: machine.id, power: 'deallocated' },
  dependsOn: after,
  runs: 'on-success',
  // A generalized machine that runs serves nobody; one that is not is asked about by the step that generalizes it.
  destructive: false,
  input: { machineId: machine.id, location: machine.location, downtimeSeconds: null },
});
