import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedDir, recordedIsThere } from '../recorded.ts';
import { pollJob } from '../../../src/azure/backup-jobs.ts';
import { beganOf, pollOperation } from '../../../src/azure/operation.ts';
import { inTurn, signal, stubArm, type Reply } from './stub-arm.ts';

const url = 'https://management.azure.com/operations/1?s=signed';
const polled = (reply: Reply, operation: { operationUrl?: string; locationUrl?: string } = { operationUrl: url }) =>
  pollOperation(stubArm(inTurn(reply)), 'backup', { kind: 'accepted', ...operation }, signal);

describe('a first answer', () => {
  const began = async (reply: Reply) =>
    beganOf(await stubArm(inTurn(reply)).ask({ provider: 'compute', method: 'PUT', path: '/x' }));

  it.each([
    [
      'a 202 with both headers is accepted, with its URLs verbatim',
      { status: 202, headers: { 'azure-asyncoperation': url, location: `${url}&monitor=true`, 'retry-after': '2' } },
      { kind: 'accepted', operationUrl: url, locationUrl: `${url}&monitor=true`, retryAfterMs: 2000 },
    ],
    [
      'a 201 with an operation is accepted (vaults)',
      { status: 201, body: {}, headers: { 'azure-asyncoperation': url } },
      { kind: 'accepted', operationUrl: url },
    ],
    ['a 200 without an operation is over (policies)', { status: 200, body: {} }, { kind: 'settled', ok: true }],
    ['a 202 without any URL is still not over', { status: 202 }, { kind: 'accepted' }],
    [
      'a 429 is turned away',
      { status: 429, body: { error: { code: 'TooManyRequests', message: '' } }, headers: { 'retry-after': '7' } },
      { kind: 'throttled', retryAfterMs: 7000 },
    ],
    [
      'another operation in progress means not yet',
      { status: 409, body: { error: { code: 'AnotherOperationInProgress', message: '' } } },
      { kind: 'not-yet' },
    ],
    [
      'a 500 leaves it open',
      { status: 500, body: { error: { code: 'InternalServerError', message: '' } } },
      { kind: 'uncertain' },
    ],
    [
      'a 400 is a clear no',
      { status: 400, body: { error: { code: 'InvalidParameter', message: 'no' } } },
      { kind: 'settled', ok: false },
    ],
  ] as const)('%s', async (_name, reply, wanted) => {
    expect(await began(reply)).toMatchObject(wanted);
  });
});

describe('a poll', () => {
  it.each([
    [
      'Compute’s status body runs',
      { status: 200, body: { startTime: 'x', status: 'InProgress' }, headers: { 'retry-after': '2' } },
      { kind: 'running', retryAfterMs: 2000 },
    ],
    [
      'Azure Backup’s runs although it has an endTime',
      { status: 200, body: { status: 'InProgress', endTime: '0001-01-01T00:00:00' } },
      { kind: 'running' },
    ],
    [
      'Site Recovery’s runs with null fields',
      { status: 200, body: { error: null, status: 'InProgress', endTime: null, percentComplete: null } },
      { kind: 'running' },
    ],
    ['an unknown word runs', { status: 200, body: { status: 'Accepted' } }, { kind: 'running' }],
    ['Succeeded is over', { status: 200, body: { status: 'Succeeded' } }, { kind: 'settled', ok: true }],
    [
      'Succeeded with a job hands over',
      {
        status: 200,
        body: { status: 'Succeeded', properties: { objectType: 'OperationStatusJobExtendedInfo', jobId: 'j1' } },
      },
      { kind: 'running', next: { kind: 'accepted', jobId: 'j1' } },
    ],
    [
      'Failed carries its error',
      { status: 200, body: { status: 'Failed', error: { code: 'DiskQuotaExceeded', message: 'no quota' } } },
      { kind: 'settled', ok: false, problem: { detail: 'DiskQuotaExceeded: no quota' } },
    ],
    [
      'a 404 has vanished',
      { status: 404, body: { error: { code: 'ResourceNotFound', message: '' } } },
      { kind: 'vanished' },
    ],
    [
      'a 502 is unclear, not failed',
      { status: 502, body: { error: { code: 'InvalidGatewayHost', message: '' } } },
      { kind: 'uncertain' },
    ],
    [
      'a 500 is unclear, not failed',
      { status: 500, body: { error: { code: 'InternalServerError', message: '' } } },
      { kind: 'uncertain' },
    ],
    [
      'a 403 says nothing about the operation',
      { status: 403, body: { error: { code: 'AuthorizationFailed', message: '' } } },
      { kind: 'refused' },
    ],
  ] as const)('of a status URL: %s', async (_name, reply, wanted) => {
    expect(await polled(reply)).toMatchObject(wanted);
  });

  it.each([
    ['202 runs', { status: 202 }, { kind: 'running' }],
    ['204 is over', { status: 204 }, { kind: 'settled', ok: true }],
    ['200 is over', { status: 200, body: { id: 'x' } }, { kind: 'settled', ok: true }],
    [
      '400 is the operation’s own failure',
      { status: 400, body: { error: { code: 'BadRequest', message: 'no' } } },
      { kind: 'settled', ok: false },
    ],
    [
      'a 401 concerns the login',
      { status: 401, body: { error: { code: 'InvalidAuthenticationToken', message: '' } } },
      { kind: 'refused' },
    ],
  ] as const)('of Location: %s', async (_name, reply, wanted) => {
    expect(await polled(reply, { locationUrl: url })).toMatchObject(wanted);
  });

  it('without any URL has vanished', async () => {
    expect(await polled({ status: 200 }, {})).toEqual({ kind: 'vanished' });
  });

  it('reads a job to its end, and why it failed', async () => {
    const job = (status: string, more = {}) => ({
      status: 200,
      body: { properties: { operation: 'Backup', status, ...more } },
    });
    const ask = (reply: Reply) =>
      pollJob(
        stubArm(inTurn(reply)),
        '/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v',
        'j',
        signal,
      );
    expect(
      await ask(
        job('InProgress', { extendedInfo: { tasksList: [{ taskId: 'Take Snapshot', status: 'InProgress' }] } }),
      ),
    ).toMatchObject({ kind: 'running', phase: 'Backup: Take Snapshot' });
    expect(await ask(job('CompletedWithWarnings'))).toMatchObject({ kind: 'settled', ok: true });
    const failed = await ask(
      job('Failed', {
        errorDetails: [
          { errorCode: 400001, errorTitle: 'GuestAgent', errorString: 'not ready', recommendations: ['Restart it.'] },
        ],
      }),
    );
    expect(failed).toMatchObject({
      kind: 'settled',
      ok: false,
      problem: { detail: 'GuestAgent: not ready Restart it.' },
    });
  });
});

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const flows = join(recordedDir, 'flows');

/** What Azure's recorded answer means, read off the recording without the code under test. */
const meaning = ({ status: code, body, headers }: Recorded, byStatusUrl: boolean): unknown => {
  const { status, properties } = (body ?? {}) as {
    readonly status?: string;
    readonly properties?: { readonly jobId?: string };
  };
  const word = byStatusUrl ? status : undefined;
  if (code === 404 || code === 410) return { kind: 'vanished' };
  if (code >= 500) return { kind: 'uncertain' };
  if (code >= 400) return byStatusUrl ? { kind: 'refused' } : { kind: 'settled', ok: false };
  if (word === 'Failed' || word === 'Canceled' || word === 'Cancelled') return { kind: 'settled', ok: false };
  const runs = word === undefined ? code === 202 : word !== 'Succeeded';
  if (runs)
    return {
      kind: 'running',
      ...(headers['retry-after'] === undefined ? {} : { retryAfterMs: Number(headers['retry-after']) * 1000 }),
    };
  return properties?.jobId === undefined
    ? { kind: 'settled', ok: true }
    : { kind: 'running', next: { kind: 'accepted', jobId: properties.jobId } };
};

const isEnd = (means: unknown): boolean => {
  const { kind, next } = means as { readonly kind: string; readonly next?: unknown };
  return kind === 'settled' || next !== undefined;
};

describe('recorded operations', () => {
  it.skipIf(!recordedIsThere)(
    'run, hand over and end poll by poll as recorded (skipped where the recordings are not at hand)',
    async () => {
      const ends = { ended: 0, 'cut off': 0 };
      for (const file of readdirSync(flows)) {
        const exchanges = readFileSync(join(flows, file), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Recorded);
        for (const [i, first] of exchanges.entries()) {
          const status = first.headers['azure-asyncoperation'];
          const target =
            status ?? (first.status === 202 && first.method !== 'GET' ? first.headers['location'] : undefined);
          if (target === undefined || first.method === 'GET') continue;
          const path = decodeURIComponent(new URL(target.replace(/<[^>]*>/g, 'x')).pathname);
          const polls = exchanges.slice(i + 1).filter((e) => e.method === 'GET' && decodeURIComponent(e.path) === path);
          if (polls.length === 0) continue;
          const began = beganOf(
            await stubArm(inTurn(first)).ask({ provider: 'backup', method: 'PUT', path: first.path }),
          );
          if (began.kind !== 'accepted') throw new Error(`${file}: ${first.method} ${first.path} was not accepted`);
          const { locationUrl, operationUrl, ...rest } = began;
          const arm = stubArm(inTurn(...polls));
          for (const [n, poll] of polls.entries()) {
            const answer = await pollOperation(
              arm,
              'backup',
              { ...rest, ...(operationUrl ? { operationUrl } : { locationUrl: locationUrl! }) },
              signal,
            );
            const means = meaning(poll, operationUrl !== undefined);
            expect(answer, `${file} ${first.method} ${first.path}, poll ${n + 1}`).toMatchObject(means as object);
            expect(isEnd(answer), `${file} ${first.method} ${first.path}, poll ${n + 1}`).toBe(isEnd(means));
          }
          ends[isEnd(meaning(polls.at(-1)!, operationUrl !== undefined)) ? 'ended' : 'cut off'] += 1;
        }
      }
      console.log('recorded operations followed:', ends);
      expect(ends.ended).toBeGreaterThan(50);
      expect(ends['cut off']).toBeLessThan(ends.ended / 5);
    },
  );
});
