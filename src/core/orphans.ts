/**
 * Protection and points whose machine or disk is gone, and what was kept past its time. Absence counts only where it was
 * looked for and could be seen: outside the scope it says nothing, and behind a gap it is unknown.
 */
import { compareText, unknownText } from './assessment.ts';
import type { AuditUnknown, Finding, Orphan } from './audit.ts';
import type { Snapshot } from './estate.ts';
import { wasAskedFor, type EstateView } from './estate-view.ts';
import { gapOver, type Collected, type Gap } from './fact.ts';
import { findingOn, inOrder } from './findings/finding.ts';
import { overRetained } from './over-retained.ts';
import { optionName } from './option-name.ts';
import { nameOf, parseId, type ResourceId, type ResourceKey } from './ids.ts';
import type { OptionId } from './option.ts';

export interface Orphans {
  readonly orphans: readonly Orphan[];
  /** Kept past their time, of machines that are there: by machine key. */
  readonly overdue: ReadonlyMap<ResourceKey, readonly Finding[]>;
  /** What may be orphaned and cannot be told. */
  readonly unknowns: readonly AuditUnknown[];
}

interface Thing {
  readonly id: ResourceId;
  readonly option: OptionId;
  /** The machine it belongs to, where that can be told. */
  readonly machineKey?: ResourceKey;
  readonly fate: Fate;
  readonly overdue?: Finding;
}

/** What became of its source: there, gone (with how we know), or out of sight. */
type Fate = { readonly kind: 'there' } | { readonly kind: 'gone'; readonly what: string } | { readonly kind: 'hidden'; readonly gap: Gap };

const there: Fate = { kind: 'there' };

export const orphansIn = (view: EstateView): Orphans => {
  const things = [...backupItems(view), ...replicatedItems(view), ...snapshots(view), ...collections(view)].toSorted((a, b) =>
    compareText(a.id.toLowerCase(), b.id.toLowerCase()),
  );
  const overdue = new Map<ResourceKey, readonly Finding[]>();
  const orphans: Orphan[] = [];
  const hidden = new Map<string, { readonly gap: Gap; count: number }>();
  for (const thing of things) {
    const owner = thing.machineKey;
    if (thing.fate.kind === 'hidden') {
      const { gap } = thing.fate;
      const seen = hidden.get(gap.scope) ?? { gap, count: 0 };
      hidden.set(gap.scope, { gap, count: seen.count + 1 });
    }
    if (thing.fate.kind !== 'gone' && owner !== undefined && view.machines.has(owner)) {
      if (thing.overdue) overdue.set(owner, [...(overdue.get(owner) ?? []), thing.overdue]);
      continue;
    }
    const findings = [...(thing.fate.kind === 'gone' ? [orphaned(thing, thing.fate.what)] : []), ...(thing.overdue ? [thing.overdue] : [])];
    if (findings.length > 0) orphans.push({ id: thing.id, option: thing.option, machineId: owner ?? '', findings: inOrder(findings) });
  }
  const unknowns = [...hidden.values()].map(
    ({ gap, count }): AuditUnknown => ({
      subject: gap.scope,
      fact: 'orphaned items and points',
      reason: `${count} could be orphaned, and what they were made of could not be looked for: ${unknownText(gap)}`,
      matters: true,
    }),
  );
  return { orphans, overdue, unknowns };
};

const orphaned = ({ id, option }: Thing, what: string): Finding =>
  findingOn(id, {
    code: 'orphaned',
    option,
    severity: 'low',
    summary: `${nameOf(id)} (${optionName[option]}) outlived its source: ${what}.`,
    remedy: 'decide whether its points are still wanted; delete it if not, since it is billed either way',
  });

/** The fate of a machine or disk by its key. */
const fateOf = (key: ResourceKey, noun: string, exists: boolean, read: Collected<unknown>, view: EstateView): Fate => {
  if (exists) return there;
  const id = parseId(key);
  if (id === undefined || !wasAskedFor(view.estate, id.subscriptionId, id.resourceGroup)) return there;
  const gap = gapOver(read, key);
  return gap ? { kind: 'hidden', gap } : { kind: 'gone', what: `${noun} ${nameOf(key)} is not there any more` };
};

const machineFate = (key: ResourceKey, view: EstateView): Fate =>
  fateOf(key, 'machine', view.machines.has(key), view.estate.machines, view);

/** A deleted item goes by itself at the end of its soft-delete time. */
const backupItems = (view: EstateView): readonly Thing[] =>
  view.estate.backupItems.items
    .filter(({ state }) => state !== 'soft-deleted')
    .map(({ id, machineKey }) => ({ id, option: 'azure-backup', machineKey, fate: machineFate(machineKey, view) }));

const replicatedItems = (view: EstateView): readonly Thing[] =>
  view.estate.replicatedItems.items.flatMap(({ id, machineKey }) =>
    machineKey === undefined ? [] : [{ id, option: 'site-recovery' as const, machineKey, fate: machineFate(machineKey, view) }],
  );

/** Collections of Azure Backup are its own to keep (facts B-73); a copy's source is another collection. */
const collections = (view: EstateView): readonly Thing[] =>
  view.estate.restorePointCollections.items
    .filter(({ ownedByBackup }) => !ownedByBackup)
    .map((collection) => {
      const { id, sourceKey } = collection;
      const ofMachine = sourceKey !== undefined && /\/virtualmachines\/[^/]+$/.test(sourceKey);
      const late = overRetained(collection, 'restore-point', view.asOfMs);
      return {
        id,
        option: 'restore-point',
        ...(ofMachine ? { machineKey: sourceKey } : {}),
        fate: ofMachine ? machineFate(sourceKey, view) : there,
        ...(late ? { overdue: late } : {}),
      };
    });

const snapshots = (view: EstateView): readonly Thing[] =>
  view.estate.snapshots.items.map((snapshot) => {
    const late = overRetained(snapshot, 'disk-snapshot', view.asOfMs);
    const disk = snapshot.sourceDiskKey === undefined ? undefined : view.disks.get(snapshot.sourceDiskKey);
    const owner = disk?.attachedTo.find((key) => view.machines.has(key)) ?? disk?.attachedTo[0];
    return {
      id: snapshot.id,
      option: 'disk-snapshot',
      ...(owner === undefined ? {} : { machineKey: owner }),
      fate: snapshotFate(snapshot, view),
      ...(late ? { overdue: late } : {}),
    };
  });

/** A disk of the same name with another identity is not the snapshot's: that one was deleted (facts 0.1, `uniqueId`). */
const snapshotFate = ({ sourceDiskKey, sourceUniqueId }: Snapshot, view: EstateView): Fate => {
  if (sourceDiskKey === undefined || !/\/disks\/[^/]+$/.test(sourceDiskKey)) return there;
  const disk = view.disks.get(sourceDiskKey);
  if (disk?.uniqueId !== undefined && sourceUniqueId !== undefined && disk.uniqueId.toLowerCase() !== sourceUniqueId.toLowerCase()) {
    return { kind: 'gone', what: `disk ${disk.name} was deleted, and another made under its name` };
  }
  const named = disk !== undefined || isAttached(sourceDiskKey, view);
  return fateOf(sourceDiskKey, 'disk', named, view.estate.disks, view);
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
