/**
 * Snapshots of all disks of a machine, as one set: all or none. One disk at any time, several only where they agree: while
 * the machine is deallocated, now or for the purpose, or where somebody wants them though they do not.
 */
import { isUltraOrPremiumV2 } from '../check.ts';
import { listed } from '../duration.ts';
import type { Disk, Snapshot } from '../estate.ts';
import { blocking } from '../findings/required.ts';
import { nameFor } from '../names.ts';
import { optionName } from '../option-name.ts';
import type { Assumption, Step, StepOf } from '../plan.ts';
import { sources } from '../sources.ts';
import { instantMs, toInstant, type Instant } from '../time.ts';
import { copyStep } from './disk-snapshot-copy.ts';
import { snapshotInput } from './disk-snapshot-input.ts';
import { roomFor, snapshotsOf, uncopyable, unfit } from './disk-snapshot-limits.ts';
import {
  identityUnknown,
  machineAssumptions,
  namedAt,
  obstacles,
  placeFor,
  refuse,
  type DraftContext,
  type Drafted,
  type Need,
} from './draft.ts';
import { groupStep } from './resource-group.ts';
import type { SnapshotSet, Way } from './snapshot-set.ts';
import { sharedWithOthers, stopAndStart, whyNotStopped } from './stop-and-start.ts';

export const draftSnapshots = (need: Need, context: DraftContext): Drafted => {
  const way = wayFor(need, context);
  return 'reasons' in way ? way : draftSet(need, way, context);
};

/** The machine is stopped for it: the last resort, and never without somebody's consent. */
export const draftStopped = (need: Need, context: DraftContext): Drafted =>
  draftSet(need, { kind: 'stop-and-start', consistency: 'crash' }, context);

const draftSet = (need: Need, way: Way, context: DraftContext): Drafted => {
  const { machine, verdicts } = need.assessment;
  if (verdicts.some(({ option, verdict }) => option === 'disk-snapshot' && verdict === 'impossible')) {
    return { kind: 'refused', reasons: blocking(need.assessment, 'disk-snapshot') };
  }
  const { copyTo, resourceGroup } = context.guidance.plan.snapshot;
  const disks = machine.disks.flatMap(({ disk }) => (disk.known ? [disk.value] : []));
  const unready = machine.disks.flatMap((attached) => unfit(attached, context) ?? []);
  const uncopied =
    copyTo === undefined || unready.length > 0 ? [] : disks.flatMap((disk) => uncopyable(disk, copyTo, context) ?? []);
  if (unready.length + uncopied.length > 0) return { kind: 'refused', reasons: [...unready, ...uncopied] };
  const pinned = machineAssumptions(machine);
  if (pinned === undefined) return identityUnknown(machine);
  const room = roomFor(disks[0]!, copyTo, context.estate);
  if ('code' in room) return { kind: 'refused', reasons: [room] };
  const { groupId, missing } = placeFor(context.estate, resourceGroup, machine);
  const steps = stepsOf({ need, way, groupId, pinned, disks, room }, missing, context);
  const reasons = steps.flatMap((each) => obstacles(context, each));
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'steps', steps };
};

/** For snapshots that are not to be kept: what the guidance adds to others, a copy elsewhere or a stop, is left out. */
export const draftSnapshot = (need: Need, context: DraftContext): Drafted => {
  const { copyTo: _, severalDisks: __, ...snapshot } = context.guidance.plan.snapshot;
  return draftSnapshots(need, {
    ...context,
    guidance: { ...context.guidance, plan: { ...context.guidance.plan, snapshot } },
  });
};

const wayFor = (need: Need, { guidance }: DraftContext): Way | Extract<Drafted, { kind: 'refused' }> => {
  const { machine, striping } = need.assessment;
  const no = (code: string, text: string, fact?: string) =>
    refuse(code, text, sources.BDR, fact) as Extract<Drafted, { kind: 'refused' }>;
  const { disks, power, name } = machine;
  if (machine.disksUnknown)
    return no(
      'disks-unknown',
      `Which disks ${name} has is not known (${machine.disksUnknown.detail}), and a set of some of them is none.`,
    );
  if (disks.length === 0) return no('no-disk', `${name} has no disk.`);
  if (disks.length === 1) return { kind: 'at-once', consistency: 'crash' };
  if (!power.known)
    return no(
      'power-unknown',
      `Whether ${name} runs is not known (${power.detail}), so whether snapshots of its ${disks.length} disks would agree cannot be told.`,
      'S-14',
    );
  // That a stopped machine had flushed its disks first cannot be known from here: no better than crash-consistent.
  const { severalDisks = 'refuse' } = guidance.plan.snapshot;
  const shared = sharedWithOthers(machine);
  if (power.value === 'deallocated' && shared.length === 0) return { kind: 'while-off', consistency: 'crash' };
  if (power.value === 'deallocated' && severalDisks !== 'independent') {
    return no(
      'shared-disk',
      `${name} is deallocated, and other machines write to ${listed(shared)} still: its disks would not agree.`,
      'S-14',
    );
  }
  if (severalDisks === 'downtime') {
    const reasons = whyNotStopped(need);
    return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'stop-and-start', consistency: 'crash' };
  }
  if (severalDisks === 'independent') {
    const apart = striping.state === 'not-striped' || striping.state === 'no-evidence';
    if (apart) return { kind: 'at-once', consistency: 'none' };
    const how =
      striping.state === 'unknown'
        ? 'may be striped'
        : striping.state === 'likely'
          ? 'are likely striped'
          : 'are striped';
    return no(
      'striped',
      `The data disks of ${name} ${how}, and it is ${power.value}: independent snapshots of them may not fit together, so none are taken.`,
      'T-09',
    );
  }
  return no(
    'several-disks',
    `${name} is ${power.value} with ${disks.length} disks, and snapshots of them would be of different moments.`,
    'S-14',
  );
};

const stepsOf = (set: SnapshotSet, groupMissing: boolean, context: DraftContext): readonly Step[] => {
  const { need, way, disks, groupId } = set;
  const { machine } = need.assessment;
  const group = groupMissing ? [groupStep(context, groupId, machine, 'disk-snapshot')] : [];
  const around =
    way.kind === 'stop-and-start' ? stopAndStart(set, group, newestAssumptions(set, context), context) : undefined;
  const after = around === undefined ? group : [around.stop];
  const snapshots = disks.map((disk) => snapshotStep(set, disk, after, context));
  const { copyTo } = context.guidance.plan.snapshot;
  const copies =
    copyTo === undefined
      ? []
      : snapshots.map((step, at) => copyStep(set, { disk: disks[at]!, step, region: copyTo }, context));
  return [...group, ...(around ? [around.stop] : []), ...snapshots, ...(around?.start(snapshots) ?? []), ...copies];
};

const snapshotStep = (
  set: SnapshotSet,
  disk: Disk,
  after: readonly Step[],
  context: DraftContext,
): StepOf<'snapshot.create'> => {
  const { need, way, groupId, pinned, room } = set;
  const { machine } = need.assessment;
  const slow = isUltraOrPremiumV2(disk.sku ?? '');
  const resourceId = `${groupId}/providers/Microsoft.Compute/snapshots/${nameFor('snapshot', machine.name, namedAt(context), context.seed, disk.key)}`;
  // A machine is not kept down until a background copy of hours is whole: its moment is fixed as soon as it is taken.
  const goal = way.kind === 'stop-and-start' && slow ? 'snapshot-taken' : 'snapshot-complete';
  return {
    id: context.ids.take(['snapshot', machine.name, disk.name], disk.key),
    kind: 'snapshot.create',
    option: 'disk-snapshot',
    subject: machine.id,
    reason: reasonFor(set, disk),
    source: sources.INCR,
    method: 'PUT',
    resourceId,
    assumes: [
      ...pinned,
      { kind: 'disk-is', diskId: disk.id, uniqueId: disk.uniqueId! },
      ...(way.kind === 'at-once' ? [] : [{ kind: 'power-is', machineId: machine.id, power: 'deallocated' } as const]),
      // A job's points bear the same names whoever makes them, so another job's do not stand in their way.
      ...(context.window === undefined ? [newestAssumption(set, disk, context)] : []),
    ],
    goal: { kind: goal, resourceId, sourceDiskId: disk.id },
    dependsOn: after.map(({ id }) => id),
    runs: 'on-success',
    ...(slow ? { atOnce: room.background } : {}),
    destructive: false,
    cost: {
      monthlyUsd: 'unknown',
      basis: 'billed by used size, which Azure does not tell before the snapshot is made',
    },
    input: snapshotInput(need, disk, way.consistency, context),
  };
};

const newestAssumption = ({ groupId }: SnapshotSet, disk: Disk, { estate }: DraftContext): Assumption => ({
  kind: 'no-newer-snapshot',
  diskId: disk.id,
  groupId,
  than: newestOf(snapshotsOf(estate.snapshots, disk.key)),
});

const newestAssumptions = (set: SnapshotSet, context: DraftContext): readonly Assumption[] =>
  set.disks.map((disk) => newestAssumption(set, disk, context));

const newestOf = (snapshots: readonly Snapshot[]): Instant | null => {
  const moments = snapshots.flatMap(({ createdAt }) => instantMs(createdAt) ?? []);
  return moments.length === 0 ? null : toInstant(Math.max(...moments));
};

const reasonFor = ({ need, way, disks }: SnapshotSet, disk: Disk): string => {
  const set = `all ${disks.length} disks make up one set, and ${disk.name} is one of them`;
  const how = {
    'at-once':
      disks.length === 1
        ? 'its one disk is taken whole'
        : `${set}, each at its own moment while the machine runs: they do not agree with each other`,
    'while-off': `it is deallocated, so ${set}`,
    'stop-and-start': `it is stopped for it, so ${set}`,
  }[way.kind];
  return `${whyAtAll(need, 'disk-snapshot', 'has no snapshot that is fresh enough')}; ${how}.`;
};

/** What the guidance misses, or that an operator asked for it, and what the guidance would have instead. */
export const whyAtAll = (
  { assessment, asked }: Need,
  option: 'disk-snapshot' | 'restore-point',
  missing: string,
): string => {
  const { machine, classification, results } = assessment;
  if (asked !== true) return `${machine.name} is of class ${classification.classId} and ${missing}`;
  // What any of several options meets is met by this one too, where it is among them.
  const others = results.filter(({ requirement }) => !requirement.anyOf.includes(option));
  const wanted = [...new Set(others.map((result) => result.option))];
  const other =
    wanted.length === 0
      ? ''
      : `; class ${classification.classId} wants ${listed(wanted.map((each) => optionName[each]))}, which it does not replace`;
  return `A point of ${machine.name} was asked for${other}`;
};
