import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedDir, recordedIsThere } from '../recorded.ts';
import { pollJob } from '../../../src/azure/backup-jobs.ts';
import { beganOf, pollOperation } from '../../../src/azure/operation.ts';
import type { Problem } from '../../../src/core/problem.ts';
import type { Polled } from '../../../src/engine/ports.ts';
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
    [
      'tells how far it is',
      { status: 200, body: { status: 'InProgress', percentComplete: 40 } },
      { kind: 'running', percent: 40 },
    ],
    [
      'Canceled has come to nothing',
      { status: 200, body: { status: 'Canceled', error: { code: 'OperationPreempted', message: 'by another' } } },
      { kind: 'settled', ok: false, problem: { detail: 'OperationPreempted: by another' } },
    ],
    ['Cancelled too', { status: 200, body: { status: 'Cancelled' } }, { kind: 'settled', ok: false }],
    [
      'without a status, the resource’s own state runs',
      { status: 200, body: { properties: { provisioningState: 'Updating' } } },
      { kind: 'running' },
    ],
    [
      'a 400 says nothing about the operation',
      { status: 400, body: { error: { code: 'InvalidParameter', message: '' } } },
      { kind: 'refused' },
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
    [
      '200 that names a job hands over',
      { status: 200, body: { properties: { jobId: 'j1' } } },
      { kind: 'running', next: { kind: 'accepted', jobId: 'j1' } },
    ],
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

  it('asks the status URL where there are both, and neither of them for what may stand in the other', async () => {
    const arm = stubArm(inTurn({ status: 200, body: { status: 'InProgress' } }));
    const both = { kind: 'accepted', operationUrl: url, locationUrl: `${url}&monitor=true` } as const;
    expect(await pollOperation(arm, 'backup', both, signal)).toMatchObject({ kind: 'running' });
    expect(arm.sent.map((request) => request.url)).toEqual([url]);
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
  readonly query: Readonly<Record<string, string>>;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const flows = join(recordedDir, 'flows');

/** A recorded write that began an operation, and every question about that operation, as it was asked then. */
interface Operation {
  readonly where: string;
  readonly begun: Recorded;
  readonly byStatusUrl: boolean;
  readonly polls: readonly Recorded[];
}

/** Its result, asked for at the same path when all was over, is no question about it: `monitor=true`. */
const isOf = (url: string, { method, path, query }: Recorded): boolean => {
  const { pathname, searchParams } = new URL(url.replace(/<[^>]*>/g, 'x'));
  return (
    method === 'GET' &&
    decodeURIComponent(path) === decodeURIComponent(pathname) &&
    query['monitor'] === (searchParams.get('monitor') ?? undefined)
  );
};

const recordedOperations = (): readonly Operation[] =>
  readdirSync(flows).flatMap((file) => {
    const exchanges = readFileSync(join(flows, file), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Recorded);
    return exchanges.flatMap((begun, i) => {
      if (begun.method === 'GET') return [];
      const status = begun.headers['azure-asyncoperation'];
      const url = status ?? (begun.status === 202 ? begun.headers['location'] : undefined);
      const polls = url === undefined ? [] : exchanges.slice(i + 1).filter((later) => isOf(url, later));
      const where = `${file}: ${begun.method} ${begun.path}`;
      return polls.length === 0 ? [] : [{ where, begun, byStatusUrl: status !== undefined, polls }];
    });
  });

/** What Azure's recorded answer means, read off the recording without the code under test; all of it but words for people. */
const meaning = ({ status: code, body, headers }: Recorded, byStatusUrl: boolean): Record<string, unknown> => {
  const { status, properties, percentComplete } = (body ?? {}) as {
    readonly status?: string;
    readonly percentComplete?: number | null;
    readonly properties?: { readonly jobId?: string };
  };
  const word = byStatusUrl ? status : undefined;
  if (code === 404 || code === 410) return { kind: 'vanished' };
  if (code >= 500) return { kind: 'uncertain' };
  if (code >= 400) return byStatusUrl ? { kind: 'refused' } : { kind: 'settled', ok: false };
  if (word === 'Failed' || word === 'Canceled' || word === 'Cancelled') return { kind: 'settled', ok: false };
  if (word === undefined ? code === 202 : word !== 'Succeeded') {
    const retryAfter = headers['retry-after'];
    return {
      kind: 'running',
      ...(retryAfter === undefined ? {} : { retryAfterMs: Number(retryAfter) * 1000 }),
      ...(typeof percentComplete === 'number' ? { percent: percentComplete } : {}),
    };
  }
  return properties?.jobId === undefined
    ? { kind: 'settled', ok: true }
    : { kind: 'running', next: { kind: 'accepted', jobId: properties.jobId } };
};

const endOf = ({ kind, next }: { readonly kind: string; readonly next?: unknown }): string | undefined =>
  kind === 'running' ? (next === undefined ? undefined : 'handed over') : kind;

/** An answer without its words for people. */
const told = (answer: Polled): object => {
  const { phase: _phase, problem: _problem, ...rest } = answer as Polled & { phase?: string; problem?: Problem };
  return rest;
};

describe.skipIf(!recordedIsThere)('recorded operations (skipped where the recordings are not at hand)', () => {
  const operations = recordedIsThere ? recordedOperations() : [];

  it('run poll by poll as recorded, and end with the last one: none before, and none is still going on then', async () => {
    const ends: Record<string, number> = {};
    for (const { where, begun, byStatusUrl, polls } of operations) {
      const first = await stubArm(inTurn(begun)).ask({ provider: 'backup', method: 'PUT', path: begun.path });
      const began = beganOf(first);
      expect(began, where).toMatchObject({ kind: 'accepted' });
      if (began.kind !== 'accepted') continue;
      expect(began.operationUrl, where).toBe(begun.headers['azure-asyncoperation']);
      expect(began.locationUrl, where).toBe(begun.headers['location']);
      const arm = stubArm(inTurn(...polls));
      const answers: Polled[] = [];
      for (const _ of polls) answers.push(await pollOperation(arm, 'backup', began, signal));
      expect(answers.map(told), where).toEqual(polls.map((poll) => meaning(poll, byStatusUrl)));
      const asked = byStatusUrl ? began.operationUrl : began.locationUrl;
      expect(new Set(arm.sent.map(({ url }) => url)), where).toEqual(new Set([asked]));
      const end = endOf(answers.at(-1)!);
      expect(answers.slice(0, -1).map(endOf), where).toEqual(polls.slice(1).map(() => undefined));
      expect(end, where).toBeDefined();
      ends[end!] = (ends[end!] ?? 0) + 1;
      const [last] = answers.slice(-1);
      if (last?.kind === 'settled' && !last.ok) {
        const { error } = polls.at(-1)!.body as { error?: { code?: string } };
        expect(last.problem?.detail, where).toContain(error?.code ?? '');
      }
    }
    console.log('recorded operations followed to their ends:', ends);
    // A vault that is deleted takes the operation of its own deletion with it.
    expect(Object.keys(ends).toSorted()).toEqual(['handed over', 'settled', 'vanished']);
    expect(operations.length).toBeGreaterThan(100);
  });
});
