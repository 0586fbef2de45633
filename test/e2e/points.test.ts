/** `points` and orphans through the whole tool, on a fleet with points of every kind and what was left behind. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import type { Points } from '../../src/core/points.ts';
import { expectConforming } from './conforming.ts';
import { holdfast, startWorld, temporaryFolder, type World } from './rig.ts';

const folder = temporaryFolder();
const fleet = join(folder, 'fleet.yaml');
const main = '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4b01';

writeFileSync(
  fleet,
  `subscriptions:
  - { key: main, id: ${main}, name: Fabrikam }
vaults:
  - { name: vault-weu, resourceGroup: rg-backup, location: westeurope, crossRegionRestore: true }
  - { name: vault-neu, resourceGroup: rg-dr, location: northeurope }
machines:
  - name: full
    os: windows
    tags: { environment: prod, dr: required }
    power: deallocated
    dataDisks: [{ name: full-data, count: 2, sizeGiB: 64 }]
    backup: { vault: vault-weu, policy: EnhancedPolicy, points: [{ age: 6h }, { age: 30h, consistency: CrashConsistent }] }
    replication: { vault: vault-neu, to: northeurope, rpo: 4m }
    snapshots:
      - { age: 9h, tags: { holdfast-set: whole, holdfast-consistency: crash, holdfast-expires: '2026-12-01T00:00:00Z' } }
      - { age: 1h, disks: [os, 0], tags: { holdfast-set: torn, holdfast-consistency: crash } }
    restorePoints: [{ age: 3h, consistency: ApplicationConsistent }]
    images: [{ name: full-image }]
  - name: bare
    tags: { environment: dev }
  - name: short-lived
    tags: { environment: dev }
    backup: { vault: vault-weu, state: stopped, points: [{ age: 9d, consistency: FileSystemConsistent }] }
    restorePoints: [{ age: 9d, consistency: CrashConsistent }]
resources:
  - id: /subscriptions/{main}/resourceGroups/rg-app-asr/providers/Microsoft.Compute/disks/long-gone-ASRReplica
    type: Microsoft.Compute/disks
    name: long-gone-ASRReplica
    location: northeurope
    sku: { name: Premium_LRS, tier: Premium }
    properties:
      creationData: { createOption: Empty }
      diskSizeGB: 128
      diskSizeBytes: 137438953472
      timeCreated: '2026-01-14T09:26:53.5897932+00:00'
      provisioningState: Succeeded
      diskState: Unattached
      uniqueId: 91f0c2d8-5e4b-47a6-b3c9-8d7a6e5f4c33
      encryption: { type: EncryptionAtRestWithPlatformKey }
      networkAccessPolicy: AllowAll
      publicNetworkAccess: Enabled
`,
);

describe('points of one machine', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ fleet });
  });
  afterAll(() => world.end());

  it('of every option stand in one list, newest first', async () => {
    const { machine, points, unknowns } = await world.json<Points>(0, 'points', 'FULL');
    expect(unknowns).toEqual([]);
    expect(machine).toMatchObject({ name: 'full', disks: 3 });
    expect(new Set(points.map(({ option }) => option))).toEqual(
      new Set(['site-recovery', 'disk-snapshot', 'restore-point', 'azure-backup', 'managed-image']),
    );
    const moments = points.flatMap(({ at }) => at ?? []);
    expect(moments).toEqual(moments.toSorted().toReversed());
    expect(points.at(-1)).toMatchObject({ option: 'managed-image', at: null, restores: ['many-machines'] });
  });

  it('take a set without one of the disks for no point of the machine', async () => {
    const { points } = await world.json<Points>(0, 'points', 'full');
    const sets = points.filter(({ option }) => option === 'disk-snapshot');
    expect(
      sets.map(({ state, disksIncluded, disksAttached, restores, members }) => [
        state,
        `${disksIncluded}/${disksAttached}`,
        restores.includes('machine'),
        members?.length,
      ]),
    ).toEqual([
      ['incomplete', '2/3', false, 2],
      ['available', '3/3', true, 3],
    ]);
    expect(sets[1]).toMatchObject({ consistency: 'crash', expiresAt: '2026-12-01T00:00:00Z' });
  });

  it('tell the consistency that vault points really have', async () => {
    const { points } = await world.json<Points>(0, 'points', 'full');
    expect(points.filter(({ option }) => option === 'azure-backup').map(({ consistency }) => consistency)).toEqual([
      'application',
      'crash',
    ]);
  });

  it('cost one call per item of that machine alone', async () => {
    const before = world.simulator.log().length;
    await world.json<Points>(0, 'points', 'full');
    const asked = world.simulator
      .log()
      .slice(before)
      .filter(({ url }) => /\/recoveryPoints\?/i.test(url) && !/skiptoken|page/i.test(url.split('?')[1] ?? ''));
    expect(asked.filter(({ url }) => /protectedItems/i.test(url) && !/replication/i.test(url))).toHaveLength(1);
    expect(asked.filter(({ url }) => /replicationProtectedItems/i.test(url))).toHaveLength(1);
  });

  it('fit a terminal as a table, and come as CSV with a row each', async () => {
    const table = await world.run('points', 'full');
    expect(table.code).toBe(0);
    expect(table.out).toContain('AT                AGE');
    expect(table.out).toContain('The newest that brings the whole machine back is');
    const sheet = await world.run('points', 'full', '--output', 'csv');
    const { points } = await world.json<Points>(0, 'points', 'full');
    expect(sheet.out.trim().split('\n')).toHaveLength(points.length + 1);
  });

  it('of a machine that has none are none, and that is certain where all could be read', async () => {
    const { points, complete } = await world.json<Points>(0, 'points', 'bare');
    expect([points, complete]).toEqual([[], true]);
  });

  it('of no machine are wrong usage', async () => {
    const ran = await world.run('points', 'nobody');
    expect([ran.code, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain('no machine called nobody');
  });

  it('exchange what Azure documents', (context) => expectConforming(context, 'points', [world.simulator]));
});

describe('points that may not be read', () => {
  it.each([
    ['replicationProtectedItems/recoveryPoints/read', 'points of site-recovery', 'site-recovery'],
    ['backupFabrics/protectionContainers/protectedItems/recoveryPoints/read', 'points of azure-backup', 'azure-backup'],
    ['Microsoft.Compute/snapshots/read', 'points of disk-snapshot', 'disk-snapshot'],
  ])('for want of %s are an unknown, said at the end, and make the exit code 6', async (lacking, fact, option) => {
    const role = join(folder, `${option}.json`);
    const audit = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', '..', 'deploy', 'roles', 'holdfast-audit.json'), 'utf8'),
    ) as { Actions: string[] };
    const kept = audit.Actions.filter((action) => !action.endsWith(lacking));
    expect(kept).toHaveLength(audit.Actions.length - 1);
    writeFileSync(role, JSON.stringify({ ...audit, Actions: kept }));
    const world = await startWorld({ fleet, role });
    try {
      const report = await world.json<Points>(6, 'points', 'full');
      expect(report.complete).toBe(false);
      expect(report.unknowns.map((one) => one.fact)).toContain(fact);
      expect(report.points.filter((point) => point.option === option)).toEqual([]);
      const table = await world.run('points', 'full');
      expect(table.out).toContain('UNKNOWN: there may be more points than these');
      expect(table.out.trim().split('\n').at(-1)).toContain('incomplete');
    } finally {
      await world.end();
    }
  });
});

describe('what was left behind', () => {
  let world: World;
  let bundle: string;
  beforeAll(async () => {
    world = await startWorld({ fleet });
    bundle = world.at('bundle');
    await world.run('inventory', '--export', bundle, '--deep');
    const file = join(bundle, 'virtualMachines.json');
    const machines = JSON.parse(readFileSync(file, 'utf8')) as readonly { readonly name: string }[];
    writeFileSync(file, JSON.stringify(machines.filter(({ name }) => name !== 'short-lived')));
  });
  afterAll(() => world.end());

  const offline = async (...flags: readonly string[]): Promise<Audit> =>
    JSON.parse((await holdfast(['audit', '--offline', bundle, '--output', 'json', ...flags])).out) as Audit;

  it('is found with what it is, since when and what it costs, never as nothing where that is unknown', async () => {
    const { orphans } = await offline();
    expect(orphans.map(({ what, option }) => [option, what])).toEqual([
      ['site-recovery', 'replica disk'],
      ['restore-point', 'restore point collection with 1 point'],
      ['azure-backup', 'backup item, stopped with its points kept'],
    ]);
    for (const { since, cost } of orphans) {
      expect(since).toMatch(/^2026-/);
      expect(cost.monthlyUsd).not.toBe(0);
    }
  });

  it('and points come from a bundle as from the fleet itself', async () => {
    const moment = ['--as-of', '2026-11-02T08:00:00Z', '--output', 'json'];
    const there = JSON.parse((await world.run('points', 'full', ...moment)).out) as Points;
    const here = JSON.parse((await holdfast(['points', 'full', '--offline', bundle, ...moment])).out) as Points;
    const fixed = ({ points }: Points) => points.filter(({ option }) => option !== 'site-recovery');
    expect(here.complete).toBe(true);
    expect(fixed(here)).toEqual(fixed(there));
    expect(here.points.some(({ option }) => option === 'site-recovery')).toBe(true);
  });

  it('shows in the table and in CSV', async () => {
    const table = await holdfast(['audit', '--offline', bundle]);
    expect(table.out).toMatch(/ORPHANS AND WASTE +WHAT +SINCE/);
    expect(table.out).toContain('long-gone-ASRReplica');
    const sheet = await holdfast(['audit', '--offline', bundle, '--output', 'csv']);
    expect(sheet.out.split('\n')[0]).toContain('what,since,sizeGiB,monthlyUsd');
  });

  it('is not called waste outside the scope asked for', async () => {
    expect((await offline('--resource-group', 'rg-elsewhere')).orphans).toEqual([]);
    expect((await offline('--tag', 'environment=prod')).orphans).toEqual([]);
  });
});
