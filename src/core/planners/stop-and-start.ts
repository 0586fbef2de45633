/**
 * Stopping a machine so that snapshots of its disks agree, and starting it again whatever became of them: Microsoft's own way
 * where nothing else makes several disks agree (facts S-14). A machine that did not run is not started.
 */
import { listed } from '../duration.ts';
import type { Machine } from '../estate.ts';
import { blocking } from '../findings/required.ts';
import type { Reason } from '../option.ts';
import type { Assumption, Step, StepOf } from '../plan.ts';
import { stepKinds } from '../steps/index.ts';
import { sources } from '../sources.ts';
import { refusalReason, type DraftContext, type Need } from './draft.ts';
import type { SnapshotSet } from './snapshot-set.ts';

export const downtimeSeconds =
  stepKinds['machine.deallocate'].seconds + stepKinds['snapshot.create'].seconds + stepKinds['machine.start'].seconds;

/** Empty: it could be stopped and started again. */
export const whyNotStopped = ({ assessment }: Need): readonly Reason[] => {
  const { machine, verdicts } = assessment;
  if (verdicts.some(({ option, verdict }) => option === 'disk-snapshot' && verdict === 'impossible'))
    return blocking(assessment, 'disk-snapshot');
  const no = (code: string, text: string): readonly Reason[] => [refusalReason(code, text, sources.BDR, 'S-14')];
  const { power, name, scaleSetId, scaleSetMode } = machine;
  if (!power.known)
    return no('power-unknown', `Whether ${name} runs is not known (${power.detail}), so it is not stopped.`);
  if (power.value !== 'running' && power.value !== 'stopped')
    return no('power-unsteady', `${name} is ${power.value}: plan again when it has come to rest.`);
  if (scaleSetId !== undefined && !(scaleSetMode?.known && scaleSetMode.value === 'flexible')) {
    return no('scale-set', `${name} belongs to a scale set that starts and stops its own machines.`);
  }
  const shared = sharedWithOthers(machine);
  return shared.length === 0
    ? []
    : no(
        'shared-disk',
        `Other machines write to ${listed(shared)} as well, so stopping ${name} would not make its disks agree.`,
      );
};

/** Disks that another machine writes to as well: stopping this one does not bring them to rest. */
export const sharedWithOthers = ({ key, disks }: Machine): readonly string[] =>
  disks.flatMap(({ name, disk }) => (disk.known && disk.value.attachedTo.some((other) => other !== key) ? [name] : []));

export interface StopAndStart {
  readonly stop: StepOf<'machine.deallocate'>;
  /** After these; none where the machine did not run. */
  readonly start: (snapshots: readonly Step[]) => readonly StepOf<'machine.start'>[];
}

/** `unmade`: that nobody took the snapshots meanwhile, which would make stopping the machine needless. */
export const stopAndStart = (
  set: SnapshotSet,
  before: readonly Step[],
  unmade: readonly Assumption[],
  context: DraftContext,
): StopAndStart => {
  const { machine } = set.need.assessment;
  const power = machine.power.known ? machine.power.value : 'running';
  const running = power === 'running';
  const common = {
    option: 'disk-snapshot',
    subject: machine.id,
    method: 'POST',
    resourceId: machine.id,
    cost: { monthlyUsd: 0, basis: 'a machine that is off is not billed for computing' },
  } as const;
  const stop: StepOf<'machine.deallocate'> = {
    ...common,
    id: context.ids.take(['deallocate', machine.name], machine.key),
    kind: 'machine.deallocate',
    reason: `Nothing else makes snapshots of the ${set.disks.length} disks of ${machine.name} agree: it is shut down and deallocated for them${running ? ', and started again right after' : ''}.`,
    source: sources.BDR,
    assumes: [
      ...set.pinned,
      ...set.disks.map((disk): Assumption => ({ kind: 'disk-is', diskId: disk.id, uniqueId: disk.uniqueId! })),
      ...unmade,
      { kind: 'power-is', machineId: machine.id, power },
    ],
    goal: { kind: 'machine-power', machineId: machine.id, power: 'deallocated' },
    dependsOn: before.map(({ id }) => id),
    runs: 'on-success',
    // It can be undone, and yet people notice.
    destructive: true,
    input: { machineId: machine.id, location: machine.location, downtimeSeconds: running ? downtimeSeconds : null },
  };
  const start = (snapshots: readonly Step[]): readonly StepOf<'machine.start'>[] => [
    {
      ...common,
      id: context.ids.take(['start', machine.name], machine.key),
      kind: 'machine.start',
      reason: `${machine.name} ran before this plan stopped it, and is started again whatever became of its snapshots.`,
      source: 'https://learn.microsoft.com/rest/api/compute/virtual-machines/start',
      assumes: set.pinned.filter(({ kind }) => kind === 'machine-is'),
      goal: { kind: 'machine-power', machineId: machine.id, power: 'running' },
      dependsOn: [stop.id, ...snapshots.map(({ id }) => id)],
      runs: 'always',
      undoes: stop.id,
      destructive: false,
      input: { machineId: machine.id, location: machine.location },
    },
  ];
  return { stop, start: running ? start : () => [] };
};
