/**
 * The body of a generic webhook: all a receiver needs to judge by itself. docs/jobs.md describes every field; a field
 * may be added within a version, never changed or taken away.
 */
import type { JobRun } from '../../core/job/job-run.ts';
import type { MachineList, News, NewsKind } from '../../core/job/news.ts';
import type { Problem } from '../../core/problem.ts';

export const jobNewsSchemaVersion = 1;

export interface JobNews extends Pick<
  JobRun,
  'job' | 'runId' | 'correlationId' | 'outcome' | 'due' | 'windowEnd' | 'startedAt' | 'endedAt' | 'copies'
> {
  readonly schemaVersion: typeof jobNewsSchemaVersion;
  readonly kind: 'holdfast.job-news';
  readonly news: NewsKind;
  readonly headline: string;
  readonly heldBy?: JobRun['heldBy'];
  readonly counts: Pick<
    JobRun,
    'created' | 'existing' | 'failed' | 'skipped' | 'late' | 'pruned' | 'trashed' | 'throttledSeconds'
  >;
  /** Empty where the receiver did not ask for that kind of news; `counts` has the numbers all the same. */
  readonly failed: MachineList;
  readonly late: MachineList;
  readonly recovered: MachineList;
  readonly problems: { readonly total: number; readonly list: readonly Problem[] };
}

export const webhookPayload = ({ kind, headline, run, failed, late, recovered, problems }: News): JobNews => ({
  schemaVersion: jobNewsSchemaVersion,
  kind: 'holdfast.job-news',
  news: kind,
  headline,
  job: run.job,
  runId: run.runId,
  correlationId: run.correlationId,
  outcome: run.outcome,
  ...(run.heldBy === undefined ? {} : { heldBy: run.heldBy }),
  due: run.due,
  windowEnd: run.windowEnd,
  startedAt: run.startedAt,
  endedAt: run.endedAt,
  counts: {
    created: run.created,
    existing: run.existing,
    failed: run.failed,
    skipped: run.skipped,
    late: run.late,
    pruned: run.pruned,
    trashed: run.trashed,
    throttledSeconds: run.throttledSeconds,
  },
  copies: run.copies,
  failed,
  late,
  recovered,
  problems,
});
