/** HTTP over TLS as the RFCs have it and nothing more; shares no code with the simulator or the product. */
import { Agent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';

export interface PlainAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** `{}` where the body is no JSON object. */
  readonly json: Record<string, unknown>;
}

export interface HttpsClient {
  /** `target` goes on the wire as it is, unless it is an absolute URL. */
  send(method: string, target: string, headers?: Record<string, string>, body?: string): Promise<PlainAnswer>;
  close(): void;
}

export function httpsClient(origin: string, ca: string): HttpsClient {
  const agent = new Agent({ ca, keepAlive: true });
  const { hostname, port } = new URL(origin);
  return {
    send: (method, target, headers = {}, body = '') =>
      new Promise((resolve, reject) => {
        const path = target.startsWith(`${origin}/`) ? target.slice(origin.length) : target;
        const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
        const options = { hostname, port, path, method, agent, headers: { ...headers, ...length } };
        const sent = request(options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: objectOf(text) });
          });
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

function objectOf(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {};
  const parsed: unknown = JSON.parse(text);
  return parsed as Record<string, unknown>;
}
