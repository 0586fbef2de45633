/** holdfast's way to the simulated Azure without sockets: its own transport, on the year's clock. */
import * as rest from '@azure/core-rest-pipeline';
import { makeTransport } from '../../src/azure/transport.ts';
import type { Link } from '../../src/cli/context.ts';
import { ConnectionReset } from '../../src/simulator/faults.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { YearClock } from './clock.ts';

export const linkTo = (simulator: Simulator, clock: YearClock): Link => {
  let token = simulator.token();
  const answer = async (request: rest.PipelineRequest): Promise<rest.PipelineResponse> => {
    const release = clock.hold();
    try {
      const response = await simulator.handle(
        new Request(request.url, {
          method: request.method,
          headers: { ...request.headers.toJSON(), authorization: `Bearer ${token}` },
          ...(request.body ? { body: request.body as string } : {}),
        }),
      );
      const headers = rest.createHttpHeaders(Object.fromEntries(response.headers));
      return { request, status: response.status, headers, bodyAsText: await response.text() };
    } catch (error) {
      // What the SDK's http client makes of a reset socket.
      if (error instanceof ConnectionReset)
        throw new rest.RestError('read ECONNRESET', { code: 'ECONNRESET', request });
      throw error;
    } finally {
      release();
    }
  };
  const pipeline = rest.createEmptyPipeline();
  pipeline.addPolicy({ name: 'simulator', sendRequest: answer });
  return {
    clock,
    transport: (cloud) =>
      makeTransport({
        resourceManager: cloud.resourceManager,
        pipeline: () => Promise.resolve(pipeline),
        rest: () => Promise.resolve(rest),
        elapsedMs: () => clock.now(),
        renewLogin: () => {
          token = simulator.token();
        },
      }),
  };
};
