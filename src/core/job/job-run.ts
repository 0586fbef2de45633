/** What one run of a job did: the JSON of `job run`, and all that notifications, metrics and the history are made from. */
import type { Consistency } from '../estate.ts';
import type { ResourceId } from '../ids.ts';
import type { OptionId } from '../option.ts';
import type { Problem } from '../problem.ts';
import { instantMs, type Instant } from '../time.ts';

export const jobRunSchemaVersion = 1;

export interface JobRun {
  readonly schemaVersion: typeof jobRunSchemaVersion;
  readonly kind: 'holdfast.job-run';
  readonly runId: string;
  /** In every request that the run made, as `x-ms-correlation-request-id`. */
  readonly correlationId: string;
  /** The job's name. */
  readonly job: string;
  /**
   * `ended`: it did what it could. `held`: another run was at work, on this host or on every machine, and this one did nothing.
   * `interrupted`: it was stopped. `failed`: it could not begin, or could not tell what became of it.
   */
  readonly outcome: 'ended' | 'held' | 'interrupted' | 'failed';
  /** Of `held`: who is at work, and since when. */
  readonly heldBy?: { readonly host: string; readonly pid?: number; readonly since: Instant };
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** When this window's run was due: the window's begin. */
  readonly due: Instant;
  readonly windowEnd: Instant;
  /** Machines whose point was taken late: after the job's tolerance, or with a window before this one missed. */
  readonly late: number;
  readonly created: number;
  readonly existing: number;
  /** Points (sets, not snapshots) deleted, and marked to be deleted later. */
  readonly pruned: number;
  readonly trashed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly copies: {
    readonly begun: number;
    readonly underWay: number;
    readonly complete: number;
    readonly failed: number;
  };
  readonly machines: readonly JobMachine[];
  /** Seconds that were waited for Azure's request budgets. */
  readonly throttledSeconds: number;
  readonly problems: readonly Problem[];
}

export type JobMachineOutcome = 'created' | 'existing' | 'failed' | 'skipped';

export interface JobMachine {
  readonly id: ResourceId;
  readonly name: string;
  readonly outcome: JobMachineOutcome;
  /** Of `skipped`: another run was at work on it, and is left to take its point; none of the window was seen. */
  readonly heldBy?: { readonly run: string; readonly host: string; readonly since: Instant };
  readonly option?: OptionId;
  readonly pointId?: ResourceId;
  /** As obtained, not as wanted. */
  readonly consistency?: Consistency;
  /** Windows before this one without a point of this job, since the machine's last one. */
  readonly missedWindows?: number;
  readonly late?: true;
  /** The newest complete point of this job, this run's included. */
  readonly newestPoint?: { readonly id: ResourceId; readonly at: Instant };
  readonly seconds?: number;
  readonly reason?: string;
  /** The reason in one line, without ids: the same for machines that failed alike. Absent where `reason` is no longer. */
  readonly cause?: string;
}

/** Whether these machines got their points, nobody knows until the runs that hold them have ended. */
export const leftToOthers = ({ machines }: Pick<JobRun, 'machines'>): readonly JobMachine[] =>
  machines.filter(({ heldBy }) => heldBy !== undefined);

/** Who has been at work longest, where others hold every machine that was to get a point. */
export const holderOfAll = (machines: readonly JobMachine[]): JobRun['heldBy'] => {
  if (machines.some(({ outcome }) => outcome !== 'skipped')) return undefined;
  const [first] = machines
    .flatMap(({ heldBy }) => heldBy ?? [])
    .toSorted((a, b) => (instantMs(a.since) ?? 0) - (instantMs(b.since) ?? 0));
  return first && { host: first.host, since: first.since };
};

/** Of a problem that tells of points which were to go, or to be marked, and are as they were. */
/** What a run that was cut short left behind cannot be used: a machine that it froze may still be frozen. */
export const damagedPartCode = 'part-damaged';

export const notPrunedCode = 'not-pruned';

export const leftUnpruned = ({ problems }: Pick<JobRun, 'problems'>): boolean =>
  problems.some(({ code }) => code === notPrunedCode);
