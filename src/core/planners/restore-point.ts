/** One restore point of all disks of a machine, in a collection of its own; the mode is the oracle's. */
import type { Machine, RestorePointCollection } from '../estate.ts';
import { shortHash, type ResourceId } from '../ids.ts';
import { ownCollectionsOf } from '../options/restore-point.ts';
import { disksLeftOut, withoutDisks } from './backup-disks.ts';
import { nameFor } from '../names.ts';
import type { Reason } from '../option.ts';
import { whyAtAll } from './disk-snapshot.ts';
import { copySteps, uncopyablePoint } from './restore-point-copy.ts';
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
import type { Step, StepOf } from '../plan.ts';
import type { RestorePointMode } from '../steps/restore-point.ts';
import { decideMode, type ModeDecision } from '../restore-point-mode.ts';
import { sources } from '../sources.ts';
import { hourMs, instantMs, momentText, toInstant, type Instant } from '../time.ts';

type Decided = Extract<ModeDecision, { kind: 'mode' }>;

/** Facts P-11: Azure makes points of a machine no more often. */
const floorHours: Readonly<Record<RestorePointMode, number>> = { application: 3, crash: 1 };

/** Facts P-13: of one machine, over all its collections. */
const mostPerMachine = 500;

/** `instead`: what is done where the oracle finds no mode. */
export const draftRestorePoint = (
  need: Need,
  context: DraftContext,
  instead: (reasons: readonly Reason[]) => Drafted,
): Drafted => {
  const { machine } = need.assessment;
  const left = disksLeftOut(need.assessment, context.guidance);
  if (left.kind === 'refused') return left;
  const held = withoutDisks(machine, left.luns);
  const decided = decideMode({ ...need.assessment, machine: held }, need.prefer);
  if (decided.kind === 'none') return instead(decided.reasons);
  const collections = ownCollectionsOf(context.estate, machine);
  const refused = tooSoon(machine, collections, decided.mode, context);
  if (refused) return refused;
  const pinned = machineAssumptions(machine);
  if (pinned === undefined) return identityUnknown(machine);
  const diskIds = idsOf(held);
  if (diskIds.length === 0)
    return refuse(
      'no-managed-disk',
      `${machine.name} has no managed disk that a restore point could hold.`,
      sources.RP,
      'P-01',
    );
  // Points of one machine may lie in several collections; one in another region holds copies.
  const there = collections.find(({ location }) => location === machine.location);
  const made = there === undefined ? collectionSteps(need, context) : [];
  const collectionId = there?.id ?? made.at(-1)!.resourceId;
  const resourceId = `${collectionId}/restorePoints/${nameFor('restore-point', machine.name, namedAt(context), context.seed, machine.key)}`;
  const step: StepOf<'restore-point.create'> = {
    id: context.ids.take(['restore-point', machine.name], machine.key),
    kind: 'restore-point.create',
    option: 'restore-point',
    subject: machine.id,
    reason: reasonFor(need, held, decided),
    source: sources.RPCRE,
    method: 'PUT',
    resourceId,
    assumes: [...pinned, ...powerAssumed(machine), { kind: 'no-newer-point', collectionId, than: newestOf(there) }],
    goal: {
      kind: 'restore-point-complete',
      resourceId,
      machineId: machine.id,
      diskIds,
      consistency: decided.consistency,
    },
    dependsOn: made.length === 0 ? [] : [made.at(-1)!.id],
    runs: 'on-success',
    // Facts P-12.
    atOnce: { of: `restore points of ${machine.key}`, most: 1 },
    destructive: false,
    cost: {
      monthlyUsd: 'unknown',
      basis: 'the first point of a disk is a full copy, later ones hold what changed; billed by used size',
    },
    input: {
      machineId: machine.id,
      location: machine.location,
      mode: decided.mode,
      excludeDiskIds: idsOf(machine).filter((id) => !diskIds.includes(id)),
    },
  };
  const { copyTo } = context.guidance.plan.snapshot;
  const uncopied = copyTo === undefined ? [] : uncopyablePoint(held, copyTo, collectionId, context);
  if (uncopied.length > 0) return { kind: 'refused', reasons: uncopied };
  const steps = [...made, step, ...(copyTo === undefined ? [] : copySteps(machine, step, copyTo, context))];
  const reasons = steps.flatMap((each) => obstacles(context, each));
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'steps', steps };
};

const idsOf = ({ disks }: Machine): readonly ResourceId[] => disks.flatMap(({ id }) => (id === undefined ? [] : [id]));

/** `held`: the machine as the point holds it. */
const reasonFor = (need: Need, held: Machine, { mode, why }: Decided): string => {
  const without = need.assessment.machine.disks.length - held.disks.length;
  const all = held.disks.length === 1 ? 'its one disk is' : `its ${held.disks.length} disks are`;
  const disks =
    without === 0
      ? all
      : `${held.disks.length} of its ${held.disks.length + without} disks are (their own tags leave out the others)`;
  return `${whyAtAll(need, 'restore-point', 'has no restore point that will do')}; ${disks} captured at one moment, in ${mode}-consistent mode, since ${why}.`;
};

/** The mode was chosen for this power state; a machine started or stopped since calls for a new choice. */
const powerAssumed = (machine: Machine): Step['assumes'] =>
  machine.power.known ? [{ kind: 'power-is', machineId: machine.id, power: machine.power.value }] : [];

/** Where the guidance puts snapshots; the group first, where it is known not to be there. */
const collectionSteps = ({ assessment }: Need, context: DraftContext): readonly Step[] => {
  const { machine } = assessment;
  const { groupId, missing } = placeFor(context.estate, context.guidance.plan.snapshot.resourceGroup, machine);
  const group = missing ? [groupStep(context, groupId, machine, 'restore-point')] : [];
  return [...group, collectionStep(machine, groupId, group, context)];
};

const collectionStep = (
  machine: Machine,
  groupId: ResourceId,
  group: readonly Step[],
  context: DraftContext,
): StepOf<'restore-point-collection.create'> => {
  const name = nameFor('restore-point-collection', machine.name, namedAt(context), context.seed, machine.key);
  const resourceId = `${groupId}/providers/Microsoft.Compute/restorePointCollections/${name}`;
  return {
    id: context.ids.take(['restore-point-collection', machine.name], machine.key),
    kind: 'restore-point-collection.create',
    option: 'restore-point',
    subject: machine.id,
    reason: `Restore points lie in a collection of their machine, and ${machine.name} has none of its own in ${machine.location}.`,
    source: sources.RPCRE,
    method: 'PUT',
    resourceId,
    assumes: [
      ...(machineAssumptions(machine)?.filter(({ kind }) => kind === 'machine-is') ?? []),
      { kind: 'no-other-collection', machineId: machine.id, location: machine.location, besides: [] },
    ],
    goal: { kind: 'exists', resourceId },
    dependsOn: group.map(({ id }) => id),
    runs: 'on-success',
    destructive: false,
    cost: { monthlyUsd: 0, basis: 'collections are free; their points are not' },
    input: {
      machineId: machine.id,
      location: machine.location,
      tags: {
        'holdfast-machine': shortHash(machine.key, 12),
        'holdfast-run': shortHash(context.seed, 12),
        'holdfast-made-by': context.madeBy,
      },
    },
  };
};

const newestOf = (collection: RestorePointCollection | undefined): Instant | null => {
  const points = collection?.points.known === true ? collection.points.value : [];
  const moments = points.flatMap(({ at }) => instantMs(at) ?? []);
  return moments.length === 0 ? null : toInstant(Math.max(...moments));
};

/** Facts P-11 to P-13, by the points that were read. Azure Backup's own are not seen here; Azure holds them against us itself. */
const tooSoon = (
  machine: Machine,
  collections: readonly RestorePointCollection[],
  mode: RestorePointMode,
  { asOf }: DraftContext,
): Drafted | undefined => {
  const points = collections.flatMap((collection) => (collection.points.known ? collection.points.value : []));
  const making = points.find((point) => !point.provisioned && point.failed !== true);
  if (making) {
    return refuse(
      'point-in-progress',
      `Restore point ${making.name} of ${machine.name} is still being made, and Azure makes one at a time: plan again when it is finished.`,
      sources.RP,
      'P-12',
    );
  }
  if (points.length >= mostPerMachine) {
    return refuse(
      'restore-point-limit',
      `${machine.name} has ${points.length} restore points, and Azure keeps ${mostPerMachine} at most.`,
      sources.RPM,
      'P-13',
    );
  }
  const openMs = opensMs(collections, mode);
  if (openMs <= instantMs(asOf)!) return undefined;
  const text = `The newest restore point of ${machine.name} is of ${momentText(toInstant(openMs - floorHours[mode] * hourMs))}, and ${mode}-consistent ones are made at least ${floorHours[mode]} h apart: the next one after ${momentText(toInstant(openMs))}.`;
  return refuse('too-soon', text, sources.RPM, 'P-11');
};

/** When Azure makes the next one, in milliseconds since the epoch (facts P-11). */
export const opensMs = (collections: readonly RestorePointCollection[], mode: RestorePointMode): number => {
  const points = collections.flatMap((collection) => (collection.points.known ? collection.points.value : []));
  return Math.max(0, ...points.map(({ at }) => instantMs(at) ?? 0)) + floorHours[mode] * hourMs;
};
