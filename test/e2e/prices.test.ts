/** What things cost, from the command line to the simulated price list and back. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAndAudit } from '../../src/cli/audit-run.ts';
import { demoRegions } from '../../src/cli/demo-run.ts';
import { machineCosts } from '../../src/core/cost/machine-costs.ts';
import type { Meter } from '../../src/core/cost/meter.ts';
import { parsePriceFile } from '../../src/core/cost/price-file.ts';
import { priceOf } from '../../src/core/cost/price-book.ts';
import type { Explanation } from '../../src/core/explain.ts';
import type { Plan } from '../../src/core/plan.ts';
import { everythingConforms } from './conforming.ts';
import { contextOf, holdfast, root, startWorld, type World } from './rig.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.end());

const explained = async (...argv: readonly string[]): Promise<Explanation> =>
  JSON.parse((await world.run('explain', 'print-01', '--output', 'json', ...argv)).out) as Explanation;
const audited = (config: string) =>
  readAndAudit(
    {
      subscription: [],
      'management-group': undefined,
      'resource-group': [],
      tag: [],
      'exclude-tag': [],
      cloud: world.cloud,
      offline: undefined,
      source: 'auto',
      deep: true,
      concurrency: 8,
      'as-of': undefined,
      debug: false,
      config,
    },
    contextOf().context,
  );
const figureOf = ({ costs = [] }: Explanation, option: string) => costs.find((one) => one.option === option)?.cost;
const asked = (): number => world.simulator.log().filter(({ url }) => url.includes('/api/retail/prices')).length;

describe('the dated table', () => {
  it('is what costs are reckoned by, and no price list is asked', async () => {
    const cost = figureOf(await explained(), 'disk-snapshot');
    expect(cost?.meters[0]).toMatchObject({ service: 'Storage', region: 'eastus', unitUsd: 0.05 });
    expect(cost?.monthlyUsd).toBe(cost?.atMostUsd);
    expect(asked()).toBe(0);
  });

  it('holds a price with its day and source for every meter that the options of the demo fleet need', async () => {
    writeFileSync(world.at('regions.yaml'), demoRegions);
    const config = world.at('regions.yaml');
    const plan = JSON.parse((await world.run('plan', '--deep', '--config', config, '--output', 'json')).out) as Plan;
    const { estate, guidance, asOf } = await audited(config);
    const parsed = parsePriceFile(readFileSync(`${root}/config/prices.json`, 'utf8'), 'config/prices.json');
    if (parsed.kind === 'invalid') throw new Error('the shipped table is invalid');
    // As `explain` prices them, machine by machine.
    const options = estate.machines.items.flatMap(({ id }) =>
      machineCosts({ estate, guidance, asOf }, id, parsed.book),
    );
    const meters = [
      ...plan.steps.flatMap(({ cost }) => cost?.meters ?? []),
      ...options.flatMap(({ cost }) => cost.meters),
    ];
    const unknowns = meters.filter(({ unitUsd, monthlyUsd }) => unitUsd === 'unknown' || monthlyUsd === 'unknown');
    // None for want of a row: these disks have no meter by tier (C-06).
    expect(new Set(unknowns.map(({ why }) => why))).toEqual(
      new Set([
        'PremiumV2_LRS disks are billed by size, IOPS and throughput, not by tier',
        'UltraSSD_LRS disks are billed by size, IOPS and throughput, not by tier',
      ]),
    );
    const priced = meters.filter(({ unitUsd }) => typeof unitUsd === 'number');
    for (const meter of priced) {
      const price = priceOf(parsed.book, meter as Meter);
      expect(price.known && price.value.usd).toBe(meter.unitUsd);
      expect(price.known && price.value.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
      expect(price.known && price.value.source).toMatch(/^https:/);
    }
    expect(new Set(priced.map(({ region }) => region))).toEqual(
      new Set(['eastus', 'northeurope', 'westeurope', 'westus']),
    );
    expect(plan.steps.filter(({ kind }) => kind === 'replication.enable')).not.toEqual([]);
    expect(options.length).toBeGreaterThan(150);
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

everythingConforms('prices');
