/** `snapshot` and `remove` from the command line to the state of the simulated Azure. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import type { Plan } from '../../src/core/plan.ts';
import type { Stored } from '../../src/simulator/service.ts';
import { expectConforming } from './conforming.ts';
import { holdfast, root, startWorld, temporaryFolder, type World } from './rig.ts';

/** One machine for each way to a point. `cold01` runs without an agent on a size without premium disks: no restore point. */
const fleet = `
subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a09, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
  - { name: dev01, tags: { environment: dev }, osDisk: { network: AllowPrivate }, snapshots: [{ age: 90d }] }
  - { name: dev02, tags: { environment: dev, striping: none }, dataDisks: [{ count: 2 }] }
  - { name: cold01, tags: { environment: dev, striping: raid0 }, size: Standard_D2_v3, agent: missing, osDisk: { sku: StandardSSD_LRS }, dataDisks: [{ count: 2, sku: StandardSSD_LRS }] }
  - { name: off01, tags: { environment: dev, striping: none }, power: deallocated, dataDisks: [{ count: 1 }] }
`;

const fleetFile = join(temporaryFolder(), 'fleet.yaml');
writeFileSync(fleetFile, fleet);

let world: World;
beforeAll(async () => {
  world = await startWorld({ fleet: fleetFile, speed: 6000 });
});
afterAll(() => world.end());

const resources = (type: RegExp): readonly Stored[] =>
  world.simulator.state().resources.filter((resource) => type.test(resource.type));
const snapshotsOf = (machine: string) =>
  resources(/Compute\/snapshots$/i).filter(({ id }) => id.split('/').at(-1)!.startsWith(`hf-${machine}-`));
const pointsOf = (machine: string) =>
  resources(/restorePoints$/i).filter(({ id }) => id.split('/').at(-1)!.startsWith(`hf-${machine}-`));
const powerOf = (machine: string): unknown =>
  resources(/virtualMachines$/i).find(({ id }) => id.endsWith(`/${machine}`))?.hidden['power'];
/** Questions are POSTs too: of those only the ones that stop or start a machine write. */
const writes = () =>
  world.simulator
    .log()
    .filter(
      ({ method, url, accepted }) =>
        accepted && (/PUT|PATCH|DELETE/.test(method) || (method === 'POST' && /\/(deallocate|start)\?/.test(url))),
    ).length;
const findingsOf = async (machine: string) =>
  (await world.json<Audit>(0, 'audit')).machines.find(({ name }) => name === machine)!.findings.map(({ code }) => code);

describe('snapshot', () => {
  it('of one disk: closed though the disk is not, tagged with all it belongs to, and copied to another region until it is whole', async () => {
    const { code, err } = await world.run('snapshot', 'dev01', '--copy-to', 'northeurope', '--yes');
    expect(code, err).toBe(0);
    const [copy, own] = snapshotsOf('dev01').toSorted((a, b) =>
      String(a.body['location']) < String(b.body['location']) ? -1 : 1,
    );
    expect(own!.body).toMatchObject({
      location: 'westeurope',
      properties: { incremental: true, publicNetworkAccess: 'Disabled' },
      tags: {
        'holdfast-disks': '1',
        'holdfast-consistency': 'crash',
        'holdfast-policy': expect.stringContaining('dev-test') as string,
        'holdfast-expires': expect.any(String) as string,
      },
    });
    expect(own!.body['properties'].networkAccessPolicy).not.toBe('AllowAll');
    expect(copy!.body).toMatchObject({
      location: 'northeurope',
      properties: {
        completionPercent: 100,
        networkAccessPolicy: 'DenyAll',
        publicNetworkAccess: 'Disabled',
        creationData: { createOption: 'CopyStart', sourceResourceId: own!.id },
      },
    });
  });

  it('of several disks: one restore point with all of them, and its copy whole in the other region', async () => {
    const { code, err } = await world.run('snapshot', 'dev02', '--copy-to', 'northeurope', '--yes');
    expect(code, err).toBe(0);
    expect(pointsOf('dev02')).toHaveLength(2);
    const collections = resources(/restorePointCollections$/i);
    expect(collections).toHaveLength(2);
    expect(new Set(collections.map(({ body }) => body['location']))).toEqual(new Set(['northeurope', 'westeurope']));
    expect(await findingsOf('dev02')).toEqual([]);
  });

  it('of several disks of a deallocated machine: a set of all, and the machine stays off', async () => {
    const { code, err } = await world.run('snapshot', 'off01', '--yes');
    expect(code, err).toBe(0);
    expect(snapshotsOf('off01').map(({ body }) => body['tags']['holdfast-consistency'])).toEqual(['crash', 'crash']);
    expect(powerOf('off01')).toBe('deallocated');
  });

  it('of a running machine that no restore point takes is refused, with what could be done instead; nothing is written', async () => {
    const before = writes();
    const { code, err } = await world.run('snapshot', 'cold01', '--yes');
    expect(code).toBe(1);
    expect(err).toContain('Azure Backup would do for cold01');
    expect(err.replace(/\s+/g, ' ')).toContain(
      'cold01 could be deallocated, its disks snapshotted together and the machine started again, off for about 2 minutes',
    );
    // Striped: taken one by one as it runs they would not fit together, whoever accepts that.
    expect(
      (await world.run('snapshot', 'cold01', '--option', 'disk-snapshot', '--allow-inconsistent', '--yes')).code,
    ).toBe(1);
    expect(writes()).toBe(before);
  });

  it('stops a machine only with consent by name, shows for how long, and starts it again', async () => {
    const before = writes();
    const shown = await world.run('snapshot', 'cold01', '--allow-downtime', '--yes', '--plan-file', 'cold.json');
    expect(shown.code).toBe(2);
    expect(shown.err).toContain('cold01 off for about 2');
    expect(shown.err).toContain('--allow deallocate-cold01');
    expect(readFileSync(world.at('cold.json.md'), 'utf8')).toContain('**Downtime**: cold01 is off for about 2');
    expect(writes()).toBe(before);
    const { code, err } = await world.run('apply', 'cold.json', '--allow', 'deallocate-cold01', '--yes');
    expect(code, err).toBe(0);
    expect(powerOf('cold01')).toBe('running');
    expect(snapshotsOf('cold01').map(({ body }) => body['tags']['holdfast-consistency'])).toEqual([
      'crash',
      'crash',
      'crash',
    ]);
    // Taken while it was off, the set serves the machine also now that it runs.
    expect(await findingsOf('cold01')).toEqual([]);
    expect((await world.run('apply', 'cold.json', '--allow', 'deallocate-cold01', '--yes')).code).toBe(0);
  });
});

describe('interrupted while a machine is stopped', () => {
  it('says that it is still to be started, and the same command starts it', async () => {
    const stop = new AbortController();
    const own = await startWorld({
      fleet: fleetFile,
      speed: 6000,
      beforeAnswer: ({ method, url }) => {
        if (method === 'POST' && url.includes('/deallocate')) stop.abort(new Error('interrupted'));
      },
    });
    try {
      const made = await own.run('snapshot', 'cold01', '--allow-downtime', '--yes', '--plan-file', 'cold.json');
      expect(made.code).toBe(2);
      const command = ['apply', 'cold.json', '--allow', 'deallocate-cold01', '--yes', '--cloud', own.cloud];
      const cut = await holdfast(command, { cwd: own.folder, signal: stop.signal });
      expect(cut.code).toBe(130);
      expect(cut.err).toContain('start-cold01 is still to be done: cold01 ran before this plan stopped it');
      const { code, err } = await own.run('apply', 'cold.json', '--allow', 'deallocate-cold01', '--yes');
      expect(code, err).toBe(0);
      expect(own.simulator.state().resources.find(({ id }) => id.endsWith('/cold01'))?.hidden['power']).toBe('running');
    } finally {
      await own.end();
    }
  });
});

describe('remove', () => {
  const idsOf = (machine: string) => snapshotsOf(machine).map(({ id }) => id);

  it('touches nothing that holdfast did not make', async () => {
    const strange = resources(/Compute\/snapshots$/i).find(({ body }) => body['tags']?.['holdfast-run'] === undefined)!;
    const { code, err } = await world.run('remove', strange.id, '--allow-last', '--allow', 'all-destructive', '--yes');
    expect(code).toBe(1);
    expect(err.replace(/\s+/g, ' ')).toContain("does not carry holdfast's tags");
    expect(resources(/Compute\/snapshots$/i).some(({ id }) => id === strange.id)).toBe(true);
  });

  it('leaves a machine its last whole point, and a set is one point', async () => {
    const [first] = idsOf('off01');
    const last = await world.run('remove', first!, '--yes');
    expect(last.code).toBe(1);
    expect(last.err.replace(/\s+/g, ' ')).toContain('is the last whole point known of off01');
    const unasked = await world.run('remove', first!, '--allow-last', '--yes');
    expect(unasked.code).toBe(2);
    const over = await world.run(
      'remove',
      first!,
      '--allow-last',
      '--allow',
      'all-destructive',
      '--max-deletes',
      '1',
      '--yes',
    );
    expect(over.code).toBe(5);
    expect(idsOf('off01')).toHaveLength(2);
    const { code, err } = await world.run(
      'remove',
      first!,
      '--allow-last',
      '--allow',
      'all-destructive',
      '--max-deletes',
      '2',
      '--yes',
      '--plan-file',
      'remove.json',
    );
    expect(code, err).toBe(0);
    expect(idsOf('off01')).toEqual([]);
    const plan = JSON.parse(readFileSync(world.at('remove.json'), 'utf8')) as Plan;
    expect(plan.steps.map(({ kind, method, destructive }) => ({ kind, method, destructive }))).toEqual(
      Array.from({ length: 2 }, () => ({ kind: 'resource.delete', method: 'DELETE', destructive: true })),
    );
  });

  it('deletes a copy, and then a restore point with the collection it leaves empty', async () => {
    const copy = pointsOf('dev02').find(({ body }) => body['properties'].sourceRestorePoint !== undefined)!;
    const ran = await world.run('remove', copy.id, '--allow-last', '--allow', 'all-destructive', '--yes');
    expect(ran.code, ran.err).toBe(0);
    const [own] = pointsOf('dev02');
    const last = await world.run('remove', own!.id, '--allow-last', '--allow', 'all-destructive', '--yes');
    expect(last.code, last.err).toBe(0);
    expect(resources(/restorePointCollections/i)).toEqual([]);
  });

  it('of what is no point is wrong usage', async () => {
    expect((await world.run('remove', 'web01', '--yes')).code).toBe(2);
    expect(
      (
        await world.run(
          'remove',
          '/subscriptions/8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a09/resourceGroups/rg-lab/providers/Microsoft.Compute/snapshots/nope',
          '--yes',
        )
      ).code,
    ).toBe(2);
  });
});

describe('the roles for them', () => {
  const role = (name: string): string => join(root, 'deploy', 'roles', `holdfast-${name}.json`);

  it('let points of every kind be taken and copied, and machines stopped and started; and delete nothing', async () => {
    const own = await startWorld({ fleet: fleetFile, speed: 6000, role: role('snapshot') });
    try {
      const several = await own.run('snapshot', 'dev01', 'dev02', 'off01', '--copy-to', 'northeurope', '--yes');
      expect(several.code, several.err).toBe(0);
      const stopped = await own.run('snapshot', 'cold01', '--allow-downtime', '--allow', 'deallocate-cold01', '--yes');
      expect(stopped.code, stopped.err).toBe(0);
      const made = own.simulator.state().resources.find(({ id }) => id.includes('/snapshots/hf-cold01-'))!;
      const removed = await own.run('remove', made.id, '--allow-last', '--allow', 'all-destructive', '--yes');
      expect(removed.code).toBe(1);
      expect(removed.err.replace(/\s+/g, ' ')).toContain('Microsoft.Compute/snapshots/delete');
    } finally {
      await own.end();
    }
  });

  it('lack what they are not for: without the right to start it again, no machine is stopped', async () => {
    const { Actions: actions } = JSON.parse(readFileSync(role('snapshot'), 'utf8')) as { Actions: string[] };
    const path = join(temporaryFolder(), 'role.json');
    writeFileSync(
      path,
      JSON.stringify({
        Name: 'no start',
        Actions: actions.filter((action) => !action.endsWith('/start/action')),
        NotActions: [],
      }),
    );
    const own = await startWorld({ fleet: fleetFile, speed: 6000, role: path });
    try {
      const ran = await own.run('snapshot', 'cold01', '--allow-downtime', '--allow', 'deallocate-cold01', '--yes');
      expect(ran.code).not.toBe(0);
      expect(own.simulator.log().some(({ method, url }) => method === 'POST' && url.includes('/deallocate'))).toBe(
        false,
      );
    } finally {
      await own.end();
    }
  });
});

describe('on the wire', () => {
  it('every request of these cases and every answer is as Azure’s documents have it', async (context) => {
    await expectConforming(context, 'snapshot and remove', [world.simulator]);
  });
});
