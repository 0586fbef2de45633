/**
 * A failed operation of Site Recovery may say nothing of why: its job of the same name does (facts R-46).
 * https://learn.microsoft.com/rest/api/site-recovery/replication-jobs/get
 */
import { vaultOf, type ResourceId } from '../core/ids.ts';
import type { Accepted, Polled } from '../engine/ports.ts';
import type { Arm } from './ask.ts';
import { addressOf } from './resource.ts';
import { listAt, textAt } from './raw.ts';

/** The answer as it is, or with the job's own words where it failed without any. A job that cannot be read changes nothing. */
export const withJobsWords = async (
  arm: Arm, resourceId: ResourceId, operation: Accepted, polled: Polled, signal: AbortSignal,
): Promise<Polled> => {
  if (polled.kind !== 'settled' || polled.ok || polled.problem?.detail !== undefined) return polled;
  const name = /\/replication(?:OperationStatus|Jobs)\/([^/?]+)/i.exec(operation.operationUrl ?? '')?.[1];
  if (name === undefined) return polled;
  const path = `${vaultOf(resourceId)}/replicationJobs/${name}`;
  const answer = await arm.ask({ ...addressOf(path), method: 'GET', path, signal });
  if (answer.kind !== 'answer') return polled;
  const said = listAt(answer.response.body, 'properties', 'errors').flatMap(wordsOf);
  if (said.length === 0) return polled;
  const { code = 'operation-failed', severity = 'high', subject = resourceId, summary = 'the operation failed' } = polled.problem ?? {};
  return { ...polled, problem: { ...polled.problem, code, severity, subject, summary, detail: said.join('; ') } };
};

const wordsOf = (error: unknown): readonly string[] => {
  const service = [textAt(error, 'serviceErrorDetails', 'code'), textAt(error, 'serviceErrorDetails', 'message')];
  const provider = [textAt(error, 'providerErrorDetails', 'errorId'), textAt(error, 'providerErrorDetails', 'errorMessage')];
  const action =
    textAt(error, 'serviceErrorDetails', 'recommendedAction') ?? textAt(error, 'providerErrorDetails', 'recommendedAction');
  const given = [service, provider].map((parts) => parts.filter((part) => part !== undefined && part !== '').join(': '));
  const [first] = given.filter((text) => text !== '');
  return first === undefined ? [] : [[first, action].filter((part) => part !== undefined && part !== '').join(' ')];
};
