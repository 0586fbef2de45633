/** What things cost, from the command line to the simulated price list and back. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/core/explain.ts';
import type { Plan } from '../../src/core/plan.ts';
import { holdfast, root, startWorld, type World } from './rig.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.end());

const explained = async (...argv: readonly string[]): Promise<Explanation> =>
  JSON.parse((await world.run('explain', 'print-01', '--output', 'json', ...argv)).out) as Explanation;
const figureOf = ({ costs = [] }: Explanation, option: string) => costs.find((one) => one.option === option)?.cost;
const asked = (): number => world.simulator.log().filter(({ url }) => url.includes('/api/retail/prices')).length;

describe('the dated table', () => {
  it('is what costs are reckoned by, and no price list is asked', async () => {
    const cost = figureOf(await explained(), 'disk-snapshot');
    expect(cost?.meters[0]).toMatchObject({ service: 'Storage', region: 'eastus', unitUsd: 0.05 });
    expect(cost?.monthlyUsd).toBe(cost?.atMostUsd);
    expect(asked()).toBe(0);
  });

  it('holds a price for every meter that a plan for the demo fleet needs, except where the README says that it lacks one', async () => {
    const plan = JSON.parse((await world.run('plan', '--output', 'json')).out) as Plan;
    const lacking = plan.steps
      .flatMap(({ cost }) => cost?.meters ?? [])
      .filter(({ meter, unitUsd }) => meter !== undefined && unitUsd === 'unknown');
    expect(lacking.filter(({ region }) => region !== 'northeurope')).toEqual([]);
    expect(plan.steps.length).toBeGreaterThan(5);
  });

  it("of the user's own is read instead, and its mistakes are told with line and column before anything is asked", async () => {
    const own = readFileSync(`${root}/config/prices.json`, 'utf8').replaceAll('"price": 0.05,', '"price": 0.5,');
    writeFileSync(world.at('own.json'), own);
    expect(figureOf(await explained('--prices', world.at('own.json')), 'disk-snapshot')?.meters[0]).toMatchObject({
      unitUsd: 0.5,
    });
    writeFileSync(world.at('bad.json'), own.replace('"currency": "USD"', '"currency": "EUR"'));
    const before = world.simulator.log().length;
    const ran = await world.run('plan', '--prices', world.at('bad.json'));
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('bad.json:5:15');
    expect(world.simulator.log()).toHaveLength(before);
  });
});

describe('--prices live', () => {
  it('asks the price list page by page and without the login, and says so', async () => {
    const before = asked();
    const told = await explained('--prices', 'live');
    expect(figureOf(told, 'disk-snapshot')?.meters[0]).toMatchObject({ unitUsd: 0.06 });
    expect(asked() - before).toBeGreaterThan(3);
    expect(
      told.sections.flatMap(({ sentences }) => sentences).some(({ text }) => text.includes('live prices of')),
    ).toBe(true);
  });

  it('prices a plan, its steps and its sum', async () => {
    const plan = JSON.parse(
      (await world.run('plan', '--resource-group', 'rg-office', '--prices', 'live', '--output', 'json')).out,
    ) as Plan;
    expect(plan.cost.prices?.title).toContain('live prices');
    const enable = plan.steps.find(({ kind }) => kind === 'backup.enable');
    expect(enable?.cost?.meters?.[0]).toMatchObject({ meter: 'Azure VM Protected Instances', unitUsd: 11 });
    expect(plan.cost.monthlyUsd).toBeGreaterThan(0);
  });

  it('is no part of reading offline', async () => {
    const ran = await holdfast(['plan', '--offline', world.folder, '--prices', 'live']);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain('--prices live asks Azure');
  });
});

describe('a price list that does not answer', () => {
  it('leaves costs unknown with the reason; the plan is made all the same', async () => {
    const broken = await startWorld({
      faults: [{ fault: 'internal-error', path: '^/api/retail/prices', times: 1000 }],
    });
    try {
      const ran = await broken.run('plan', '--resource-group', 'rg-office', '--prices', 'live', '--output', 'json');
      const plan = JSON.parse(ran.out) as Plan;
      expect(plan.steps.length).toBeGreaterThan(0);
      expect(plan.cost).toMatchObject({ monthlyUsd: 'unknown', knownUsd: 0 });
      expect(ran.err).toContain('Prices are not known');
    } finally {
      await broken.end();
    }
  });

  it('of a cloud that names none is said to be none', async () => {
    const cloud = JSON.parse(readFileSync(world.cloud, 'utf8')) as Record<string, unknown>;
    delete cloud['retailPrices'];
    writeFileSync(world.at('bare.json'), JSON.stringify(cloud));
    const ran = await holdfast([
      'plan',
      '--resource-group',
      'rg-office',
      '--prices',
      'live',
      '--cloud',
      world.at('bare.json'),
    ]);
    expect(ran.err).toContain('names no Retail Prices API');
    expect(ran.out).toContain('What it makes costs: not known');
  });
});
