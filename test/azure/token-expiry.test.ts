/** A token that ends in mid-run, by Azure's clock alone: over real HTTPS, with the real login and its caches. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../src/azure/connect.ts';
import { DEFAULT_CLIENT, DEFAULT_TENANT } from '../../src/simulator/fleet.ts';
import { serve, type Served } from '../../src/simulator/https-server.ts';
import { SIMULATED_SECRET } from '../../src/simulator/identity.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';

let simulator: Simulator;
let served: Served;
beforeAll(async () => {
  simulator = createSimulator({ speed: 1, tokenLifetimeSeconds: 3600 });
  served = await serve(simulator);
});
afterAll(() => served.close());

it('a login that outlives its token by this machine’s clock is renewed, and reads and writes go on', async () => {
  const statuses: number[] = [];
  const transport = connect(
    {
      name: 'Simulated',
      resourceManager: served.url,
      authority: served.url,
      audience: 'https://management.azure.com',
      timeScale: 1,
      tenantId: DEFAULT_TENANT,
      ca: served.caPem,
      credential: { clientId: DEFAULT_CLIENT, clientSecret: SIMULATED_SECRET },
    },
    { elapsedMs: () => 0, onAnswer: ({ status }) => void statuses.push(status) },
  );
  const read = async () =>
    (await transport.send({ provider: 'resources', method: 'GET', path: '/subscriptions', apiVersion: '2022-12-01' }))
      .status;
  expect(await read()).toBe(200);
  // A client that takes claims challenges, as the SDK does, gets a token of a day.
  simulator.clock.advance(25 * 3_600_000);
  expect(await Promise.all([read(), read(), read()])).toEqual([200, 200, 200]);
  const refused = statuses.filter((status) => status === 401).length;
  expect(refused).toBeGreaterThan(0);
  expect(await read()).toBe(200);
  expect(statuses.filter((status) => status === 401)).toHaveLength(refused);
});
