/** Replication through the real command line, over the simulator: from nothing to Protected, again, in the middle, and away. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { expectConforming } from './conforming.ts';
import { holdfast, startWorld, temporaryFolder, type Ran, type World } from './rig.ts';

const fleet = `
subscriptions:
  - { key: main, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4b01, name: Replicated }
machines:
  - name: shop-01
    resourceGroup: rg-shop
    tags: { environment: production, dr: required, application: shop }
    dataDisks: [{ name: shop-01-data, count: 2, sizeGiB: 64 }]
  - name: shop-02
    resourceGroup: rg-shop
    tags: { environment: production, dr: required, application: shop }
`;

const written = (text = fleet): string => {
  const path = join(temporaryFolder(), 'fleet.yaml');
  writeFileSync(path, text);
  return path;
};

const outcomeOf = ({ out, err }: Ran): Outcome => {
  if (!out.startsWith('{')) throw new Error(err);
  return JSON.parse(out) as Outcome;
};

describe('replicate, where nothing is yet', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ fleet: written(), speed: 6000 });
  });
  afterAll(() => world.end());
  const replicate = (...argv: readonly string[]) => world.run('replicate', ...argv, '--yes', '--output', 'json');

  it('takes machines to Protected, every disk of them, with each shared piece made once', async () => {
    const ran = await replicate(
      'shop-01',
      'shop-02',
      '--to',
      'northeurope',
      '--make-network',
      '--group-by-application',
    );
    expect(ran.code).toBe(0);
    expect(outcomeOf(ran).steps.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    // How far the first copy is, where Azure says it.
    expect(ran.err).toMatch(/initial replication in progress, \d+ %/);
    const { machines } = await world.json<Audit>(0, 'audit');
    expect(
      machines.map(({ name, protections }) => [
        name,
        protections.map(({ state, healthy, newestPoint }) => ({ state, healthy, disks: newestPoint?.disksIncluded })),
      ]),
    ).toEqual([
      ['shop-01', [{ state: 'Protected', healthy: true, disks: 3 }]],
      ['shop-02', [{ state: 'Protected', healthy: true, disks: 1 }]],
    ]);
    expect(made(world, /replicationFabrics\/[^/]+$/)).toHaveLength(2);
    expect(made(world, /replicationProtectedItems\/[^/]+$/)).toHaveLength(2);
    expect(made(world, /storageAccounts\/[^/]+$/)).toHaveLength(1);
  }, 60_000);

  it('does nothing the second time', async () => {
    const before = writes(world);
    const ran = await replicate(
      'shop-01',
      'shop-02',
      '--to',
      'northeurope',
      '--make-network',
      '--group-by-application',
    );
    expect([ran.code, writes(world)]).toEqual([0, before]);
    expect(ran.err).toContain('Nothing to do:');
  });

  it('refuses a second region for a machine that has one', async () => {
    const ran = await replicate('shop-01', '--to', 'uksouth', '--make-network');
    expect(ran.code).toBe(1);
    expect(ran.err).toContain('replicated to northeurope already');
  });

  it('ends replication only with consent for that very step, and then leaves no item and no replica disk', async () => {
    const refused = await replicate('shop-01', '--disable');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('--allow end-replication-shop-01');
    const ran = await replicate('shop-01', '--disable', '--allow', 'end-replication-shop-01');
    expect(ran.code).toBe(0);
    expect(outcomeOf(ran).steps.map(({ outcome }) => outcome)).toEqual(['done']);
    const { machines } = await world.json<Audit>(0, 'audit');
    expect(machines.map(({ name, protections }) => [name, protections.length])).toEqual([
      ['shop-01', 0],
      ['shop-02', 1],
    ]);
    const disks = world.simulator.state().resources.filter(({ id }) => /\/disks\/shop-01.*-ASRReplica$/i.test(id));
    expect(disks).toEqual([]);
    const again = await replicate('shop-01', '--disable');
    expect([again.code, again.err.includes('Nothing to do:')]).toEqual([0, true]);
  }, 60_000);

  it('replicates again, over all that is there, with one write', async () => {
    const ran = await replicate('shop-01', '--to', 'northeurope');
    expect(outcomeOf(ran).steps.map(({ id, outcome }) => `${id} ${outcome}`)).toEqual(['replicate-shop-01 done']);
  }, 60_000);

  it('speaks as Azure’s own documents have it', async (context) => {
    await expectConforming(context, 'replicate', [world.simulator]);
  }, 60_000);
});

const made = ({ simulator }: World, path: RegExp): readonly string[] => [
  ...new Set(
    simulator
      .log()
      .filter(({ method, url }) => method === 'PUT' && path.test(new URL(url).pathname))
      .map(({ url }) => new URL(url).pathname.toLowerCase()),
  ),
];

/** Requests that change something: POSTs are queries, but for what ends something. */
const writes = ({ simulator }: World): number =>
  simulator.log().filter(({ method, url }) => method === 'PUT' || method === 'DELETE' || /\/remove\b/.test(url)).length;

describe('replicate, cut short', () => {
  it('goes on where it was, and makes nothing twice', async () => {
    const world = await startWorld({ fleet: written(), speed: 6000 });
    try {
      const stop = new AbortController();
      const plan = world.at('r.json');
      const argv = [
        'replicate',
        'shop-01',
        '--to',
        'northeurope',
        '--make-network',
        '--yes',
        '--plan-file',
        plan,
        '--cloud',
        world.cloud,
      ];
      const running = holdfast(argv, { cwd: world.folder, signal: stop.signal });
      const over = running.then(() => true);
      const aTurn = () => new Promise<boolean>((go) => setImmediate(() => go(false)));
      while (!(await Promise.race([over, aTurn()])) && made(world, /replicationFabrics\/[^/]+$/).length === 0);
      stop.abort(new Error('interrupted'));
      expect((await running).code).toBe(130);
      const ran = await world.run('apply', plan, '--yes', '--output', 'json');
      expect(outcomeOf(ran).steps.filter(({ outcome }) => outcome !== 'done' && outcome !== 'already-done')).toEqual(
        [],
      );
      const sent = world.simulator
        .log()
        .filter(
          ({ method, status, url }) => method === 'PUT' && status < 300 && /replication(?:Fabrics|Policies)/.test(url),
        )
        .map(({ url }) => new URL(url).pathname);
      expect(new Set(sent).size).toBe(sent.length);
    } finally {
      await world.end();
    }
  }, 60_000);
});

describe('replicate, with answers lost on the way', () => {
  it('makes no second item, fabric or account of anything', async () => {
    const lost = [
      'replicationFabrics/[^/]+$',
      'replicationProtectedItems/[^/]+$',
      'storageAccounts/[^/]+$',
      'replicationPolicies/[^/]+$',
    ];
    const world = await startWorld({
      fleet: written(),
      speed: 6000,
      faults: [
        ...lost.map((path) => ({ fault: 'reset-after' as const, method: 'PUT' as const, path })),
        { fault: 'throttled', method: 'PUT', path: 'replicationNetworkMappings' },
      ],
    });
    try {
      const ran = await world.run(
        'replicate',
        'shop-01',
        '--to',
        'northeurope',
        '--make-network',
        '--yes',
        '--output',
        'json',
      );
      expect(outcomeOf(ran).steps.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
      const there = (type: RegExp) => world.simulator.state().resources.filter(({ id }) => type.test(id)).length;
      expect([
        there(/replicationFabrics\/[^/]+$/i),
        there(/replicationProtectedItems\/[^/]+$/i),
        there(/storageAccounts\/hfcache[^/]+$/i),
        there(/replicationPolicies\/hf-[^/]+$/i),
      ]).toEqual([2, 1, 1, 1]);
    } finally {
      await world.end();
    }
  }, 60_000);
});

describe('plan', () => {
  it('sets up replication where a class requires it and the guidance says where to, and refuses where nobody did', async () => {
    const world = await startWorld({ fleet: written(), speed: 6000 });
    try {
      const silent = await world.json<Plan>(0, 'plan');
      expect(silent.refusals.map(({ option, reasons }) => [option, reasons[0]!.code])).toEqual([
        ['site-recovery', 'target-region-not-chosen'],
        ['site-recovery', 'target-region-not-chosen'],
      ]);
      const source = 'https://learn.microsoft.com/azure/reliability/regions-paired';
      writeFileSync(
        world.at('guidance.yaml'),
        `extends: default\nplan: { siteRecovery: { network: make, targetRegions: { westeurope: { value: northeurope, source: '${source}' } } } }\n`,
      );
      const told = await world.json<Plan>(0, 'plan', '--config', world.at('guidance.yaml'));
      expect(told.refusals).toEqual([]);
      expect(told.steps.filter(({ kind }) => kind === 'replication.enable').map(({ id }) => id)).toEqual([
        'replicate-shop-01',
        'replicate-shop-02',
      ]);
    } finally {
      await world.end();
    }
  }, 60_000);

  it('turns what Azure says against a machine into a line of the plan: a kernel nothing in the inventory tells of', async () => {
    const world = await startWorld({
      fleet: written(fleet.replace('name: shop-02', "name: shop-02\n    osVersion: [ubuntu, '12.04']")),
      speed: 6000,
    });
    try {
      const ran = await world.run('replicate', 'shop-02', '--to', 'northeurope', '--make-network', '--yes');
      expect(ran.code).toBe(1);
      expect(ran.err).toMatch(/Azure says that shop-02 cannot be replicated/);
      expect(writes(world)).toBe(0);
    } finally {
      await world.end();
    }
  }, 60_000);
});
