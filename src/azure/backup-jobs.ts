/** Azure Backup's jobs: what an operation hands over to, and the evidence of a backup whose answer was lost. */
import { keyOf, vaultOf, type ResourceId } from '../core/ids.ts';
import { dayMs, hourMs, instantMs } from '../core/time.ts';
import type { Polled, Refused, Throttled, Uncertain } from '../engine/ports.ts';
import { unanswered, type Arm } from './ask.ts';
import { apiVersions } from './kinds.ts';
import { listAt, numberAt, textAt } from './raw.ts';
import type { Problem } from '../core/problem.ts';

export type JobState = 'running' | 'ok' | 'failed';

export interface BackupJob {
  readonly id: string;
  readonly startedAt: number;
  readonly state: JobState;
}

/** How often to look: a backup takes about 40 minutes, and 150 job reads an hour are all some vaults allow. */
const backupJobPollMs = 60_000;
const otherJobPollMs = 10_000;

export const pollJob = async (arm: Arm, vaultId: ResourceId, jobId: string, signal: AbortSignal): Promise<Polled> => {
  const answer = await arm.ask({
    provider: 'backup',
    method: 'GET',
    path: `${vaultId}/backupJobs/${jobId}`,
    apiVersion: apiVersions.backup,
    signal,
  });
  if (answer.kind === 'not-found') return { kind: 'vanished' };
  if (answer.kind !== 'answer') return unanswered(answer);
  const { body, subject } = answer.response;
  const operation = textAt(body, 'properties', 'operation') ?? 'job';
  const state = jobState(body);
  if (state === 'ok') return { kind: 'settled', ok: true };
  if (state === 'failed') return { kind: 'settled', ok: false, problem: jobProblem(body, subject, operation) };
  const tasks = listAt(body, 'properties', 'extendedInfo', 'tasksList');
  const task = tasks.find((t) => textAt(t, 'status') === 'InProgress');
  const percent = numberAt(body, 'properties', 'extendedInfo', 'progressPercentage');
  return {
    kind: 'running',
    phase: [operation, textAt(task, 'taskId')].filter(Boolean).join(': '),
    retryAfterMs: operation === 'Backup' ? backupJobPollMs : otherJobPollMs,
    ...(percent === undefined ? {} : { percent }),
  };
};

/** `CompletedWithWarnings` made a recovery point. Cancelling is still under way; a word of a later version too. */
const jobState = (body: unknown): JobState => {
  const status = (textAt(body, 'properties', 'status') ?? '').toLowerCase();
  if (status === 'completed' || status === 'completedwithwarnings') return 'ok';
  return status === 'failed' || status === 'cancelled' || status === 'canceled' ? 'failed' : 'running';
};

const jobProblem = (body: unknown, subject: string, operation: string): Problem => {
  const said = listAt(body, 'properties', 'errorDetails').flatMap((e) => {
    const title = textAt(e, 'errorTitle') ?? numberAt(e, 'errorCode')?.toString();
    return [
      [title, textAt(e, 'errorString')].filter(Boolean).join(': '),
      ...listAt(e, 'recommendations').filter((r) => typeof r === 'string'),
    ];
  });
  const status = textAt(body, 'properties', 'status') ?? 'Failed';
  return {
    code: 'backup-job-failed',
    severity: 'high',
    subject,
    summary: `the ${operation} job ended ${status}`,
    ...(said.length > 0 ? { detail: said.join(' ') } : {}),
  };
};

export type FoundJobs =
  { readonly kind: 'jobs'; readonly jobs: readonly BackupJob[] } | Refused | Throttled | Uncertain;

/** Azure answers at most a month of jobs. */
const longestWindowMs = 29 * dayMs;

/**
 * The machine's `Backup` jobs that began at or after `since`, newest first. Jobs name their machine by container
 * (`iaasvmcontainerv2;rg;vm`), lower-cased.
 */
export const backupJobsSince = async (
  arm: Arm,
  itemId: ResourceId,
  since: number,
  now: number | undefined,
  signal: AbortSignal,
): Promise<FoundJobs> => {
  const vaultId = vaultOf(itemId);
  const until = Math.min(since + longestWindowMs, (now ?? since) + hourMs);
  const $filter = `backupManagementType eq 'AzureIaasVM' and operation eq 'Backup' and startTime eq '${filterTime(since)}' and endTime eq '${filterTime(until)}'`;
  const container = containerOf(itemId);
  const jobs: BackupJob[] = [];
  let next: string | undefined;
  do {
    const answer = await arm.ask({
      provider: 'backup',
      method: 'GET',
      ...(next === undefined
        ? { path: `${vaultId}/backupJobs`, apiVersion: apiVersions.backup, query: { $filter } }
        : { url: next }),
      signal,
    });
    if (answer.kind === 'not-found') return { kind: 'jobs', jobs: [] };
    if (answer.kind !== 'answer') return unanswered(answer);
    for (const row of listAt(answer.response.body, 'value')) {
      const id = textAt(row, 'name');
      const startedAt = instantMs(textAt(row, 'properties', 'startTime'));
      if (id === undefined || startedAt === undefined || startedAt < since) continue;
      if (textAt(row, 'properties', 'operation') !== 'Backup') continue;
      if (textAt(row, 'properties', 'containerName')?.toLowerCase() === container)
        jobs.push({ id, startedAt, state: jobState(row) });
    }
    next = textAt(answer.response.body, 'nextLink');
  } while (next !== undefined);
  return { kind: 'jobs', jobs: jobs.toSorted((a, b) => b.startedAt - a.startedAt) };
};

/** `iaasvmcontainerv2;rg;vm` out of `…/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;vm/protectedItems/…`. */
const containerOf = (itemId: ResourceId): string => {
  const name = /\/protectioncontainers\/([^/]+)/.exec(keyOf(itemId))?.[1] ?? '';
  return name.replaceAll('%3b', ';').split(';').slice(1).join(';');
};

/** `2016-01-01 04:00:15 AM`, UTC: the only form of a moment that the filter takes. */
export const filterTime = (ms: number): string => {
  const iso = new Date(ms).toISOString();
  const hour = Number(iso.slice(11, 13));
  const twelve = String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, '0');
  return `${iso.slice(0, 10)} ${twelve}:${iso.slice(14, 19)} ${hour < 12 ? 'AM' : 'PM'}`;
};
