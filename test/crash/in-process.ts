/** The real azure port and transport over a simulator in this process: the requests that would go over the wire, without a wire. */
import * as rest from '@azure/core-rest-pipeline';
import { makeAzurePort } from '../../src/azure/azure-port.ts';
import { makeTransport, type Transport } from '../../src/azure/transport.ts';
import type { Azure } from '../../src/engine/ports.ts';
import { ConnectionReset } from '../../src/simulator/faults.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { VirtualClock } from '../engine/virtual-clock.ts';
import type { Reaper } from './process.ts';

const origin = 'https://management.azure.com';

/** What a request is, for naming points: ids of operations and jobs left out. */
export const nameOfRequest = ({ method, url }: { readonly method: string; readonly url: string }): string =>
  `${method} ${new URL(url).pathname
    .replace(/(operations?(?:Status(?:es)?|Results)?|backupJobs|DiskOperations|backupOperations)\/[^/]+$/i, '$1/*')
    .split('/')
    .slice(-2)
    .join('/')}`;

export type OnWrite = (method: string, path: string) => void;

/** Logs in anew when the simulator says that the token's time is over, as the real one does. */
export const transportOver = (
  simulator: Simulator,
  clock: VirtualClock,
  reaper?: Reaper,
  onWrite: OnWrite = () => {},
): Transport => {
  const pipelineWith = (token: string): rest.Pipeline => {
    const pipeline = rest.createEmptyPipeline();
    pipeline.addPolicy({
      name: 'simulator',
      async sendRequest(request) {
        reaper?.pass(`before ${nameOfRequest(request)}`);
        if (request.method !== 'GET') onWrite(request.method, decodeURIComponent(new URL(request.url).pathname));
        const release = clock.hold();
        try {
          const headers = { ...request.headers.toJSON(), authorization: `Bearer ${token}` };
          const response = await simulator.handle(
            new Request(request.url, {
              method: request.method,
              headers,
              ...(request.body ? { body: request.body as string } : {}),
            }),
          );
          const bodyAsText = await response.text();
          reaper?.pass(`after ${nameOfRequest(request)}`);
          return {
            request,
            status: response.status,
            headers: rest.createHttpHeaders(Object.fromEntries(response.headers)),
            bodyAsText,
          };
        } catch (error) {
          // What the SDK's http client makes of a reset socket.
          if (error instanceof ConnectionReset)
            throw new rest.RestError('read ECONNRESET', { code: 'ECONNRESET', request });
          throw error;
        } finally {
          release();
        }
      },
    });
    return pipeline;
  };
  let current = pipelineWith(simulator.token());
  return makeTransport({
    resourceManager: origin,
    pipeline: () => Promise.resolve(current),
    rest: () => Promise.resolve(rest),
    elapsedMs: () => clock.now(),
    renewLogin: (used) => {
      if (used === current) current = pipelineWith(simulator.token());
    },
  });
};

export const azureOver = (
  simulator: Simulator,
  clock: VirtualClock,
  reaper: Reaper,
  onWrite: OnWrite = () => {},
): Azure => makeAzurePort(transportOver(simulator, clock, reaper, onWrite));
