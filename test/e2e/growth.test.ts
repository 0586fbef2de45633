import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Audit } from '../../src/core/audit.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { everythingConforms } from './conforming.ts';
import { startWorld, temporaryFolder } from './rig.ts';

const disksEach = 6;

/** Machines alike, every other one backed up and every fifth one with a snapshot of its own disk. */
const fleetOf = (machines: number): string =>
  stringify({
    subscriptions: [{ key: 'one', id: '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4b01', name: 'One' }],
    defaults: { resourceGroup: 'rg-many', location: 'westeurope' },
    vaults: [{ name: 'vault-many', resourceGroup: 'rg-backup', location: 'westeurope' }],
    machines: Array.from({ length: machines }, (_, i) => ({
      name: `many-${String(i).padStart(3, '0')}`,
      tags: { environment: i % 5 === 0 ? 'dev' : 'prod' },
      dataDisks: [{ count: disksEach - 1, sizeGiB: 32 }],
      ...(i % 2 === 0 ? { backup: { vault: 'vault-many', points: [{ age: '6h' }] } } : {}),
    })),
  });

interface Traffic {
  readonly audit: Audit;
  readonly lines: readonly ExchangeLine[];
  /** Pages of each Resource Graph query, with the rows that they held. */
  readonly queries: ReadonlyMap<string, { pages: number; rows: number }>;
}

describe('the requests of an audit', () => {
  const folder = temporaryFolder();
  afterAll(() => rmSync(folder, { recursive: true }));

  const auditOf = async (machines: number): Promise<Traffic> => {
    const fleet = join(folder, `${machines}.yaml`);
    writeFileSync(fleet, fleetOf(machines));
    // Azure's own page size; the simulator's is smaller, so that paging is always exercised.
    const world = await startWorld({ fleet, graphPageSize: 1000 });
    const ran = await world.run('audit', '--output', 'json');
    const lines = world.simulator.log().filter(({ apiVersion }) => apiVersion !== null);
    await world.end();
    const queries = new Map<string, { pages: number; rows: number }>();
    for (const line of lines.filter(({ url }) => url.includes('Microsoft.ResourceGraph'))) {
      const { query } = line.request as { query: string };
      const held = queries.get(query) ?? { pages: 0, rows: 0 };
      held.pages += 1;
      held.rows += (line.response as { data: unknown[] }).data.length;
      queries.set(query, held);
    }
    return { audit: JSON.parse(ran.out) as Audit, lines, queries };
  };
  /** Each way of asking, names and page marks left out. */
  const asked = ({ lines }: Traffic): readonly string[] =>
    [...new Set(lines.map(({ method, url }) => `${method} ${new URL(url).pathname.toLowerCase()}`))].sort();

  it('do not grow with the machines: 10 and 200 take the same queries, a page for each 1,000 rows, and none about one machine', async () => {
    const few = await auditOf(10);
    const many = await auditOf(200);
    expect([few.audit.machines.length, many.audit.machines.length]).toEqual([10, 200]);
    expect([...many.queries.keys()].sort()).toEqual([...few.queries.keys()].sort());
    for (const { queries } of [few, many]) {
      for (const [query, { pages, rows }] of queries)
        expect(pages, `${rows} rows of ${query}`).toBe(Math.max(1, Math.ceil(rows / 1000)));
    }
    const disks = [...many.queries].find(([query]) => /=~ 'microsoft\.compute\/disks'/.test(query))![1];
    expect(disks).toEqual({ pages: 2, rows: 200 * disksEach });
    expect(asked(many)).toEqual(asked(few));
    expect(asked(many).filter((line) => /many-\d/.test(line))).toEqual([]);
    // Besides the pages of Resource Graph only the one status listing of the subscription is longer.
    const others = ({ lines }: Traffic): number =>
      lines.filter(({ url }) => !/ResourceGraph|statusOnly/.test(url)).length;
    expect(others(many)).toBe(others(few));
    console.log(
      `requests of an audit: ${few.lines.length} for 10 machines, ${many.lines.length} for 200 in pages of 10`,
    );
  });
});

everythingConforms('growth');
