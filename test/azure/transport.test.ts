import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failureOfThrown } from '../../src/azure/thrown.ts';
import { ForeignOriginError, type Provider } from '../../src/azure/transport.ts';
import { clouds } from '../../src/azure/cloud.ts';
import { connect } from '../../src/azure/connect.ts';
import { intercept, now, origin, testCredential, testTransport } from './arm-rig.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const providers: readonly Provider[] = [
  'compute',
  'recovery-services',
  'backup',
  'site-recovery',
  'resource-graph',
  'resources',
  'subscriptions',
];

describe('transport', () => {
  it('sends through the pipeline of each named SDK client, all at once, and gives raw bodies and headers back', async () => {
    const sent = intercept(() => [
      200,
      { value: [{ unknownToTheSdk: { deep: '12345678901234567890' } }] },
      { 'X-Ms-Ratelimit-Remaining-Resource': 'Microsoft.Compute/HighCostGet;3' },
    ]);
    const transport = testTransport();
    const answers = await Promise.all(
      providers.map((provider) =>
        transport.send({ provider, method: 'GET', path: '/subscriptions/s', apiVersion: '2024-01-01' }),
      ),
    );
    for (const answer of answers) {
      expect(answer.body).toEqual({ value: [{ unknownToTheSdk: { deep: '12345678901234567890' } }] });
      expect(answer.headers['x-ms-ratelimit-remaining-resource']).toBe('Microsoft.Compute/HighCostGet;3');
    }
    expect(sent.map((s) => s.path)).toEqual(providers.map(() => '/subscriptions/s?api-version=2024-01-01'));
    expect(new Set(sent.map((s) => s.headers['x-ms-client-request-id'])).size).toBe(providers.length);
    expect(sent.map((s) => s.headers['user-agent']).join()).toContain('azsdk-js-arm-compute');
    expect([...transport.counts.values()]).toEqual(providers.map(() => 1));
  });

  it('loads the SDKs one at a time: in plain Node overlapping loads of ESM and CommonJS packages fail', () => {
    const script = `
      const { connect } = await import('./src/azure/connect.ts');
      const cloud = { name: 'x', resourceManager: 'https://127.0.0.1:1', authority: 'https://127.0.0.1:1', audience: 'a', timeScale: 1 };
      const credential = { getToken: async () => ({ token: 't', expiresOnTimestamp: 1e15 }) };
      const transport = connect(cloud, { elapsedMs: () => 0, credential });
      const settled = await Promise.allSettled(${JSON.stringify(providers)}.map((provider) => transport.send({ provider, method: 'GET', path: '/x' })));
      console.log(JSON.stringify(settled.map((s) => s.reason?.name + ' ' + s.reason?.code)));`;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: join(import.meta.dirname, '..', '..'),
      encoding: 'utf8',
    });
    expect(JSON.parse(out)).toEqual(providers.map(() => 'RestError ECONNREFUSED'));
  });

  it.each([429, 500, 503])('does not send again by itself after a %d', async (status) => {
    const sent = intercept(() => [status, { error: { code: 'X', message: 'x' } }, { 'retry-after': '0' }]);
    const transport = testTransport();
    for (const provider of providers)
      expect((await transport.send({ provider, method: 'GET', path: '/x' })).status).toBe(status);
    expect(sent).toHaveLength(providers.length);
  });

  it('logs in anew when Azure calls the token expired, and sends the request once more, POSTs included', async () => {
    let issued = 0;
    const credential = { getToken: async () => ({ token: `token-${(issued += 1)}`, expiresOnTimestamp: now * 2 }) };
    let alive = 'Bearer token-1';
    const sent = intercept(({ headers }) =>
      headers['authorization'] === alive
        ? [200, {}]
        : [401, { error: { code: 'ExpiredAuthenticationToken', message: 'over' } }],
    );
    const transport = connect(clouds[0]!, { elapsedMs: () => 0, credential });
    const ask = (method: 'GET' | 'POST') => transport.send({ provider: 'backup', method, path: '/x' });
    expect((await ask('GET')).status).toBe(200);
    alive = 'Bearer token-2';
    expect((await Promise.all([ask('POST'), ask('POST'), ask('GET')])).map(({ status }) => status)).toEqual([
      200, 200, 200,
    ]);
    expect(issued).toBe(2);
    alive = 'Bearer none';
    const before = sent.length;
    expect((await ask('GET')).status).toBe(401);
    expect(sent.length - before).toBe(2);
  });

  it('sends a request that is refused for another reason only once', async () => {
    const sent = intercept(() => [401, { error: { code: 'InvalidAuthenticationToken', message: 'no' } }]);
    expect((await testTransport().send({ provider: 'backup', method: 'POST', path: '/x' })).status).toBe(401);
    expect(sent).toHaveLength(1);
  });

  it('gives a request up that is never answered, its fate uncertain, and still takes an abort for an abort', async () => {
    nock(origin)
      .persist()
      .put('/hung')
      .reply(() => new Promise<never>(() => {}));
    const transport = connect(clouds[0]!, { elapsedMs: () => 0, credential: testCredential, answerWithinMs: 30 });
    const thrown = await transport.send({ provider: 'compute', method: 'PUT', path: '/hung', body: {} }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failureOfThrown(thrown, '/hung')).toMatchObject({
      kind: 'uncertain',
      problem: { detail: expect.stringContaining('no answer to PUT') },
    });
    const stop = new AbortController();
    stop.abort();
    await expect(
      transport.send({ provider: 'compute', method: 'PUT', path: '/hung', body: {}, signal: stop.signal }),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('follows an absolute link of the resource manager verbatim', async () => {
    const sent = intercept(() => [200, {}]);
    const path =
      '/subscriptions/s/providers/Microsoft.Compute/locations/we/operations/1?p=a%2Fb&api-version=2024-07-01&t=1&s=SIGNED%3D';
    await testTransport().send({ provider: 'compute', method: 'GET', url: `${origin}${path}` });
    expect(sent.map((s) => s.path)).toEqual([decodeURIComponent(path)]);
  });

  it.each([
    'https://evil.example/next?token',
    'http://management.azure.com/next',
    'https://management.azure.com:8443/next',
    'https://management.azure.com.evil.example/',
    '//evil.example/next',
  ])('never sends a token to %s', async (url) => {
    const elsewhere = intercept(() => [200, {}], new URL(url, origin).origin);
    await expect(testTransport().send({ provider: 'compute', method: 'GET', url })).rejects.toBeInstanceOf(
      ForeignOriginError,
    );
    expect(elsewhere).toEqual([]);
  });

  it('does not follow a redirect', async () => {
    const elsewhere = intercept(() => [200, {}], 'https://evil.example');
    const sent = intercept(() => [307, '', { location: 'https://evil.example/' }]);
    const again = intercept(() => [200, {}], 'https://management.azure.com');
    const answer = await testTransport().send({ provider: 'compute', method: 'GET', path: '/x' });
    expect([answer.status, sent.length, elsewhere.length, again.length]).toEqual([307, 1, 0, 0]);
  });

  it('keeps the names of backup items whole and spaces in filters as %20', async () => {
    let raw = '';
    nock(origin)
      .get(/.*/)
      .reply((request: Request) => {
        raw = request.url;
        return [200, '{}'] as const;
      });
    const path = '/vaults/v/protectedItems/VM;iaasvmcontainerv2;rg;vm 1#2';
    await testTransport().send({
      provider: 'backup',
      method: 'GET',
      path,
      query: { $filter: "backupManagementType eq 'AzureIaasVM'" },
      apiVersion: '2024-04-01',
    });
    expect(raw).toContain('/VM;iaasvmcontainerv2;rg;vm%201%232?');
    expect(raw).toMatch(/filter=backupManagementType%20eq%20/);
  });

  it("tells Azure's time by the Date header", async () => {
    intercept(() => [200, {}]);
    const transport = testTransport();
    expect(transport.azureNow()).toBeUndefined();
    await transport.send({ provider: 'compute', method: 'GET', path: '/x' });
    expect(transport.azureNow()).toBe(now);
  });

  it('believes a Date that is plainly off only when the next answer agrees', async () => {
    const hour = 3_600_000;
    const heard: (number | undefined)[] = [];
    const transport = testTransport();
    for (const at of [now, now + 24 * hour, now, now + 2 * hour, now + 2 * hour]) {
      nock(origin)
        .get(/.*/)
        .reply(200, {}, { date: new Date(at).toUTCString() });
      await transport.send({ provider: 'compute', method: 'GET', path: '/x' });
      heard.push((transport.azureNow()! - now) / hour);
    }
    // One of a day ahead is a proxy's; two in a row are a machine that slept.
    expect(heard).toEqual([0, 0, 0, 0, 2]);
  });

  it('leaves a body that is not JSON to the caller as text', async () => {
    intercept(() => [502, '<html>proxy</html>', { 'content-type': 'text/html' }]);
    const answer = await testTransport().send({ provider: 'backup', method: 'GET', path: '/x' });
    expect([answer.body, answer.text]).toEqual([undefined, '<html>proxy</html>']);
  });

  it('a lost connection is uncertain, and names no signed query', async () => {
    nock(origin)
      .get(/.*/)
      .replyWithError(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    const error: unknown = await testTransport()
      .send({ provider: 'compute', method: 'GET', url: `${origin}/op?s=SIGNED` })
      .catch((e: unknown) => e);
    const failure = failureOfThrown(error, `${origin}/op?s=SIGNED`);
    expect(failure.kind).toBe('uncertain');
    expect(JSON.stringify(failure)).not.toContain('SIGNED');
    expect(JSON.stringify(failure)).not.toContain('a-secret-token');
  });
});
