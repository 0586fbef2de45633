/** What a step of a plan leaves behind to pay each month. Steps without an entry keep what their planner says. */
import { known, unknown } from '../fact.ts';
import type { AttachedDisk, Estate, Machine } from '../estate.ts';
import { keyOf, nameOf, type ResourceId } from '../ids.ts';
import type { Step, StepKind, StepOf } from '../plan.ts';
import type { ImageSource } from '../steps/image.ts';
import { cents, estimate, noMeter, sumOf, type CostEstimate } from './estimate.ts';
import { costOfOption, storedSizes, type Setup } from './option-cost.ts';
import type { PriceBook } from './price-book.ts';
import type { BackupKeeping } from './retention.ts';
import { defaultBase, type ReckoningBase, type StoredSize } from './size.ts';
import { costOfStored, diskPart, replicationPart, type Stored, type StoredDisk } from './stored-cost.ts';

export interface StepWorld {
  readonly estate: Estate;
  /** All steps of the plan: what one makes, another stands on. */
  readonly steps: readonly Step[];
  readonly book: PriceBook;
  readonly base: ReckoningBase;
}

export const worldOf = (
  estate: Estate,
  steps: readonly Step[],
  book: PriceBook,
  base: ReckoningBase = defaultBase,
): StepWorld => ({ estate, steps, book, base });

/** `undefined` for a step that is not priced here. */
export const costOfStep = (step: Step, world: StepWorld): CostEstimate | undefined => {
  const price = priced[step.kind] as ((step: Step, world: StepWorld) => CostEstimate) | undefined;
  return price?.(step, world);
};

type Pricers = { readonly [K in StepKind]?: (step: StepOf<K>, world: StepWorld) => CostEstimate };

const priced: Pricers = {
  'snapshot.create': ({ input }, world) =>
    stored(world, { kind: 'snapshot', region: input.location, sku: input.sku, incremental: input.incremental }, [
      diskOf(world, input.sourceDiskId),
    ]),
  'restore-point.create': ({ input }, world) => {
    const leftOut = new Set(input.excludeDiskIds.map(keyOf));
    const disks = disksOfMachine(world, input.machineId).filter(({ key }) => !leftOut.has(key ?? ''));
    return stored(world, { kind: 'restore-point', region: input.location, incremental: true }, disks);
  },
  'snapshot.copy': ({ input }, world) =>
    sent(
      stored(world, { kind: 'snapshot', region: input.location, sku: input.sku, incremental: true }, [
        snapshotSize(world, input.sourceSnapshotId),
      ]),
    ),
  'restore-point.copy': ({ input }, world) =>
    sent(
      stored(
        world,
        { kind: 'restore-point', region: input.location, incremental: true },
        disksOfMachine(world, input.machineId),
      ),
    ),
  'backup.enable': (step, world) => costOfOption('azure-backup', backupSetup(step, world), world.book, world.base),
  'replication.enable': ({ input }, world) => {
    const sizes = input.disks.map(({ diskId, replicaSku }) => ({ ...sizeOf(diskOf(world, diskId)), sku: replicaSku }));
    const region = input.targetLocation;
    return estimate(world.book, {
      parts: [replicationPart(region), ...sizes.map((size) => diskPart(size, region))],
      assumptions: ['The first 31 days of a machine are free of the replication fee, not of its disks (R-71).'],
      notCounted: [
        'recovery points of the replica disks',
        'the cache storage account',
        'traffic between regions',
        'machines that run in drills',
      ],
    });
  },
  'image.create': ({ input }, world) =>
    stored(world, { kind: 'managed-image', region: input.location }, sourceDisks(world, input.source)),
  'image-version.create': ({ input }, world) =>
    inRegions(input.targetRegions, (region) =>
      stored(world, { kind: 'gallery-image-version', region, sku: input.replicaSku }, sourceDisks(world, input.source)),
    ),
  'disk.create': ({ input }, world) =>
    stored(world, { kind: 'disk', region: input.location, sku: input.sku }, [snapshotSize(world, input.snapshotId)]),
  'machine.create': ({ input }, { book }) =>
    estimate(book, {
      parts: [
        {
          what: `machine of size ${input.size}`,
          meter: noMeter('the hours it runs, and disks made of an image, are not estimated'),
          quantity: known(1),
        },
      ],
      assumptions: [],
      notCounted: [],
    }),
};

/** A copy to another region: what is sent there is billed once, which is no monthly cost and has no price here. */
const sent = (cost: CostEstimate): CostEstimate => ({ ...cost, notCounted: ['traffic between regions'] });

/** The same in each region, added up. */
const inRegions = (regions: readonly string[], costIn: (region: string) => CostEstimate): CostEstimate => {
  const costs = regions.map(costIn);
  const most = costs.map(({ monthlyUsd, atMostUsd }) => ({ monthlyUsd: atMostUsd ?? monthlyUsd }));
  return {
    monthlyUsd: sumOf(costs),
    ...(costs.some(({ atMostUsd }) => atMostUsd !== undefined) ? { atMostUsd: sumOf(most) } : {}),
    knownUsd: cents(costs.reduce((sum, { knownUsd }) => sum + knownUsd, 0)),
    meters: costs.flatMap(({ meters }) => meters),
    assumptions: [...new Set(costs.flatMap(({ assumptions }) => assumptions))],
    notCounted: [...new Set(costs.flatMap(({ notCounted }) => notCounted))],
  };
};

const sourceDisks = (world: StepWorld, source: ImageSource): readonly KnownDisk[] => {
  if (source.kind === 'machine') return disksOfMachine(world, source.id);
  if (source.kind === 'disk') return [diskOf(world, source.id)];
  return [source.kind === 'snapshot' ? snapshotSize(world, source.id) : { name: source.uri }];
};

/** As it was read, or of the disk that this plan takes it of. */
const snapshotSize = (world: StepWorld, id: ResourceId): KnownDisk => {
  const key = keyOf(id);
  const snapshot = world.estate.snapshots.items.find((one) => one.key === key);
  if (snapshot !== undefined) return { name: snapshot.name, sizeGiB: snapshot.sizeGiB, key };
  const made = world.steps.find((step) => keyOf(step.resourceId) === key);
  return made?.kind === 'snapshot.create' ? diskOf(world, made.input.sourceDiskId) : { name: nameOf(id), key };
};

interface KnownDisk extends StoredDisk {
  readonly key?: string;
}

const stored = (world: StepWorld, what: Stored, disks: readonly KnownDisk[]): CostEstimate =>
  costOfStored({ ...what, disks }, world.book, world.base);

const diskOf = ({ estate }: StepWorld, id: ResourceId): KnownDisk => {
  const key = keyOf(id);
  const disk = estate.disks.items.find((one) => one.key === key);
  if (disk !== undefined) return { name: disk.name, sizeGiB: disk.sizeGiB, key };
  const attached = estate.machines.items.flatMap(({ disks }) => disks).find((one) => one.key === key);
  return attached === undefined ? { name: nameOf(id), key } : attachedDisk(attached);
};

const attachedDisk = (attached: AttachedDisk): KnownDisk => ({
  name: attached.name,
  sizeGiB: (attached.disk.known ? attached.disk.value.sizeGiB : undefined) ?? attached.declaredSizeGiB,
  ...(attached.key === undefined ? {} : { key: attached.key }),
});

/** A machine that is not in the estate has one disk of which nothing is known: its cost is unknown, not nothing. */
const disksOfMachine = ({ estate }: StepWorld, id: ResourceId): readonly KnownDisk[] => {
  const machine = machineOf(estate, id);
  if (machine === undefined) return [{ name: `the disks of ${nameOf(id)}` }];
  return machine.disks.filter(({ kind }) => kind === 'managed').map(attachedDisk);
};

const machineOf = (estate: Estate, id: ResourceId): Machine | undefined =>
  estate.machines.items.find(({ key }) => key === keyOf(id));

const sizeOf = ({ name, sizeGiB }: KnownDisk): StoredSize => ({
  name,
  provisionedGiB: sizeGiB === undefined ? unknown('not-answered', `the size of ${name} is not known`) : known(sizeGiB),
});

const backupSetup = ({ input }: StepOf<'backup.enable'>, world: StepWorld): Setup => {
  const machine = machineOf(world.estate, input.machineId);
  const leftOut = new Set(input.excludeLuns ?? []);
  const disks = (machine?.disks ?? []).filter(({ lun }) => lun === undefined || !leftOut.has(lun));
  const backup = keepingOf(input.policyId, world);
  const never = { incremental: true, points: 1, everyDays: 1 };
  return {
    machine: machine ?? { name: nameOf(input.machineId), location: '' },
    disks: machine === undefined ? [sizeOf({ name: nameOf(input.machineId) })] : storedSizes(disks),
    backup,
    ...(backup.tier === 'standard' && machine !== undefined ? { snapshotDisks: storedSizes(machine.disks) } : {}),
    vault: vaultOf(input.policyId, world),
    snapshots: { ...never, sku: 'Standard_LRS' },
    restorePoints: never,
    targetRegion: unknown('not-knowable', 'not asked for'),
  };
};

/** The policy as the plan makes it, or as it was read; one that says nothing of a length keeps none of it. */
const keepingOf = (policyId: ResourceId, { estate, steps }: StepWorld): BackupKeeping => {
  const key = keyOf(policyId);
  const made = steps.find((step) => step.kind === 'backup-policy.create' && keyOf(step.resourceId) === key);
  if (made?.kind === 'backup-policy.create') {
    const { tier, instantRestoreDays, retain } = made.input;
    return {
      tier,
      instantRestoreDays,
      dailyDays: retain.dailyDays ?? 0,
      weeklyWeeks: retain.weeklyWeeks ?? 0,
      monthlyMonths: retain.monthlyMonths ?? 0,
      yearlyYears: retain.yearlyYears ?? 0,
    };
  }
  const policy = estate.backupPolicies.items.find((one) => one.key === key);
  return {
    tier: policy?.tier ?? 'enhanced',
    instantRestoreDays: policy?.instantRestoreDays ?? 1,
    dailyDays: policy?.retainDays ?? 0,
    weeklyWeeks: 0,
    monthlyMonths: 0,
    yearlyYears: 0,
    ...(policy?.crashConsistentOnly === true ? { agentless: true } : {}),
  };
};

const vaultOf = (policyId: ResourceId, { estate, steps }: StepWorld): Setup['vault'] => {
  const key = keyOf(policyId).replace(/\/backuppolicies\/.*$/, '');
  const made = steps.find((step) => step.kind === 'vault.create' && keyOf(step.resourceId) === key);
  if (made?.kind === 'vault.create') {
    return { redundancy: known(made.input.redundancy), crossRegionRestore: made.input.crossRegionRestore };
  }
  const vault = estate.vaults.items.find((one) => one.key === key);
  const { redundancy = unknown('not-answered', `the redundancy of vault ${nameOf(key)} is not known`) } = vault ?? {};
  return { redundancy, crossRegionRestore: vault?.crossRegionRestore.known === true && vault.crossRegionRestore.value };
};
