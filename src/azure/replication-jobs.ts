/**
 * A failed operation of Site Recovery may say nothing of why: its job of the same name does (facts R-46).
 * https://learn.microsoft.com/rest/api/site-recovery/replication-jobs/get
 */
import { vaultOf, type ResourceId } from '../core/ids.ts';
import { instantMs } from '../core/time.ts';
import type { Accepted, Polled, Reconciled } from '../engine/ports.ts';
import { unanswered, type Arm } from './ask.ts';
import { addressOf } from './resource.ts';
import { listAt, textAt } from './raw.ts';

/** The answer as it is, or with the job's own words where it failed without any. A job that cannot be read changes nothing. */
export const withJobsWords = async (
  arm: Arm,
  resourceId: ResourceId,
  operation: Accepted,
  polled: Polled,
  signal: AbortSignal,
): Promise<Polled> => {
  if (polled.kind !== 'settled' || polled.ok || polled.problem?.detail !== undefined) return polled;
  const name = /\/replication(?:OperationStatus|Jobs)\/([^/?]+)/i.exec(operation.operationUrl ?? '')?.[1];
  if (name === undefined) return polled;
  const path = `${vaultOf(resourceId)}/replicationJobs/${name}`;
  const answer = await arm.ask({ ...addressOf(path), method: 'GET', path, signal });
  if (answer.kind !== 'answer') return polled;
  const said = listAt(answer.response.body, 'properties', 'errors').flatMap(wordsOf);
  if (said.length === 0) return polled;
  const {
    code = 'operation-failed',
    severity = 'high',
    subject = resourceId,
    summary = 'the operation failed',
  } = polled.problem ?? {};
  return { ...polled, problem: { ...polled.problem, code, severity, subject, summary, detail: said.join('; ') } };
};

const wordsOf = (error: unknown): readonly string[] => {
  const service = [textAt(error, 'serviceErrorDetails', 'code'), textAt(error, 'serviceErrorDetails', 'message')];
  const provider = [
    textAt(error, 'providerErrorDetails', 'errorId'),
    textAt(error, 'providerErrorDetails', 'errorMessage'),
  ];
  const action =
    textAt(error, 'serviceErrorDetails', 'recommendedAction') ??
    textAt(error, 'providerErrorDetails', 'recommendedAction');
  const given = [service, provider].map((parts) =>
    parts.filter((part) => part !== undefined && part !== '').join(': '),
  );
  const [first] = given.filter((text) => text !== '');
  return first === undefined ? [] : [[first, action].filter((part) => part !== undefined && part !== '').join(' ')];
};

const jobLookMs = 30_000;

/** A job's end, with its own words where it failed. */
export const pollReplicationJob = async (
  arm: Arm,
  resourceId: ResourceId,
  jobId: string,
  signal: AbortSignal,
): Promise<Polled> => {
  const path = `${vaultOf(resourceId)}/replicationJobs/${jobId}`;
  const answer = await arm.ask({ ...addressOf(path), method: 'GET', path, signal });
  if (answer.kind === 'not-found') return { kind: 'vanished' };
  if (answer.kind !== 'answer') return unanswered(answer);
  const { body } = answer.response;
  const state = (textAt(body, 'properties', 'state') ?? '').toLowerCase();
  if (/^(?:succeeded|completedwithinformation)$/.test(state)) return { kind: 'settled', ok: true };
  if (!/^(?:failed|cancelled|canceled)$/.test(state))
    return { kind: 'running', phase: 'enabling replication', retryAfterMs: jobLookMs };
  const detail = listAt(body, 'properties', 'errors').flatMap(wordsOf).join('; ');
  const problem = {
    code: 'operation-failed',
    severity: 'high',
    subject: resourceId,
    summary: `the job ended ${state}`,
  } as const;
  return { kind: 'settled', ok: false, problem: { ...problem, ...(detail === '' ? {} : { detail }) } };
};

/** The job that enables replication of the machine, begun at or after `since`: the evidence of a request whose answer was lost. */
export const enablingJobSince = async (
  arm: Arm,
  resourceId: ResourceId,
  machineName: string,
  since: number,
  signal: AbortSignal,
): Promise<Reconciled> => {
  const path = `${vaultOf(resourceId)}/replicationJobs`;
  const { provider, apiVersion } = addressOf(path);
  let url: string | undefined;
  do {
    const answer = await arm.ask({
      provider,
      method: 'GET',
      ...(url === undefined ? { path, apiVersion } : { url }),
      signal,
    });
    if (answer.kind === 'not-found') return { kind: 'absent' };
    if (answer.kind !== 'answer') return unanswered(answer);
    const { body } = answer.response;
    const job = listAt(body, 'value').find(
      (row) =>
        /^enable/i.test(textAt(row, 'properties', 'scenarioName') ?? '') &&
        textAt(row, 'properties', 'targetObjectName')?.toLowerCase() === machineName.toLowerCase() &&
        (instantMs(textAt(row, 'properties', 'startTime')) ?? 0) >= since,
    );
    const jobId = textAt(job, 'name');
    if (jobId !== undefined) return { kind: 'accepted', jobId };
    url = textAt(body, 'nextLink');
  } while (url !== undefined);
  return { kind: 'absent' };
};
