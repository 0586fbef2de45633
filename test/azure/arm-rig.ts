/** The Azure floor over the real SDK pipelines, with nock in place of the wire; and a clock that waits at once. */
import type { TokenCredential } from '@azure/identity';
import nock from 'nock';
import { clouds } from '../../src/azure/cloud.ts';
import { connect } from '../../src/azure/connect.ts';
import type { Transport } from '../../src/azure/transport.ts';
import type { Clock } from '../../src/engine/ports.ts';

export const origin = 'https://management.azure.com';
export const now = Date.UTC(2026, 5, 3, 12);
export const dateHeader = new Date(now).toUTCString();

export const testCredential: TokenCredential = {
  getToken: async () => ({ token: 'a-secret-token', expiresOnTimestamp: now * 2 }),
};

export const testTransport = (): Transport =>
  connect(clouds[0]!, { elapsedMs: () => 0, credential: testCredential, userAgent: 'holdfast/test' });

/** Time passes only by sleeping; every wait is written down. */
export const testClock = (): Clock & { readonly waits: number[] } => {
  const waits: number[] = [];
  let at = now;
  return {
    waits,
    now: () => at,
    async sleep(ms) {
      waits.push(ms);
      at += ms;
      await Promise.resolve();
    },
  };
};

export interface Sent {
  readonly method: string;
  /** Path and query, decoded. */
  readonly path: string;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

export type Reply = readonly [status: number, body?: unknown, headers?: Readonly<Record<string, string>>];

/** Answers every request at `origin` by `answer`; what it does not answer is a 404. Returns what was sent, in order. */
export const intercept = (answer: (sent: Sent) => Reply | undefined, at = origin): readonly Sent[] => {
  const sent: Sent[] = [];
  const scope = nock(at).persist();
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
    // A reply function with one parameter gets the request as fetch knows it, and may be asynchronous.
    scope.intercept(/.*/, method).reply(async (request: Request) => {
      const url = new URL(request.url);
      const text = await request.text();
      const one: Sent = {
        method,
        path: decodeURIComponent(url.pathname + url.search),
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
        headers: Object.fromEntries(request.headers),
      };
      sent.push(one);
      const [status, json = '', headers = {}] = answer(one) ?? [
        404,
        { error: { code: 'ResourceNotFound', message: `no route for ${one.path}` } },
      ];
      return [
        status,
        typeof json === 'string' ? json : JSON.stringify(json),
        { 'content-type': 'application/json', date: dateHeader, ...headers },
      ] as const;
    });
  }
  return sent;
};
