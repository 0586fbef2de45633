/** A receiver of webhooks on a real local socket: notes what arrives, and answers what it is told to. */
import { createServer as createPlain, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificates } from '../../src/simulator/certificates.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
}

/** `never`: the request is read and not answered. `reset`: the connection is cut. */
export type Behaviour = Answer | 'never' | 'reset';

export interface ReceiverServer {
  readonly origin: string;
  readonly received: readonly Received[];
  /** PEM, where the server speaks TLS. */
  readonly ca: string | undefined;
  /** Resolves when this many requests have arrived. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Answers by `script`, one entry a request; the last one goes on for ever. */
export const startReceiver = async (
  script: readonly [Behaviour, ...Behaviour[]],
  { secure = true }: { readonly secure?: boolean } = {},
): Promise<ReceiverServer> => {
  const received: Received[] = [];
  const waiting: { readonly count: number; readonly go: () => void }[] = [];
  const certificates = secure ? await makeCertificates() : undefined;
  const onRequest: Parameters<typeof createPlain>[1] = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const behaviour = script[Math.min(received.length, script.length - 1)]!;
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
      for (const { count, go } of waiting) if (received.length >= count) go();
      if (behaviour === 'reset') request.socket.destroy();
      else if (behaviour !== 'never') response.writeHead(behaviour.status, behaviour.headers).end(behaviour.text ?? '');
    });
  };
  const server: Server =
    certificates === undefined
      ? createPlain(onRequest)
      : (createSecure({ key: certificates.keyPem, cert: certificates.certificatePem }, onRequest) as unknown as Server);
  await new Promise<void>((go) => {
    server.listen(0, '127.0.0.1', () => go());
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${secure ? 'https' : 'http'}://localhost:${port}`,
    received,
    ca: certificates?.caPem,
    arrived: (count) =>
      new Promise((go) => {
        if (received.length >= count) go();
        else waiting.push({ count, go });
      }),
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
};
