/**
 * A POST to somebody who is not Azure, through the same HTTP client: the proxy of the environment (HTTPS_PROXY, NO_PROXY) and
 * NODE_EXTRA_CA_CERTS apply as everywhere. No login, no retries, no redirects, and no logging, since the address is a secret.
 */
import type * as RestPipeline from '@azure/core-rest-pipeline';
import type { HttpClient, Pipeline } from '@azure/core-rest-pipeline';

export interface WebPost {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

export interface WebAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of a refusal: its first `answerLimit` characters. */
  readonly text: string;
}

/** Throws what Node's client throws: an error with a `code`. */
export type SendPost = (post: WebPost) => Promise<WebAnswer>;

/** `ca`: certificates in PEM to be trusted instead of the system's. */
export const makePost = (userAgent: string, ca?: string): SendPost => {
  let made: Promise<Sender> | undefined;
  return async ({ url, headers, body, signal }) => {
    const { rest, pipeline, client } = await (made ??= makeSender(ca));
    const response = await pipeline.sendRequest(
      client,
      rest.createPipelineRequest({
        url: url.href,
        method: 'POST',
        headers: rest.createHttpHeaders({ ...headers, 'user-agent': userAgent }),
        body,
        abortSignal: signal,
        allowInsecureConnection: url.protocol === 'http:',
        // A receiver may answer with as much as it likes; it is not read to its end.
        streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
      }),
    );
    const { status, readableStreamBody: answer } = response;
    const text = status < 300 || answer === undefined ? '' : await beginning(answer);
    if (answer && 'destroy' in answer) (answer as NodeJS.ReadableStream & { destroy(): void }).destroy();
    return { status, headers: response.headers.toJSON(), text };
  };
};

interface Sender {
  readonly rest: typeof RestPipeline;
  readonly pipeline: Pipeline;
  readonly client: HttpClient;
}

const makeSender = async (ca: string | undefined): Promise<Sender> => {
  const rest = await import('@azure/core-rest-pipeline');
  const pipeline = rest.createEmptyPipeline();
  pipeline.addPolicy(rest.proxyPolicy());
  if (ca !== undefined) pipeline.addPolicy(rest.tlsPolicy({ ca }));
  return { rest, pipeline, client: rest.createDefaultHttpClient() };
};

/** How much of a refusal is read, characters: what is longer was cut, perhaps in the middle of something secret. */
export const answerLimit = 4000;

const beginning = async (answer: NodeJS.ReadableStream): Promise<string> => {
  let text = '';
  for await (const chunk of answer) {
    text += typeof chunk === 'string' ? chunk : chunk.toString('utf8');
    if (text.length >= answerLimit) break;
  }
  return text.slice(0, answerLimit);
};
