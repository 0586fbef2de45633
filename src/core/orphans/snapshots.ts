/** Snapshots of disks that exist no more. One of a disk that is merely detached is nobody's waste. */
import type { Snapshot } from '../estate.ts';
import type { EstateView } from '../estate-view.ts';
import { gapOver } from '../fact.ts';
import { shortHash, type ResourceKey } from '../ids.ts';
import { overRetained } from '../over-retained.ts';
import { tagOf } from '../points/point.ts';
import { fateOf, there, type Fate, type Thing } from './thing.ts';

export const orphanedSnapshots = (view: EstateView): readonly Thing[] => {
  const all = new Map(view.estate.snapshots.items.map((snapshot) => [snapshot.key, snapshot]));
  return view.estate.snapshots.items.map((snapshot) => {
    const late = overRetained(snapshot, 'disk-snapshot', view.asOfMs);
    const disk = snapshot.sourceDiskKey === undefined ? undefined : view.disks.get(snapshot.sourceDiskKey);
    const owner = disk?.attachedTo.find((key) => view.machines.has(key)) ?? disk?.attachedTo[0];
    return {
      id: snapshot.id,
      option: 'disk-snapshot',
      what: snapshot.sourceSnapshotKey === undefined ? 'snapshot' : 'copy of a snapshot',
      ...(owner === undefined ? {} : { machineKey: owner }),
      fate: snapshotFate(snapshot, all, view),
      ...(late ? { overdue: late } : {}),
      since: snapshot.createdAt,
      sizeGiB: snapshot.sizeGiB,
      stored: {
        kind: 'snapshot',
        region: snapshot.location,
        sizeGiB: snapshot.sizeGiB,
        sku: snapshot.sku,
        incremental: snapshot.incremental,
      },
      remedy: 'decide whether its data is still wanted; delete it if not, since it is billed either way',
    };
  });
};

/** A disk of that name with another identity is not the snapshot's: that one was deleted (facts 0.1, `uniqueId`). */
const snapshotFate = (snapshot: Snapshot, all: ReadonlyMap<ResourceKey, Snapshot>, view: EstateView): Fate => {
  const { sourceDiskKey, sourceUniqueId, sourceSnapshotKey } = snapshot;
  if (sourceSnapshotKey !== undefined) return copyFate(snapshot, all, view);
  if (sourceDiskKey === undefined || !/\/disks\/[^/]+$/.test(sourceDiskKey)) return there;
  const disk = view.disks.get(sourceDiskKey);
  if (
    disk?.uniqueId !== undefined &&
    sourceUniqueId !== undefined &&
    disk.uniqueId.toLowerCase() !== sourceUniqueId.toLowerCase()
  ) {
    return { kind: 'gone', what: `disk ${disk.name} was deleted, and another made under its name` };
  }
  const named = disk !== undefined || isAttached(sourceDiskKey, view);
  return fateOf(sourceDiskKey, 'disk', named, view.estate.disks, view);
};

/** A copy shares its source's fate. Where that is gone, only our own tags tell its disk, by a hash without a place. */
const copyFate = (snapshot: Snapshot, all: ReadonlyMap<ResourceKey, Snapshot>, view: EstateView): Fate => {
  const source = all.get(snapshot.sourceSnapshotKey!);
  if (source !== undefined && source.sourceSnapshotKey === undefined) return snapshotFate(source, all, view);
  const mark = tagOf(snapshot.tags, 'holdfast-disk')?.toLowerCase();
  if (source !== undefined || mark === undefined) return there;
  const { scope, disks } = view.estate;
  const filtered = scope.resourceGroups.length > 0 || scope.tags.length > 0 || scope.excludeTags.length > 0;
  if (filtered || marksOf(view).has(mark)) return there;
  // A snapshot lives in its disk's subscription (facts S-06).
  const hidden = gapOver(disks, `/subscriptions/${snapshot.subscriptionId}`);
  return hidden
    ? { kind: 'hidden', gap: hidden }
    : {
        kind: 'gone',
        what: 'neither the disk that its tags name nor the snapshot it was copied from is there any more',
      };
};

const marks = new WeakMap<EstateView, ReadonlySet<string>>();

/** What the tag `holdfast-disk` would be for each disk that is there. */
const marksOf = (view: EstateView): ReadonlySet<string> => {
  const found =
    marks.get(view) ?? new Set([...view.disks.keys(), ...attachedKeys(view)].map((key) => shortHash(key, 12)));
  marks.set(view, found);
  return found;
};

/** A disk that a machine names exists, though no answer may hold it. */
const isAttached = (key: ResourceKey, view: EstateView): boolean => attachedKeys(view).has(key);

const attached = new WeakMap<EstateView, ReadonlySet<ResourceKey>>();

const attachedKeys = (view: EstateView): ReadonlySet<ResourceKey> => {
  const found =
    attached.get(view) ??
    new Set(view.estate.machines.items.flatMap((m) => m.disks.flatMap((d) => (d.key === undefined ? [] : [d.key]))));
  attached.set(view, found);
  return found;
};
