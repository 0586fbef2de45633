import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gapOver } from '../../src/core/fact.ts';
import { UsageError } from '../../src/core/problem.ts';
import { readBundle } from '../../src/azure/bundle-read.ts';
import { openBundle } from '../../src/azure/bundle-write.ts';
import { readEstate, type ReadOptions } from '../../src/azure/read-estate.ts';
import { intercept, testClock, testTransport } from './arm-rig.ts';
import { aVault, fakeArm, machineAndDisk, protection, sub, vmId, type FakeArm } from './fake-arm.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-bundle-'));
  nock.disableNetConnect();
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  nock.cleanAll();
  nock.enableNetConnect();
});

const one = sub(1);
const head = { schemaVersion: 1, asOf: '2026-06-03T00:00:00Z', scope: 'a test', complete: true };
const put = (name: string, content: unknown): Promise<void> =>
  writeFile(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
const problemsOf = async (): Promise<readonly (readonly [string, number | undefined, number | undefined])[]> => {
  const error: unknown = await readBundle(dir).catch((e: unknown) => e);
  if (!(error instanceof UsageError)) throw new Error(`expected a usage error, got ${String(error)}`);
  return error.problems.map((p) => [`${p.code}: ${p.summary}`, p.at?.line, p.at?.column]);
};
const [machine, disk] = machineAndDisk(one, 'web');

describe('readBundle', () => {
  it('takes arrays and {value: []}, with or without a byte order mark', async () => {
    await put('bundle.json', head);
    await put('virtualMachines.json', { value: [machine] });
    await put('disks.json', `\uFEFF${JSON.stringify([disk])}`);
    const { estate, asOf } = await readBundle(dir);
    expect(asOf).toBe(head.asOf);
    expect(estate.machines.items[0]?.disks[0]?.disk.known).toBe(true);
    expect(gapOver(estate.machines, '/')).toBeUndefined();
  });

  it('makes what a missing file would hold unknown', async () => {
    await put('bundle.json', head);
    await put('virtualMachines.json', [machine]);
    const { estate } = await readBundle(dir);
    for (const kind of [
      'disks',
      'snapshots',
      'images',
      'galleryImageVersions',
      'restorePointCollections',
      'vaults',
      'backupPolicies',
      'backupItems',
      'replicatedItems',
      'locks',
      'resourceGroups',
    ] as const) {
      expect([kind, estate[kind].gaps.map((g) => [g.scope, g.reason])]).toEqual([kind, [['/', 'not-exported']]]);
    }
    expect(estate.machines.gaps).toEqual([]);
    expect(estate.machines.items[0]?.disks[0]?.disk).toMatchObject({ known: false, reason: 'not-exported' });
  });

  it('an empty file is an absence that is known, unless the bundle says it is incomplete', async () => {
    await put('bundle.json', head);
    await put('protectedItems.json', []);
    expect(gapOver((await readBundle(dir)).estate.backupItems, vmId(one, 'web'))).toBeUndefined();
    await put('bundle.json', { ...head, complete: false });
    expect(gapOver((await readBundle(dir)).estate.backupItems, vmId(one, 'web'))).toMatchObject({
      reason: 'not-exported',
    });
  });

  it('a disk that a machine names and no row holds is not answered', async () => {
    await put('bundle.json', head);
    await put('virtualMachines.json', [machine]);
    await put('disks.json', []);
    expect((await readBundle(dir)).estate.machines.items[0]?.disks[0]?.disk).toMatchObject({
      known: false,
      reason: 'not-answered',
    });
  });

  it('joins restore points to their collections, and knows an empty collection', async () => {
    const rpc = (name: string) =>
      `/subscriptions/${one}/resourceGroups/rg/providers/Microsoft.Compute/restorePointCollections/${name}`;
    await put('bundle.json', head);
    await put(
      'restorePointCollections.json',
      ['full', 'empty'].map((name) => ({ id: rpc(name), name, properties: { source: { id: vmId(one, 'web') } } })),
    );
    await put('restorePoints.json', [
      { id: `${rpc('FULL')}/restorePoints/p`, properties: { timeCreated: '2026-06-01T00:00:00Z' } },
      { id: `${rpc('lost')}/restorePoints/p` },
    ]);
    const { restorePointCollections } = (await readBundle(dir)).estate;
    expect(restorePointCollections.items.map((c) => c.points.known && c.points.value.length)).toEqual([1, 0]);
    expect(restorePointCollections.gaps).toMatchObject([{ scope: rpc('lost').toLowerCase(), reason: 'not-answered' }]);
  });

  it('names file, line and column of every fault in every file at once', async () => {
    await put('bundle.json', head);
    await put(
      'disks.json',
      '[\n {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d"},\n {"name": "x"},\n 7,\n {"id": "nonsense"}\n]',
    );
    await put('vaults.json', '[\n {"id": ]');
    await put('locks.json', '{"rows": []}');
    expect(await problemsOf()).toEqual([
      ['bundle-row: row 2 has no id', 3, 2],
      ['bundle-row: row 3 is not an object', 4, 2],
      ['bundle-row: row 4 has an id that is no resource id: nonsense', 5, 2],
      ['bundle-not-json: not JSON: expected a value', 2, 9],
      ['bundle-invalid: expected an array of resources, or {"value": […]}', 1, 1],
    ]);
  });

  it.each([
    ['a folder without bundle.json', undefined, 'bundle-missing'],
    ['a newer bundle', { ...head, schemaVersion: 2 }, 'bundle-too-new'],
    ['a bundle without a moment', { ...head, asOf: 'yesterday' }, 'bundle-invalid'],
    [
      'a bundle that does not say whether it is complete',
      { schemaVersion: 1, asOf: head.asOf, scope: '' },
      'bundle-invalid',
    ],
    ['a bundle.json that is no JSON', '{', 'bundle-not-json'],
  ])('refuses %s', async (_, content, code) => {
    if (content !== undefined) await put('bundle.json', content);
    expect((await problemsOf()).map(([text]) => text.split(':')[0])).toEqual([code]);
  });

  it.each([
    ['no gaps', {}],
    ['empty lists of gaps', { protectedItems: [] }],
    ['unread recovery points alone', { recoveryPoints: [{ scope: '/', reason: 'not-read', detail: '' }] }],
  ])('proves nothing when it says it is incomplete and lists %s', async (_, gaps) => {
    await put('bundle.json', { ...head, complete: false, gaps });
    await put('protectedItems.json', []);
    expect(gapOver((await readBundle(dir)).estate.backupItems, vmId(one, 'web'))).toMatchObject({
      reason: 'not-exported',
    });
  });

  it('refuses a gap at a place that nothing lies in', async () => {
    const at = (scope: string) => ({ protectedItems: [{ scope, reason: 'not-read', detail: '' }] });
    for (const scope of ['everything', one, '']) {
      await put('bundle.json', { ...head, complete: false, gaps: at(scope) });
      expect((await problemsOf())[0]?.[0]).toContain('gaps.protectedItems.0.scope: expected / or a resource id');
    }
    await put('protectedItems.json', []);
    await put('bundle.json', { ...head, complete: false, gaps: at(`/subscriptions/${one}`) });
    expect(gapOver((await readBundle(dir)).estate.backupItems, vmId(one, 'web'))).toMatchObject({ reason: 'not-read' });
  });

  it.each([0, -1, 1.5, '1', null])('refuses schema version %j', async (schemaVersion) => {
    await put('bundle.json', { ...head, schemaVersion });
    expect((await problemsOf())[0]?.[0]).toMatch(/^bundle-invalid: schemaVersion/);
  });

  it('refuses tags that are no names with values, and repeats no control character of a file', async () => {
    await put('bundle.json', { ...head, scope: 'a\u001b[31mb' });
    expect((await readBundle(dir)).estate.scope.description).toBe('a [31mb');
    await put('virtualMachines.json', [{ ...(machine as object), tags: 'env=prod' }]);
    await put('disks.json', [{ id: 'x\u001b]0;owned\u0007y' }]);
    expect((await problemsOf()).map(([text]) => text)).toEqual([
      'bundle-row: row 1 has tags that are not names with values',
      'bundle-row: row 1 has an id that is no resource id: x ]0;owned y',
    ]);
  });

  it('narrows a bundle by the same flags as a live run', async () => {
    await put('bundle.json', head);
    await put('virtualMachines.json', [machine, machineAndDisk(one, 'other', { env: 'prod' })[0]]);
    expect((await readBundle(dir, { tags: ['ENV=Prod'] })).estate.machines.items.map((m) => m.name)).toEqual(['other']);
  });
});

describe('exporting', () => {
  const fleet: FakeArm = {
    subscriptions: [one, sub(2)],
    resources: [
      ...machineAndDisk(one, 'a', { env: 'prod' }),
      ...machineAndDisk(one, 'b'),
      aVault(sub(2)),
      protection(sub(2), vmId(one, 'a')),
    ],
    grants: { [`/subscriptions/${one}`]: ['*/read'], [`/subscriptions/${sub(2)}`]: ['Microsoft.RecoveryServices/*'] },
  };
  const exported = async (options: Partial<ReadOptions>) => {
    intercept(fakeArm(fleet));
    const writer = await openBundle(join(dir, 'out'));
    const reading = await readEstate(
      { filter: {}, source: 'graph', deep: false, concurrency: 4, ...options, keep: writer.keep },
      { transport: testTransport(), clock: testClock() },
    );
    if (reading.kind === 'failed') throw new Error(reading.problem.summary);
    await writer.finish(reading);
    return reading;
  };

  it.each([
    ['graph', {}],
    ['arm', {}],
    ['graph', { tags: ['env=prod'] }],
    ['graph', { subscriptions: [one, sub(9)] }],
  ] as const)('and importing gives the same estate (%s, %j)', async (source, filter) => {
    const reading = await exported({ source, filter });
    const { estate, complete } = await readBundle(join(dir, 'out'));
    expect(estate).toEqual(reading.estate);
    expect(complete).toBe(Object.keys(reading.gaps).every((k) => /recoveryPoints$/i.test(k)));
  });

  it('keeps the files to their owner and leaves no half-written one', async () => {
    await exported({});
    const files = await readdir(join(dir, 'out'));
    expect(files.filter((f) => !/^[A-Za-z]+\.json$/.test(f))).toEqual([]);
    expect((await stat(join(dir, 'out'))).mode & 0o777).toBe(0o700);
    for (const file of files) expect([file, (await stat(join(dir, 'out', file))).mode & 0o777]).toEqual([file, 0o600]);
  });

  it('is no bundle until it is whole, and is gone when abandoned', async () => {
    const writer = await openBundle(join(dir, 'out'));
    writer.keep('disks', disk);
    await expect(readBundle(join(dir, 'out'))).rejects.toBeInstanceOf(UsageError);
    await writer.abandon();
    expect(await readdir(dir)).toEqual([]);
  });

  it('removes every folder it made when abandoned, and none that was there or holds something', async () => {
    const deep = await openBundle(join(dir, 'a', 'b'));
    deep.keep('disks', disk);
    await deep.abandon();
    expect(await readdir(dir)).toEqual([]);
    await mkdir(join(dir, 'mine'));
    await (await openBundle(join(dir, 'mine'))).abandon();
    const joined = await openBundle(join(dir, 'ours'));
    await put('ours/notes.txt', 'mine');
    await joined.abandon();
    expect((await readdir(dir)).sort()).toEqual(['mine', 'ours']);
  });

  it('does not mix itself into a folder that holds something', async () => {
    await put('notes.txt', 'mine');
    await expect(openBundle(dir)).rejects.toBeInstanceOf(UsageError);
  });
});
