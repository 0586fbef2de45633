/**
 * Follows every long-running dialect, one GET per call. Which one it is shows in the answer: a status body behind
 * Azure-AsyncOperation (Compute, Recovery Services, Site Recovery), or the bare status code behind Location. URLs are followed
 * verbatim: they are signed. https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
 */
import type { Accepted, Began, Polled } from '../engine/ports.ts';
import { unanswered, unwritten, type Answer, type Arm } from './ask.ts';
import { errorBody, retryAfterMsOf } from './failure.ts';
import { numberAt, textAt } from './raw.ts';
import type { ArmResponse, Provider } from './transport.ts';
import type { Problem } from '../core/problem.ts';

/** A write's first answer. A 200, 201 or 204 without an operation is over; its goal is still read afterwards. */
export const beganOf = (answer: Answer): Began => {
  if (answer.kind !== 'answer') return unwritten(answer);
  const { status, headers } = answer.response;
  const operationUrl = headers['azure-asyncoperation'];
  const locationUrl = headers['location'];
  if (operationUrl === undefined && status !== 202) return { kind: 'settled', ok: true };
  return {
    kind: 'accepted',
    ...(operationUrl === undefined ? {} : { operationUrl }),
    ...(locationUrl === undefined ? {} : { locationUrl }),
    ...retryAfter(answer.response),
  };
};

export const pollOperation = async (
  arm: Arm,
  provider: Provider,
  operation: Accepted,
  signal: AbortSignal,
): Promise<Polled> => {
  const url = operation.operationUrl ?? operation.locationUrl;
  if (url === undefined) return { kind: 'vanished' };
  const answer = await arm.ask({ provider, method: 'GET', url, signal });
  if (answer.kind === 'answer')
    return operation.operationUrl === undefined ? byCode(answer.response) : byBody(answer.response);
  // A status URL under a resource that is gone, or one Azure has forgotten (observed.md 4): the goal decides.
  if (answer.kind === 'not-found') return { kind: 'vanished' };
  // Behind Location an error is the operation's own, unless it is of the login; behind a status URL it concerns the question.
  if (answer.kind === 'failed' && operation.operationUrl === undefined && isOfTheOperation(answer))
    return { kind: 'settled', ok: false, problem: answer.problem };
  return unanswered(answer);
};

/** Neither a login that is not accepted nor an answer that there never was: no status of Azure's. */
const isOfTheOperation = ({ status }: { readonly status: number }): boolean => status !== 401 && status !== 0;

/** `{status, error?, properties?: {jobId}}`; `endTime` says nothing (it is 0001-01-01 while Azure Backup works). */
const byBody = (response: ArmResponse): Polled => {
  const { body } = response;
  const status = (textAt(body, 'status') ?? textAt(body, 'properties', 'provisioningState'))?.toLowerCase();
  if (status === undefined) return byCode(response);
  if (status === 'succeeded') return handedOver(body) ?? { kind: 'settled', ok: true };
  if (status === 'failed' || status === 'canceled' || status === 'cancelled') {
    return { kind: 'settled', ok: false, problem: problemOf(body, response.subject, `the operation ${status}`) };
  }
  const percent = numberAt(body, 'percentComplete');
  return { kind: 'running', phase: status, ...(percent === undefined ? {} : { percent }), ...retryAfter(response) };
};

const byCode = (response: ArmResponse): Polled =>
  response.status === 202
    ? { kind: 'running', ...retryAfter(response) }
    : (handedOver(response.body) ?? { kind: 'settled', ok: true });

/** Azure Backup's operations end by naming the job that does the work (`OperationStatusJobExtendedInfo`). */
const handedOver = (body: unknown): Polled | undefined => {
  const jobId = textAt(body, 'properties', 'jobId');
  return jobId === undefined ? undefined : { kind: 'running', phase: 'job started', next: { kind: 'accepted', jobId } };
};

const retryAfter = ({ headers }: ArmResponse): { readonly retryAfterMs?: number } => {
  const ms = retryAfterMsOf(headers);
  return ms === undefined ? {} : { retryAfterMs: ms };
};

/** An error out of a status body, a resource or a job. */
export const problemOf = (body: unknown, subject: string, summary: string): Problem => {
  const error = errorBody(body);
  const said = error
    ? [error, ...error.details].map((e) => [e.code, e.message].filter(Boolean).join(': ')).filter(Boolean)
    : [];
  return {
    code: 'operation-failed',
    severity: 'high',
    subject,
    summary,
    ...(said.length > 0 ? { detail: said.join('; ') } : {}),
  };
};
