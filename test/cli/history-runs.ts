/** Records to keep: as jobs, applies and audits make them. */
import type { JobMachine, JobRun } from '../../src/core/job/job-run.ts';
import type { ApplyRun, AuditRecord } from '../../src/core/history/recorded.ts';
import { toInstant } from '../../src/core/time.ts';

export const began = Date.UTC(2026, 10, 2, 8);
const hour = 3_600_000;

export const machineIdOf = (name: string): string =>
  `/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/${name}`;

export const aJobMachine = (name: string, parts: Partial<JobMachine> = {}): JobMachine => ({
  id: machineIdOf(name),
  name,
  outcome: 'created',
  option: 'restore-point',
  consistency: 'application',
  ...parts,
});

export const aJobRun = (number: number, parts: Partial<JobRun> = {}): JobRun => {
  const due = began + number * 24 * hour;
  const machines = parts.machines ?? [aJobMachine('web01'), aJobMachine('db01')];
  const count = (outcome: JobMachine['outcome']): number => machines.filter((m) => m.outcome === outcome).length;
  return {
    schemaVersion: 1,
    kind: 'holdfast.job-run',
    runId: `run-${number}`,
    correlationId: `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`,
    job: 'nightly',
    outcome: 'ended',
    startedAt: toInstant(due + 60_000),
    endedAt: toInstant(due + 300_000),
    due: toInstant(due),
    windowEnd: toInstant(due + 24 * hour),
    late: machines.filter(({ late }) => late).length,
    created: count('created'),
    existing: count('existing'),
    pruned: 1,
    trashed: 0,
    failed: count('failed'),
    skipped: count('skipped'),
    copies: { begun: 0, underWay: 0, complete: 0, failed: 0 },
    throttledSeconds: 0,
    problems: [],
    ...parts,
    machines,
  };
};

export const anApplyRun = (number: number, parts: Partial<ApplyRun> = {}): ApplyRun => ({
  schemaVersion: 1,
  kind: 'holdfast.apply-run',
  runId: `apply-${number}`,
  command: 'snapshot',
  plan: 'ab'.repeat(32),
  file: 'gap.json',
  scope: '1 subscription',
  startedAt: toInstant(began + number * hour),
  endedAt: toInstant(began + number * hour + 90_000),
  exitCode: 3,
  steps: [
    {
      id: 'snapshot-web01-os',
      kind: 'snapshot.create',
      option: 'disk-snapshot',
      subject: machineIdOf('web01'),
      resourceId: machineIdOf('web01').replace('virtualMachines/web01', 'snapshots/s'),
      outcome: 'done',
      startedAt: toInstant(began + number * hour),
      endedAt: toInstant(began + number * hour + 60_000),
    },
    {
      id: 'snapshot-db01-os',
      kind: 'snapshot.create',
      option: 'disk-snapshot',
      subject: machineIdOf('db01'),
      resourceId: machineIdOf('db01').replace('virtualMachines/db01', 'snapshots/t'),
      outcome: 'failed',
      detail: 'Azure refused it',
    },
  ],
  ...parts,
});

export const anAuditRecord = (number: number, parts: Partial<AuditRecord['audit']> = {}): AuditRecord => {
  const asOf = toInstant(began + number * 24 * hour);
  return {
    schemaVersion: 1,
    kind: 'holdfast.audit-record',
    runId: `audit-${number}`,
    startedAt: asOf,
    endedAt: asOf,
    audit: {
      asOf,
      scope: '1 subscription',
      complete: true,
      unknowns: [],
      machines: [
        { id: machineIdOf('web01'), name: 'web01', class: 'production', standing: 'protected', findings: [] },
        {
          id: machineIdOf('db01'),
          name: 'db01',
          class: 'production',
          standing: 'at-risk',
          findings: [
            {
              id: 'aaaaaaaaaaaa',
              code: 'unprotected',
              option: 'azure-backup',
              severity: 'high',
              summary: 'db01 has no backup.',
            },
          ],
        },
      ],
      orphans: [],
      vaults: [],
      ...parts,
    },
  };
};
