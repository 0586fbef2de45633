/** Azure at the other end of the real transport: what goes over the wire is made up here, how it is read is the product's. */
import * as rest from '@azure/core-rest-pipeline';
import type { Pipeline, PipelineRequest } from '@azure/core-rest-pipeline';
import { makeTransport, type Transport } from '../../src/azure/transport.ts';
import { origin, type Reply, type Sent } from '../azure/arm-rig.ts';

export interface RawReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // an odd link out of an odd answer
  }
};

export const rawReply = ([status, body = '', headers = {}]: Reply): RawReply => ({
  status,
  headers,
  text: typeof body === 'string' ? body : JSON.stringify(body),
});

/** More requests than this on one input is a loop without end: "come again at once" for two hours is some 15,000. */
const mostRequests = 50_000;

export const wire = (answer: (sent: Sent, index: number) => RawReply | 'lost'): Transport => {
  let index = 0;
  const sendRequest = (_client: unknown, request: PipelineRequest): Promise<unknown> => {
    const url = new URL(request.url);
    const body = typeof request.body === 'string' ? (JSON.parse(request.body) as unknown) : undefined;
    const reply = answer(
      { method: request.method, path: decoded(url.pathname + url.search), body, headers: {} },
      index,
    );
    index += 1;
    if (index > mostRequests) return Promise.reject(new Error(`more than ${mostRequests} requests`));
    if (reply === 'lost') return Promise.reject(new rest.RestError('socket hang up', { code: 'ECONNRESET' }));
    return Promise.resolve({
      request,
      status: reply.status,
      headers: rest.createHttpHeaders(reply.headers),
      bodyAsText: reply.text,
    });
  };
  const pipeline = { sendRequest } as unknown as Pipeline;
  return makeTransport({
    resourceManager: origin,
    rest: () => Promise.resolve(rest),
    pipeline: () => Promise.resolve(pipeline),
    elapsedMs: () => 0,
  });
};
