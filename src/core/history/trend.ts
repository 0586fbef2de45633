/** One machine over time, out of the records that tell of it: its points, what became of it in each run, and where points are missing. */
import type { Consistency } from '../estate.ts';
import type { ResourceId } from '../ids.ts';
import type { JobMachineOutcome } from '../job/job-run.ts';
import type { Standing } from '../standing.ts';
import { instantMs, type Instant } from '../time.ts';
import type { HistoryEntry, JobEntry } from './entry.ts';

export interface MachineTrend {
  /** In runs of jobs. */
  readonly outcomes: Readonly<Record<JobMachineOutcome, number>>;
  readonly late: number;
  /** Points that the runs told of, the newest first; pruned ones among them. */
  readonly points: readonly TrendPoint[];
  /** Between two points of one job with windows missed between them, the latest first. */
  readonly gaps: readonly TrendGap[];
  /** Between any two neighbouring points; absent with fewer than two. */
  readonly longestGapSeconds?: number;
  /** How it stood in audits, where that changed; the latest first. */
  readonly standings: readonly { readonly at: Instant; readonly standing: Standing }[];
}

export interface TrendPoint {
  readonly id: ResourceId;
  readonly at: Instant;
  readonly job: string;
  /** Told by the run that made it. */
  readonly consistency?: Consistency;
}

export interface TrendGap {
  readonly job: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly seconds: number;
  readonly missedWindows: number;
}

/** `entries` in any order: each tells of the machine, or not. */
export const trendOf = (entries: readonly HistoryEntry[]): MachineTrend => {
  const inTime = entries.toSorted((a, b) => msOf(a.startedAt) - msOf(b.startedAt));
  const jobs = inTime.filter(
    (entry): entry is JobEntry & { machine: object } => entry.entry === 'job' && entry.machine !== undefined,
  );
  const points = pointsOf(jobs);
  const lengths = points.slice(1).map((point, i) => (msOf(point.at) - msOf(points[i]!.at)) / 1000);
  const outcomes = { created: 0, existing: 0, failed: 0, skipped: 0 };
  for (const { machine } of jobs) outcomes[machine!.outcome] += 1;
  return {
    outcomes,
    late: jobs.filter(({ machine }) => machine?.late === true).length,
    points: points.toReversed(),
    gaps: gapsOf(jobs, points).toReversed(),
    ...(lengths.length === 0 ? {} : { longestGapSeconds: Math.round(Math.max(...lengths)) }),
    standings: standingsOf(inTime).toReversed(),
  };
};

const msOf = (at: Instant): number => instantMs(at) ?? 0;

/** Each point once, by the moment that it is of. */
const pointsOf = (jobs: readonly JobEntry[]): readonly TrendPoint[] => {
  const found = new Map<string, TrendPoint>();
  for (const { job, machine } of jobs) {
    const newest = machine?.newestPoint;
    if (newest === undefined) continue;
    const made = machine?.outcome === 'created' && machine.consistency !== undefined;
    const before = found.get(newest.id.toLowerCase());
    if (before === undefined || made)
      found.set(newest.id.toLowerCase(), { ...newest, job, ...(made ? { consistency: machine.consistency! } : {}) });
  }
  return [...found.values()].toSorted((a, b) => msOf(a.at) - msOf(b.at));
};

/** A run that made a point after windows without one says how many; the point before it is where they began. */
const gapsOf = (jobs: readonly JobEntry[], points: readonly TrendPoint[]): readonly TrendGap[] =>
  jobs.flatMap(({ job, machine }) => {
    const to = machine?.newestPoint;
    const missedWindows = machine?.missedWindows ?? 0;
    if (machine?.outcome !== 'created' || to === undefined || missedWindows === 0) return [];
    const from = points.findLast((point) => point.job === job && msOf(point.at) < msOf(to.at));
    if (from === undefined) return [];
    return [{ job, from: from.at, to: to.at, seconds: (msOf(to.at) - msOf(from.at)) / 1000, missedWindows }];
  });

const standingsOf = (inTime: readonly HistoryEntry[]): MachineTrend['standings'] => {
  const all = inTime.flatMap((entry) =>
    entry.entry === 'audit' && entry.machine !== undefined
      ? [{ at: entry.startedAt, standing: entry.machine.standing }]
      : [],
  );
  return all.filter(({ standing }, i) => standing !== all[i - 1]?.standing);
};
