/** What a failure means to the engine: of a question and of a write, with how long to stay away. */
import { describe, expect, it } from 'vitest';
import { unanswered, unwritten } from '../../src/azure/ask.ts';
import { failureOf } from '../../src/azure/failure.ts';

const failed = (status: number, code: string, headers: Readonly<Record<string, string>> = {}, message = 'no') => {
  const body = code === '' ? undefined : { error: { code, message } };
  const failure = failureOf({ status, headers, body, text: code === '' ? '' : JSON.stringify(body), subject: '/x' });
  if (failure === undefined) throw new Error(`${status} is no failure`);
  return failure;
};
const after = { 'retry-after': '90' };

describe('a failed answer', () => {
  it.each([
    ['throttled', failed(429, 'TooManyRequests', after), { kind: 'throttled', retryAfterMs: 90_000 }, 'throttled'],
    ['throttled under another status', failed(409, 'TooManyRequests', after), { kind: 'throttled' }, 'throttled'],
    [
      'throttled without a time',
      failed(429, 'TooManyRequests'),
      { kind: 'throttled', retryAfterMs: 15_000 },
      'throttled',
    ],
    [
      'busy, with a time',
      failed(409, 'AnotherOperationInProgress', after),
      { kind: 'not-yet', retryAfterMs: 90_000 },
      'uncertain',
    ],
    [
      'busy, without one',
      failed(409, 'ConflictingUserOperation'),
      { kind: 'not-yet', retryAfterMs: 15_000 },
      'uncertain',
    ],
    ['busy with a backup', failed(409, 'UserErrorConflictingOperation'), { kind: 'not-yet' }, 'uncertain'],
    ['busy under a 429', failed(429, 'AnotherOperationInProgress', after), { kind: 'not-yet' }, 'uncertain'],
    ['unclear', failed(503, 'ServiceUnavailable', after), { kind: 'uncertain', retryAfterMs: 90_000 }, 'uncertain'],
    ['unclear, timed out on the way', failed(408, 'RequestTimeout'), { kind: 'uncertain' }, 'uncertain'],
    ['unclear, without a body', failed(400, ''), { kind: 'uncertain' }, 'uncertain'],
    ['a no', failed(400, 'InvalidParameter'), { kind: 'settled', ok: false }, 'refused'],
    ['a no, of rights', failed(403, 'AuthorizationFailed'), { kind: 'settled', ok: false }, 'refused'],
    ['a no, of another conflict', failed(409, 'PropertyChangeNotAllowed'), { kind: 'settled', ok: false }, 'refused'],
    [
      'a no, for want of a provider',
      failed(409, 'MissingSubscriptionRegistration'),
      { kind: 'settled', ok: false },
      'refused',
    ],
    ['gone', failed(410, 'Gone'), { kind: 'settled', ok: false }, 'refused'],
  ] as const)('that is %s is that to a write and to a question', (_, failure, write, question) => {
    expect(unwritten(failure)).toMatchObject(write);
    const asked = unanswered(failure);
    expect(asked.kind).toBe(question);
    if ('retryAfterMs' in failure) expect(asked).toMatchObject({ retryAfterMs: failure.retryAfterMs });
  });

  it('is busy also where only its details say so', () => {
    const error = {
      code: 'Conflict',
      message: 'no',
      details: [{ code: 'AnotherOperationInProgress', message: 'wait' }],
    };
    const answer = { status: 409, headers: {}, body: { error }, text: JSON.stringify({ error }), subject: '/x' };
    expect(unwritten(failureOf(answer)!)).toMatchObject({ kind: 'not-yet' });
  });

  it('says of a resource that is gone for good the same as of one that is not there', () => {
    expect([failed(404, 'ResourceNotFound').kind, failed(410, 'Gone').kind]).toEqual(['not-found', 'not-found']);
  });

  it('never left, or may have arrived: only the first lets a write be sent at once again', () => {
    const problem = { code: 'x', severity: 'high', subject: '/x', summary: 'no connection' } as const;
    expect(unwritten({ kind: 'uncertain', problem, unsent: true })).toEqual({
      kind: 'uncertain',
      problem,
      unsent: true,
    });
    expect(unwritten({ kind: 'uncertain', problem })).toEqual({ kind: 'uncertain', problem });
  });
});

describe('what is told of it', () => {
  it('shows where a URL leads, and not its query: it may open a door', () => {
    const message = 'See https://management.azure.com/subscriptions/s/operations/1?t=63&c=MII&s=signed for more.';
    const { detail } = failed(400, 'InvalidParameter', {}, message).problem;
    expect(detail).toContain('https://management.azure.com/subscriptions/s/operations/1 for more.');
    expect(detail).not.toContain('signed');
  });
});

describe('how long to stay away', () => {
  const waits = (headers: Readonly<Record<string, string>>, message?: string): number | undefined => {
    const failure = failed(503, 'ServiceUnavailable', headers, message);
    return failure.kind === 'uncertain' ? failure.retryAfterMs : Number.NaN;
  };
  const day = 24 * 60 * 60_000;
  it.each<[string, Readonly<Record<string, string>>, string | undefined, number | undefined]>([
    ['seconds', { 'retry-after': '7' }, undefined, 7_000],
    ['Azure’s milliseconds, before seconds', { 'retry-after-ms': '1500', 'retry-after': '7' }, undefined, 1_500],
    ['the other spelling of them', { 'x-ms-retry-after-ms': '2500' }, undefined, 2_500],
    ['the message’s own words', {}, "Please try again after '324' seconds.", 324_000],
    ['the header before the message', { 'retry-after': '7' }, "Please try again after '324' seconds.", 7_000],
    [
      'a date that has passed',
      { date: 'Wed, 03 Jun 2026 12:00:00 GMT', 'retry-after': 'Wed, 03 Jun 2026 11:00:00 GMT' },
      undefined,
      0,
    ],
    [
      'a date without a clock to hold it against',
      { 'retry-after': 'Wed, 03 Jun 2026 12:01:30 GMT' },
      undefined,
      undefined,
    ],
    ['what no clock could be set by, as a day', { 'retry-after': '99999999999' }, undefined, day],
    ['the same in milliseconds', { 'retry-after-ms': '99999999999999' }, undefined, day],
    ['the same in words', {}, "try again after '99999999999' seconds", day],
    ['a word', { 'retry-after': 'soon' }, undefined, undefined],
  ])('is %s', (_, headers, message, ms) => {
    expect(waits(headers, message)).toBe(ms);
  });
});
