import type { Consistency, Estate, Machine, Snapshot, Tags } from '../estate.ts';
import type { Unknown } from '../fact.ts';
import { unknown } from '../fact.ts';
import { joinBy } from '../join.ts';
import type { Option, Protection } from '../protection.ts';
import { attachedDisks, byHealthThenAge, datedToCome, gapBefore, isToCome } from '../protection.ts';
import { sources } from '../sources.ts';
import { instantMs } from '../time.ts';

const snapshotsOf = joinBy<Snapshot>((snapshot) => [snapshot.sourceDiskKey]);

export const diskSnapshot: Option = {
  id: 'disk-snapshot',
  title: 'disk snapshots',
  source: sources.INCR,
  can: [
    'Capture one managed disk as it is at one moment; an incremental one stores and bills only what changed.',
    'Be made in seconds, without a vault, a policy or an agent, for a machine in any state.',
    'Be copied to another region (incremental ones only) and turned into new disks.',
  ],
  cannot: [
    'Capture several disks of a running machine at one moment: each disk is taken at its own, so volumes across disks may not come back.',
    'Schedule, expire or protect themselves: whoever may delete the disk may delete its snapshots.',
    'Be better than crash-consistent while the machine runs.',
    'Capture ephemeral operating system disks, or replace an existing disk in place.',
  ],
  present: (machine, estate) => {
    const ours = machine.disks.flatMap(({ key, disk }) =>
      key === undefined
        ? []
        : snapshotsOf(estate.snapshots, key).filter(({ sourceUniqueId }) =>
            sameDisk(disk.known ? disk.value.uniqueId : undefined, sourceUniqueId),
          ),
    );
    return worthTelling(setsOf(ours).map((set) => protectionBy(set, machine, estate)));
  },
  // An incremental snapshot lives in its disk's subscription (facts S-06).
  blindSpot: (machine, estate) => gapBefore(machine, estate.snapshots, `/subscriptions/${machine.subscriptionId}`),
};

/** A snapshot of a disk that was deleted and made again under the same name is a namesake's, not ours. */
export const sameDisk = (disk: string | undefined, source: string | undefined): boolean =>
  disk === undefined || source === undefined || disk.toLowerCase() === source.toLowerCase();

const tagOf = (tags: Tags, name: string): string | undefined =>
  Object.entries(tags).find(([key]) => key.toLowerCase() === name)?.[1];

/**
 * Snapshots tagged as one set belong together. Of the others, the newest complete one of every disk (failing that, the
 * newest) makes up what could be restored, which is as old as the oldest among them.
 */
const setsOf = (snapshots: readonly Snapshot[]): readonly (readonly Snapshot[])[] => {
  const tagged = Map.groupBy(snapshots, ({ tags }) => tagOf(tags, 'holdfast-set'));
  const loose = Map.groupBy(tagged.get(undefined) ?? [], ({ sourceDiskKey }) => sourceDiskKey);
  const together = [...loose.values()].map((ofDisk) => ofDisk.toSorted(byConditionThenAge)[0]!);
  const sets = [...tagged].flatMap(([set, members]) => (set === undefined ? [] : [newestOfEachDisk(members)]));
  return together.length === 0 ? sets : [...sets, together];
};

export const newestOfEachDisk = (members: readonly Snapshot[]): readonly Snapshot[] =>
  [...Map.groupBy(members, ({ sourceDiskKey }) => sourceDiskKey).values()].map(
    (ofDisk) => ofDisk.toSorted(byConditionThenAge)[0]!,
  );

const byConditionThenAge = (a: Snapshot, b: Snapshot): number =>
  Number(conditionOf(b) === 'complete') - Number(conditionOf(a) === 'complete') ||
  (instantMs(b.createdAt) ?? 0) - (instantMs(a.createdAt) ?? 0);

type Condition = 'complete' | 'copying' | 'instant-access' | 'failed';

/** While only instantly accessible, or not wholly copied, a snapshot leans on its source disk: no backup (facts S-12). */
export const conditionOf = (snapshot: Snapshot): Condition => {
  if (snapshot.copyError !== undefined || snapshot.failed === true) return 'failed';
  if (snapshot.access === 'instant-access') return 'instant-access';
  const whole = snapshot.completionPercent === undefined || snapshot.completionPercent >= 100;
  return snapshot.provisioned && whole && snapshot.access !== 'pending' ? 'complete' : 'copying';
};

const protectionBy = (set: readonly Snapshot[], machine: Machine, estate: Estate): Protection => {
  const ailing = (['failed', 'instant-access', 'copying'] as const).find((c) => set.some((s) => conditionOf(s) === c));
  const state = ailing ?? (isShort(set) ? 'incomplete' : undefined);
  const toCome = set.map(({ createdAt }) => createdAt).find((at) => isToCome(at, estate));
  const moments = toCome ? [] : set.map(({ createdAt }) => createdAt).filter((at) => instantMs(at) !== undefined);
  const oldest = moments.toSorted((a, b) => instantMs(a)! - instantMs(b)!)[0];
  const doubt = toCome === undefined ? unsureOf(set, machine) : datedToCome(toCome);
  return {
    option: 'disk-snapshot',
    id: set[0]!.id,
    state: state ?? 'complete',
    healthy: state === undefined && doubt === undefined,
    pending: state === 'copying' || state === 'instant-access',
    active: true,
    ...(state === undefined && oldest !== undefined
      ? {
          newestPoint: {
            id: set[0]!.id,
            at: oldest,
            consistency: consistencyOf(set, machine),
            disksIncluded: set.length,
            disksAttached: attachedDisks(machine),
          },
          ...(set.length > 1 && vouched(set) ? { agrees: true } : {}),
        }
      : {}),
    ...(doubt ? { pointsUnknown: doubt } : {}),
    disksLeftOut: machine.disks
      .filter(({ key }) => key === undefined || !set.some(({ sourceDiskKey }) => sourceDiskKey === key))
      .map(({ name }) => name),
    ...(state ? { detail: details[state] } : {}),
  };
};

/** A set that never got all its members is no point: the disks it holds fit no others. */
const isShort = (set: readonly Snapshot[]): boolean => {
  const wanted = Math.max(...set.map(({ tags }) => Number(tagOf(tags, 'holdfast-disks') ?? 0)));
  return set.length < wanted;
};

/** Its own tags say, all of them, that the disks are of one moment. */
const vouched = (set: readonly Snapshot[]): boolean => {
  const said = taggedConsistency(set);
  return said !== undefined && said !== 'none' && said !== 'unknown';
};

const details: Readonly<Record<Exclude<Condition, 'complete'> | 'incomplete', string>> = {
  incomplete: 'it lacks some of the disks it was to hold',
  failed: 'making it failed',
  copying: 'it is not copied whole yet',
  'instant-access': 'it still leans on the source disk',
};

/** When the disk itself could not be read, a snapshot of that name may be of an earlier disk. */
export const unsureOf = (set: readonly Snapshot[], machine: Machine): Unknown | undefined => {
  const unread = machine.disks.find(
    ({ key, disk }) => !disk.known && set.some(({ sourceDiskKey }) => sourceDiskKey === key),
  );
  if (!unread || unread.disk.known) return undefined;
  return unknown(
    unread.disk.reason,
    `disk ${unread.name} was not read, so its snapshots may be of an earlier disk of that name`,
  );
};

/**
 * What the set's own tag says, else what can be told: one disk is crash-consistent at the least; several disks taken one
 * by one agree only if the machine was off, which is not known of a machine that is off now.
 */
export const consistencyOf = (set: readonly Snapshot[], machine: Machine): Consistency => {
  const tagged = taggedConsistency(set);
  if (tagged) return tagged;
  if (machine.disks.length === 1) return 'crash';
  return machine.power.known && machine.power.value !== 'deallocated' ? 'none' : 'unknown';
};

const taggedConsistency = (set: readonly Snapshot[]): Consistency | undefined => {
  const tags = new Set(set.map((s) => tagOf(s.tags, 'holdfast-consistency')?.toLowerCase()));
  return known.find((c) => tags.size === 1 && tags.has(c));
};

const known: readonly Consistency[] = ['application', 'file-system', 'crash', 'none', 'unknown'];

/** The best set, and the newest attempt where that is another one: older sets say nothing more about today. */
const worthTelling = (protections: readonly Protection[]): readonly Protection[] => {
  const ranked = protections.toSorted(
    (a, b) =>
      Number(b.healthy) - Number(a.healthy) || a.disksLeftOut.length - b.disksLeftOut.length || byHealthThenAge(a, b),
  );
  const unfinished = ranked.find((p) => p !== ranked[0] && !p.healthy && p.pending);
  return [ranked[0], unfinished].filter((p) => p !== undefined);
};
