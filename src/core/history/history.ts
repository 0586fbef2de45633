/** What `history` answers: runs, the newest first, and what they come to. The JSON contract is these types, field for field. */
import type { ResourceKey } from '../ids.ts';
import type { JobRun } from '../job/job-run.ts';
import type { Instant } from '../time.ts';
import { countBy, type ApplyOutcome, type HistoryEntry, type JobEntry } from './entry.ts';
import type { MachineTrend } from './trend.ts';

export const historySchemaVersion = 1;

export interface HistoryReport {
  readonly schemaVersion: typeof historySchemaVersion;
  readonly kind: 'holdfast.history';
  /** Where it is kept. */
  readonly file: string;
  /** What was asked for; absent: everything. */
  readonly machine?: { readonly id: ResourceKey; readonly name: string };
  readonly job?: string;
  readonly since?: Instant;
  /** As they were recorded, the last one first. */
  readonly entries: readonly HistoryEntry[];
  /** Older ones that `--limit` left out; the totals count them. */
  readonly leftOut: number;
  /** Still older ones, which the totals do not count either. */
  readonly notCounted: number;
  /** Records whose content is not what was written. */
  readonly unreadable: number;
  readonly totals: HistoryTotals;
  /** With a machine. */
  readonly trend?: MachineTrend;
}

export interface HistoryTotals {
  readonly jobs: Readonly<Partial<Record<JobRun['outcome'], number>>>;
  readonly applies: Readonly<Partial<Record<ApplyOutcome, number>>>;
  readonly audits: number;
  /** Of the jobs' machines; of the one machine, where one was asked for. */
  readonly created: number;
  readonly failed: number;
  readonly late: number;
  /** Of the jobs' points: none where a machine was asked for, since runs count them all together. */
  readonly pruned: number;
}

export const totalsOf = (entries: readonly HistoryEntry[]): HistoryTotals => {
  const jobs = entries.filter((entry) => entry.entry === 'job');
  const sum = (of: (entry: JobEntry) => number): number => jobs.reduce((all, entry) => all + of(entry), 0);
  const own = jobs.some(({ machine }) => machine !== undefined);
  return {
    jobs: countBy(jobs, ({ outcome }) => outcome),
    applies: countBy(
      entries.filter((entry) => entry.entry === 'apply'),
      ({ outcome }) => outcome,
    ),
    audits: entries.filter(({ entry }) => entry === 'audit').length,
    created: sum(({ created, machine }) => (own ? Number(machine?.outcome === 'created') : created)),
    failed: sum(({ failed, machine }) => (own ? Number(machine?.outcome === 'failed') : failed)),
    late: sum(({ late, machine }) => (own ? Number(machine?.late === true) : late)),
    pruned: own ? 0 : sum(({ pruned }) => pruned),
  };
};
