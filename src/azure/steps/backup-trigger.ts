/**
 * POST …/backup: a backup now. At most once: each accepted request makes a recovery point. What became of a lost one is read
 * from the vault's jobs. https://learn.microsoft.com/rest/api/backup/backups/trigger
 */
import type { Reconciled } from '../../engine/ports.ts';
import { backupJobsSince } from '../backup-jobs.ts';
import { apiVersions } from '../kinds.ts';
import { beganOf } from '../operation.ts';
import { poll, type MakeRunner } from './runner.ts';

/** Our clock and Azure's may differ; a job that began this long before the intent may still be ours. */
const clockSkewMs = 120_000;

/**
 * A scheduled backup began between our look and Azure's: ours is none, and that one makes the point.
 * https://learn.microsoft.com/azure/backup/backup-azure-troubleshoot-vm-backup-fails-snapshot-timeout
 */
const isForestalled = /\bUserErrorBackupOperationInProgress\b/i;

export const backupTrigger: MakeRunner<'backup.trigger'> = (step, tools) => ({
  repeatable: false,
  atMostOnce: true,
  begin: async (_step, signal) =>
    beganOf(
      await tools.arm.ask({
        provider: 'backup',
        method: 'POST',
        path: `${step.resourceId}/backup`,
        apiVersion: apiVersions.backup,
        body: { properties: { objectType: 'IaasVMBackupRequest', recoveryPointExpiryTimeInUTC: step.input.expiresAt } },
        signal,
      }),
    ),
  poll: async (operation, signal) => {
    const polled = await poll(step, tools, operation, signal);
    if (polled.kind !== 'settled' || polled.ok || !isForestalled.test(polled.problem?.detail ?? '')) return polled;
    return { ...polled, forestalled: true };
  },
  reconcile: async (_step, intendedAt, signal): Promise<Reconciled> => {
    const found = await backupJobsSince(tools.arm, step.resourceId, intendedAt - clockSkewMs, tools.now(), signal);
    if (found.kind !== 'jobs') return found;
    const job =
      found.jobs.find(({ state }) => state === 'running') ??
      found.jobs.find(({ state }) => state === 'ok') ??
      found.jobs[0];
    return job === undefined ? { kind: 'absent' } : { kind: 'accepted', jobId: job.id };
  },
});
