import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { loadFleet } from '../../src/simulator/fleet-load.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';

interface Item {
  readonly properties: {
    readonly friendlyName: string;
    readonly providerSpecificDetails: { readonly rpoInSeconds: number; readonly lastRpoCalculatedTime: string };
  };
}

describe('the lag of a replicated machine', () => {
  it('is reckoned every few minutes, and grows where replication is in trouble', async () => {
    const startsAt = Date.UTC(2026, 10, 2, 8);
    const loaded = loadFleet(join(import.meta.dirname, '..', '..', 'config', 'fleets', 'demo.yaml'), startsAt);
    if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
    const simulator = createSimulator({ fleet: loaded.fleet, startsAt });
    const vault = simulator.state().resources.find(({ id }) => id.endsWith('/vaults/vault-neu-dr'))!.id;
    const detailsOf = async (name: string) => {
      const url = `https://localhost${vault}/replicationProtectedItems?api-version=2024-04-01`;
      const answer = await simulator.handle(
        new Request(url, { headers: { authorization: `Bearer ${simulator.token()}` } }),
      );
      const { value } = (await answer.json()) as { value: readonly Item[] };
      return value.find(({ properties }) => properties.friendlyName === name)!.properties.providerSpecificDetails;
    };
    const [healthy, troubled] = [await detailsOf('erp-db-01'), await detailsOf('erp-app-01')];
    simulator.clock.advance(40 * 60_000);
    const later = await detailsOf('erp-db-01');
    expect(later.rpoInSeconds).toBe(healthy.rpoInSeconds);
    expect(startsAt + 40 * 60_000 - Date.parse(later.lastRpoCalculatedTime)).toBeLessThan(5 * 60_000);
    expect((await detailsOf('erp-app-01')).rpoInSeconds).toBe(troubled.rpoInSeconds + 40 * 60);
  });
});
