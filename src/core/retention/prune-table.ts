/** What `prune` prints: every point that was looked at, what becomes of it, and why. */
import type { Consistency } from '../estate.ts';
import type { ResourceId } from '../ids.ts';
import type { OutcomeKind, StepOutcome, Step } from '../plan.ts';
import type { Problem } from '../problem.ts';
import { keyOf } from '../ids.ts';
import { dayMs, instantMs, momentText, toSecond, type Instant } from '../time.ts';
import type { Judged, PruneAction } from './judge.ts';

export const pruneSchemaVersion = 1;

export interface PruneReport {
  readonly schemaVersion: typeof pruneSchemaVersion;
  readonly kind: 'holdfast.prune';
  readonly asOf: Instant;
  readonly scope: string;
  readonly timeZone: string;
  readonly trashDays: number;
  /** Digest of the plan; null where there is nothing to write. */
  readonly plan: string | null;
  readonly points: readonly PrunedPoint[];
  /** Points, not snapshots. */
  readonly totals: Readonly<Record<PruneAction, number>>;
  readonly problems: readonly Problem[];
}

export interface PrunedPoint {
  /** Of a set: its first snapshot's. */
  readonly id: ResourceId;
  readonly machineId: ResourceId;
  readonly machine: string;
  readonly option: 'disk-snapshot' | 'restore-point';
  readonly region: string;
  readonly isCopy: boolean;
  /** Null where Azure does not tell. */
  readonly at: Instant | null;
  readonly complete: boolean;
  readonly consistency: Consistency;
  readonly action: PruneAction;
  /** In the trash: when it may be deleted. */
  readonly until: Instant | null;
  readonly reasons: readonly string[];
  readonly members: readonly ResourceId[];
  /** Once the plan was applied: the least of what became of its steps. */
  readonly outcome?: OutcomeKind;
  /** Of an outcome that is not `done`: Azure's words. */
  readonly detail?: string;
}

interface PruneFacts {
  readonly asOf: Instant;
  readonly scope: string;
  readonly timeZone: string;
  readonly trashDays: number;
  readonly plan: string | null;
  /** Beside those of single points. */
  readonly problems: readonly Problem[];
}

export const pruneReport = (judged: readonly Judged[], facts: PruneFacts): PruneReport => {
  const totals: Record<PruneAction, number> = { keep: 0, rescue: 0, trash: 0, trashed: 0, remove: 0 };
  for (const { action } of judged) totals[action] += 1;
  const { problems, ...rest } = facts;
  return {
    schemaVersion: pruneSchemaVersion,
    kind: 'holdfast.prune',
    ...rest,
    points: judged.map((one) => pointOf(one, facts)),
    totals,
    problems: [...problems, ...judged.flatMap(({ problem }) => problem ?? [])],
  };
};

const pointOf = ({ point, region, isCopy, action, reasons }: Judged, { asOf, trashDays }: PruneFacts): PrunedPoint => {
  const marked = action === 'trash' ? toSecond(instantMs(asOf)! + trashDays * dayMs) : undefined;
  return {
    id: point.id,
    machineId: point.machine.id,
    machine: point.machine.name,
    option: point.option,
    region,
    isCopy,
    at: point.at === undefined ? null : momentText(point.at),
    complete: point.complete,
    consistency: point.consistency,
    action,
    until: marked ?? point.trashed?.until ?? null,
    reasons,
    members: point.removals.map(({ id }) => id),
  };
};

const worst: readonly OutcomeKind[] = ['in-doubt', 'failed', 'interrupted', 'moved', 'skipped', 'done', 'already-done'];

/** With what became of each point's steps; a collection's tags are of all its points. */
export const withOutcomes = (
  report: PruneReport,
  steps: readonly Step[],
  outcomes: readonly StepOutcome[],
): PruneReport => {
  const outcomeOf = new Map(outcomes.map((one) => [one.id, one]));
  const byResource = Map.groupBy(steps, (step) =>
    keyOf(step.kind === 'tags.update' ? step.input.targetId : step.resourceId),
  );
  return {
    ...report,
    points: report.points.map((point) => {
      if (point.action === 'keep' || point.action === 'trashed') return point;
      const ids = point.members.flatMap((id) => [keyOf(id), ...(point.action === 'remove' ? [] : [collectionOf(id)])]);
      const its = ids.flatMap((id) => byResource.get(id) ?? []).flatMap(({ id }) => outcomeOf.get(id) ?? []);
      const least = worst.flatMap((kind) => its.find(({ outcome }) => outcome === kind) ?? [])[0];
      if (least === undefined) return point;
      const { outcome, detail } = least;
      return { ...point, outcome, ...(detail === undefined || /done/.test(outcome) ? {} : { detail }) };
    }),
  };
};

const collectionOf = (id: ResourceId): string => keyOf(id).replace(/\/restorepoints\/[^/]+$/, '');
