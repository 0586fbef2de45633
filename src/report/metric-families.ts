/** The metrics of a job: what docs/jobs.md lists, in this order. A name is public: dashboards hang on it. */

export interface Family {
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly help: string;
}

export const families = {
  holdfast_job_runs_total: { type: 'counter', help: 'Runs of the job, by outcome.' },
  holdfast_job_last_run_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last run ended that was not held off by another.',
  },
  holdfast_job_last_run_duration_seconds: { type: 'gauge', help: 'How long that run took.' },
  holdfast_job_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last run ended in which nothing failed; 0: never.',
  },
  holdfast_job_window_end_timestamp_seconds: {
    type: 'gauge',
    help: 'When the window ends that the last run worked for: from then on the next run is due.',
  },
  holdfast_job_run_duration_seconds: { type: 'summary', help: 'How long runs took.' },
  holdfast_job_machines: { type: 'gauge', help: 'Machines of the last run, by outcome.' },
  holdfast_job_points_taken_total: { type: 'counter', help: 'Points made.' },
  holdfast_job_points_failed_total: { type: 'counter', help: 'Points that could not be made.' },
  holdfast_job_points_late_total: { type: 'counter', help: 'Points that were made late.' },
  holdfast_job_points_trashed_total: { type: 'counter', help: 'Points marked to be deleted.' },
  holdfast_job_points_pruned_total: { type: 'counter', help: 'Points deleted.' },
  holdfast_job_copies_begun_total: { type: 'counter', help: 'Copies to other regions begun.' },
  holdfast_job_copies_failed_total: { type: 'counter', help: 'Copies to other regions that failed.' },
  holdfast_job_copies_under_way: { type: 'gauge', help: 'Copies to other regions that Azure still works on.' },
  holdfast_job_throttled_seconds_total: { type: 'counter', help: "Waited for Azure's request budgets." },
  holdfast_job_notification_failures_total: {
    type: 'counter',
    help: 'Messages that a receiver did not take, or that could not be sent.',
  },
  holdfast_job_machine_newest_point_timestamp_seconds: {
    type: 'gauge',
    help: "When the machine's newest whole point of this job was made; 0: none is known. Its age: time() less this.",
  },
  holdfast_job_machine_failed: { type: 'gauge', help: '1: the last run that met the machine failed on it.' },
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyName = keyof typeof families;
