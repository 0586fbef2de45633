import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as rest from '@azure/core-rest-pipeline';
import { describe, expect, it } from 'vitest';
import { errorBody, failureOf } from '../../src/azure/failure.ts';
import { failureOfThrown } from '../../src/azure/thrown.ts';
import type { ArmResponse } from '../../src/azure/transport.ts';
import { recordedDir, recordedIsThere } from './recorded.ts';

const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ArmResponse => ({
  status,
  headers,
  body,
  text: JSON.stringify(body) ?? '',
  subject: '/subscriptions/s',
});
const error = (code: string, message = '', more: object = {}) => ({ error: { code, message, ...more } });

describe('failureOf', () => {
  it('sees no failure in any 2xx', () => {
    for (const status of [200, 201, 202, 204]) expect(failureOf(answer(status, undefined))).toBeUndefined();
  });

  it('believes no 2xx that ends in the middle, or is a page of somebody in between', () => {
    for (const text of ['{"properties": {"vmId"', '<html>sign in</html>']) {
      expect(failureOf({ ...answer(200, undefined), text })).toMatchObject({
        kind: 'uncertain',
        problem: { code: 'azure-uncertain', severity: 'high' },
      });
    }
    expect(failureOf({ ...answer(202, undefined), text: '' })).toBeUndefined();
  });

  it('waits the seconds of Retry-After and names the bucket of the message', () => {
    const message =
      "Number of requests for action 'Microsoft.RecoveryServices/vaults/backupJobs/read' exceeded the limit of '150' for time interval '01:00:00'. Please try again after '324' seconds.";
    expect(failureOf(answer(429, error('ResourceRequestsThrottled', message), { 'retry-after': '17' }))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 17_000,
      bucket: 'Microsoft.RecoveryServices/vaults/backupJobs/read',
    });
    expect(failureOf(answer(429, error('ResourceRequestsThrottled', message)))).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 324_000,
    });
  });

  it('reads a Retry-After that is an HTTP date against the Date of the answer', () => {
    const headers = { date: 'Wed, 03 Jun 2026 12:00:00 GMT', 'retry-after': 'Wed, 03 Jun 2026 12:01:30 GMT' };
    expect(failureOf(answer(429, error('TooManyRequests'), headers))).toMatchObject({ retryAfterMs: 90_000 });
  });

  it("takes Compute's target as the bucket, with its counts in a nested JSON string", () => {
    const details = [
      {
        code: 'TooManyRequests',
        target: 'HighCostGetVMScaleSet3Min',
        message: '{"operationGroup":"HighCostGetVMScaleSet3Min","allowedRequestCount":190,"measuredRequestCount":244}',
      },
    ];
    expect(
      failureOf(answer(429, error('OperationNotAllowed', 'too many requests', { details }), { 'retry-after': '1200' })),
    ).toMatchObject({
      kind: 'throttled',
      retryAfterMs: 1_200_000,
      bucket: 'HighCostGetVMScaleSet3Min',
    });
  });

  it('a whole error put as a JSON string into a message is read too', () => {
    expect(
      errorBody({
        error: { code: 'Conflict', message: '{"error":{"code":"TooManyRequests","message":"x","target":"B"}}' },
      })?.details[0],
    ).toMatchObject({ code: 'TooManyRequests', target: 'B' });
    expect(
      failureOf(
        answer(
          409,
          { error: { code: 'Conflict', message: '{"error":{"code":"TooManyRequests","message":"x","target":"B"}}' } },
          { 'retry-after': '3' },
        ),
      ),
    ).toMatchObject({ kind: 'throttled', bucket: 'B', retryAfterMs: 3000 });
  });

  it('OperationNotAllowed with 409 and no throttling inside is a refusal, not a throttle', () => {
    expect(failureOf(answer(409, error('OperationNotAllowed', 'quota exceeded')))).toMatchObject({
      kind: 'failed',
      azureCode: 'OperationNotAllowed',
    });
  });

  it('a 429 about something else in flight is busy, not throttled', () => {
    const body = error('RetryableError', 'A retryable error occurred.', {
      details: [{ code: 'ReferencedResourceNotProvisioned', message: 'x' }],
    });
    expect(failureOf(answer(429, body))).toMatchObject({ kind: 'busy', azureCode: 'RetryableError' });
    expect(failureOf(answer(409, error('AnotherOperationInProgress')))).toMatchObject({ kind: 'busy' });
  });

  it('names the missing action and scope of a 403', () => {
    const message =
      "The client 'x' with object id 'y' does not have authorization to perform action 'Microsoft.Compute/disks/read' over scope '/subscriptions/s' or the scope is invalid.";
    expect(failureOf(answer(403, error('AuthorizationFailed', message)))).toMatchObject({
      kind: 'forbidden',
      action: 'Microsoft.Compute/disks/read',
      scope: '/subscriptions/s',
    });
  });

  it('tells the two 404s and an unregistered provider', () => {
    expect(failureOf(answer(404, error('ResourceNotFound')))).toMatchObject({
      kind: 'not-found',
      azureCode: 'ResourceNotFound',
    });
    expect(failureOf(answer(404, error('NotFound')))).toMatchObject({ kind: 'not-found', azureCode: 'NotFound' });
    expect(failureOf(answer(409, error('MissingSubscriptionRegistration')))).toMatchObject({ kind: 'not-registered' });
  });

  it("reads Recovery Services' own envelope", () => {
    expect(failureOf(answer(400, { ErrorCode: 'BadThing', Message: { Language: 'en', Value: 'no' } }))).toMatchObject({
      kind: 'failed',
      azureCode: 'BadThing',
      problem: { detail: 'BadThing: no' },
    });
  });

  it('a 5xx, or an answer that is not JSON, is uncertain', () => {
    expect(failureOf(answer(500, error('InternalServerError'), { 'retry-after': '5' }))).toMatchObject({
      kind: 'uncertain',
      retryAfterMs: 5000,
    });
    expect(failureOf({ ...answer(400, undefined), text: '<html>' })).toMatchObject({ kind: 'uncertain' });
  });

  it.each([{}, [], 'text', 7, null, { error: null }, { error: { details: [null, 3] } }])(
    'survives the body %j',
    (body) => {
      for (const status of [400, 403, 404, 409, 429, 500])
        expect(failureOf(answer(status, body))?.problem.code).toMatch(/^azure-/);
    },
  );

  it.skipIf(!recordedIsThere)('gives a kind other than uncertain to every 4xx ever recorded', () => {
    const lines = readdirSync(join(recordedDir, 'flows')).flatMap((f) =>
      readFileSync(join(recordedDir, 'flows', f), 'utf8')
        .split('\n')
        .filter((l) => l !== ''),
    );
    const failures = lines
      .map((line) => JSON.parse(line) as { status: number; headers: Record<string, string>; body: unknown })
      .filter(({ status }) => status >= 400 && status < 500)
      .map(({ status, headers, body }) => failureOf(answer(status, body, headers)));
    expect(failures.length).toBeGreaterThan(10);
    expect(failures.filter((f) => f === undefined || f.kind === 'uncertain')).toEqual([]);
    expect(failures.find((f) => f?.kind === 'throttled')).toMatchObject({ retryAfterMs: 324_000 });
  });
});

describe('failureOfThrown', () => {
  it('knows a request that never left, by what the HTTP client itself throws where nobody listens', async () => {
    const request = rest.createPipelineRequest({ url: 'https://127.0.0.1:1/subscriptions/s', method: 'POST' });
    const thrown: unknown = await rest
      .createEmptyPipeline()
      .sendRequest(rest.createDefaultHttpClient(), request)
      .catch((error: unknown) => error);
    expect(failureOfThrown(thrown, '/subscriptions/s')).toMatchObject({ kind: 'uncertain', unsent: true });
  });

  it.each(['ECONNRESET', 'ETIMEDOUT', 'EPIPE', undefined])(
    'leaves open what became of a request whose connection ended otherwise: %s',
    (code) => {
      const failure = failureOfThrown(new rest.RestError('it broke', code === undefined ? {} : { code }), '/s');
      expect(failure.kind).toBe('uncertain');
      expect(failure).not.toHaveProperty('unsent');
    },
  );
});
