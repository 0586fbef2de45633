/** `prune` from the command line to the state of the simulated Azure: marked, waited for, deleted, and what stays whatever is asked. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { PruneReport } from '../../src/core/retention/prune-table.ts';
import type { Stored } from '../../src/simulator/service.ts';
import { expectConforming } from './conforming.ts';
import { startWorld, temporaryFolder, type World } from './rig.ts';

const subscription = '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a09';
const fleet = `
subscriptions: [{ key: lab, id: ${subscription}, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
  - { name: off01, tags: { environment: dev, striping: none }, power: deallocated, dataDisks: [{ count: 1 }] }
  - { name: dev02, tags: { environment: dev, striping: none }, dataDisks: [{ count: 2 }] }
  - { name: dev01, tags: { environment: dev }, snapshots: [{ age: 90d }] }
`;
const fleetFile = join(temporaryFolder(), 'fleet.yaml');
writeFileSync(fleetFile, fleet);

let world: World;
const worlds: World['simulator'][] = [];
afterEach(() => world.end());
const begin = async () => {
  world = await startWorld({ fleet: fleetFile, speed: 6000 });
  worlds.push(world.simulator);
};
/** For who may set locks; slow enough that a copy lasts. */
const beginAsOwner = async () => {
  const role = join(temporaryFolder(), 'owner.json');
  writeFileSync(role, JSON.stringify({ Name: 'Owner', Actions: ['*'], NotActions: [] }));
  world = await startWorld({ fleet: fleetFile, speed: 60, role });
};

const dayMs = 86_400_000;
const resources = (type: RegExp): readonly Stored[] =>
  world.simulator.state().resources.filter((resource) => type.test(resource.type));
const nameOf = ({ id }: Pick<Stored, 'id'>) => id.split('/').at(-1)!;
const snapshotsOf = (machine: string) =>
  resources(/Compute\/snapshots$/i).filter((one) => nameOf(one).startsWith(`hf-${machine}-`));
const pointsOf = (machine: string) =>
  resources(/restorePoints$/i).filter((one) => nameOf(one).startsWith(`hf-${machine}-`));
const pass = (days: number) => world.simulator.clock.advance(days * dayMs);
const take = async (machine: string, ...more: readonly string[]) => {
  const { code, err } = await world.run('snapshot', machine, '--yes', '--lease', 'none', ...more);
  expect(code, err).toBe(0);
};
/** Newest last. */
const takeDaily = async (machine: string, days: number, ...more: readonly string[]) => {
  for (let day = 0; day < days; day += 1) {
    if (day > 0) pass(1);
    await take(machine, ...more);
  }
};
const consent = ['--allow', 'all-destructive', '--yes', '--lease', 'none'];
const prune = (code: number, ...argv: readonly string[]) => world.json<PruneReport>(code, 'prune', ...argv, ...consent);
const actions = ({ points }: PruneReport) => points.map(({ action }) => action);
/** Oldest first. */
const setsOf = (machine: string): readonly (readonly Stored[])[] =>
  [...Map.groupBy(snapshotsOf(machine), (one) => tagsOf(one)['holdfast-set']).values()].toSorted((a, b) =>
    a[0]!.body['properties'].timeCreated < b[0]!.body['properties'].timeCreated ? -1 : 1,
  );
/** As somebody else would, beside the tool. */
const ask = async (method: string, id: string, version: string, body: object): Promise<void> => {
  const headers = { authorization: `Bearer ${world.simulator.token()}`, 'content-type': 'application/json' };
  const url = `https://management.azure.com${id}?api-version=${version}`;
  const { status } = await world.simulator.handle(new Request(url, { method, headers, body: JSON.stringify(body) }));
  expect(status).toBeLessThan(300);
};
const tag = ({ id }: Stored, tags: Readonly<Record<string, string>>, operation = 'Merge'): Promise<void> =>
  ask('PATCH', `${id}/providers/Microsoft.Resources/tags/default`, '2021-04-01', { operation, properties: { tags } });
const tagsOf = (one: Stored): Readonly<Record<string, string>> => one.body['tags'] ?? {};

describe('prune', () => {
  it('marks whole sets first, deletes them when their grace is over, oldest first, and takes back what is kept again', async () => {
    await begin();
    await takeDaily('off01', 3);
    expect(snapshotsOf('off01')).toHaveLength(6);
    const first = await prune(0, 'off01', '--keep-last', '1');
    expect(actions(first)).toEqual(['trash', 'trash', 'keep']);
    expect(first.points.map(({ outcome }) => outcome)).toEqual(['done', 'done', undefined]);
    expect(snapshotsOf('off01').filter((one) => 'holdfast-trash' in tagsOf(one))).toHaveLength(4);

    pass(6.5);
    expect(actions(await prune(0, 'off01', '--keep-last', '1'))).toEqual(['trashed', 'trashed', 'keep']);
    expect(actions(await prune(0, 'off01', '--keep-last', '2'))).toEqual(['trashed', 'rescue', 'keep']);
    expect(snapshotsOf('off01').filter((one) => 'holdfast-trash' in tagsOf(one))).toHaveLength(2);

    pass(1);
    const last = await prune(0, 'off01', '--keep-last', '1');
    expect(actions(last)).toEqual(['remove', 'trash', 'keep']);
    expect(snapshotsOf('off01')).toHaveLength(4);
    expect(actions(await prune(0, 'off01', '--keep-last', '1', '--trash-days', '0'))).toEqual(['remove', 'keep']);
    expect(snapshotsOf('off01')).toHaveLength(2);
  }, 60_000);

  it('does the same with restore points, marked on their collections, and with the copies in another region', async () => {
    await begin();
    await takeDaily('dev02', 3, '--copy-to', 'northeurope');
    expect(pointsOf('dev02')).toHaveLength(6);
    const report = await prune(0, 'dev02', '--keep-last', '1');
    expect(report.points.map(({ region, action }) => `${region} ${action}`)).toEqual([
      'westeurope trash',
      'westeurope trash',
      'westeurope keep',
      'northeurope trash',
      'northeurope trash',
      'northeurope keep',
    ]);
    const collections = resources(/restorePointCollections$/i);
    expect(
      collections.map((one) => Object.keys(tagsOf(one)).filter((name) => name.startsWith('holdfast-trash'))),
    ).toEqual([['holdfast-trash-1'], ['holdfast-trash-1']]);
    expect(actions(await prune(0, 'dev02', '--keep-last', '3')).filter((one) => one === 'rescue')).toHaveLength(4);
    expect(resources(/restorePointCollections$/i).some((one) => 'holdfast-trash-1' in tagsOf(one))).toBe(false);
    await prune(0, 'dev02', '--keep-last', '1');
    pass(7.1);
    expect(actions(await prune(0, 'dev02', '--keep-last', '1')).filter((one) => one === 'remove')).toHaveLength(4);
    expect(pointsOf('dev02')).toHaveLength(2);
    expect(resources(/restorePointCollections$/i)).toHaveLength(2);
  }, 60_000);

  it('says so when points to go are a job’s, and not of that job alone', async () => {
    await begin();
    await takeDaily('off01', 2);
    for (const one of snapshotsOf('off01')) await tag(one, { 'holdfast-job': 'nightly' });
    const { err } = await world.run('prune', 'off01', '--keep-last', '1', '--output', 'json');
    expect(err).toContain('1 point to go is of nightly, which has a retention of its own');
    expect(err).toContain('--job NAME');
    const alone = await world.run('prune', 'off01', '--keep-last', '1', '--job', 'nightly', '--output', 'json');
    expect(alone.err).not.toContain('retention of its own');
  }, 60_000);

  it('without consent writes the plan and stops, and says of every point what would become of it', async () => {
    await begin();
    await takeDaily('off01', 2);
    const { code, out, err } = await world.run('prune', 'off01', '--keep-last', '1', '--output', 'json');
    expect(code, err).toBe(2);
    expect(actions(JSON.parse(out) as PruneReport)).toEqual(['trash', 'keep']);
    expect(readdirSync(world.folder).filter((name) => /^holdfast-prune-[0-9a-f]{12}\.json$/.test(name))).toHaveLength(
      1,
    );
    expect(snapshotsOf('off01').some((one) => 'holdfast-trash' in tagsOf(one))).toBe(false);
    const table = await world.run('prune', 'off01', '--keep-last', '1');
    expect(table.code).toBe(2);
    expect(table.out).toContain('2 points: 1 kept, 1 into the trash.');
    // Deleting takes consent of its own, as everywhere.
    const atOnce = await world.run('prune', 'off01', '--keep-last', '1', '--trash-days', '0', '--yes');
    expect(atOnce.code).toBe(2);
    expect(snapshotsOf('off01')).toHaveLength(4);
  }, 60_000);

  it('leaves what is locked, held, somebody else’s or the source of a copy under way, and takes what is adopted', async () => {
    await beginAsOwner();
    await takeDaily('off01', 6);
    const [locked, held, copied, plain] = setsOf('off01');
    await ask('PUT', `${locked![0]!.id}/providers/Microsoft.Authorization/locks/keep`, '2020-05-01', {
      properties: { level: 'CanNotDelete' },
    });
    await tag(held![1]!, { 'holdfast-hold': 'case 4711' });
    await ask('PUT', copied![0]!.id.replace(/[^/]+$/, 'somebodys-copy'), '2024-03-02', {
      location: 'northeurope',
      properties: { incremental: true, creationData: { createOption: 'CopyStart', sourceResourceId: copied![0]!.id } },
    });
    const report = await prune(0, 'off01', 'dev01', '--keep-last', '1', '--trash-days', '0', '--source', 'arm');
    const of = (machine: string) =>
      actions({ ...report, points: report.points.filter((one) => one.machine === machine) });
    expect(of('off01')).toEqual(['keep', 'keep', 'keep', 'remove', 'remove', 'keep']);
    expect(report.points.map(({ reasons }) => reasons.join()).filter((text) => !text.startsWith('keep'))).toMatchObject(
      [
        expect.stringContaining('somebody else made it') as string,
        expect.stringContaining('The lock keep') as string,
        expect.stringContaining('case 4711') as string,
        expect.stringContaining('somebodys-copy in northeurope is not whole yet') as string,
        'no rule keeps it',
        'no rule keeps it',
      ],
    );
    const gone = new Set(plain!.map(({ id }) => id));
    expect(resources(/snapshots$/i).filter(({ id }) => gone.has(id))).toEqual([]);
    expect(snapshotsOf('off01')).toHaveLength(8);

    const [theirs] = resources(/snapshots$/i).filter((one) => nameOf(one).startsWith('dev01'));
    await tag(theirs!, { 'holdfast-adopt': 'true' });
    const adopted = ['dev01', '--keep-tag', 'none', '--trash-days', '0', '--source', 'arm'];
    expect(actions(await prune(0, ...adopted))).toEqual(['keep']);
    expect(actions(await prune(0, ...adopted, '--unsafe-remove-last-point'))).toEqual(['remove']);
    expect(resources(/snapshots$/i).some(({ id }) => id === theirs!.id)).toBe(false);
  }, 60_000);

  it('deletes nothing whose mark a person took away after the plan was made, nor anything over --max-deletes', async () => {
    await begin();
    await takeDaily('off01', 4);
    await prune(0, 'off01', '--keep-last', '1');
    pass(8);
    const kept = await world.run('prune', 'off01', '--keep-last', '1', '--plan-file', 'prune.json');
    expect(kept.code).toBe(2);
    const [wanted] = setsOf('off01');
    for (const one of wanted!) await tag(one, { 'holdfast-trash': tagsOf(one)['holdfast-trash']! }, 'Delete');
    const { code, err } = await world.run('apply', 'prune.json', ...consent);
    expect(code, err).toBe(3);
    expect(snapshotsOf('off01').map(nameOf)).toEqual(expect.arrayContaining(wanted!.map(nameOf)) as string[]);
    expect(snapshotsOf('off01')).toHaveLength(4);

    const over = ['prune', 'off01', '--keep-last', '1', '--trash-days', '0', ...consent];
    expect((await world.run(...over, '--max-deletes', '1')).code).toBe(5);
    expect((await world.run(...over, '--max-deletes', '49%')).code).toBe(5);
    expect(snapshotsOf('off01')).toHaveLength(4);
    expect((await world.run(...over, '--max-deletes', '50%')).code).toBe(0);
    expect(snapshotsOf('off01')).toHaveLength(2);
  }, 60_000);

  it('takes policies of classes from the guidance, and without any is told so', async () => {
    await begin();
    await takeDaily('off01', 2);
    const none = await world.run('prune', 'off01');
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('no retention policy is given')]);
    writeFileSync(
      world.at('guidance.yaml'),
      'extends: default\nobjectives: { dev-test: { retention: { keepLast: 1 } } }\n',
    );
    expect(actions(await prune(0, 'off01', '--config', 'guidance.yaml'))).toEqual(['trash', 'keep']);
    const wrong = await world.run('prune', 'off01', '--keep-within', 'a while');
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('--keep-within a while is no length of time')]);
    expect((await world.run('prune', 'off01', '--keep-last', '1', '--time-zone', 'Mars/Olympus')).code).toBe(2);
    expect((await world.run('prune', '--keep-last', '1')).err).toContain('was told of no machine');
    for (const format of ['ndjson', 'csv']) {
      const { out } = await world.run('prune', 'off01', '--keep-last', '1', '--output', format);
      expect(out).toContain('keep-last: 1 of 1');
    }
  }, 60_000);

  it('on the wire says and hears nothing that Azure’s documents do not have', async (context) => {
    await begin();
    await expectConforming(context, 'prune', worlds);
  });
});
