/** Runs of a job, for what is made of them. */
import type { JobMachine, JobRun } from '../../../src/core/job/job-run.ts';

const group = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop';

export const machine = (name: string, fields: Partial<JobMachine> = {}): JobMachine => ({
  id: `${group}/providers/Microsoft.Compute/virtualMachines/${name}`,
  name,
  outcome: 'created',
  newestPoint: { id: `${group}/providers/Microsoft.Compute/snapshots/hf-${name}`, at: '2026-06-03T01:00:00Z' },
  ...fields,
});

const countOf = (machines: readonly JobMachine[], outcome: JobMachine['outcome']): number =>
  machines.filter((one) => one.outcome === outcome).length;

/** Its counts follow from its machines. */
export const jobRun = (machines: readonly JobMachine[], fields: Partial<JobRun> = {}): JobRun => ({
  schemaVersion: 1,
  kind: 'holdfast.job-run',
  runId: 'nightly-20260603T0100Z-7f3a',
  correlationId: '6f9619ff-8b86-d011-b42d-00c04fc964ff',
  job: 'nightly',
  outcome: 'ended',
  startedAt: '2026-06-03T01:00:05Z',
  endedAt: '2026-06-03T01:04:35Z',
  due: '2026-06-03T01:00:00Z',
  windowEnd: '2026-06-04T01:00:00Z',
  late: machines.filter(({ late }) => late === true).length,
  created: countOf(machines, 'created'),
  existing: countOf(machines, 'existing'),
  pruned: 0,
  trashed: 0,
  failed: countOf(machines, 'failed'),
  skipped: countOf(machines, 'skipped'),
  copies: { begun: 0, underWay: 0, complete: 0, failed: 0 },
  machines,
  throttledSeconds: 0,
  problems: [],
  ...fields,
});
