/** What a snapshot is asked to be: its kind, where it is stored, who can read it, and the tags that tell what it belongs to. */
import { isUltraOrPremiumV2 } from '../check.ts';
import type { Consistency, Disk, Estate, Machine } from '../estate.ts';
import { shortHash } from '../ids.ts';
import type { SnapshotInput, StoredSnapshotInput } from '../steps/snapshot.ts';
import { dayMs, instantMs, toInstant } from '../time.ts';
import type { DraftContext, Need } from './draft.ts';

/** Premium SSD v2 and Ultra disks have no other kind (facts S-11). */
export const isIncremental = (disk: Disk, { guidance }: DraftContext): boolean =>
  guidance.plan.snapshot.incremental || isUltraOrPremiumV2(disk.sku ?? '');

/** `consistency`: of the whole set, which counts only with all its members. */
export const snapshotInput = (
  need: Need,
  disk: Disk,
  consistency: Consistency,
  context: DraftContext,
): SnapshotInput => ({
  location: disk.location,
  sourceDiskId: disk.id,
  incremental: isIncremental(disk, context),
  sku: skuIn(disk.location, context),
  ...exportAccess(disk),
  ...encryptionOf(disk),
  ...natureOf(need.assessment.machine, disk),
  tags: tagsFor(need, disk, consistency, context),
});

/** Zone-redundant is Azure's own default where a region has zones (facts S-01); a zonal machine or disk there tells that it has. */
export const skuIn = (location: string, { guidance, estate }: Pick<DraftContext, 'guidance' | 'estate'>): string => {
  const { sku = 'auto' } = guidance.plan.snapshot;
  if (sku !== 'auto') return sku;
  return zonalRegions(estate).has(location) ? 'Standard_ZRS' : 'Standard_LRS';
};

// Remembering what an estate shows changes no answer: it is never written to.
const seen = new WeakMap<Estate, ReadonlySet<string>>();

const zonalRegions = (estate: Estate): ReadonlySet<string> => {
  const found =
    seen.get(estate) ??
    new Set(
      [...estate.machines.items, ...estate.disks.items]
        .filter(({ zones }) => zones.length > 0)
        .map(({ location }) => location),
    );
  seen.set(estate, found);
  return found;
};

/**
 * Azure does not hand a disk's network rules on to its snapshot (facts S-19), and what is left out is open to the world. A
 * private disk gives a snapshot behind the same private link; of any other, no export at all: making a disk of it needs none.
 */
export const exportAccess = (
  disk: Pick<Disk, 'networkAccess' | 'diskAccessId'>,
): Pick<StoredSnapshotInput, 'networkAccess' | 'publicNetworkAccess' | 'diskAccessId'> =>
  disk.networkAccess === 'allow-private' && disk.diskAccessId !== undefined
    ? { networkAccess: 'allow-private', publicNetworkAccess: false, diskAccessId: disk.diskAccessId }
    : noExport;

/** A private link is of one region, so no copy in another is behind it. */
export const noExport = { networkAccess: 'deny-all', publicNetworkAccess: false } as const;

const encryptionOf = (disk: Disk): Pick<StoredSnapshotInput, 'encryption'> =>
  disk.encryptionSetId === undefined || disk.encryption === undefined || disk.encryption === 'platform-key'
    ? {}
    : { encryption: { type: disk.encryption, encryptionSetId: disk.encryptionSetId } };

/** What a machine made of it needs to know (facts S-18). */
export const natureOf = (
  machine: Machine,
  disk: Disk,
): Pick<StoredSnapshotInput, 'hyperVGeneration' | 'securityType' | 'architecture'> => {
  const generation =
    disk.hyperVGeneration ?? (machine.hyperVGeneration.known ? machine.hyperVGeneration.value : undefined);
  const architecture = disk.architecture ?? (machine.architecture.known ? machine.architecture.value : undefined);
  return {
    ...(generation === undefined ? {} : { hyperVGeneration: generation }),
    ...(disk.securityType === 'standard' ? {} : { securityType: disk.securityType }),
    ...(architecture === undefined ? {} : { architecture }),
  };
};

/** Azure takes 256 characters. */
const longestTag = 256;

export const tagsFor = (
  { assessment }: Need,
  disk: Disk,
  consistency: Consistency,
  context: DraftContext,
): StoredSnapshotInput['tags'] => {
  const { machine, classification, objective } = assessment;
  const { guidance, seed, madeBy, asOf, window } = context;
  const keepDays = Math.max(objective.retainDays.value, guidance.plan.snapshot.retainDays.value);
  return {
    'holdfast-set': shortHash(`${seed}|${machine.key}`, 12),
    // A set with fewer members than this is none.
    'holdfast-disks': String(machine.disks.length),
    'holdfast-machine': shortHash(machine.key, 12),
    'holdfast-disk': shortHash(disk.key, 12),
    'holdfast-run': shortHash(seed, 12),
    'holdfast-policy': `${guidance.name}: ${classification.classId}`.slice(0, longestTag),
    'holdfast-made-by': madeBy,
    'holdfast-consistency': consistency,
    // What a job makes is kept by the job's policy, which knows the other points; no date decides.
    ...(window === undefined
      ? { 'holdfast-expires': toInstant(instantMs(asOf)! + keepDays * dayMs) }
      : { 'holdfast-job': window.job, 'holdfast-window': window.due }),
  };
};
