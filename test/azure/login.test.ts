/** A login that fails, over real HTTPS with the real login library: told as what it is. */
import { createServer, type Server } from 'node:https';
import { createServer as createSilence, type AddressInfo, type Server as Silence } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/azure/connect.ts';
import type { Failure } from '../../src/azure/failure.ts';
import { unreachedByCli } from '../../src/azure/login.ts';
import { failureOfThrown } from '../../src/azure/thrown.ts';
import { makeCertificates } from '../../src/simulator/certificates.ts';
import { DEFAULT_CLIENT, DEFAULT_TENANT } from '../../src/simulator/fleet.ts';
import { serve, type Served } from '../../src/simulator/https-server.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';

let served: Served;
let between: Server;
let busy: Server;
let silence: Silence;
let betweenCa = '';
beforeAll(async () => {
  served = await serve(createSimulator({ speed: 1 }));
  const { certificatePem, keyPem, caPem } = await makeCertificates();
  betweenCa = caPem;
  between = createServer({ cert: certificatePem, key: keyPem }, ({ url }, answer) => {
    if (url?.includes('adfs')) answer.writeHead(501).end('{"error": "temporarily_unavailable"}');
    else answer.writeHead(403, { 'content-type': 'text/html' }).end('<html>blocked by policy</html>');
  });
  await new Promise<void>((listening) => between.listen(0, '127.0.0.1', listening));
  busy = createServer({ cert: certificatePem, key: keyPem }, (_, answer) => {
    answer.writeHead(429, { 'retry-after': '3600', 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((listening) => busy.listen(0, '127.0.0.1', listening));
  silence = createSilence(() => undefined);
  await new Promise<void>((listening) => silence.listen(0, '127.0.0.1', listening));
});
afterAll(async () => {
  await served.close();
  between.close();
  busy.close();
  silence.close();
});

interface Login {
  readonly authority: string;
  readonly ca?: string;
  readonly answerWithinMs?: number;
}

/** What the first request comes to. Resource Manager stands behind a login, so only the login is ever asked. */
const failureOfLogin = async ({ authority, ca, answerWithinMs }: Login): Promise<Failure> => {
  const transport = connect(
    {
      name: 'Test',
      resourceManager: 'https://management.invalid',
      authority,
      audience: 'https://management.azure.com',
      timeScale: 1,
      tenantId: DEFAULT_TENANT,
      ...(ca === undefined ? {} : { ca }),
      credential: { clientId: DEFAULT_CLIENT, clientSecret: 'wrong' },
    },
    { elapsedMs: () => 0, ...(answerWithinMs === undefined ? {} : { answerWithinMs }) },
  );
  return transport.send({ provider: 'subscriptions', method: 'GET', path: '/subscriptions' }).then(
    () => {
      throw new Error('it logged in');
    },
    (error: unknown) => failureOfThrown(error, '/subscriptions'),
  );
};

const nobodyListens = async (): Promise<string> => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return `https://localhost:${port}`;
};

// The login library tries four times, a few seconds apart.
const patienceMs = 60_000;

describe.concurrent('a login host that cannot be reached', () => {
  it(
    'is told with its name where that is not known, and may be tried again',
    async () => {
      const failure = await failureOfLogin({ authority: 'https://login.invalid' });
      expect(failure).toMatchObject({ kind: 'uncertain', unsent: true });
      expect(failure.problem).toMatchObject({
        code: 'azure-unreachable',
        summary: expect.stringMatching(
          /^The login host login\.invalid cannot be reached: .*\((ENOTFOUND|EAI_AGAIN)\)$/,
        ),
        remedy: expect.stringMatching(/DNS.*HTTPS_PROXY.*firewall \(port 443 of login\.invalid\)/),
      });
      expect(JSON.stringify(failure)).not.toContain('az login');
    },
    patienceMs,
  );

  it(
    'is told where nobody listens',
    async () => {
      const authority = await nobodyListens();
      const { problem } = await failureOfLogin({ authority });
      const { host } = new URL(authority);
      expect(problem.summary).toBe(`The login host ${host} cannot be reached: nobody listens there (ECONNREFUSED)`);
      expect(problem.remedy).toMatch(/proxy \(HTTPS_PROXY, NO_PROXY\) and the firewall/);
    },
    patienceMs,
  );

  it(
    'is told where its certificate is not trusted, which no waiting mends',
    async () => {
      const failure = await failureOfLogin({ authority: served.url });
      expect(failure.kind).toBe('failed');
      expect(failure.problem).toMatchObject({
        code: 'azure-unreachable',
        summary: expect.stringContaining('its certificate is not trusted here'),
        remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      });
    },
    patienceMs,
  );

  it(
    'is told where nothing answers, and held to a limit',
    async () => {
      const { port } = silence.address() as AddressInfo;
      const { problem } = await failureOfLogin({ authority: `https://localhost:${port}`, answerWithinMs: 50 });
      expect(problem.summary).toBe(`The login host localhost:${port} cannot be reached: nothing answers (ETIMEDOUT)`);
      expect(problem.detail).toBe('no answer within 0.05 s');
    },
    patienceMs,
  );

  it(
    'is told where somebody in between answers for it',
    async () => {
      const { port } = between.address() as AddressInfo;
      const { problem } = await failureOfLogin({ authority: `https://localhost:${port}`, ca: betweenCa });
      expect(problem.summary).toBe(
        `The login host localhost:${port} cannot be reached: somebody in between answers for it (HTTP 403)`,
      );
    },
    patienceMs,
  );

  it(
    'is told where it is out of order itself',
    async () => {
      const { port } = between.address() as AddressInfo;
      const { problem } = await failureOfLogin({ authority: `https://localhost:${port}/adfs`, ca: betweenCa });
      expect(problem.summary).toMatch(/cannot be reached: it, or somebody in between, is out of order \(HTTP 501\)$/);
    },
    patienceMs,
  );

  it(
    'is told where it turns requests away for an hour, which the library would wait out unsaid',
    async () => {
      const { port } = busy.address() as AddressInfo;
      const { problem } = await failureOfLogin({ authority: `https://localhost:${port}`, ca: betweenCa });
      expect(problem.summary).toMatch(/cannot be reached: it, or somebody in between, is out of order \(HTTP 429\)$/);
    },
    patienceMs / 3,
  );

  it(
    'is another thing than a login that is refused',
    async () => {
      const failure = await failureOfLogin({ authority: served.url, ca: served.caPem });
      expect(failure.problem).toMatchObject({
        code: 'azure-login',
        summary: expect.stringMatching(/^Azure refused the login \(AADSTS\d+\)$/),
        remedy: expect.stringContaining('secret or certificate'),
      });
    },
    patienceMs,
  );
});

describe('what the Azure CLI says of a host it cannot reach', () => {
  it.each([
    [
      "HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: /organizations " +
        '(Caused by NameResolutionError("Failed to resolve \'login.microsoftonline.com\'"))',
      'ENOTFOUND',
    ],
    [
      "HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: /x (Caused by " +
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed')))",
      'CERTIFICATE_VERIFY_FAILED',
    ],
  ])('is read for the host and the cause: %#', (said, code) => {
    expect(unreachedByCli(said)?.unreached).toEqual({ host: 'login.microsoftonline.com', code });
  });

  it('is nobody who has logged in, where nothing was refused', () => {
    const none = Object.assign(new Error('ChainedTokenCredential authentication failed.'), {
      name: 'AggregateAuthenticationError',
    });
    expect(failureOfThrown(none, '/').problem).toMatchObject({
      summary: 'Could not log in to Azure',
      remedy: expect.stringContaining('az login'),
    });
  });

  it('is no host where it asks for a login', () => {
    expect(unreachedByCli("Please run 'az login' from a command prompt to authenticate")).toBeUndefined();
  });
});
