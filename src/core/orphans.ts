/**
 * Protection and points whose machine or disk is gone, and what was kept past its time. Absence counts only where it
 * was looked for and could be seen: outside the scope it says nothing, and behind a gap it is unknown.
 */
import { compareText, unknownText } from './assessment.ts';
import type { AuditUnknown, Finding, Orphan } from './audit.ts';
import { noPrices, type PriceBook } from './cost/price-book.ts';
import { costOfStored } from './cost/stored-cost.ts';
import type { EstateView } from './estate-view.ts';
import { unknown, type Gap } from './fact.ts';
import { findingOn, inOrder } from './findings/finding.ts';
import { nameOf, type ResourceKey } from './ids.ts';
import { orphanedBackupItems } from './orphans/backup-items.ts';
import { orphanedCollections } from './orphans/collections.ts';
import { leftoverDisks, orphanedReplicatedItems } from './orphans/replicas.ts';
import { orphanedSnapshots } from './orphans/snapshots.ts';
import { machineFate, type Thing } from './orphans/thing.ts';
import { instantMs, toSecond } from './time.ts';

export interface Orphans {
  readonly orphans: readonly Orphan[];
  /** Kept past their time, of machines that are there: by machine key. */
  readonly overdue: ReadonlyMap<ResourceKey, readonly Finding[]>;
  /** What may be orphaned and cannot be told, and what looks orphaned and is somebody else's. */
  readonly unknowns: readonly AuditUnknown[];
}

/** For audits that nobody wants costs of. */
const noBook = noPrices('audit', unknown('not-read', 'prices were not asked for'));

export const orphansIn = (view: EstateView, prices: PriceBook = noBook): Orphans => {
  const things = [
    ...orphanedBackupItems(view),
    ...orphanedReplicatedItems(view),
    ...leftoverDisks(view),
    ...orphanedSnapshots(view),
    ...orphanedCollections(view),
  ].toSorted((a, b) => compareText(a.id.toLowerCase(), b.id.toLowerCase()));
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
    const findings = [
      ...(thing.fate.kind === 'gone' ? [orphaned(thing, thing.fate.what)] : []),
      ...(thing.overdue ? [thing.overdue] : []),
    ];
    if (findings.length > 0) orphans.push(orphanOf(thing, findings, prices));
  }
  const unknowns = [...hidden.values()].map(({ gap, count }): AuditUnknown => ({
    subject: gap.scope,
    fact: 'orphaned items and points',
    reason: `${count} could be orphaned, and what they were made of could not be looked for: ${unknownText(gap)}`,
    matters: true,
  }));
  return { orphans, overdue, unknowns: [...unknowns, ...ownedElsewhere(view)] };
};

const orphanOf = (thing: Thing, findings: readonly Finding[], prices: PriceBook): Orphan => {
  const since = instantMs(thing.since);
  return {
    id: thing.id,
    option: thing.option,
    machineId: thing.machineKey ?? '',
    what: thing.what,
    since: since === undefined ? null : toSecond(since),
    sizeGiB: thing.sizeGiB ?? null,
    cost: costOfStored(thing.stored, prices),
    findings: inOrder(findings),
  };
};

const orphaned = ({ id, option, severity, remedy, what }: Thing, why: string): Finding =>
  findingOn(id, {
    code: 'orphaned',
    option,
    severity: severity ?? 'low',
    summary: `${nameOf(id)} (${what}) outlived its source: ${why}.`,
    remedy,
  });

/** Looks like waste, and is Azure Backup's to delete, which does so itself (facts B-73). Nothing hangs on it. */
const ownedElsewhere = (view: EstateView): readonly AuditUnknown[] =>
  view.estate.restorePointCollections.items
    .filter(
      ({ ownedByBackup, sourceKey }) =>
        ownedByBackup && sourceKey !== undefined && machineFate(sourceKey, view).kind === 'gone',
    )
    .map(({ id }) => ({
      subject: id,
      fact: 'restore point collection of a machine that is gone',
      reason: 'Azure Backup owns it, and deletes it by itself: not counted as orphaned, not to be deleted by hand',
      matters: false,
    }));
