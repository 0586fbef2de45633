/** One incremental snapshot of a machine's only disk. The snapshot is never easier to read than the disk. */
import { isUltraOrPremiumV2 } from '../check.ts';
import type { AttachedDisk, Disk, Machine, Snapshot } from '../estate.ts';
import { shortHash } from '../ids.ts';
import { joinBy } from '../join.ts';
import { nameFor } from '../names.ts';
import { identityUnknown, machineAssumptions, obstacles, placeFor, refuse, type DraftContext, type Drafted, type Need } from './draft.ts';
import { groupStep } from './resource-group.ts';
import type { Step } from '../plan.ts';
import type { SnapshotInput } from '../steps/snapshot.ts';
import { sources } from '../sources.ts';
import { dayMs, instantMs, toInstant, type Instant } from '../time.ts';

const snapshotsOf = joinBy<Snapshot>(({ sourceDiskKey }) => [sourceDiskKey]);

/** Facts S-04: Azure keeps no more incremental snapshots of one disk than this. */
const mostPerDisk = 500;

export const draftSnapshot = (need: Need, context: DraftContext): Drafted => {
  const { machine } = need.assessment;
  const [attached, ...others] = machine.disks;
  if (attached === undefined || others.length > 0) {
    return refuse(
      'several-disks',
      `${machine.name} has ${machine.disks.length} disks, and this release takes snapshots of machines with one disk only.`,
      sources.BDR,
      'S-14',
    );
  }
  if (!attached.disk.known) {
    const text = `Disk ${attached.name} was not read (${attached.disk.detail}), so neither its identity nor who may read it is known.`;
    return refuse('disk-unknown', text, sources.INCR);
  }
  return draftOf(need, attached, attached.disk.value, context);
};

const draftOf = ({ assessment }: Need, attached: AttachedDisk, disk: Disk, context: DraftContext): Drafted => {
  const { machine } = assessment;
  const refused = unfit(attached, disk, context);
  if (refused) return refused;
  const pinned = machineAssumptions(machine);
  if (pinned === undefined) return identityUnknown(machine);
  const { groupId, missing } = placeFor(context.estate, context.guidance.plan.snapshot.resourceGroup, machine);
  const name = nameFor('snapshot', machine.name, context.asOf, context.seed, disk.key);
  const resourceId = `${groupId}/providers/Microsoft.Compute/snapshots/${name}`;
  const group = missing ? groupStep(context, groupId, machine, 'disk-snapshot') : undefined;
  const input = snapshotInput(assessment.objective.retainDays.value, machine, disk, context);
  const step: Step = {
    id: context.ids.take(['snapshot', machine.name, disk.name], disk.key),
    kind: 'snapshot.create',
    option: 'disk-snapshot',
    subject: machine.id,
    reason: `${machine.name} is of class ${assessment.classification.classId} and has no snapshot that is fresh enough; its one disk is taken whole.`,
    source: sources.INCR,
    method: 'PUT',
    resourceId,
    assumes: [
      ...pinned,
      { kind: 'disk-is', diskId: disk.id, uniqueId: disk.uniqueId! },
      { kind: 'no-newer-snapshot', diskId: disk.id, groupId, than: newestOf(snapshotsOf(context.estate.snapshots, disk.key)) },
    ],
    goal: { kind: 'snapshot-complete', resourceId, sourceDiskId: disk.id },
    dependsOn: group === undefined ? [] : [group.id],
    runs: 'on-success',
    destructive: false,
    cost: { monthlyUsd: 'unknown', basis: 'billed by used size, which Azure does not tell before the snapshot is made' },
    input,
  };
  const steps = group === undefined ? [step] : [group, step];
  const reasons = steps.flatMap((each) => obstacles(context, each));
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'steps', steps };
};

const newestOf = (snapshots: readonly Snapshot[]): Instant | null => {
  const moments = snapshots.flatMap(({ createdAt }) => instantMs(createdAt) ?? []);
  return moments.length === 0 ? null : toInstant(Math.max(...moments));
};

const unfit = (attached: AttachedDisk, disk: Disk, { estate }: DraftContext): Drafted | undefined => {
  if (attached.kind !== 'managed') {
    return refuse('not-managed', `Disk ${attached.name} is ${attached.kind}, and only managed disks have snapshots.`, sources.SNAP);
  }
  if (disk.uniqueId === undefined) {
    return refuse('identity-unknown', `Azure gave no unique id for disk ${disk.name}, so a disk made again under its name could not be told from it.`, sources.INCR);
  }
  if (disk.securityType === 'confidential') {
    return refuse('confidential-disk', `Disk ${disk.name} is confidential; how its encryption carries over is not known well enough to plan it.`, sources.SNAP, 'S-18');
  }
  const byCustomer = disk.encryption === 'customer-key' || disk.encryption === 'platform-and-customer-keys';
  if (byCustomer && disk.encryptionSetId === undefined) {
    return refuse('encryption-unknown', `Disk ${disk.name} is encrypted with a customer's key and its encryption set is not known, so the snapshot could not be encrypted alike.`, sources.SNAP, 'S-18');
  }
  const taken = snapshotsOf(estate.snapshots, disk.key).filter(({ incremental }) => incremental).length;
  if (taken >= mostPerDisk) {
    return refuse('snapshot-limit', `Disk ${disk.name} has ${taken} incremental snapshots, and Azure keeps ${mostPerDisk} at most.`, sources.INCR, 'S-04');
  }
  return undefined;
};

const snapshotInput = (retainDays: number, machine: Machine, disk: Disk, context: DraftContext): SnapshotInput => {
  const { snapshot } = context.guidance.plan;
  const keepDays = Math.max(retainDays, snapshot.retainDays.value);
  const expires = toInstant(instantMs(context.asOf)! + keepDays * dayMs);
  const generation = disk.hyperVGeneration ?? (machine.hyperVGeneration.known ? machine.hyperVGeneration.value : undefined);
  const architecture = disk.architecture ?? (machine.architecture.known ? machine.architecture.value : undefined);
  return {
    location: disk.location,
    sourceDiskId: disk.id,
    // Premium SSD v2 and Ultra disks have no other kind (facts S-11).
    incremental: snapshot.incremental || isUltraOrPremiumV2(disk.sku ?? ''),
    // Zone-redundant where a region has it is Azure's own default (facts S-01), but no answer of ours says which regions do.
    sku: 'Standard_LRS',
    ...exportAccess(disk),
    ...(disk.encryptionSetId === undefined || disk.encryption === undefined || disk.encryption === 'platform-key'
      ? {}
      : { encryption: { type: disk.encryption, encryptionSetId: disk.encryptionSetId } }),
    ...(generation === undefined ? {} : { hyperVGeneration: generation }),
    ...(disk.securityType === 'standard' ? {} : { securityType: disk.securityType }),
    ...(architecture === undefined ? {} : { architecture }),
    tags: {
      'holdfast-set': shortHash(`${context.seed}|${machine.key}`, 12),
      'holdfast-machine': shortHash(machine.key, 12),
      'holdfast-disk': shortHash(disk.key, 12),
      'holdfast-run': shortHash(context.seed, 12),
      'holdfast-made-by': context.madeBy,
      // One disk at one moment. That a stopped machine had flushed it first cannot be known from here.
      'holdfast-consistency': 'crash',
      'holdfast-expires': expires,
    },
  };
};

/**
 * Azure does not hand a disk's network rules on to its snapshot (facts S-19), and what is left out is open to the world. A
 * private disk gives a snapshot behind the same private link; of any other, no export at all: making a disk of it needs none.
 */
export const exportAccess = (disk: Pick<Disk, 'networkAccess' | 'diskAccessId'>): Pick<SnapshotInput, 'networkAccess' | 'publicNetworkAccess' | 'diskAccessId'> =>
  disk.networkAccess === 'allow-private' && disk.diskAccessId !== undefined
    ? { networkAccess: 'allow-private', publicNetworkAccess: false, diskAccessId: disk.diskAccessId }
    : { networkAccess: 'deny-all', publicNetworkAccess: false };
